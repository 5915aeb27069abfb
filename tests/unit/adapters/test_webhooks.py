"""What a partner is sent, as its own library verifies it, and what each of its answers means for the message."""

import base64
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from shared.adapters.channels.https_posts import Answer
from shared.adapters.channels.webhooks import BAD_SECRET, LONGEST_WAIT, TOO_LARGE, WebhookSender, wait_of
from shared.domain.channels.content import Outgoing, WebhookContent
from shared.domain.channels.webhooks import MAX_BYTES, Partner, signed_headers, signing_key
from shared.domain.consent.words import Channel
from shared.domain.ledger import Receipt
from shared.domain.timing import HOUR, MINUTE, SECOND
from shared.errors import AmbiguousError, CarillonError, PermanentError, RepeatableError, RetryableError, ThrottledError
from tests.builders import NOON, a_message
from tests.fakes.clock import FakeClock

NEW = "whsec_" + base64.b64encode(b"n" * 32).decode()
OLD = "whsec_" + base64.b64encode(b"o" * 24).decode()
PARTNER = Partner(
    name="mailhouse",
    url="https://api.mailhouse.example/v1/letters",
    secret="mailhouse",
    headers={"X-Account": "alderandoat"},
    timeout=3 * SECOND,
)
OK = Answer(200)


@dataclass
class ScriptedPosts:
    """Answers what it is told to, or raises it."""

    answer: Answer | CarillonError = OK
    made: list[tuple[str, Mapping[str, str], bytes, int]] = field(default_factory=list)

    def post(self, url: str, headers: Mapping[str, str], body: bytes, *, timeout: int) -> Answer:
        self.made.append((url, headers, body, timeout))
        if isinstance(self.answer, CarillonError):
            raise self.answer
        return self.answer


def sender(
    posts: ScriptedPosts, partner: Partner = PARTNER, secrets: Sequence[str] = (NEW,), at: int = NOON
) -> WebhookSender:
    return WebhookSender({partner.name: partner}, posts=posts, secrets=lambda _: secrets, clock=FakeClock(at))


def a_webhook(body: Any = None) -> Outgoing:
    return Outgoing(
        message=a_message(),
        channel=Channel.EMAIL,
        addresses=("partner",),
        content=WebhookContent("mailhouse", json.dumps({"name": "Zoë"} if body is None else body, ensure_ascii=False)),
    )


def test_a_partner_is_sent_one_post_that_its_own_library_takes() -> None:
    posts = ScriptedPosts(Answer(202))
    receipt = sender(posts, at=int(time.time() * 1_000)).send(a_webhook())
    assert receipt == Receipt(a_message().id, is_delivered=True)
    [(url, headers, body, timeout)] = posts.made
    assert (url, timeout) == (PARTNER.url, PARTNER.timeout)
    assert Webhook(NEW).verify(body, dict(headers)) == {"name": "Zoë"}
    assert headers["webhook-id"] == a_message().id
    assert headers["X-Account"] == "alderandoat"
    assert headers["Content-Type"] == "application/json"


def test_while_a_secret_is_rotated_whoever_has_either_value_takes_it() -> None:
    posts = ScriptedPosts()
    sender(posts, secrets=(NEW, OLD), at=int(time.time() * 1_000)).send(a_webhook())
    [(_, headers, body, _)] = posts.made
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(body, dict(headers)) == {"name": "Zoë"}
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(b"x" * 32).decode()).verify(body, dict(headers))


def test_a_former_secret_that_never_could_sign_stops_nothing() -> None:
    posts = ScriptedPosts()
    sender(posts, secrets=(NEW, "a placeholder"), at=int(time.time() * 1_000)).send(a_webhook())
    [(_, headers, body, _)] = posts.made
    assert headers["webhook-signature"].count("v1,") == 1
    assert Webhook(NEW).verify(body, dict(headers)) == {"name": "Zoë"}


def test_a_secret_without_a_text_is_ours_to_mend() -> None:
    def empty(_: Partner) -> Sequence[str]:
        raise PermanentError("the secret is empty")

    posts = ScriptedPosts()
    with pytest.raises(RetryableError) as raised:
        WebhookSender({PARTNER.name: PARTNER}, posts=posts, secrets=empty, clock=FakeClock(NOON)).send(a_webhook())
    assert raised.value.context["code"] == BAD_SECRET
    assert posts.made == []


@given(key=st.binary(min_size=24, max_size=64), body=st.text(alphabet=st.characters(codec="utf-8")))
def test_every_key_and_body_is_verified_by_the_official_library(key: bytes, body: str) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    headers = signed_headers([signing_key(secret)], "0a1b", body.encode(), int(time.time() * 1_000))
    Webhook(secret).verify(body, headers, json_parse=False)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_???", "whsec_" + base64.b64encode(b"s" * 23).decode(), "é"])
def test_what_is_no_signing_secret_waits_until_somebody_has_put_one_there(secret: str) -> None:
    posts = ScriptedPosts()
    with pytest.raises(RetryableError) as raised:
        sender(posts, secrets=[secret]).send(a_webhook())
    assert raised.value.context["code"] == BAD_SECRET
    assert not secret or secret not in str(raised.value)
    assert posts.made == []


RETRIED: Mapping[int, type[CarillonError]] = {409: RetryableError, 425: RetryableError}
RESTED = (300, 301, 302, 303, 304, 307, 308, 401, 403, 407, 408, 429, 503)
FOR_GOOD = (400, 402, 404, 405, 406, 410, 411, 412, 413, 414, 415, 417, 421, 422, 423, 424, 426, 428, 431, 451)
IN_DOUBT = (101, 500, 501, 502, 504, 505, 507, 520, 524, 599)
MEANINGS: Mapping[int, type[CarillonError]] = {
    **RETRIED,
    **dict.fromkeys(RESTED, ThrottledError),
    **dict.fromkeys(FOR_GOOD, PermanentError),
    **dict.fromkeys(IN_DOUBT, AmbiguousError),
}


@pytest.mark.parametrize("status", MEANINGS)
def test_every_answer_has_its_meaning(status: int) -> None:
    with pytest.raises(CarillonError) as raised:
        sender(ScriptedPosts(Answer(status))).send(a_webhook())
    assert type(raised.value) is MEANINGS[status]
    code = raised.value.code if isinstance(raised.value, PermanentError) else raised.value.context["code"]
    assert code == f"HTTP {status}"


@pytest.mark.parametrize("status", [200, 201, 202, 204, 206])
def test_every_2xx_is_a_delivery(status: int) -> None:
    assert sender(ScriptedPosts(Answer(status))).send(a_webhook()).is_delivered


@pytest.mark.parametrize("answer", [Answer(500), AmbiguousError("no answer", code="TimeoutError")])
def test_a_partner_that_takes_an_id_once_may_be_sent_it_again(answer: Answer | CarillonError) -> None:
    with pytest.raises(RepeatableError):
        sender(ScriptedPosts(answer), replace(PARTNER, deduplicates=True)).send(a_webhook())
    with pytest.raises(AmbiguousError) as raised:
        sender(ScriptedPosts(answer)).send(a_webhook())
    assert not isinstance(raised.value, RepeatableError)


def test_sent_again_it_has_the_same_id_and_the_time_of_then() -> None:
    posts = ScriptedPosts()
    for at in (NOON, NOON + MINUTE):
        sender(posts, at=at).send(a_webhook())
    once, again = (headers for _, headers, _, _ in posts.made)
    assert once["webhook-id"] == again["webhook-id"]
    assert int(again["webhook-timestamp"]) - int(once["webhook-timestamp"]) == 60


@pytest.mark.parametrize("status", [429, 503])
def test_a_partner_that_asks_for_a_rest_says_for_how_long(status: int) -> None:
    with pytest.raises(ThrottledError) as raised:
        sender(ScriptedPosts(Answer(status, "90"))).send(a_webhook())
    assert raised.value.wait == 90 * SECOND


@pytest.mark.parametrize(
    ("said", "wait"),
    [
        ("120", 120 * SECOND),
        (" 1 ", SECOND),
        ("Mon, 02 Nov 2026 12:01:00 GMT", MINUTE),
        ("Mon, 02 Nov 2026 11:00:00 GMT", 0),
        ("86400", LONGEST_WAIT),
        ("9" * 5_000, LONGEST_WAIT),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("²", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_is_believed_for_an_hour(said: str, wait: int) -> None:
    assert wait_of(said, NOON) == wait
    assert LONGEST_WAIT == HOUR


def test_a_body_that_is_too_large_is_not_sent() -> None:
    posts = ScriptedPosts()
    with pytest.raises(PermanentError) as raised:
        sender(posts).send(a_webhook("é" * (MAX_BYTES // 2)))
    assert raised.value.code == TOO_LARGE
    assert posts.made == []


@pytest.mark.parametrize(
    ("to", "traits", "is_reached"),
    [
        ((), {}, True),
        (("address",), {}, False),
        (("address",), {"address": ""}, False),
        (("address",), {"address": {}}, False),
        (("address",), {"address": {"city": "Cork"}}, True),
        (("address", "street"), {"address": {"city": "Cork"}}, False),
        (("address", "street"), {"address": {"street": "Main St"}}, True),
        (("address", "street"), {"address": "Main St"}, False),
        (("likes_post",), {"likes_post": False}, True),
    ],
)
def test_whoever_has_the_trait_is_reached(to: tuple[str, ...], traits: Mapping[str, Any], is_reached: bool) -> None:
    assert replace(PARTNER, to=to).reaches(traits) is is_reached
