"""The Segment spec, read strictly: what is accepted, and every fault by its name."""

from typing import Any

import pytest

from shared.domain.consent.words import MAX_TOPIC_LENGTH
from shared.domain.events import ASKED, RESERVED_NAMES, Event, EventType, Trust
from shared.domain.intake.segment_spec import Reception, read_event
from shared.domain.timing import DAY, HOUR, SECOND, parse_instant
from shared.errors import Fault
from tests.builders import NOON


def a_call(**changes: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Added", "userId": "u1", "messageId": "m1"} | changes


def a_reception(**changes: Any) -> Reception:
    defaults: dict[str, Any] = {"received_at": NOON, "trust": Trust.PUBLIC, "source": "http"}
    return Reception(**(defaults | changes))


def accepted(raw: object, **reception: Any) -> Event:
    event = read_event(raw, a_reception(**reception))
    assert isinstance(event, Event), event
    return event


def faults(raw: object, **reception: Any) -> list[tuple[str, str]]:
    found = read_event(raw, a_reception(**reception))
    assert not isinstance(found, Event)
    return [(fault.path, fault.message) for fault in found]


def test_a_track_call_becomes_an_event() -> None:
    raw = a_call(anonymousId="a1", timestamp="2026-11-02T11:59:00Z", properties={"price": 20}, context={"ip": "::1"})

    assert accepted(raw) == Event(
        id="m1",
        type=EventType.TRACK,
        name="Product Added",
        at=NOON - 60 * SECOND,
        received_at=NOON,
        profile_id="",
        user_id="u1",
        anonymous_id="a1",
        properties={"price": 20},
        context={"ip": "::1"},
        trust=Trust.PUBLIC,
        source="http",
    )


@pytest.mark.parametrize(
    ("raw", "name", "properties"),
    [
        ({"type": "identify", "traits": {"email": "ana@example.com"}}, "User Identified", {}),
        ({"type": "alias", "previousId": "a1"}, "User Aliased", {"previousId": "a1"}),
        ({"type": "alias", "previousId": 7}, "User Aliased", {"previousId": "7"}),
        ({"type": "page", "name": "Home", "properties": {"url": "/"}}, "Page Viewed", {"name": "Home", "url": "/"}),
        ({"type": "page", "name": None, "category": "Docs"}, "Page Viewed", {"category": "Docs"}),
        ({"type": "screen", "name": "Basket"}, "Screen Viewed", {"name": "Basket"}),
        ({"type": "group", "groupId": 12}, "Group Joined", {"groupId": "12"}),
    ],
)
def test_the_other_calls_have_implied_names_and_keep_their_own_fields(
    raw: dict[str, Any], name: str, properties: dict[str, Any]
) -> None:
    event = accepted({"userId": "u1", "messageId": "m1"} | raw)

    assert (event.name, event.properties) == (name, properties or event.properties)


def test_what_the_official_client_leaves_null_counts_as_absent() -> None:
    raw = a_call(anonymousId=None, properties={}, context={}, integrations={}, timestamp=None, sentAt=None, traits=None)

    assert accepted(raw).anonymous_id is None


def test_ids_that_are_whole_numbers_count_as_their_text() -> None:
    """Segment's Ruby client passes them on as it gets them."""
    event = accepted(a_call(userId=42, anonymousId=7, messageId=9))

    assert (event.user_id, event.anonymous_id, event.id) == ("42", "7", "9")


@pytest.mark.parametrize("call", [type_ for type_ in EventType if type_ not in ASKED])
def test_an_address_gives_its_type_to_an_event_without_one(call: EventType) -> None:
    raw = a_call(groupId="g1", previousId="a1")
    del raw["type"]

    assert accepted(raw, call=call).type is call


@pytest.mark.parametrize(
    ("times", "sent_at", "expected"),
    [
        ({}, None, NOON),
        ({"timestamp": "2026-11-02T11:00:00Z"}, None, NOON - HOUR),
        ({"originalTimestamp": "2026-11-02T11:00:00Z"}, None, NOON - HOUR),
        ({"timestamp": "2026-11-02T13:00:00+02:00"}, None, NOON - HOUR),
        ({"timestamp": "2026-11-02T12:00:01Z"}, None, NOON),
        ({"timestamp": "2026-11-03T12:00:00Z"}, None, NOON),
        ({"timestamp": "1970-01-01T00:00:10Z", "sentAt": "1970-01-01T00:00:12Z"}, None, NOON - 2 * SECOND),
        ({"timestamp": "1970-01-01T00:00:10Z"}, "1970-01-01T00:00:12Z", NOON - 2 * SECOND),
        ({"timestamp": "2031-05-01T00:00:10Z"}, "2031-05-01T01:00:10Z", NOON - HOUR),
        (
            {"timestamp": "2026-11-02T11:00:00Z", "sentAt": "2026-11-02T11:00:01Z"},
            "2000-01-01T00:00:00Z",
            NOON - SECOND,
        ),
        ({"timestamp": "2026-11-02T10:00:00Z", "sentAt": "2026-11-02T09:00:00Z"}, None, NOON),
        (
            {"timestamp": "2026-11-02T11:30:00Z", "originalTimestamp": "2020-01-01T00:00:00Z"},
            "2020-01-01T00:00:05Z",
            NOON - 5 * SECOND,
        ),
        ({"timestamp": "2026-11-02T11:30:00Z", "originalTimestamp": "2020-01-01T00:00:00Z"}, None, NOON - HOUR // 2),
        ({"sentAt": "2020-01-01T00:00:00Z"}, None, NOON),
    ],
)
def test_the_senders_clock_is_corrected(times: dict[str, str], sent_at: str | None, expected: int) -> None:
    event = accepted(a_call(**times), sent_at=None if sent_at is None else parse_instant(sent_at))

    assert (event.at, event.received_at) == (expected, NOON)


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ({"timestamp": "2026-11-02T11:00:00Z"}, NOON),
        ({"timestamp": "2026-11-02T10:30:00Z"}, NOON - HOUR // 2),
        ({"timestamp": "2026-11-02T11:00:00Z", "sentAt": "2026-11-02T11:00:01Z"}, NOON - SECOND),
        ({}, NOON),
    ],
    ids=["now by the wall", "half an hour ago", "corrected by sentAt alone", "not said"],
)
def test_where_the_systems_clock_is_ahead_senders_still_date_by_the_walls(times: dict[str, str], expected: int) -> None:
    assert accepted(a_call(**times), ahead=HOUR).at == expected


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"deeper": value}
    return value


ISO = "must be an ISO 8601 date and time, such as 2026-11-02T10:00:00Z"
ONE_OF = "one of track, identify, alias, page, screen, group"


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        ({"type": None}, "type", f"is required: {ONE_OF}"),
        ({"type": "purchase"}, "type", f"must be {ONE_OF}"),
        ({"type": "timer"}, "type", f"must be {ONE_OF}"),
        ({"type": ["track"]}, "type", f"must be {ONE_OF}"),
        ({"event": None}, "event", "is required"),
        ({"event": 5}, "event", "must be a string"),
        ({"event": "  "}, "event", "must not be empty"),
        ({"event": "x" * 201}, "event", "must have at most 200 characters"),
        ({"event": "Order\nCompleted"}, "event", "must not contain control characters or invalid Unicode"),
        ({"event": "Message Opened"}, "event", "is reserved for the system's own events"),
        ({"event": "Unsubscribed"}, "event", "states consent, which a public write key may not: use the secret key"),
        ({"userId": 5.5}, "userId", "must be a string"),
        ({"userId": True}, "userId", "must be a string"),
        ({"userId": ""}, "userId", "must not be empty"),
        ({"userId": "x" * 257}, "userId", "must have at most 256 characters"),
        ({"userId": "a\x00b"}, "userId", "must not contain control characters or invalid Unicode"),
        ({"userId": "\ud800"}, "userId", "must not contain control characters or invalid Unicode"),
        ({"userId": float("inf")}, "userId", "must be a string"),
        *(
            (
                {"userId": f"{kind}1"},
                "userId",
                "must not begin with anon:, email:, phone:, ext:: ids of people not identified yet do",
            )
            for kind in ("anon:", "email:", "phone:", "ext:")
        ),
        ({"anonymousId": {}}, "anonymousId", "must be a string"),
        ({"messageId": True}, "messageId", "must be a string"),
        ({"messageId": "timer:1"}, "messageId", "must not begin like the ids of the system's own events"),
        (
            {"userId": None},
            "userId",
            (
                "is required, or anonymousId, or a valid email or phone among traits or properties, or one of "
                "context.externalIds"
            ),
        ),
        ({"timestamp": 1793620800}, "timestamp", ISO),
        ({"timestamp": "yesterday"}, "timestamp", ISO),
        ({"timestamp": "2026-02-30T10:00:00Z"}, "timestamp", ISO),
        ({"timestamp": "2026-11-02"}, "timestamp", ISO),
        ({"sentAt": 3}, "sentAt", ISO),
        ({"originalTimestamp": []}, "originalTimestamp", ISO),
        ({"timestamp": "2026-11-03T12:00:00.001Z"}, "timestamp", "must not be more than 24 hours in the future"),
        ({"timestamp": "9999-12-31T23:59:59Z"}, "timestamp", "must not be more than 24 hours in the future"),
        ({"timestamp": "1999-12-31T23:59:59.999Z"}, "timestamp", "must not be before the year 2000"),
        ({"timestamp": "0001-01-01T00:00:00Z"}, "timestamp", "must not be before the year 2000"),
        ({"properties": []}, "properties", "must be a JSON object"),
        ({"traits": "Ana"}, "traits", "must be a JSON object"),
        ({"context": 1}, "context", "must be a JSON object"),
        ({"integrations": True}, "integrations", "must be a JSON object"),
        ({"properties": {"price": float("nan")}}, "properties.price", "must be a number, not NaN"),
        (
            {"properties": {"price": float("inf")}},
            "properties.price",
            "must be 0, or between 1e-130 and 1e125 in magnitude",
        ),
        ({"properties": {"price": 1e126}}, "properties.price", "must be 0, or between 1e-130 and 1e125 in magnitude"),
        ({"properties": {"price": -1e-131}}, "properties.price", "must be 0, or between 1e-130 and 1e125 in magnitude"),
        ({"properties": {"items": [1, 10**38]}}, "properties.items.1", "must have at most 38 digits"),
        (
            {"properties": {"name": "\ud83d"}},
            "properties.name",
            "must be valid Unicode: it holds half of a surrogate pair",
        ),
        (
            {"properties": {"k" * 257: 1}},
            "properties." + "k" * 64 + "…",
            "has a name with more than 256 characters, or that is not valid Unicode",
        ),
        ({"properties": nested(19)}, "properties" + ".deeper" * 19, ""),
        ({"foo": nested(30)}, "foo" + ".deeper" * 19, "is nested deeper than 20 levels"),
        ({"type": "group"}, "groupId", "is required"),
        ({"type": "group", "groupId": 1.5}, "groupId", "must be a string"),
        ({"type": "alias"}, "previousId", "is required"),
        ({"type": "alias", "previousId": "a1", "userId": None}, "userId", "is required"),
        ({"type": "page", "name": 3}, "name", "must be a string"),
    ],
)
def test_each_fault_is_named(changes: dict[str, Any], path: str, message: str) -> None:
    raw = a_call(**changes)
    if not message:
        accepted(raw)
    else:
        assert faults(raw) == [(path, message)]


def test_all_faults_are_named_at_once() -> None:
    raw = {
        "type": "track",
        "userId": 1.5,
        "timestamp": "x",
        "properties": {"a": float("nan"), "b": 10**40},
        "context": [],
    }

    assert [path for path, _ in faults(raw)] == [
        "properties.a",
        "properties.b",
        "userId",
        "timestamp",
        "context",
        "event",
    ]


@pytest.mark.parametrize("raw", [None, 1, "track", [], [{}], True])
def test_what_is_no_object_is_no_event(raw: object) -> None:
    assert faults(raw) == [("", "must be a JSON object")]


def test_the_type_must_fit_the_address() -> None:
    assert faults(a_call(), call=EventType.PAGE) == [("type", "must be page at this address, or absent")]


@pytest.mark.parametrize("name", sorted(name.value for name in RESERVED_NAMES))
def test_a_public_key_never_sends_what_is_reserved(name: str) -> None:
    assert [path for path, _ in faults(a_call(event=name))] == ["event"]


@pytest.mark.parametrize("name", ["Subscribed", "Unsubscribed"])
def test_a_secret_key_may_state_consent(name: str) -> None:
    raw = a_call(event=name, properties={"channel": "sms", "topic": "news"})

    assert accepted(raw, trust=Trust.SECRET).name == name


def test_a_secret_key_sends_nothing_else_that_is_reserved() -> None:
    assert faults(a_call(event="Message Sent"), trust=Trust.SECRET)


@pytest.mark.parametrize(
    ("properties", "path"),
    [
        ({"channel": "e-mail"}, "properties.channel"),
        ({"channel": []}, "properties.channel"),
        ({"topic": 1}, "properties.topic"),
        ({"topic": "x" * (MAX_TOPIC_LENGTH + 1)}, "properties.topic"),
    ],
)
def test_consent_for_an_unknown_channel_or_topic_is_refused(properties: dict[str, Any], path: str) -> None:
    found = faults(a_call(event="Unsubscribed", properties=properties), trust=Trust.SECRET)

    assert [path for path, _ in found] == [path]


def test_a_batchs_context_is_inherited_and_the_events_own_keys_win() -> None:
    event = accepted(a_call(context={"ip": "own"}), context={"ip": "batch", "app": {"name": "Shop"}})

    assert event.context == {"ip": "own", "app": {"name": "Shop"}}


@pytest.mark.parametrize(
    ("other", "position", "sent_at"),
    [({"properties": {"x": 1}}, 0, None), ({}, 1, None), ({}, 0, NOON)],
    ids=["content", "place", "sending"],
)
def test_an_id_is_derived_from_content_place_and_sending(
    other: dict[str, Any], position: int, sent_at: int | None
) -> None:
    raw = a_call(messageId=None)
    first = read_event(raw, a_reception())
    again = read_event(dict(reversed(raw.items())), a_reception(received_at=NOON + HOUR))
    different = read_event(raw | other, a_reception(sent_at=sent_at), position=position)

    assert isinstance(first, Event)
    assert isinstance(again, Event)
    assert isinstance(different, Event)
    assert first.id == again.id != different.id
    assert first.id.startswith("derived:")


@pytest.mark.parametrize(
    "value", [0, -0.0, 1e125, -1e-130, 10**38 - 1, 1.5, True, None, "", "é\U0001f600", [], {}, {"": [{}]}, "\x00\uffff"]
)
def test_what_survives_storage_is_accepted(value: Any) -> None:
    assert accepted(a_call(properties={"x": value})).properties == {"x": value}


def test_a_late_event_is_accepted() -> None:
    assert accepted(a_call(timestamp="2000-01-01T00:00:00Z")).received_at == NOON
    assert accepted(a_call(timestamp="2026-11-01T11:00:00Z")).at == NOON - DAY - HOUR


def test_faults_are_bounded() -> None:
    found = read_event(a_call(properties={str(n): 10**40 for n in range(1_000)}), a_reception())

    assert isinstance(found, list)
    assert len(found) == 20
    assert found[0] == Fault("properties.0", "must have at most 38 digits")
