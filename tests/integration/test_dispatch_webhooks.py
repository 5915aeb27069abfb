"""``dispatch_message`` tells a partner's server over TLS, and dies or loses an answer at each of its AWS calls."""

import base64
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final

import boto3
import pytest
from standardwebhooks import Webhook

from infra.playbook.build import build_playbook
from shared.adapters.channels.https_posts import Answer, HttpsPosts
from shared.bootstrap import webhooks
from shared.domain.consent.words import Channel, Purpose
from shared.domain.ledger import AttemptOutcome, MessageStatus
from shared.domain.messages import Message
from tests.crashes import Accident, Call, Calls, watched
from tests.integration.sending_end import MARKETING, SendingEnd, lasting_end
from tests.partners import HOST, answer, certificate, partner_server
from tests.unit.infra.playbook_folder import write_playbook

NEW: Final = "whsec_" + base64.b64encode(b"n" * 32).decode()
OLD: Final = "whsec_" + base64.b64encode(b"o" * 32).decode()
CARD: Final = replace(MARKETING, name="card", topic="news", channels=(Channel.WEBHOOK,), entry={})
ORDER: Final = replace(CARD, purpose=Purpose.TRANSACTIONAL, topic=None)

CLAIM = RECORD = TAKE = ("dynamodb", "UpdateItem")
LOAD, SECRET = ("dynamodb", "GetItem"), ("secretsmanager", "GetSecretValue")
TELL = ("sqs", "SendMessageBatch")
CALLS: Final[list[Call]] = [CLAIM, LOAD, SECRET, SECRET, TAKE, SECRET, SECRET, RECORD, TELL]
"""Of a clean run: the secret of links, the partner's pace, the partner's own secret. Up to the pace they are those of
any channel, which ``test_dispatch_crashes`` goes through."""


@dataclass
class RecordingPosts:
    """A partner that takes everything; ``made``: the ids, in order."""

    made: list[str] = field(default_factory=list)

    def post(self, _url: str, headers: Mapping[str, str], _body: bytes, *, timeout: int) -> Answer:  # noqa: ARG002
        self.made.append(headers["webhook-id"])
        return Answer(202)


@contextmanager
def telling(folder: Path, partner: str) -> Iterator[SendingEnd]:
    """The sending end with a playbook that has this partner, and its secret, rotated once."""
    playbook = write_playbook(
        folder / "playbook",
        {
            "policy.yaml": "topics:\n  news: {title: News, default: true}\n",
            "webhooks.yaml": partner,
            "messages/card/message.yaml": "title: Card\n",
            "messages/card/example.json": '{"traits": {"firstName": "Ana"}, "entry": {}}',
            "messages/card/webhook.yaml": 'partner: mailhouse\nbody: {name: "{{ traits.firstName }}"}\n',
        },
    )
    build_playbook(playbook, folder / "built")
    with lasting_end(folder / "built") as house:
        secrets, name = boto3.client("secretsmanager"), f"{house.table_name}/webhooks/mailhouse"
        secrets.create_secret(Name=name, SecretString=OLD)
        secrets.put_secret_value(SecretId=name, SecretString=NEW)
        yield house


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SendingEnd]:
    with telling(tmp_path_factory.mktemp("webhooks"), f"mailhouse: {{url: 'https://{HOST}/'}}\n") as house:
        yield house


@pytest.fixture
def house(lasting: SendingEnd) -> SendingEnd:
    lasting.begin("webhook:mailhouse")
    return lasting


@pytest.fixture
def posts(monkeypatch: pytest.MonkeyPatch) -> RecordingPosts:
    made = RecordingPosts()
    monkeypatch.setattr(webhooks, "HttpsPosts", lambda: made)
    return made


def test_a_partner_is_told_and_knows_that_it_was_us(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    to_loopback = partial(
        HttpsPosts, addresses=lambda *_: ["127.0.0.1"], is_allowed=lambda _: True, trust=certificate(HOST).trust
    )
    monkeypatch.setattr(webhooks, "HttpsPosts", to_loopback)
    with partner_server(answer(202)) as server:
        partner = f"mailhouse:\n  url: {server.url}\n  headers: {{X-Account: '7'}}\n"
        with telling(tmp_path, partner) as house:
            house.wall = time.time_ns() // 1_000_000
            assert house.dispatch(house.ordered(CARD)) == []
            entry, told = house.entry(CARD.id), house.events()
    assert entry is not None
    assert (entry.status, entry.channel, entry.provider_id) == (MessageStatus.DELIVERED, Channel.WEBHOOK, CARD.id)
    assert [(event.name, event.properties["channel"]) for event in told] == [
        ("Message Sent", "webhook"),
        ("Message Delivered", "webhook"),
    ]
    [(_, headers, body)] = server.heard
    assert headers["webhook-id"] == CARD.id
    assert headers["x-account"] == "7"
    for secret in (NEW, OLD):
        assert Webhook(secret).verify(body, headers) == {"name": "Ana"}


def test_a_clean_run_makes_these_calls(house: SendingEnd, posts: RecordingPosts) -> None:
    calls = Calls()
    run(house, CARD, calls)
    assert calls.made == CALLS
    assert len(posts.made) == 1


_NUMBERS: Final = count()


def run(house: SendingEnd, message: Message, calls: Calls) -> str:
    """The message's id, when nothing comes again."""
    message = replace(message, id=f"{next(_NUMBERS):032x}")
    record = house.ordered(message)
    with house.providers.standing_in(), watched(calls):
        house.until_done(house.dispatch_watched, [record])
    return message.id


@pytest.mark.filterwarnings("ignore:No application metrics")  # the dead count nothing
@pytest.mark.parametrize("accident", Accident)
@pytest.mark.parametrize("message", [CARD, ORDER], ids=lambda message: message.purpose)
@pytest.mark.parametrize("at", range(CALLS.index(LOAD) + 3, len(CALLS)), ids=lambda at: f"{at} {CALLS[at][1]}")
def test_after_an_accident_a_partner_has_marketing_once_at_most_and_the_rest_under_one_id(
    house: SendingEnd, posts: RecordingPosts, message: Message, at: int, accident: Accident
) -> None:
    message_id = run(house, message, Calls(at, accident))
    entry = house.entry(message_id)
    assert entry is not None
    doubt = AttemptOutcome.UNKNOWN in {attempt.outcome for attempt in entry.attempts}
    assert set(posts.made) <= {message_id}
    if message.purpose is Purpose.MARKETING:
        assert len(posts.made) <= 1
        assert entry.status is (MessageStatus.UNKNOWN if doubt else MessageStatus.DELIVERED)
    else:
        assert posts.made
        assert entry.status is MessageStatus.DELIVERED
    names = {event.id for event in house.events()}
    ended = {f"sent:{message_id}", f"delivered:{message_id}"}
    assert names == (ended if entry.status is MessageStatus.DELIVERED else {f"failed:{message_id}"})


def test_without_its_secret_a_message_waits(
    house: SendingEnd, posts: RecordingPosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEBHOOK_SECRETS", "nobody/put/one/here/")
    message = replace(CARD, id=f"{next(_NUMBERS):032x}")
    assert house.dispatch(house.ordered(message)) == ["1"]
    entry = house.entry(message.id)
    assert entry is not None
    assert entry.status is MessageStatus.WAITING
    assert posts.made == []
