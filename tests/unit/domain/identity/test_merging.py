"""Whoever is joined, in whichever order, and parted again, stands as the events alone would have it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.events import Event, EventType
from shared.domain.identity.parting import Before, split
from shared.domain.messages import Message
from shared.domain.profiles import MERGED, Profile
from shared.domain.timing import DAY, HOUR, MINUTE, Instant
from shared.services.simulate import Simulation
from tests.builders import NOON, an_event
from tests.stories import a_journey, a_playbook

VISITS = ("anon:a1", "anon:a2")
USER, OTHER = "u1", "u2"
JOINED = NOON + DAY

LATER = [{"wait": "10 days"}, {"send": "hello", "via": ["email"]}]
PLAYBOOK = replace(
    a_playbook(
        segments={
            "buyer": {"did": {"event": "Buy", "at_least": 3, "within": "9 days"}},
            "spender": {"sum": {"event": "Buy", "of": "properties.price", "at_least": 30, "within": "9 days"}},
            "tall": {"traits.size": {"above": 2}},
            "both": {"segment": "buyer", "traits.size": {"above": 1}},
        },
        cart=a_journey(key="properties.k", steps=LATER),
        welcome=a_journey(enter={"on": "Visit"}, exit=None, reenter="never", steps=LATER),
        survey=a_journey(
            enter={"on": "Visit"},
            exit=None,
            goal={"on": "Buy", "within": "12 days"},
            steps=[
                {"await": {"on": "Answer"}, "timeout": "10 days", "then": LATER, "else": [{"wait": "1 day"}]},
                {"send": "bye", "via": ["email"]},
            ],
        ),
        birthday=a_journey(enter={"date": "traits.birthday", "yearly": True, "at": "09:00"}, exit=None),
    ),
    recommends=True,
)


def event(number: int, who: str, kind: str, value: int, at: Instant, arrives: Instant) -> Event:
    """One of what may happen to a person; ``value`` makes it one of several."""
    is_visit = who.startswith("anon:")
    base: dict[str, Any] = {
        "id": f"m{number}",
        "at": at,
        "received_at": arrives,
        "profile_id": "",
        "user_id": None if is_visit else who,
        "anonymous_id": who.removeprefix("anon:") if is_visit else None,
    }
    match kind:
        case "said":
            name = ("size", "colour", "firstName", "name", "country", "birthday", "phone", "shoes")[value % 8]
            return an_event(
                "User Identified", type=EventType.IDENTIFY, traits={name: SAYINGS[name][value // 8]}, **base
            )
        case "stated":
            name = ("Subscribed", "Unsubscribed")[value % 2]
            where = {"channel": ("email", "sms", None)[value % 3], "topic": ("news", None)[value // 8 % 2]}
            return an_event(name, properties={key: one for key, one in where.items() if one}, **base)
        case "device":
            return an_event("App Opened", context={"device": {"token": f"t{value % 3}", "type": "ios"}}, **base)
        case _:
            return an_event(kind, properties={"k": value % 2, "price": value, "sku": f"s{value % 5}"}, **base)


SAYINGS: dict[str, list[Any]] = {
    "size": [1, 2, 3],
    "colour": ["red", None, "blue"],
    "firstName": ["Ana", "Eve", None],
    "name": ["Doe, John", "Ana Berg", None],
    "country": ["FR", "DE", None],
    "birthday": ["1990-11-04", "03/04/1990", "2001-11-05"],
    "phone": ["06 12 34 56 78", "07 12 34 56 78", "nothing"],
    "shoes": ["39", 40, None],
}

FACTS = ("said", "stated", "device", "Buy", "Open", "Product Viewed", "Order Completed")
RUNS = ("Start", "Stop", "Visit", "Answer")


@st.composite
def happenings(
    draw: st.DrawFn, people: Sequence[str], kinds: Sequence[str], *, since: Instant = NOON, most: int = 12
) -> list[Event]:
    """What happens to these people within a day, each at an instant of its own.

    Each begins each journey but once, and one of them answers: what a run did before it could hear of the other's
    answer, or an entry that was refused because of a run which the other ended, is not made undone.
    """
    events: list[Event] = []
    begun: set[tuple[str, str, int]] = set()
    answering = draw(st.sampled_from(people))
    drawn = st.tuples(st.sampled_from(people), st.sampled_from(kinds), st.integers(0, 23), st.booleans())
    for number, (whoever, kind, value, is_late) in enumerate(draw(st.lists(drawn, max_size=most))):
        who = answering if kind == "Answer" else whoever
        entry = (who, kind, value % 2 if kind == "Start" else 0)
        if kind in {"Start", "Visit"} and entry in begun:
            continue
        begun.add(entry)
        at = since + number * HOUR
        happened = at - 30 * MINUTE if is_late and kind in FACTS else at
        events.append(event(number + (1_000 if since > NOON else 0), who, kind, value, happened, at))
    return events


def join(visit: str, at: Instant = JOINED, user: str = USER, **changes: Any) -> Event:
    anonymous = visit.removeprefix("anon:")
    base = an_event("User Identified", id=f"join {visit}", type=EventType.IDENTIFY, at=at, profile_id="", user_id=user)
    return replace(base, anonymous_id=anonymous, **changes)


def alias(previous: str, user: str, at: Instant = JOINED) -> Event:
    return an_event(
        "User Aliased",
        id=f"alias {previous}",
        type=EventType.ALIAS,
        at=at,
        profile_id="",
        user_id=user,
        properties={"previousId": previous},
    )


def lived(*parts: Iterable[Event], until: Instant | None = None) -> tuple[Simulation, list[tuple[str, Instant]]]:
    """Everybody after these events, and what they were sent."""
    simulation = Simulation(PLAYBOOK)
    events = [one for part in parts for one in part]
    trace = [one for _, one in simulation.run(events, until)]
    return simulation, [(one.details["message"], one.at) for one in trace if one.kind == "send"]


def known(person: Profile, now: Instant = JOINED) -> dict[str, Any]:
    """What is compared: all but the ids of runs, the order of claims, and the runs that have ended."""
    live = (run for run in person.runs.values() if run.is_live)
    return {
        "traits": person.traits,
        "said": person.said,
        "trait_times": person.trait_times,
        "claimed": set(person.claimed),
        "devices": person.devices,
        "consent": person.consent,
        "suppressed": person.suppressed,
        "interests": person.interests,
        "aggregates": person.aggregates,
        "sums": person.sums,
        "exits": {key: at for key, at in person.exits.items() if at >= now - DAY},
        "dates": person.dates,
        "recent": person.recent_events,
        "touches": sorted((touch.message, touch.at) for touch in person.touches),
        "segments": set(person.segments),
        "turns": person.turns,
        "wake_at": person.wake_at,
        "runs": sorted(
            (run.journey, run.key or "", run.entered_at, run.position, run.wait_until or 0, run.goal_until or 0)
            for run in live
        ),
    }


def as_one(events: Iterable[Event]) -> list[Event]:
    return [one if one.user_id else replace(one, user_id=USER) for one in events]


@settings(max_examples=60, deadline=None)
@given(
    happenings((VISITS[0], USER), (*FACTS, *RUNS)),
    happenings((VISITS[0], USER), (*FACTS, "Stop", "Answer"), since=JOINED + HOUR, most=6),
)
def test_two_who_are_joined_are_as_one_who_got_all_events(before: list[Event], after: list[Event]) -> None:
    until = JOINED + 15 * DAY

    two, sent_to_two = lived(before, [join(VISITS[0])], after, until=until)
    one, sent_to_one = lived(as_one(before), [join(VISITS[0])], as_one(after), until=until)

    assert known(two.person(USER)) == known(one.person(USER))
    assert sent_to_two == sent_to_one


@settings(max_examples=40, deadline=None)
@given(happenings((*VISITS, USER), (*FACTS, "Start", "Visit")), st.booleans())
def test_it_does_not_matter_who_is_joined_first(before: list[Event], through_other: bool) -> None:
    if through_other:
        ways = ([join(VISITS[0]), alias(USER, OTHER)], [alias(USER, OTHER), join(VISITS[0], user=OTHER)])
    else:
        ways = ([join(VISITS[0]), join(VISITS[1])], [join(VISITS[1]), join(VISITS[0])])
    person = OTHER if through_other else USER

    first, second = (lived(before, way)[0].person(person) for way in ways)

    left_out = {"recent"} if through_other else set[str]()
    assert {k: v for k, v in known(first).items() if k not in left_out} == {
        k: v for k, v in known(second).items() if k not in left_out
    }


@settings(max_examples=40, deadline=None)
@given(happenings((VISITS[0], USER), (*FACTS, *RUNS)), st.data())
def test_what_comes_again_changes_nothing(before: list[Event], data: st.DataObject) -> None:
    after = [*before, join(VISITS[0])]
    again = [replace(one, received_at=JOINED) for one in data.draw(st.lists(st.sampled_from(after), max_size=5))]
    again = [one for one in again if one.received_at - one.at < DAY]

    assert known(lived(after, again)[0].person(USER)) == known(lived(after)[0].person(USER))


@settings(max_examples=60, deadline=None)
@given(
    happenings((VISITS[0], USER), (*FACTS, *RUNS)),
    happenings((VISITS[0], USER), (*FACTS, *RUNS), since=JOINED + HOUR, most=8),
)
def test_parted_again_both_are_as_if_they_had_never_been_joined(before: list[Event], after: list[Event]) -> None:
    simulation, _ = lived(before, until=JOINED)
    snapshots = Before(simulation.person(USER), simulation.person(VISITS[0]))
    since = [join(VISITS[0]), *after]
    for _ in simulation.run(since):
        pass
    now = since[-1].received_at

    parted = split(PLAYBOOK, simulation.person(USER), simulation.person(VISITS[0]), snapshots, [*before, *since], now)

    for part, who in ((parted.survivor, USER), (parted.absorbed, VISITS[0])):
        events = [one for one in (*before, *after) if (one.user_id or f"anon:{one.anonymous_id}") == who]
        events += [replace(join(VISITS[0]), anonymous_id=None)] if who == USER else []
        alone = lived(sorted(events, key=lambda one: one.received_at), until=now)[0].person(who)
        assert known(part.profile, now) == known(alone, now)
        assert not [effect for effect in part.effects if isinstance(effect, Message)]
    assert parted.survivor.profile.apart == (VISITS[0],)
    assert parted.absorbed.profile.apart == (USER,)
    assert ("anonymous", "a1") in parted.released


@settings(max_examples=30, deadline=None)
@given(happenings((VISITS[0], USER), (*FACTS, *RUNS)))
def test_parted_at_once_both_are_exactly_as_they_were(before: list[Event]) -> None:
    simulation, _ = lived(before, until=JOINED)
    snapshots = Before(simulation.person(USER), simulation.person(VISITS[0]))
    for _ in simulation.run([join(VISITS[0])]):
        pass

    parted = split(PLAYBOOK, simulation.person(USER), simulation.person(VISITS[0]), snapshots, before, JOINED)

    for part, was in ((parted.survivor, snapshots.survivor), (parted.absorbed, snapshots.absorbed)):
        by_now: dict[str, Any] = {"apart": (), "scheduled_at": None, "decided_at": JOINED}
        assert replace(part.profile, **by_now) == replace(was, **by_now)


@settings(max_examples=40, deadline=None)
@given(happenings((*VISITS, USER), (*FACTS, *RUNS)))
def test_nobody_has_two_live_runs_of_a_key(before: list[Event]) -> None:
    person = lived(before, [join(VISITS[0]), join(VISITS[1])])[0].person(USER)
    live = [(run.journey, run.key) for run in person.runs.values() if run.is_live]

    assert len(live) == len(set(live))
    assert all(run.is_exited for run in person.runs.values() if run.ended_reason == MERGED)
