"""``evaluate_events`` with real deliveries: what it answers the queue, what it writes, what it says in its log."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.evaluate_events.handler import logger
from shared.domain.events import Event, EventType, Trust
from shared.domain.timing import HOUR, MINUTE
from shared.tables import person_group
from tests.builders import NOON, an_event
from tests.integration.evaluating import Evaluating, deployed
from tests.integration.lambda_events import failures, fifo_record, log_lines, raw_fifo_record, sqs_event


@pytest.fixture
def evaluating(table_name: str, tmp_path: Path) -> Iterator[Evaluating]:
    with deployed(table_name, tmp_path) as function:
        yield function


def added(number: int, person: str = "u1", **changes: Any) -> Event:
    properties = {"cart_id": f"c{number}"}
    return an_event(id=f"{person}-{number}", profile_id=person, at=NOON + number, properties=properties, **changes)


def kinds(evaluating: Evaluating) -> list[str]:
    return sorted({json.loads(effect)["kind"] for effect in evaluating.ordered()})


def test_an_event_enters_its_journey_and_orders_the_wake_up(evaluating: Evaluating) -> None:
    assert evaluating.handle(sqs_event(fifo_record(added(0)))) == {"batchItemFailures": []}

    profile = evaluating.profile("u1")
    assert [run.journey for run in profile.runs.values()] == ["cart_abandonment"]
    assert profile.wake_at == NOON + HOUR
    assert evaluating.timeline() == {("u1", "u1-0"), ("u1", "Journey Entered")}
    assert json.dumps({"at": NOON + HOUR, "kind": "wake"}) in evaluating.ordered()


def test_the_wake_up_orders_the_message_and_is_not_put_on_the_timeline(evaluating: Evaluating) -> None:
    identify = an_event("User Identified", id="m0", type=EventType.IDENTIFY, traits={"email": "ana@example.com"})
    due = NOON + HOUR
    timer = an_event("Timer Due", id="timer:1", type=EventType.TIMER, at=due, trust=Trust.SYSTEM, source="scheduler")
    evaluating.handle(sqs_event(fifo_record(identify), fifo_record(added(0))))

    evaluating.handle(sqs_event(fifo_record(timer)))

    [message] = [plain for effect in evaluating.ordered() if (plain := json.loads(effect))["kind"] == "message"]
    assert (message["name"], message["decided_at"]) == ("cart_reminder", due)
    noticed = {("u1", "Journey Entered"), ("u1", "Journey Completed")}
    assert evaluating.timeline() == {("u1", "m0"), ("u1", "u1-0"), *noticed}


def test_a_purchase_in_the_same_batch_ends_the_run(evaluating: Evaluating) -> None:
    bought = an_event("Order Completed", id="x", at=NOON + MINUTE, properties={"cart_id": "c0", "order_id": "o1"})

    evaluating.handle(sqs_event(fifo_record(added(0)), fifo_record(bought)))

    runs = evaluating.profile("u1").runs.values()
    assert [run.is_live for run in runs if run.journey == "cart_abandonment"] == [False]


def test_the_same_batch_again_writes_nothing(evaluating: Evaluating) -> None:
    event = sqs_event(*[fifo_record(added(n)) for n in range(3)])
    evaluating.handle(event)
    before = evaluating.profile("u1"), evaluating.ordered()

    assert evaluating.handle(event) == {"batchItemFailures": []}

    assert (evaluating.profile("u1"), evaluating.ordered()) == before


NO_EVENTS = {
    "not JSON": "{",
    "nothing": "",
    "no object": "[1, 2]",
    "null": "null",
    "a number": "3",
    "no fields": "{}",
    "an unknown type": '{"type": "sing", "messageId": "m", "timestamp": "2026-11-02T12:00:00Z"}',
    "an instant that is none": json.dumps(
        {
            "type": "track",
            "event": "X",
            "messageId": "m",
            "timestamp": "yesterday",
            "receivedAt": "yesterday",
            "profileId": "u1",
            "trust": "secret",
            "source": "http",
        }
    ),
    "endless depth": "[" * 100_000,
}


@pytest.mark.parametrize("body", NO_EVENTS.values(), ids=NO_EVENTS)
def test_what_is_no_event_comes_again_and_holds_up_nobody_else(
    evaluating: Evaluating, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    event = sqs_event(
        fifo_record(added(1)),
        raw_fifo_record(body, person_group("u1"), "poison"),
        fifo_record(added(2)),
        fifo_record(added(1, person="u2")),
    )

    assert failures(evaluating.handle(event)) == ["message-poison", "message-u1-2"]

    assert {(person, id_) for person, id_ in evaluating.timeline() if id_ != "Journey Entered"} == {
        ("u1", "u1-1"),
        ("u2", "u2-1"),
    }
    [line] = map(json.loads, log_lines(logger, caplog))
    assert (line["queue_message_id"], line["error"]) == ("message-poison", "PermanentError")
    assert line["reason"].startswith("not an event: ")


def test_at_its_last_delivery_what_is_no_event_lets_the_later_ones_by(evaluating: Evaluating) -> None:
    event = sqs_event(raw_fifo_record("{", person_group("u1"), "poison", receives=5), fifo_record(added(2), receives=5))

    assert failures(evaluating.handle(event)) == ["message-poison"]

    assert evaluating.timeline() == {("u1", "u1-2"), ("u1", "Journey Entered")}


def test_the_log_names_ids_and_never_what_an_event_holds(
    evaluating: Evaluating, caplog: pytest.LogCaptureFixture
) -> None:
    private = an_event(id="m1", traits={"email": "ana@example.com"}, properties={"note": "ana@example.com"})
    record = fifo_record(private)
    record["body"] = record["body"].replace('"track"', '"ana@example.com"')

    evaluating.handle(sqs_event(record))

    [line] = log_lines(logger, caplog)
    assert "message-m1" in line
    assert "ana@example.com" not in line


def test_each_outcome_is_measured(evaluating: Evaluating, capsys: pytest.CaptureFixture[str]) -> None:
    evaluating.handle(sqs_event(fifo_record(added(0)), raw_fifo_record("{", "other", "poison")))

    [metrics] = [json.loads(text) for text in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in text]
    counts = {name: metrics[name] for name in metrics if name.startswith("Events")}
    assert counts == {
        "EventsStored": [1],
        "EventsSentOn": [0],
        "EventsUnchanged": [0],
        "EventsErased": [0],
        "EventsFailed": [1],
        "EventsHeldBack": [0],
    }
    assert metrics["PeopleIncomplete"] == [0]
