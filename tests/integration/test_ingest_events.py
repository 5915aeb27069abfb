"""``ingest_events`` whole, on moto: requests as API Gateway passes them, answers as clients get them."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from segment.analytics.client import Client  # type: ignore[import-untyped]
from segment.analytics.request import DatetimeSerializer  # type: ignore[import-untyped]

from shared.adapters.dynamodb.aliases import DynamoAliases
from shared.domain.events import Trust
from tests.http_requests import PUBLIC_KEY, SECRET_KEY, a_call, in_batch, request
from tests.integration.ways_in import WaysIn, forget, open_ways_in

CALLS = ["track", "identify", "alias", "page", "screen", "group"]


@pytest.fixture
def ways_in(monkeypatch: pytest.MonkeyPatch, table_name: str) -> WaysIn:
    return open_ways_in(monkeypatch, table_name)


def the_clients_body(**client_options: Any) -> dict[str, Any]:
    """What the official client would post: one of each call, as it makes them."""
    client = Client(PUBLIC_KEY, send=False, **client_options)
    made = [
        client.track("u1", "Product Added", {"price": 20}, anonymous_id="a1"),
        client.identify("u1", {"email": "ana@example.com"}),
        client.alias("a1", "u1"),
        client.alias(7, "u1"),
        client.page("u1", "Docs", "Home", {"url": "/"}),
        client.screen("u1", None, "Basket"),
        client.group("u1", 12, {"name": "The Does"}),
    ]
    body = {"batch": [message for _, message in made], "sentAt": datetime.now(UTC), "writeKey": PUBLIC_KEY}
    return json.loads(json.dumps(body, cls=DatetimeSerializer))  # type: ignore[no-any-return]


@pytest.mark.parametrize("call", CALLS)
def test_a_call_is_accepted_and_queued(ways_in: WaysIn, call: str) -> None:
    answer = request(f"/v1/{call}", a_call())

    assert (answer.status, answer.json) == (200, {"success": True})
    assert answer.headers["Content-Type"] == "application/json"
    assert [(event.type, event.id, event.profile_id, event.trust) for event in ways_in.queued()] == [
        (call, "m1", "u1", Trust.PUBLIC)
    ]


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import"])
def test_what_the_official_client_posts_is_accepted(ways_in: WaysIn, path: str) -> None:
    body = the_clients_body()

    assert request(path, gzip.compress(json.dumps(body).encode()), headers={"content-encoding": "gzip"}).json == {
        "success": True
    }
    events = ways_in.queued()
    assert [event.id for event in events] == [message["messageId"] for message in body["batch"]]
    assert all(event.at <= event.received_at for event in events)


def test_the_same_batch_posted_three_times_is_queued_once(ways_in: WaysIn) -> None:
    for body in [in_batch(a_call(), a_call(messageId=None))] * 3:
        assert request("/v1/batch", body).status == 200

    assert len(ways_in.queued()) == 2


def test_only_the_secret_key_states_consent(ways_in: WaysIn) -> None:
    call = a_call(event="Unsubscribed", properties={"channel": "sms"})

    assert request("/v1/track", call, key=PUBLIC_KEY).status == 400
    assert request("/v1/track", call, key=SECRET_KEY).status == 200
    assert [event.trust for event in ways_in.queued()] == [Trust.SECRET]


def test_a_good_event_beside_bad_ones_is_kept_and_they_are_named_and_quarantined(ways_in: WaysIn) -> None:
    good, nameless, mistyped = a_call(), a_call(event=None), a_call(userId=[5], timestamp="soon")
    answer = request("/v1/batch", in_batch(nameless, good, mistyped, writeKey=PUBLIC_KEY))

    assert (answer.status, answer.json) == (
        200,
        {
            "success": True,
            "rejected": [
                {"index": 0, "errors": [{"path": "batch.0.event", "message": "is required"}]},
                {
                    "index": 2,
                    "errors": [
                        {"path": "batch.2.userId", "message": "must be a string"},
                        {
                            "path": "batch.2.timestamp",
                            "message": "must be an ISO 8601 date and time, such as 2026-11-02T10:00:00Z",
                        },
                    ],
                },
            ],
        },
    )
    assert [event.id for event in ways_in.queued()] == ["m1"]
    (kept,) = ways_in.quarantined()
    assert kept["raw"] == in_batch(nameless, mistyped)
    assert [reason["path"] for reason in kept["reasons"]] == ["batch.0.event", "batch.1.userId", "batch.1.timestamp"]


def test_a_visitors_events_go_to_who_claimed_the_visitor(ways_in: WaysIn, table_name: str) -> None:
    import boto3

    DynamoAliases(boto3.client("dynamodb"), table=table_name).claim("anonymous", "a1", "u1")
    request("/v1/batch", in_batch({"event": "A", "anonymousId": "a1"}, {"event": "A", "anonymousId": "a2"}))

    assert sorted(event.profile_id for event in ways_in.queued()) == ["anon:a2", "u1"]


def test_a_fault_of_ours_is_answered_as_a_problem(ways_in: WaysIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TABLE_NAME")
    forget()
    answer = request("/v1/track", a_call(), headers={"origin": "https://shop.example"})

    assert (answer.status, answer.json["type"]) == (500, "urn:carillon:problem:internal")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
