"""What is kept of failures loses one person's events, and stays as it was for everybody else."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.identity.identifiers import Identifier
from shared.domain.rights.kept_files import GIVEN_UP, QUARANTINE, without_person
from shared.domain.rights.mentions import Mentions

ANA = Mentions(["42"], [Identifier("email", "ana@example.com")])
A_FAULT = "must be text"


def fault(path: str) -> dict[str, str]:
    return {"path": path, "message": A_FAULT}


def a_batch(*events: Any, reasons: Any = (), **more: Any) -> dict[str, Any]:
    return {"source": "http", "receivedAt": 7, "reasons": list(reasons), "raw": {"batch": list(events), **more}}


def kept(prefix: str, content: Any) -> Any:
    """What is left of the object: its text read, ``None`` where it goes, ``...`` where it stays byte for byte."""
    text = content if isinstance(content, str) else json.dumps(content, indent=1)
    left = without_person(f"{prefix}2026/11/02/a.json", text, ANA)
    if left == text:
        return ...
    return None if left is None else json.loads(left)


HERS, BOS, CES = {"userId": "42", "event": 1}, {"userId": "7", "event": 2}, {"userId": "8", "event": 3}


@pytest.mark.parametrize(
    "content", [a_batch(BOS, CES), {"source": "bus", "raw": BOS}, "no JSON of hers", "[" * 100_000, "", "[]"]
)
@pytest.mark.parametrize("prefix", [QUARANTINE, GIVEN_UP])
def test_what_does_not_mention_the_person_stays_byte_for_byte(prefix: str, content: Any) -> None:
    assert kept(prefix, content) is ...


@pytest.mark.parametrize(
    "content",
    [
        {"source": "bus", "raw": HERS},
        {"source": "bus", "raw": json.dumps(HERS)},
        {"source": "bus", "raw": '{"userId": "42", '},
        '{"userId": "42", ',
        [HERS],
        json.dumps("ana@example.com"),
        "[" * 100_000 + "ana@example.com",
        a_batch(HERS),
        a_batch(HERS, {"traits": {"email": "ana@example.com"}}),
        a_batch(BOS, context={"traits": {"email": "Ana@example.com"}}),
        a_batch(HERS, BOS, reasons=[{"path": "", "message": "ana@example.com is no event"}]),
        {"raw": {"batch": {"0": HERS}}},
    ],
    ids=str,
)
@pytest.mark.parametrize("prefix", [QUARANTINE, GIVEN_UP])
def test_what_is_of_the_person_alone_or_cannot_be_taken_apart_goes(prefix: str, content: Any) -> None:
    assert kept(prefix, content) is None


def test_others_events_stay_with_their_reasons_at_their_new_places() -> None:
    reasons = [
        fault("batch.0.event"), fault("batch.1.event"), fault("batch.2.event"), fault("batch.2"),
        fault("batch.11.event"), fault("sentAt"), "odd",
    ]  # fmt: skip

    left = kept(QUARANTINE, a_batch(HERS, BOS, CES, HERS, *[BOS] * 8, reasons=reasons, sentAt="x"))

    assert left == a_batch(
        BOS, CES, *[BOS] * 8, sentAt="x",
        reasons=[
            fault("batch.0.event"), fault("batch.1.event"), fault("batch.1"), fault("batch.9.event"), fault("sentAt"),
            "odd",
        ],
    )  # fmt: skip


@pytest.mark.parametrize("reasons", [None, 5, "text", [{"path": 7}]])
def test_reasons_that_are_none_hinder_nothing(reasons: Any) -> None:
    left = kept(QUARANTINE, a_batch(HERS, BOS) | {"reasons": reasons})
    assert left["raw"] == {"batch": [BOS]}


def a_record(profile_id: str, **image: Any) -> dict[str, Any]:
    return {"dynamodb": {"Keys": {"pk": {"S": f"PROFILE#{profile_id}"}}, "NewImage": image}}


def a_report(*records: Any, **more: Any) -> dict[str, Any]:
    return {"version": "1.0", "requestContext": {"condition": "RetryAttemptsExhausted"}, **more,
            "payload": json.dumps({"Records": list(records), "x": 1})}  # fmt: skip


def test_records_of_the_person_go_and_others_stay() -> None:
    bos = a_record("7", effects={"S": '[{"profileId": "7"}]'}, price={"N": "42"})
    about_her = a_record("8", effects={"S": '[{"kind": "alias", "profileId": "42"}]'})

    assert kept(GIVEN_UP, a_report(a_record("42"), bos, about_her)) == a_report(bos)
    assert kept(GIVEN_UP, a_report(a_record("42"), about_her)) is None


@pytest.mark.parametrize(
    "content",
    [
        a_report(a_record("7"), of="ana@example.com"),
        a_report(a_record("42"), {"no": "record"}),
        a_report(a_record("42"), "no record"),
        a_report(a_record("42"), {"dynamodb": "no change"}),
        a_report(a_record("42"), {"dynamodb": {"Keys": {"pk": "no key"}}}),
        {"payload": json.dumps({"Records": 42, "userId": "42"})},
        {"payload": json.dumps([HERS])},
        {"payload": '{"userId": "42"'},
        {"payload": HERS},
        {"no payload": HERS},
    ],
    ids=str,
)
def test_a_report_that_is_none_goes_if_it_mentions_the_person(content: Any) -> None:
    assert kept(GIVEN_UP, content) is None


@given(whose=st.lists(st.booleans(), max_size=12))
def test_nothing_of_hers_is_left_and_nothing_else_is_lost(whose: list[bool]) -> None:
    events = [{"userId": "42" if is_hers else "7", "n": place} for place, is_hers in enumerate(whose)]
    reasons = [fault(f"batch.{place}.n") for place in range(len(events))]
    others = [event for event in events if event["userId"] == "7"]

    left = kept(QUARANTINE, a_batch(*events, reasons=reasons))

    if not any(whose):
        assert left is ...
    elif not others:
        assert left is None
    else:
        assert left == a_batch(*others, reasons=[fault(f"batch.{place}.n") for place in range(len(others))])
        assert kept(QUARANTINE, left) is ...
