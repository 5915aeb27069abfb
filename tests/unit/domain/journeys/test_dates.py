"""Entry by date: the exact instant on people's own clocks, and one run an occurrence whatever happens."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.conditions.paths import Path
from shared.domain.decide import decide
from shared.domain.events import Event, EventType
from shared.domain.journeys import dates
from shared.domain.journeys.dates import DATE_REACHED
from shared.domain.journeys.occurrences import next_occurrence
from shared.domain.journeys.program import DateEntry
from shared.domain.playbook import MAX_DATE_JOURNEYS, read_playbook
from shared.domain.profiles import Dated, Profile
from shared.domain.timing import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Instant,
    format_instant,
    parse_duration,
    parse_instant,
    to_datetime,
)
from tests.builders import NOON, a_profile, an_event
from tests.stories import Story, a_journey, a_playbook, faults_of, plain_playbook, replay

HELLO = {"send": "hello", "via": ["email"]}
BYE = {"send": "bye", "via": ["email"]}


def at(text: str) -> Instant:
    return parse_instant(f"{text}:00Z")


def by_date(**changes: Any) -> dict[str, Any]:
    """A journey that people enter on the date of their trait ``renews``, at nine, and hear of at once."""
    enter = {"date": "traits.renews", "at": "09:00"} | changes.pop("enter", {})
    return a_journey(**({"enter": enter, "exit": None, "steps": [HELLO]} | changes))


def story(profile: Profile | None = None, **changes: Any) -> Story:
    return Story(a_playbook(j=by_date(**changes)), profile or a_profile())


def begins(told: Story) -> list[str]:
    return [format_instant(one["at"])[:16] for one in told.told("journey_entered")]


def rule(offset: str = "0 days", clock: str = "09:00", *, yearly: bool = False) -> DateEntry:
    return DateEntry(Path("traits", ("renews",)), time.fromisoformat(clock), parse_duration(offset), yearly)


# --- the instant -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "how", "zone", "instant"),
    [
        ("2026-11-09", rule(), "Etc/UTC", "2026-11-09T09:00"),
        ("2026-11-09", rule(), "America/New_York", "2026-11-09T14:00"),
        ("2026-11-09", rule(), "Pacific/Kiritimati", "2026-11-08T19:00"),
        ("2026-11-09", rule("-7 days"), "Etc/UTC", "2026-11-02T09:00"),
        ("2026-12-30", rule("1 week"), "Etc/UTC", "2027-01-06T09:00"),
        ("2027-01-03", rule("-7 days"), "Etc/UTC", "2026-12-27T09:00"),
        # 1 November 2026 is when New York sets its clocks back, 14 March 2027 when it sets them forward.
        ("2026-11-05", rule("-7 days"), "America/New_York", "2026-10-29T13:00"),
        ("2026-11-05", rule("-168 hours"), "America/New_York", "2026-10-29T13:00"),
        ("2027-03-10", rule("7 days"), "America/New_York", "2027-03-17T13:00"),
        ("2026-11-02", rule("-36 hours"), "America/New_York", "2026-11-01T02:00"),
        ("2026-11-01", rule("90 minutes"), "America/New_York", "2026-11-01T15:30"),
        ("2027-03-14", rule(clock="02:30"), "America/New_York", "2027-03-14T07:00"),
        ("2027-03-15", rule("-1 day", "02:30"), "America/New_York", "2027-03-14T07:00"),
        ("2026-11-01", rule(clock="01:30"), "America/New_York", "2026-11-01T05:30"),
        ("2027-03-28", rule(clock="02:30"), "Europe/Berlin", "2027-03-28T01:00"),
        ("2027-10-31", rule(clock="02:30"), "Europe/Berlin", "2027-10-31T00:30"),
    ],
)
def test_the_instant_is_that_time_of_the_persons_clock(day: str, how: DateEntry, zone: str, instant: str) -> None:
    found = next_occurrence(how, date.fromisoformat(day), ZoneInfo(zone), at("2026-01-01T00:00"))
    assert found is not None
    assert (format_instant(found.at)[:16], found.day.isoformat()) == (instant, day)


@pytest.mark.parametrize(
    ("day", "offset", "since", "days"),
    [
        ("1990-11-09", "0 days", "2026-11-02T12:00", ["2026-11-09", "2027-11-09", "2028-11-09"]),
        ("1990-11-02", "0 days", "2026-11-02T12:00", ["2027-11-02", "2028-11-02"]),
        ("1990-11-02", "0 days", "2026-11-02T09:00", ["2026-11-02", "2027-11-02"]),
        ("2000-02-29", "0 days", "2026-11-02T12:00", ["2027-02-28", "2028-02-29", "2029-02-28"]),
        ("2000-03-01", "-1 day", "2027-03-01T00:00", ["2028-03-01"]),
        ("1990-01-03", "-7 days", "2026-12-26T00:00", ["2027-01-03", "2028-01-03"]),
        ("1990-01-03", "-7 days", "2026-12-28T00:00", ["2028-01-03"]),
        ("1990-12-30", "7 days", "2027-01-01T00:00", ["2026-12-30", "2027-12-30"]),
        ("1990-12-30", "800 days", "2027-01-01T00:00", ["2024-12-30", "2025-12-30"]),
        ("2028-05-01", "0 days", "2026-11-02T12:00", ["2028-05-01", "2029-05-01"]),
        ("0001-01-01", "0 days", "2026-11-02T12:00", ["2027-01-01"]),
        ("9999-12-31", "1 day", "2026-11-02T12:00", []),
    ],
)
def test_yearly_is_that_day_of_every_year_from_the_dates_own_on(
    day: str, offset: str, since: str, days: list[str]
) -> None:
    found: list[str] = []
    instant = at(since)
    for _ in days or [""]:
        occurrence = next_occurrence(rule(offset, yearly=True), date.fromisoformat(day), ZoneInfo("Etc/UTC"), instant)
        if occurrence is not None:
            found.append(occurrence.day.isoformat())
            instant = occurrence.at + 1
    assert found == days


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize("offset", ["-36525 days", "36525 days", "-1 hour", "1 hour"])
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
@pytest.mark.parametrize("yearly", [False, True])
def test_a_date_at_the_end_of_the_calendar_is_no_error(day: str, offset: str, zone: str, yearly: bool) -> None:
    how = rule(offset, "00:00", yearly=yearly)
    found = next_occurrence(how, date.fromisoformat(day), ZoneInfo(zone), NOON)
    assert found is None or found.at >= NOON


@pytest.mark.parametrize(
    ("value", "timezone", "begun"),
    [
        ("2026-11-09", "Europe/Dublin", ["2026-11-09T09:00"]),
        ("2026-11-09T23:30:00Z", "Europe/Dublin", ["2026-11-09T09:00"]),
        ("2026-11-09T23:30:00Z", "Europe/Berlin", ["2026-11-10T08:00"]),
        ("2026-11-09T02:00:00+01:00", "America/New_York", ["2026-11-08T14:00"]),
        ("2026-11-31", "Europe/Dublin", []),
        ("9.11.2026", "Europe/Dublin", []),
        ("", "Europe/Dublin", []),
        (20261109, "Europe/Dublin", []),
        (True, "Europe/Dublin", []),
        (["2026-11-09"], "Europe/Dublin", []),
        ({"day": "2026-11-09"}, "Europe/Dublin", []),
    ],
)
def test_a_trait_is_a_date_or_an_instant_on_it(value: Any, timezone: str, begun: list[str]) -> None:
    told = story()
    told.identify(renews=value, timezone=timezone)
    told.time_comes(NOON + 30 * DAY)

    assert begins(told) == begun


def test_a_run_begins_at_the_very_instant_and_is_dated_by_it() -> None:
    told = story(steps=[{"wait": "1 hour"}, HELLO])
    told.identify(renews="2026-11-09")
    assert told.profile.wake_at == at("2026-11-09T09:00")
    told.time_comes(at("2026-11-09T09:00") - 1)
    assert begins(told) == []
    told.time_comes(at("2026-11-09T09:00"))

    [run] = told.profile.runs.values()
    assert run.entered_at == at("2026-11-09T09:00")
    assert run.entry["event"] == DATE_REACHED == "Date Reached"
    assert run.entry["timestamp"] == "2026-11-09T09:00:00.000Z"


def test_the_runs_entry_tells_the_trait_and_the_day() -> None:
    reads = {
        "set": {"traits.heard": {"path": "entry.properties.date"}, "traits.of": {"path": "entry.properties.trait"}}
    }
    told = story(enter={"offset": "-7 days", "yearly": True}, steps=[reads])
    told.identify(renews="1990-11-20")
    told.time_comes(at("2026-11-13T09:00"))

    assert (told.profile.traits["heard"], told.profile.traits["of"]) == ("2026-11-20", "traits.renews")


def test_a_late_wake_up_enters_as_of_the_instant() -> None:
    told = story(steps=[{"wait": "1 hour"}, HELLO])
    told.identify(renews="2026-11-09")
    told.time_comes(at("2026-11-12T00:00"))

    assert begins(told) == ["2026-11-09T09:00"]
    assert [message.decided_at for message in told.messages] == [at("2026-11-09T10:00")]


# --- what moves it, what keeps it out --------------------------------------------------------------------------------


def test_a_date_that_changes_moves_the_entry() -> None:
    told = story()
    told.identify(renews="2026-11-09")
    told.identify(NOON + DAY, renews="2026-11-20")
    assert told.profile.wake_at == at("2026-11-20T09:00")
    told.time_comes(NOON + 30 * DAY)

    assert begins(told) == ["2026-11-20T09:00"]


@pytest.mark.parametrize("value", [None, "soon", 5])
def test_a_date_that_is_taken_back_begins_nothing(value: Any) -> None:
    told = story()
    told.identify(renews="2026-11-09")
    told.identify(NOON + DAY, renews=value)
    assert told.profile.wake_at is None
    told.time_comes(NOON + 30 * DAY)

    assert begins(told) == []


@pytest.mark.parametrize(
    "traits",
    [{"timezone": "America/New_York"}, {"country": "JM"}, {"address": {"country": "JM"}}, {"phone": "+18765550100"}],
)
def test_another_clock_moves_the_entry(traits: dict[str, Any]) -> None:
    told = story()
    told.identify(renews="2026-11-09")
    told.identify(NOON + DAY, **traits)
    told.time_comes(NOON + 30 * DAY)

    assert begins(told) == ["2026-11-09T14:00"]


def test_a_step_that_sets_the_date_moves_the_entry_too() -> None:
    told = Story(
        a_playbook(j=by_date(), s=a_journey(steps=[{"set": {"traits.renews": {"path": "entry.properties.on"}}}]))
    )
    told.happens("Start", on="2026-11-09")
    told.time_comes(NOON + 30 * DAY)

    assert begins(told)[1:] == ["2026-11-09T09:00"]


@pytest.mark.parametrize(("yearly", "begun"), [(False, []), (True, ["2027-11-02T09:00"])])
def test_a_date_that_is_past_when_it_becomes_known_begins_nothing(yearly: bool, begun: list[str]) -> None:
    told = story(enter={"yearly": yearly})
    told.identify(renews="2026-11-02")
    told.time_comes(NOON + 400 * DAY)

    assert begins(told) == begun


def test_a_date_that_becomes_known_at_its_very_instant_begins_at_once() -> None:
    told = story()
    told.identify(at("2026-11-09T09:00"), renews="2026-11-09")

    assert begins(told) == ["2026-11-09T09:00"]


def test_what_was_said_before_the_instant_and_arrives_after_it_begins_the_run_late() -> None:
    said = at("2026-11-09T08:59")
    told = story(steps=[{"wait": "1 hour"}, HELLO])
    told.happens("", said, arrives=said + 5 * MINUTE, type=EventType.IDENTIFY, traits={"renews": "2026-11-09"})
    told.time_comes(said + DAY)

    assert [run.entered_at for run in told.profile.runs.values()] == [at("2026-11-09T09:00")]
    assert [message.decided_at for message in told.messages] == [at("2026-11-09T10:00")]


def test_what_arrives_more_than_a_day_late_begins_nothing() -> None:
    said = at("2026-11-09T08:59")
    told = story()
    told.happens("", said, arrives=said + DAY + 1, type=EventType.IDENTIFY, traits={"renews": "2026-11-09"})

    assert begins(told) == []


def test_the_same_date_again_begins_nothing_more() -> None:
    told = story()
    told.identify(renews="2026-11-09")
    for minutes in range(-1, 3):
        told.identify(at("2026-11-09T09:00") + minutes * MINUTE, renews="2026-11-09")
    told.identify(at("2026-11-09T09:10"), renews=None)
    told.identify(at("2026-11-09T09:10"), renews="2026-11-09")

    assert begins(told) == ["2026-11-09T09:00"]


def test_who_flies_west_on_the_day_has_no_second_one() -> None:
    told = story()
    told.identify(renews="2026-11-09", timezone="Pacific/Kiritimati")
    told.identify(at("2026-11-09T00:00"), timezone="Pacific/Pago_Pago")
    told.time_comes(NOON + 30 * DAY)

    assert begins(told) == ["2026-11-08T19:00"]


def test_a_journeys_condition_is_asked_at_that_instant() -> None:
    told = story(enter={"yearly": True, "if": {"traits.vip": True}})
    told.identify(renews="1990-11-09")
    told.time_comes(NOON + 30 * DAY)
    assert told.skipped() == ["condition"]
    told.identify(NOON + 31 * DAY, vip=True)
    told.time_comes(NOON + 400 * DAY)

    assert begins(told) == ["2027-11-09T09:00"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reenter": "never"}, "reenter"),
        ({"reenter": {"after": "366 days"}}, "reenter"),
        ({"steps": [{"wait": "500 days"}]}, "running"),
    ],
)
def test_the_rules_of_reentry_hold(changes: dict[str, Any], reason: str) -> None:
    told = story(enter={"yearly": True}, **changes)
    told.identify(renews="1990-11-09")
    told.time_comes(NOON + 400 * DAY)

    assert (begins(told), told.skipped()) == (["2026-11-09T09:00"], [reason])


def test_at_one_instant_the_higher_priority_begins_first_among_all_that_is_due() -> None:
    playbook = a_playbook(
        a=by_date(priority=50),
        b=a_journey(priority=60, steps=[{"wait": {"until": "09:00"}}, {"exit": "done"}]),
        c=by_date(priority=70),
        d=by_date(priority=50),
    )
    told = Story(playbook)
    told.identify(at("2026-11-08T12:00"), renews="2026-11-09")
    told.happens("Start", at("2026-11-08T12:00"))
    told.trace.clear()
    told.time_comes(at("2026-11-09T09:00"))

    kinds = {"journey_entered", "journey_exited"}
    turns = [one.details["journey"] for one in told.trace if one.kind in kinds]
    assert turns[:4] == ["c", "b", "a", "d"]


def test_what_goes_on_first_at_that_instant_may_still_call_the_date_off() -> None:
    playbook = a_playbook(
        j=by_date(priority=50),
        s=a_journey(priority=60, steps=[{"wait": {"until": "09:00"}}, {"set": {"traits.renews": "2026-12-09"}}]),
    )
    told = Story(playbook)
    told.identify(renews="2026-11-03")
    told.happens("Start", NOON)
    told.time_comes(NOON + 60 * DAY)

    assert begins(told)[1:] == ["2026-12-09T09:00"]


# --- the playbook changes --------------------------------------------------------------------------------------------


def test_a_journey_that_is_new_counts_from_the_next_event_on() -> None:
    told = Story(a_playbook(other=a_journey()))
    told.identify(renews="2026-11-09")
    told.playbook = a_playbook(j=by_date(enter={"yearly": True}))
    told.happens("Anything", at("2026-11-12T00:00"))
    told.time_comes(at("2027-12-01T00:00"))

    assert begins(told) == ["2027-11-09T09:00"]


def test_what_was_due_before_the_playbook_changed_is_still_due_however_late_the_wake_up() -> None:
    told = story()
    told.identify(renews="2026-11-09")
    told.playbook = a_playbook(j=by_date(title="Reworded"), k=by_date(enter={"offset": "-1 day"}))
    told.time_comes(at("2026-11-12T00:00"))

    assert [(one["journey"], format_instant(one["at"])[:16]) for one in told.told("journey_entered")] == [
        ("j", "2026-11-09T09:00")
    ]


def test_a_journey_that_was_taken_out_begins_no_more() -> None:
    told = story()
    told.identify(renews="2026-11-09")
    told.playbook = a_playbook(other=a_journey())
    told.time_comes(NOON + DAY)
    assert (told.profile.wake_at, told.profile.dates, told.profile.dates_version) == (None, {}, "")


def test_a_journey_that_moved_begins_no_second_time_for_the_same_day() -> None:
    told = story(enter={"offset": "-7 days"})
    told.identify(renews="2026-11-20")
    told.time_comes(at("2026-11-13T09:00"))
    told.playbook = a_playbook(j=by_date(enter={"offset": "-1 day"}))
    told.time_comes(NOON + 60 * DAY)

    assert begins(told) == ["2026-11-13T09:00"]


def test_an_event_that_concerns_no_date_reckons_none(monkeypatch: pytest.MonkeyPatch) -> None:
    told = Story(a_playbook(other=a_journey(), **{f"j{n}": by_date() for n in range(50)}))
    told.identify(renews="2026-11-20")
    monkeypatch.setattr(dates, "_next", lambda *_: pytest.fail("reckoned"))
    told.happens("Start", NOON + HOUR)
    told.identify(NOON + HOUR, firstName="Ana", renews="2026-11-20", plan="gold")


def test_a_playbook_without_dates_leaves_no_trace_in_a_profile() -> None:
    told = Story(a_playbook(j=a_journey()))
    told.identify(renews="2026-11-20")

    assert (told.profile.dates, told.profile.dates_version) == ({}, "")


# --- exactly one -----------------------------------------------------------------------------------------------------

ZONES = ["Pacific/Kiritimati", "Europe/Dublin", "America/New_York", "Pacific/Pago_Pago"]
BEGIN = at("2026-10-30T00:00")
END = BEGIN + 12 * DAY


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """Dates, clocks and other things said at any minute of ten days, some a while before they arrive."""
    said = st.one_of(
        st.sampled_from([{"renews": f"2026-11-0{day}"} for day in range(1, 8)]),
        st.sampled_from([{"timezone": zone} for zone in ZONES]),
        st.sampled_from([{"renews": None}, {"timezone": None}, {"other": 1}]),
    )
    events = []
    for number in range(draw(st.integers(1, 12))):
        arrives = BEGIN + draw(st.integers(0, 10 * 24)) * HOUR
        late = draw(st.sampled_from([0, 0, 0, SECOND, 3 * HOUR]))
        traits = draw(said)
        events.append(
            an_event(
                "User Identified",
                id=f"m{number}",
                type=EventType.IDENTIFY,
                at=arrives - late,
                received_at=arrives,
                traits=traits,
            )
        )
    return sorted(events, key=lambda event: event.received_at)


PLAYBOOK = a_playbook(
    once=by_date(steps=[{"set": {"traits.once": {"path": "entry.properties.date"}}}, HELLO]),
    before=by_date(
        enter={"offset": "-1 day", "yearly": True},
        steps=[{"set": {"traits.b": {"path": "entry.properties.date"}}}, BYE],
    ),
)


def days_begun(told: Story) -> list[tuple[str, str]]:
    return [(message.journey, str(message.entry["properties"]["date"])) for message in told.messages]


@settings(max_examples=200)
@given(life=lives(), cuts=st.sets(st.integers(0, 11)), woken=st.booleans())
def test_a_day_begins_one_run_however_events_wake_ups_and_batches_come(
    life: list[Event], cuts: set[int], woken: bool
) -> None:
    one_by_one = replay(PLAYBOOK, a_profile(), [[event] for event in life], END)
    begun = days_begun(one_by_one)
    assert len(begun) == len(set(begun))

    other = replay(PLAYBOOK, a_profile(), _split(life, cuts), END) if woken else Story(PLAYBOOK)
    if not woken:
        for batch in _split(life, cuts):
            other.take(batch, batch[-1].received_at)
        other.time_comes(END)
    assert days_begun(other) == begun
    assert other.sent == one_by_one.sent
    assert (other.profile.traits, other.profile.dates) == (one_by_one.profile.traits, one_by_one.profile.dates)


@settings(max_examples=200)
@given(life=lives())
def test_a_run_begins_exactly_when_the_date_is_reached_by_what_is_known_then(life: list[Event]) -> None:
    """Looked at every hour, with nothing but the traits of that hour."""
    in_time = [event for event in life if event.at == event.received_at]
    expected: list[str] = []
    known: dict[str, Any] = {}
    for hour in range(12 * 24 + 1):
        now = BEGIN + hour * HOUR
        for when in ("timers", "events"):
            if when == "events":
                for event in (event for event in in_time if event.received_at == now):
                    known |= event.traits
                    expected += _due(known, now, expected)
            else:
                expected += _due(known, now, expected)
    told = replay(PLAYBOOK, a_profile(), [[event] for event in in_time], END)
    assert [day for journey, day in days_begun(told) if journey == "once"] == expected


def _due(known: dict[str, Any], now: Instant, reached: Sequence[str]) -> list[str]:
    day = known.get("renews")
    zone = known.get("timezone") or "Etc/UTC"
    if day is None or day in reached:
        return []
    local = _wall_clock(now, zone)
    return [day] if local == f"{day}T09:00" else []


def _wall_clock(now: Instant, zone: str) -> str:
    return to_datetime(now).astimezone(ZoneInfo(zone)).isoformat()[:16]


def _split(life: list[Event], cuts: set[int]) -> list[list[Event]]:
    batches: list[list[Event]] = [[]]
    for index, event in enumerate(life):
        batches[-1].append(event)
        if index in cuts:
            batches.append([])
    return [batch for batch in batches if batch]


# --- what the check says ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "path", "message"),
    [
        (
            {"enter": {"date": "traits.renews", "on": "Start"}},
            "enter",
            'people enter in one way: "on", "date" are several',
        ),
        (
            {"enter": {"date": "traits.renews", "where": {"properties.a": 1}}},
            "enter.where",
            'test the person, with "if"',
        ),
        ({"enter": {"date": "traits.renews"}, "key": "properties.a"}, "key", "a date is none"),
        ({"enter": {"date": "birthday"}}, "enter.date", '"birthday" is no path'),
        ({"enter": {"date": "traits"}}, "enter.date", '"traits" is no path'),
        ({"enter": {"date": "entry.properties.day"}}, "enter.date", "there is no entry to look at"),
        ({"enter": {"date": "traits.children.*.birthday"}}, "enter.date", "may lead to several dates"),
        ({"enter": {"date": "traits.renews", "at": "9"}}, "enter.at", 'expected a time of day like "09:00", found "9"'),
        (
            {"enter": {"date": "traits.renews", "offset": "soon"}},
            "enter.offset",
            'expected a duration like "7 days" or',
        ),
        ({"enter": {"date": "traits.renews", "yearly": "yes"}}, "enter.yearly", 'expected true or false, found "yes"'),
        (
            {"enter": {"date": "traits.renews", "ofset": "1 day"}},
            "enter",
            'unknown key "ofset", did you mean "offset"?',
        ),
        ({"enter": {"on": "Start", "at": "09:00"}}, "enter.at", '"at" goes with "date" only'),
        ({"enter": {"on": "Start", "yearly": True}}, "enter.yearly", '"yearly" goes with "date" only'),
    ],
)
def test_a_faulty_entry_by_date_is_told_where_and_how(changes: dict[str, Any], path: str, message: str) -> None:
    [(place, text)] = faults_of(a_journey(exit=None, **changes))
    assert place == path
    assert message in text


def test_people_enter_at_nine_unless_told_otherwise() -> None:
    told = Story(a_playbook(j=a_journey(enter={"date": "traits.renews"}, exit=None)))
    told.identify(renews="2026-11-09")

    assert told.profile.wake_at == at("2026-11-09T09:00")


@pytest.mark.parametrize("yearly", [False, True])
@pytest.mark.parametrize("moved", [-HOUR, HOUR])
def test_where_the_rules_of_a_zone_have_changed_since_it_begins_once(yearly: bool, moved: int) -> None:
    """What was reckoned by the rules of then is not where the date falls by those of now."""
    told = story(enter={"yearly": yearly})
    told.identify(renews="2026-11-09")
    due = at("2026-11-09T09:00")
    told.profile = replace(told.profile, dates={"j": Dated(due + moved)}, wake_at=due + moved)

    told = replay(told.playbook, told.profile, [[an_event("Other", at=due + DAY)]], due + 2 * DAY)

    assert len(begins(told)) == 1


def test_a_date_may_stand_in_what_tells_the_zone() -> None:
    told = Story(a_playbook(j=by_date(enter={"date": "traits.address.since"})), a_profile(traits={}))
    told.identify(address={"since": "2026-11-09"})

    assert told.profile.wake_at == at("2026-11-09T09:00")


def test_more_dates_than_a_profile_keeps_are_refused() -> None:
    journeys = {f"j{n:03}": by_date() for n in range(MAX_DATE_JOURNEYS + 1)}
    [(file, finding)] = read_playbook(plain_playbook(journeys))[1]
    assert (file, finding.path) == ("journeys/j100.yaml", ("enter", "date"))
    assert "101 journeys are entered by date" in finding.message


def test_explain_tells_when_it_may_begin_and_why_not() -> None:
    playbook, person = a_playbook(j=by_date()), a_profile()
    notes = []
    for number, value in enumerate(["2026-11-09", "2026-10-09", "soon"]):
        event = an_event("", id=f"m{number}", type=EventType.IDENTIFY, at=NOON + number, traits={"renews": value})
        decision = decide(playbook, person, [event], NOON + number, explaining=True)
        person = decision.profile
        notes += [
            one.details["text"] for one in decision.trace if one.kind == "note" and "renews" in one.details["text"]
        ]

    assert notes == [
        "traits.renews (2026-11-09): it may begin at 2026-11-09T09:00:00.000Z, for 2026-11-09",
        "traits.renews (2026-10-09): what it would begin at is past",
        "traits.renews (soon): that is no date, so it begins at none",
    ]
