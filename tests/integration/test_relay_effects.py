"""``relay_effects`` with real stream records: where effects arrive, and what it answers when they cannot."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.relay_effects.handler import UndividedBatchError, logger
from shared.domain.consent.words import Purpose
from shared.domain.messages import AliasClaim, Announcement, Effect, Purchase, SegmentChange, Wake
from shared.domain.timing import DAY, HOUR
from shared.ports.people import Member
from tests.builders import NOON, a_message
from tests.crashes import Accident, Calls, watched
from tests.integration.lambda_events import failures, log_lines, sequence_number, stream_record
from tests.integration.relaying import Relaying, deployed


@pytest.fixture
def relaying(table_name: str) -> Iterator[Relaying]:
    with deployed(table_name, "carillon-test") as function:
        yield function


def test_each_effect_goes_where_it_belongs(relaying: Relaying) -> None:
    effects: list[Effect] = [
        a_message(id="reminder"),
        a_message(id="confirmation", purpose=Purpose.TRANSACTIONAL),
        Wake(NOON + DAY),
        Announcement(id="a1", name="Journey Entered", at=NOON, properties={}),
        AliasClaim("email", "ana@example.com"),
        SegmentChange("regulars", NOON, is_in=True),
        SegmentChange("newcomers", NOON, is_in=False),
    ]

    assert relaying.handle({"Records": [stream_record(3, "u1", effects)]}) == {"batchItemFailures": []}

    assert relaying.messages() == ["marketing reminder", "transactional confirmation"]
    assert relaying.noted() == {("u1", "reminder"), ("u1", "confirmation")}
    assert relaying.wakes() == {("u1", f"timer:{NOON + DAY}.3")}
    assert relaying.announced() == ["u1 a1"]
    assert relaying.owners() == {"ALIAS#email#ana@example.com": "u1"}
    assert relaying.people("regulars") == [Member("u1", NOON)]
    assert relaying.people("newcomers") == []


def test_the_messages_of_many_records_go_in_tens(relaying: Relaying) -> None:
    batch = [stream_record(n, f"u{n}", [a_message(id=f"m{n:02}")]) for n in range(1, 24)]

    with watched(Calls()) as calls:
        relaying.handle({"Records": batch})

    assert calls.made == [("dynamodb", "BatchWriteItem")] + [("sqs", "SendMessageBatch")] * 3
    assert len(relaying.messages()) == 23


def test_a_batch_sets_one_schedule_a_person(relaying: Relaying) -> None:
    batch = [stream_record(n, "u1", [Wake(NOON + n * HOUR)]) for n in (1, 2, 3)]

    with watched(Calls()) as calls:
        relaying.handle({"Records": batch})

    assert calls.made == [("scheduler", "CreateSchedule")]
    assert relaying.wakes() == {("u1", f"timer:{NOON + 3 * HOUR}.3")}


def test_a_batch_writes_where_people_are_at_its_end(relaying: Relaying, capsys: pytest.CaptureFixture[str]) -> None:
    turns = (True, False, True)
    batch = [stream_record(n, "u1", [SegmentChange("vip", NOON + n, is_in)]) for n, is_in in enumerate(turns, 1)]

    with watched(Calls()) as calls:
        relaying.handle({"Records": batch})

    assert calls.made == [("dynamodb", "PutItem")]
    assert relaying.people("vip") == [Member("u1", NOON + 3)]
    assert metrics(capsys)["MembershipsWritten"] == [1]


def test_an_identifier_of_another_profile_is_told_by_ids_and_is_no_failure(
    relaying: Relaying, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    claim = AliasClaim("email", "ana@example.com")

    answer = relaying.handle({"Records": [stream_record(1, "u1", [claim]), stream_record(1, "u2", [claim])]})

    assert answer == {"batchItemFailures": []}
    [line] = map(json.loads, log_lines(logger, caplog))
    assert (line["level"], line["kind"], line["profile_id"], line["owner"]) == ("WARNING", "email", "u2", "u1")
    assert "ana@example.com" not in json.dumps(line)
    assert metrics(capsys)["IdentifiersDisputed"] == [1]


def metrics(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    [line] = [text for text in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in text]
    found: dict[str, Any] = json.loads(line)
    return found


UNREADABLE = {
    "no JSON": {"effects": {"S": "["}},
    "an unknown effect": {"effects": {"S": '[{"kind": "sing"}]'}},
    "effects of another shape": {"effects": {"S": '{"kind": "wake"}'}},
    "no effects": {"effects": None},
    "nobody's": {"pk": {"S": "SEGMENT#vip#3"}},
}


@pytest.mark.parametrize("damage", UNREADABLE.values(), ids=UNREADABLE)
def test_a_record_that_cannot_be_read_stops_what_follows_it(relaying: Relaying, damage: dict[str, Any]) -> None:
    batch = [stream_record(n, f"u{n}", [a_message(id=f"m{n}")]) for n in (1, 2, 3)]
    image = batch[1]["dynamodb"]["NewImage"]
    batch[1]["dynamodb"]["NewImage"] = {name: value for name, value in (image | damage).items() if value is not None}

    assert failures(relaying.handle({"Records": batch})) == [sequence_number(2)]

    assert relaying.messages() == ["marketing m1"]


def test_an_unreadable_record_at_the_head_of_others_makes_lambda_halve_the_batch(relaying: Relaying) -> None:
    batch = [stream_record(n, f"u{n}", [a_message(id=f"m{n}")]) for n in (1, 2)]
    batch[0]["dynamodb"]["NewImage"]["effects"] = {"S": "["}

    with pytest.raises(UndividedBatchError):
        relaying.handle({"Records": batch})

    assert failures(relaying.handle({"Records": batch[:1]})) == [sequence_number(1)]
    assert failures(relaying.handle({"Records": batch[1:]})) == []


def test_an_outage_is_told_with_the_record_and_measured(
    relaying: Relaying, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    with watched(Calls(0, Accident.TIMED_OUT_BEFORE)):
        answer = relaying.handle({"Records": [stream_record(1, "u1", [a_message(id="m1")])]})

    assert failures(answer) == [sequence_number(1)]
    [line] = map(json.loads, log_lines(logger, caplog))
    assert (line["profile"], line["error"], line["sequence_number"]) == ("u1", "AmbiguousError", sequence_number(1))
    assert metrics(capsys)["OrdersFailed"] == [1]


def test_a_purchase_that_could_not_be_counted_is_told_and_measured_and_is_no_failure(
    relaying: Relaying, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    order = Purchase("1f2e3d4c5b6a79881f2e3d4c5b6a7988", ("POT",), NOON)
    with watched(Calls(0, Accident.TIMED_OUT_BEFORE)):
        answer = relaying.handle({"Records": [stream_record(1, "somebody-7", [order])]})

    assert answer == {"batchItemFailures": []}
    [line] = map(json.loads, log_lines(logger, caplog))
    assert (line["message"], line["error"]) == ("a purchase could not be counted", "AmbiguousError")
    assert "somebody-7" not in json.dumps(line)
    measured = metrics(capsys)
    assert (measured["PurchasesNotCounted"], measured["OrdersFailed"]) == ([1], [0])


@pytest.mark.parametrize("records", [[], [stream_record(1, "u1", [])]], ids=["no records", "no effects"])
def test_nothing_ordered_is_nothing_asked(relaying: Relaying, records: list[dict[str, Any]]) -> None:
    with watched(Calls()) as calls:
        assert relaying.handle({"Records": records}) == {"batchItemFailures": []}

    assert calls.made == []
