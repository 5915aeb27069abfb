"""The simulation: the same ``decide`` on a virtual clock, and its rows as the contract has them."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.events import Event, EventType, Trust
from shared.domain.playbook import Playbook
from shared.domain.timing import HOUR, MINUTE, Instant, format_instant, parse_instant
from shared.services import simulate as simulation_module
from shared.services.simulate import ROWS, Simulation, assuming_consent, row
from tests.builders import NOON, an_event
from tests.stories import a_journey, a_playbook

AT_ONCE = [{"send": "hello", "via": ["email", "push"]}]
CONTRACT = {
    "segment_entered": ["segment"],
    "segment_left": ["segment"],
    "journey_entered": ["journey", "run", "key", "variant"],
    "entry_skipped": ["journey", "reason"],
    "send": ["journey", "run", "step", "message", "channel"],
    "held": ["journey", "run", "message", "channel", "reason", "until"],
    "dropped": ["journey", "run", "message", "channel", "reason"],
    "journey_exited": ["journey", "run", "reason"],
    "goal_reached": ["journey", "run"],
    "fell_back": ["journey", "run", "message", "channel", "reason"],
}


def known(user: str = "u1", at: Instant = NOON, **traits: Any) -> Event:
    traits = traits or {"email": f"{user}@example.com"}
    return happens("User Identified", user, at, id=f"i{user}{at}", type=EventType.IDENTIFY, traits=traits)


def happens(name: str, user: str | None = "u1", at: Instant = NOON, **changes: Any) -> Event:
    return an_event(name, user_id=user, profile_id="", at=at, **({"id": f"{name}{user}{at}"} | changes))


def simulate(playbook: Playbook, *events: Event, until: Instant | None = None) -> list[dict[str, Any]]:
    rows = (row(person, one) for person, one in Simulation(playbook).run(events, until))
    return [plain for plain in rows if plain is not None]


def brief(rows: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    """Type, person, and minutes after noon."""
    minutes = {format_instant(NOON + minute * MINUTE): minute for minute in range(-60, 3000)}
    return [(one["type"], one["profile"], minutes[one["at"]]) for one in rows]


def test_the_rows_are_those_of_the_contract() -> None:
    assert {kind: list(fields) for kind, fields in ROWS.items()} == CONTRACT


def test_every_row_has_every_field_of_its_type() -> None:
    playbook = a_playbook(a=a_journey(steps=AT_ONCE, topic="offers"), b=a_journey(key="properties.k"), c=a_journey())
    rows = simulate(
        playbook, known(), happens("Start"), happens("Start", at=NOON + 1, properties={"k": 20.0}), until=NOON + HOUR
    )
    assert {one["type"] for one in rows} == {"journey_entered", "entry_skipped", "send", "dropped", "journey_exited"}
    for one in rows:
        assert list(one) == ["type", "at", "profile", *CONTRACT[one["type"]]]
    assert [one["key"] for one in rows if one["type"] == "journey_entered" and one["journey"] == "b"] == [20]
    assert {one["variant"] for one in rows if one["type"] == "journey_entered"} == {None}


@pytest.mark.parametrize("key", [20, 1.5, "c1", "20", True, "é", 'a "quoted" one', 10**30])
def test_a_key_is_told_as_the_event_had_it(key: Any) -> None:
    rows = simulate(a_playbook(j=a_journey(key="properties.k")), happens("Start", properties={"k": key}))
    (told,) = [one["key"] for one in rows]
    assert (type(told), told) == (type(key), key)


def test_timers_fire_at_their_exact_instants_before_events_of_the_same() -> None:
    rows = simulate(
        a_playbook(j=a_journey()), known(), happens("Start"), happens("Stop", at=NOON + HOUR), known("u2", NOON + HOUR)
    )
    assert brief(rows) == [("journey_entered", "u1", 0), ("send", "u1", 60), ("journey_exited", "u1", 60)]


def test_people_are_told_of_in_time_order() -> None:
    people = ["u2", "u1", "u3"]
    starts = [happens("Start", user, NOON + index * MINUTE) for index, user in enumerate(people)]
    rows = simulate(a_playbook(j=a_journey()), *(known(user) for user in people), *starts, until=NOON + 2 * HOUR)
    assert [one["at"] for one in rows] == sorted(one["at"] for one in rows)
    assert [one["profile"] for one in rows if one["type"] == "send"] == people


@pytest.mark.parametrize(("until", "sends"), [(None, 0), (HOUR - 1, 0), (HOUR, 1), (2 * HOUR, 1)])
def test_the_clock_stops_with_the_last_event_or_at_the_instant_given_inclusive(until: int | None, sends: int) -> None:
    end = None if until is None else NOON + until
    rows = simulate(a_playbook(j=a_journey()), known(), happens("Start"), until=end)
    assert sum(one["type"] == "send" for one in rows) == sends


@pytest.mark.parametrize(("until", "entered"), [(-1, 0), (0, 1)])
def test_events_after_the_instant_given_do_not_happen(until: int, entered: int) -> None:
    assert len(simulate(a_playbook(j=a_journey()), happens("Start"), until=NOON + until)) == entered


def test_for_what_a_late_event_changes_the_instant_is_its_arrival() -> None:
    late = happens("Stop", at=NOON + MINUTE, received_at=NOON + 30 * MINUTE)
    rows = simulate(a_playbook(j=a_journey()), happens("Start"), late)
    assert brief(rows) == [("journey_entered", "u1", 0), ("journey_exited", "u1", 30)]
    entered_late = happens("Start", at=NOON, received_at=NOON + 30 * MINUTE)
    assert brief(simulate(a_playbook(j=a_journey()), entered_late)) == [("journey_entered", "u1", 30)]


def test_an_anonymous_visitor_is_a_person_and_becomes_the_user_they_identify_as() -> None:
    visit = happens("Start", None, anonymous_id="a1")
    sign_in = replace(known("u1", NOON + 1), anonymous_id="a1")
    again = happens("Start", None, NOON + 2, anonymous_id="a1")
    rows = simulate(a_playbook(j=a_journey()), visit, sign_in, again)
    assert [(one["type"], one["profile"]) for one in rows] == [
        ("journey_entered", "anon:a1"),
        ("entry_skipped", "u1"),
    ]
    assert rows[1]["reason"] == "running"


def test_a_till_that_knows_only_an_address_finds_its_person() -> None:
    till = happens("Start", None, NOON + 1, properties={"email": "U1@example.com"})
    rows = simulate(a_playbook(j=a_journey(steps=AT_ONCE)), known(), till)
    assert {one["profile"] for one in rows} == {"u1"}


@pytest.mark.parametrize(("assumed", "kinds"), [(True, "send"), (False, "dropped")])
def test_everyone_consents_unless_an_event_says_otherwise_or_the_policy_shall(assumed: bool, kinds: str) -> None:
    playbook = a_playbook(j=a_journey(steps=AT_ONCE, topic="offers"))
    playbook = assuming_consent(playbook) if assumed else playbook
    rows = simulate(playbook, known(), happens("Start"))
    assert [one["type"] for one in rows] == ["journey_entered", kinds, "journey_exited"]
    refusal = happens("Unsubscribed", trust=Trust.SYSTEM)
    assert [one["type"] for one in simulate(playbook, known(), refusal, happens("Start"))][1] == "dropped"


def test_a_person_with_a_push_token_is_reachable() -> None:
    rows = simulate(a_playbook(j=a_journey(steps=AT_ONCE)), known(push_token="t1"), happens("Start"))
    assert [one["channel"] for one in rows if one["type"] == "send"] == ["push"]


def test_every_message_is_delivered_and_journeys_hear_of_it() -> None:
    told = {"on": "Message Delivered", "where": {"properties.message": "hello", "properties.channel": "email"}}
    again = [
        {"if": {"did": {"event": "Message Sent", "within": "1 hour"}}, "then": [{"send": "bye", "via": ["email"]}]}
    ]
    playbook = a_playbook(first=a_journey(steps=AT_ONCE), second=a_journey(enter=told, steps=again))
    rows = simulate(playbook, known(), happens("Start"))
    assert [one["message"] for one in rows if one["type"] == "send"] == ["hello", "bye"]


def test_a_journey_that_answers_its_own_messages_is_cut_short() -> None:
    loop = a_journey(enter={"on": ["Start", "Message Sent"]}, steps=AT_ONCE)
    rows = simulate(a_playbook(loop=loop), known(), happens("Start"))
    assert 1 < sum(one["type"] == "send" for one in rows) < 1_000


def test_a_run_is_unique_in_the_output() -> None:
    starts = [happens("Start", f"u{person}", NOON + hour * HOUR, id="same") for hour in (0, 30) for person in range(9)]
    rows = simulate(a_playbook(j=a_journey()), *(known(f"u{person}") for person in range(9)), *starts)
    runs = [one["run"] for one in rows if one["type"] == "journey_entered"]
    assert len(runs) == len(set(runs)) == 18


def test_superseded_wake_ups_do_not_gather(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person who starts and stops again and again is woken once, for what still stands."""
    monkeypatch.setattr(simulation_module, "MIN_STALE", 3)
    events = [
        happens(("Start", "Stop")[second % 2], user, NOON + 1_000 * second, id=f"{second}{user}")
        for second in range(51)
        for user in ("u2", "u1")
    ]
    simulation = Simulation(a_playbook(j=a_journey()))
    most = 0
    for _ in simulation.run([known("u1"), known("u2"), *events], NOON + 2 * HOUR):
        most = max(most, len(simulation._wakes))
    assert most <= 2 * 2 + 3 + 1
    told = simulate(a_playbook(j=a_journey()), known("u1"), known("u2"), *events, until=NOON + 2 * HOUR)
    assert brief_sends(told) == [("u1", NOON + 50_000 + HOUR), ("u2", NOON + 50_000 + HOUR)]


def brief_sends(rows: list[dict[str, Any]]) -> list[tuple[str, Instant]]:
    return [(one["profile"], parse_instant(one["at"])) for one in rows if one["type"] == "send"]


def test_at_equal_instants_people_come_in_the_order_of_their_ids_whatever_the_events_order() -> None:
    people = ["u10", "u2", "u1", "anon-x", "É"]
    for order in (people, sorted(people), people[::-1]):
        starts = [happens("Start", user) for user in order]
        rows = simulate(a_playbook(j=a_journey()), *(known(user) for user in order), *starts, until=NOON + HOUR)
        assert [person for person, _ in brief_sends(rows)] == sorted(people)


def test_only_the_person_to_be_explained_is_explained() -> None:
    simulation = Simulation(a_playbook(j=a_journey()), explain=frozenset({"u2"}))
    told = list(simulation.run([happens("Start", "u1"), happens("Start", "u2")]))
    assert {person for person, one in told if one.kind == "judged"} == {"u2"}
    assert all(row(person, one) is None for person, one in told if one.kind == "judged")


def test_the_same_events_give_the_same_rows() -> None:
    playbook = a_playbook(j=a_journey(), k=a_journey(priority=10, steps=AT_ONCE))
    events = [known(), happens("Start"), happens("Start", "u2", NOON + 1), happens("Stop", at=NOON + 2)]
    assert simulate(playbook, *events, until=NOON + HOUR) == simulate(playbook, *events, until=NOON + HOUR)
