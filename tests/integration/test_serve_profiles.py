"""The staff API on moto: who is found by what, what is told, and that nobody is told without the secret key."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from functions.serve_profiles.handler import logger
from shared.domain.consent.words import Channel, Purpose, Statement, SuppressionReason
from shared.domain.identity.identifiers import Identifier, provisional_profile_id
from shared.domain.ledger import Attempt, AttemptOutcome, LedgerEntry, MessageStatus
from shared.domain.profiles import Profile, Suppression
from shared.domain.timing import DAY, HOUR
from shared.ports.rights import LINK_LASTS
from shared.services import serve_profiles
from tests.builders import NOON, a_message, an_event
from tests.http_requests import PUBLIC_KEY, SECRET_KEY
from tests.integration.lambda_events import log_lines
from tests.integration.staff import Staff, deployed

ANA = Profile(
    id="u1",
    traits={"firstName": "Ana", "email": "Ana@example.com", "phone": "+353871234567", "language": "de"},
    claimed=(("anonymous", "a1"), ("loyalty", "L-7")),
    consent={("email", "*"): Statement(subscribed=False, at=NOON, source="page")},
    suppressed={("email", "ana@example.com"): Suppression(SuppressionReason.COMPLAINT, NOON)},
    segments={"regulars": NOON - DAY},
)
REFERENCES = ["u1", "email:ANA@example.com", "phone:+353 87 123 4567", "anonymous:a1", "loyalty:L-7"]


@pytest.fixture
def staff(table_name: str, artefact: Path) -> Iterator[Staff]:
    with deployed(table_name, artefact) as house:
        house.know(ANA)
        for kind, value in (("email", "ana@example.com"), ("phone", "+353871234567"), *ANA.claimed):
            house.alias(kind, value, "u1")
        yield house


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_person_is_found_by_whatever_they_are_known_by(staff: Staff, reference: str) -> None:
    answer = staff.ask(reference)

    assert (answer.status, answer.json["id"]) == (200, "u1")
    assert staff.search(reference).json == answer.json


@pytest.mark.parametrize("kind", ["anonymous", "email", "phone", "loyalty"])
def test_who_is_known_by_an_identifier_alone_is_found_by_it(staff: Staff, kind: str) -> None:
    value = {"email": "bo@example.com", "phone": "+353871234999"}.get(kind, "x1")
    staff.know(Profile(id=provisional_profile_id(Identifier(kind, value)), traits={"firstName": "Bo"}))

    assert staff.ask(f"{kind}:{value}").json["traits"] == {"firstName": "Bo"}


@pytest.mark.parametrize("reference", ["u2", "email:bo@example.com", "email:nonsense", "phone:12", "loyalty:", "a:b:c"])
def test_nobody_is_a_problem_of_its_own(staff: Staff, reference: str) -> None:
    answer = staff.ask(reference)

    assert (answer.status, answer.json["type"]) == (404, "urn:carillon:problem:nobody")


PATHS = [("u1", "", "GET"), ("u1", "/timeline", "GET"), ("u1", "/messages", "GET"), ("u1", "/export", "GET")]


@pytest.mark.parametrize("path", [*PATHS, ("nobody", "", "GET"), ("search", "", "POST")], ids=str)
@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer wrong"}, {"authorization": "Digest x"}, {"authorization": "Bearer"}]
)
@pytest.mark.parametrize("key", [None, PUBLIC_KEY, "", "secret-ke", "secret-key "])
def test_nothing_is_told_without_the_secret_key(
    staff: Staff, path: tuple[str, str, str], headers: dict[str, str], key: str | None
) -> None:
    reference, rest, method = path

    answer = staff.ask(reference, rest, method=method, key=key, headers=headers, body='{"identifier": "u1"}')

    assert answer.status == 401
    assert answer.json["type"] == "urn:carillon:problem:unknown-key"
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_a_bearer_token_will_do(staff: Staff) -> None:
    assert staff.ask("u1", key=None, headers={"authorization": f"Bearer {SECRET_KEY}"}).status == 200


def test_no_page_of_another_origin_may_read_it_and_nothing_keeps_it(staff: Staff) -> None:
    answer = staff.ask("u1", headers={"origin": "https://shop.example"})

    assert not [name for name in answer.headers if name.lower().startswith("access-control")]
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_profile_is_told_with_stable_names(staff: Staff) -> None:
    told = staff.ask("u1").json

    assert set(told) == {
        "id", "what_to_know", "traits", "said", "addresses", "identifiers", "joined", "consent", "segments", "runs",
        "touches", "interests",
    }  # fmt: skip
    assert told["addresses"]["email"] == [
        {"address": "Ana@example.com", "suppressed": {"reason": "complaint", "at": "2026-11-02T12:00:00.000Z"}}
    ]
    assert {"kind": "loyalty", "value": "L-7"} in told["identifiers"]
    assert {"kind": "email", "value": "ana@example.com"} in told["identifiers"]
    [regulars] = told["segments"]
    assert (regulars["name"], regulars["since"]) == ("regulars", "2026-11-01T12:00:00.000Z")
    assert "This is Ana, who reads German." in told["what_to_know"]["text"]


def test_consent_is_told_for_every_topic_and_channel_with_what_decides(staff: Staff) -> None:
    consent = staff.ask("u1").json["consent"]

    by_mail = [one for one in consent if one["channel"] == "email"]
    assert by_mail
    assert {one["because"] for one in by_mail} == {"no"}
    assert not any(one["subscribed"] for one in by_mail)
    assert all(one["statement"] == {"at": "2026-11-02T12:00:00.000Z", "source": "page"} for one in by_mail)
    assert {one["because"] for one in consent if one["channel"] == "push"} == {"default"}
    assert {one["because"] for one in consent if one["channel"] == "sms"} == {"rule"}


def happened(staff: Staff, count: int, *, profile_id: str = "u1", at: int = NOON) -> list[str]:
    """That many events, two a page, their ids the latest first."""
    events = [an_event(id=f"{profile_id}-{n}", profile_id=profile_id, at=at + n * HOUR) for n in range(count)]
    for start in range(0, count, 2):
        staff.timeline.append(profile_id, events[start : start + 2])
    return [event.id for event in reversed(events)]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 100])
def test_the_timeline_is_told_page_by_page_the_latest_first(staff: Staff, limit: int) -> None:
    expected = happened(staff, 7)

    assert [event["messageId"] for event in walked(staff, "timeline", "events", limit)] == expected


def test_the_timeline_spans_what_was_there_before_anybody_knew_whose_it_is(staff: Staff) -> None:
    mine, visitor = happened(staff, 4), happened(staff, 4, profile_id="anon:a1", at=NOON + HOUR // 2)
    staff.alias("email", "bo@example.com", "u2")
    happened(staff, 2, profile_id=provisional_profile_id(Identifier("email", "bo@example.com")))

    told = [event["messageId"] for event in walked(staff, "timeline", "events", 3)]

    assert sorted(told) == sorted([*mine, *visitor])
    assert staff.ask("u1").json["joined"] == ["anon:a1"]


def test_an_event_is_told_in_segments_shape(staff: Staff) -> None:
    staff.timeline.append("u1", [an_event("Product Added", properties={"name": "Mug"})])

    [event] = staff.ask("u1", "/timeline").json["events"]

    assert (event["type"], event["event"], event["userId"]) == ("track", "Product Added", "u1")
    assert event["properties"] == {"name": "Mug"}
    assert event["timestamp"] == "2026-11-02T12:00:00.000Z"


def walked(staff: Staff, what: str, name: str, limit: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    query = {"limit": str(limit)}
    while True:
        page = staff.ask("u1", f"/{what}", query=query).json
        assert len(page[name]) <= limit
        found += page[name]
        if page["next"] is None:
            return found
        query = {"limit": str(limit), "cursor": page["next"]}


@pytest.mark.parametrize("limit", [1, 3, 50])
def test_messages_are_told_the_latest_first_with_what_became_of_them(staff: Staff, limit: int) -> None:
    staff.index.note([a_message(id=f"m{n}", decided_at=NOON + n) for n in range(5)])
    staff.index.note([a_message(id="m9", decided_at=NOON + 9, profile_id="anon:a1")])

    assert [one["id"] for one in walked(staff, "messages", "messages", limit)] == ["m9", "m4", "m3", "m2", "m1", "m0"]


def test_a_message_is_told_with_its_trace(staff: Staff) -> None:
    message = a_message()
    staff.index.note([message, replace(message, id="waiting", decided_at=NOON - 1)])
    staff.ledger.record(
        LedgerEntry(
            id=message.id,
            profile_id="u1",
            journey=message.journey,
            name=message.name,
            purpose=Purpose.MARKETING,
            topic=message.topic,
            status=MessageStatus.DROPPED,
            at=NOON,
            reason="no_consent",
            attempts=(Attempt(Channel.EMAIL, NOON, AttemptOutcome.SKIPPED, "no_consent"),),
        )
    )

    told, queued = staff.ask("u1", "/messages").json["messages"]

    assert (told["status"], told["reason"], told["message"]) == ("dropped", "no_consent", "cart_reminder")
    assert told["trace"] == [
        {"channel": "email", "at": "2026-11-02T12:00:00.000Z", "outcome": "skipped", "detail": "no_consent"}
    ]
    assert (queued["id"], queued["status"]) == ("waiting", "queued")


@pytest.mark.parametrize("what", ["timeline", "messages"])
@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"}, {"limit": "101"}, {"limit": "many"}, {"limit": "-1"}, {"limit": "٣"}, {"cursor": "x"},
        {"cursor": "WzEsMl0x"}, {"cursor": "A" * 5_000}, {"cursor": "WzFdXQ"}, {"cursor": "bnVsbA"},
        {"cursor": "Wy0xLDFd"}, {"cursor": "WzEsdHJ1ZV0"}, {"cursor": "ü"},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_limit_or_cursor_is_refused(staff: Staff, what: str, query: dict[str, str]) -> None:
    answer = staff.ask("u1", f"/{what}", query=query)

    assert (answer.status, answer.json["type"]) == (400, "urn:carillon:problem:invalid-request")


@pytest.mark.parametrize("body", ["", "{", "[]", "{}", '{"identifier": 5}', '{"identifier": ""}', '"u1"'])
def test_a_search_without_an_identifier_is_refused(staff: Staff, body: str) -> None:
    assert staff.ask("search", method="POST", body=body).status == 400


def test_an_export_holds_everything(staff: Staff) -> None:
    ids = happened(staff, 3)
    staff.index.note([a_message()])

    answer = staff.ask("u1", "/export")

    assert answer.json["format"] == "carillon-person-1"
    assert answer.json["profile"]["traits"] == dict(ANA.traits)
    assert sorted(event["messageId"] for event in answer.json["timeline"]) == sorted(ids)
    assert [message["id"] for message in answer.json["messages"]] == [a_message().id]


def test_each_record_of_an_export_says_what_it_is(staff: Staff) -> None:
    staff.alias("loyalty", "L-8", "u1")

    records = staff.ask("u1", "/export").json["records"]

    found = [one for one in records if one["record"] == "identifier" and one["kind"] == "loyalty"]
    assert {"record": "identifier", "profile": "u1", "key": "loyalty#L-8", "kind": "loyalty", "value": "L-8"} in found


def test_an_export_that_is_too_large_for_an_answer_is_fetched_by_a_link(
    staff: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened(staff, 40)
    inline = staff.ask("u1", "/export").json
    monkeypatch.setattr(serve_profiles, "INLINE", 2_000)

    answer = staff.ask("u1", "/export")

    [(key, content)] = staff.objects().items()
    assert {**json.loads(content), "exported_at": ""} == {**inline, "exported_at": ""}
    assert answer.status == 303
    assert answer.headers["Location"] == answer.json["location"]
    assert key in answer.json["location"]
    assert "u1" not in key
    assert f"X-Amz-Expires={LINK_LASTS // 1_000}" in answer.json["location"] or "Expires=" in answer.json["location"]


def test_the_log_names_nobody(staff: Staff, caplog: pytest.LogCaptureFixture) -> None:
    for reference in REFERENCES:
        staff.ask(reference)
        staff.search(reference)

    assert not [line for line in log_lines(logger, caplog) if "ana" in line.lower() or "+353" in line]
