"""``ingest_events`` among fakes: every request gets the answer that its client understands."""

import gzip
import json
from typing import Any
from unittest.mock import patch

import pytest

from functions.ingest_events import handler
from shared.errors import PermanentError, ThrottledError
from tests.http_requests import PUBLIC_KEY, SECRET_KEY, Answer, a_call, in_batch, request
from tests.unit.functions.conftest import Inside

CALLS = ["track", "identify", "alias", "page", "screen", "group"]


@pytest.mark.parametrize("letter", ["t", "i", "a", "p", "s", "g"])
def test_the_browser_clients_short_addresses_mean_the_same(inside: Inside, letter: str) -> None:
    content = json.dumps(a_call(writeKey=PUBLIC_KEY))

    assert request(f"/v1/{letter}", content, key=None, headers={"content-type": "text/plain"}).status == 200
    assert [event.type[0] for event in inside.queue.events] == [letter]


@pytest.mark.parametrize(
    ("key", "content"),
    [
        (PUBLIC_KEY, {}),
        (SECRET_KEY, {}),
        (None, {"writeKey": PUBLIC_KEY}),
        (PUBLIC_KEY, {"writeKey": "another"}),
    ],
)
def test_the_key_comes_by_basic_authentication_or_in_the_body(
    inside: Inside, key: str | None, content: dict[str, Any]
) -> None:
    assert request("/v1/track", a_call(**content), key=key).status == 200


def test_a_bearer_token_does_not_hide_the_key_in_the_body(inside: Inside) -> None:
    body = in_batch(a_call(), writeKey=PUBLIC_KEY)

    assert request("/v1/batch", body, key=None, headers={"authorization": "Bearer x"}).status == 200


def test_a_batch_of_bad_events_only_is_refused_and_quarantined(inside: Inside) -> None:
    answer = request("/v1/batch", in_batch(a_call(event=None)))

    assert (answer.status, answer.json["type"]) == (400, "urn:carillon:problem:invalid-batch")
    assert answer.json["errors"] == [{"path": "batch.0.event", "message": "is required"}]
    assert len(inside.quarantine.kept) == 1


def assert_problem(answer: Answer, status: int, code: str, path: str, message: str) -> None:
    assert (answer.status, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert set(answer.json) == {"type", "title", "status", "detail", "errors"}
    assert (answer.json["type"], answer.json["status"]) == (f"urn:carillon:problem:{code}", status)
    assert {"path": path, "message": message} in answer.json["errors"]


ISO = "must be an ISO 8601 date and time, such as 2026-11-02T10:00:00Z"


@pytest.mark.parametrize(
    ("content", "code", "path", "message"),
    [
        ("", "malformed-body", "", "is not JSON: Expecting value at line 1, column 1"),
        ("track", "malformed-body", "", "is not JSON: Expecting value at line 1, column 1"),
        (b'{"event":"\xff"}', "malformed-body", "", "is not UTF-8: byte 10 fits in nowhere"),
        ("[1]", "malformed-body", "", "must be a JSON object"),
        ('{"a":' * 5_000, "malformed-body", "", "is nested deeper than 20 levels"),
        (json.dumps(a_call(x="x" * 32_768)), "too-large", "", "must have at most 32768 bytes"),
        (a_call(type="purchase"), "invalid-event", "type", "must be one of " + ", ".join(CALLS)),
        (a_call(type="page"), "invalid-event", "type", "must be track at this address, or absent"),
        (a_call(userId=[]), "invalid-event", "userId", "must be a string"),
        (a_call(properties="x"), "invalid-event", "properties", "must be a JSON object"),
        (
            a_call(timestamp="3026-01-01T00:00:00Z"),
            "invalid-event",
            "timestamp",
            "must not be more than 24 hours in the future",
        ),
        (a_call(timestamp="1970-01-01T00:00:00Z"), "invalid-event", "timestamp", "must not be before the year 2000"),
        (a_call(timestamp=7), "invalid-event", "timestamp", ISO),
        (
            '{"event":"A","userId":"u1","properties":{"price":1e126}}',
            "invalid-event",
            "properties.price",
            "must be 0, or between 1e-130 and 1e125 in magnitude",
        ),
        (
            '{"event":"A","userId":"u1","properties":{"price":' + "9" * 5_000 + "}}",
            "invalid-event",
            "properties.price",
            "must have at most 38 digits",
        ),
        (
            '{"event":"A","userId":"u1","properties":{"price":NaN}}',
            "invalid-event",
            "properties.price",
            "must be a number, not NaN",
        ),
        (
            '{"event":"A","userId":"u1","properties":{"x":"\\ud800"}}',
            "invalid-event",
            "properties.x",
            "must be valid Unicode: it holds half of a surrogate pair",
        ),
    ],
)
def test_bad_input_is_refused_in_words_and_costs_nothing_else(
    inside: Inside, content: Any, code: str, path: str, message: str
) -> None:
    assert_problem(request("/v1/track", content), 400, code, path, message)
    assert not inside.queue.events
    assert not inside.quarantine.kept


@pytest.mark.parametrize(
    ("content", "code", "path", "message"),
    [
        ({}, "invalid-batch", "batch", "is required: a list of events"),
        ({"batch": {}, "sentAt": 5}, "invalid-batch", "sentAt", ISO),
        ({"batch": [{}] * 2_501}, "invalid-batch", "batch", "must hold at most 2500 events"),
        ("x" * 512_001, "too-large", "", "must have at most 512000 bytes"),
    ],
)
def test_a_batch_that_cannot_be_read_is_refused_whole(
    inside: Inside, content: Any, code: str, path: str, message: str
) -> None:
    assert_problem(request("/v1/batch", content), 400, code, path, message)


def test_an_event_nested_too_deeply_is_kept_apart_from_the_good(inside: Inside) -> None:
    deep = '{"type":"track","event":"A","userId":"u1","x":' + "[" * 900 + "]" * 900 + "}"
    good = json.dumps({"type": "track"} | a_call())

    answer = request("/v1/batch", f'{{"batch":[{deep},{good}]}}')

    assert (answer.status, answer.json["rejected"][0]["index"]) == (200, 0)
    assert [event.id for event in inside.queue.events] == ["m1"]
    assert len(inside.quarantine.kept) == 1


@pytest.mark.parametrize(("levels", "events"), [(17, 90), (2, 600)])
def test_naming_the_faults_of_the_worst_batch_stays_within_what_lambda_may_answer(
    inside: Inside, levels: int, events: int
) -> None:
    """More would reach the client as a fault of ours, and be sent again, though the good events were taken."""
    faulty: dict[str, Any] = {f"v{number:02}": float("nan") for number in range(20)}
    for _ in range(levels):
        faulty = {"\U0001f6d2" * 64: faulty}
    batch = in_batch(a_call(), *[{"properties": faulty}] * events)
    answer = request("/v1/batch", json.dumps(batch, ensure_ascii=False).encode())

    assert answer.status == 200
    assert len(answer.json["rejected"]) == events
    assert len(json.dumps({"body": answer.text}).encode()) < 6_000_000


def test_a_gzip_bomb_is_refused(inside: Inside) -> None:
    bomb = gzip.compress(b'{"batch":[' + b" " * 50_000_000)

    answer = request("/v1/batch", bomb, headers={"content-encoding": "gzip"})
    assert_problem(answer, 400, "too-large", "", "must have at most 512000 bytes")


@pytest.mark.parametrize(
    ("key", "content", "path", "message"),
    [
        ("unknown", a_call(), "authorization", "holds no write key that is known"),
        ("", a_call(), "authorization", "holds no write key that is known"),
        ("unknown", "not JSON", "authorization", "holds no write key that is known"),
        (None, a_call(), "writeKey", "is required"),
        (None, a_call(writeKey=None), "writeKey", "is required"),
        (None, a_call(writeKey="unknown"), "writeKey", "is not known"),
        (None, a_call(writeKey=5), "writeKey", "is not known"),
    ],
)
def test_an_unknown_key_is_refused(inside: Inside, key: str | None, content: Any, path: str, message: str) -> None:
    answer = request("/v1/track", content, key=key)

    assert_problem(answer, 401, "unknown-key", path, message)
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize("path", ["/v1/track", "/v1/batch", "/v1/t"])
def test_a_browsers_preflight_is_answered(inside: Inside, path: str) -> None:
    asked = {
        "origin": "https://shop.example",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type",
    }
    answer = request(path, "", method="OPTIONS", key=None, headers=asked)

    assert (answer.status, answer.text) == (204, "")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"].split(",")
    assert {"Authorization", "Content-Type", "Content-Encoding"} <= set(
        answer.headers["Access-Control-Allow-Headers"].split(",")
    )


@pytest.mark.parametrize(
    ("path", "content", "key", "status"),
    [
        ("/v1/track", a_call(), PUBLIC_KEY, 200),
        ("/v1/track", "x", PUBLIC_KEY, 400),
        ("/v1/track", a_call(), "unknown", 401),
        ("/v1/nothing", a_call(), PUBLIC_KEY, 404),
    ],
)
def test_every_answer_can_be_read_by_a_browser(inside: Inside, path: str, content: Any, key: str, status: int) -> None:
    answer = request(path, content, key=key, headers={"origin": "https://shop.example"})

    assert (answer.status, answer.headers["Access-Control-Allow-Origin"]) == (status, "*")


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/v1/track", 405, "OPTIONS, POST"),
        ("DELETE", "/v1/batch", 405, "OPTIONS, POST"),
        ("POST", "/v1/health", 404, None),
        ("POST", "/openapi.json", 405, "GET, OPTIONS"),
        ("GET", "/", 404, None),
        ("POST", "/v1/timer", 404, None),
    ],
)
def test_what_is_not_there_is_said(inside: Inside, method: str, path: str, status: int, allow: str | None) -> None:
    answer = request(path, "", method=method)

    assert (answer.status, answer.json["status"], answer.headers.get("Allow")) == (status, status, allow)


def test_health_asks_nothing_of_anyone() -> None:
    with patch.object(handler, "ingest", side_effect=AssertionError):
        answer = request("/v1/health", "", method="GET", key=None)

    assert (answer.status, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ThrottledError("slower"), 503, "unavailable"),
        (PermanentError("never"), 500, "internal"),
        (KeyError(), 500, "internal"),
    ],
)
def test_what_fails_inside_is_answered_so_that_the_client_sends_it_again(
    inside: Inside, error: Exception, status: int, code: str
) -> None:
    with patch.object(inside.queue, "put", side_effect=error):
        answer = request("/v1/track", a_call(), headers={"origin": "https://shop.example"})

    assert (answer.status, answer.json["type"]) == (status, f"urn:carillon:problem:{code}")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
