"""What a public key with rules may do, as its clients see it."""

from typing import Any

import pytest

from shared.domain.events import Trust
from shared.domain.intake.client_keys import Key, KeyRules, RateLimit
from tests.http_requests import Answer, a_call, in_batch, request
from tests.unit.functions.conftest import Inside

WEB = KeyRules(origins=("https://*.shop.example",), events=("Product *",), rate=RateLimit(per_second=1, burst=2))


@pytest.fixture
def web(inside: Inside) -> Inside:
    inside.keys.known = {"web_key": Key(Trust.PUBLIC, "web", WEB)}
    return inside


def send(content: Any, origin: str | None = None, path: str = "/v1/track") -> Answer:
    return request(path, content, key="web_key", headers={"Origin": origin} if origin else {})


def test_a_page_that_may_not_use_the_key_is_told_so_and_leaves_nothing(web: Inside) -> None:
    answer = send("not even JSON", "https://evil.example")
    assert (answer.status, answer.json["type"]) == (403, "urn:carillon:problem:origin-not-allowed")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (web.queue.events, web.rates.calls) == ([], 0)


@pytest.mark.parametrize("origin", ["https://de.shop.example", None])
def test_its_own_pages_and_what_is_no_browser_may(web: Inside, origin: str | None) -> None:
    assert send(a_call(), origin).status == 200
    (event,) = web.queue.events
    assert (event.trust, event.source) == (Trust.PUBLIC, "http:web")


def test_the_key_in_a_beacons_body_is_held_to_the_same(web: Inside) -> None:
    answer = request("/v1/track", a_call(writeKey="web_key"), key=None, headers={"origin": "https://evil.example"})
    assert answer.status == 403


def test_an_event_that_the_key_may_not_send_is_named_and_quarantined(web: Inside) -> None:
    answer = send(in_batch(a_call(event="Product Viewed"), a_call(event="Order Completed")), path="/v1/batch")
    fault = {"path": "batch.1.event", "message": "is not among what this key may send"}
    assert (answer.status, answer.json["rejected"]) == (200, [{"index": 1, "errors": [fault]}])
    (kept,) = web.quarantine.kept
    assert (kept.source, kept.raw["batch"][0]["event"]) == ("http:web", "Order Completed")


def test_a_key_that_is_used_too_often_is_told_when_to_come_again(web: Inside) -> None:
    answers = [send(a_call(messageId=f"m{number}"), "https://de.shop.example") for number in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert (answers[2].headers["Retry-After"], answers[2].json["errors"]) == ("1", [])
    assert answers[2].headers["Access-Control-Expose-Headers"] == "Retry-After"
    assert len(web.queue.events) == 2
    web.clock.at += 1_000
    assert send(a_call()).status == 200
