"""Two profiles that turn out to be one person's: what the survivor knows, which runs go on, what is refused."""

from collections.abc import Mapping
from typing import Any

import pytest

from shared.domain.decide import Decision, Occurrence, decide
from shared.domain.events import Event, EventType, Trust
from shared.domain.identity import joins
from shared.domain.messages import SegmentChange
from shared.domain.playbook import Playbook
from shared.domain.profiles import MERGED, Profile
from shared.domain.timing import DAY, HOUR, MINUTE, Instant
from shared.services.simulate import Simulation
from tests.builders import NOON, a_profile, an_event
from tests.stories import a_journey, a_playbook

VISIT, KNOWN, OTHER = "anon:a1", "u1", "u2"


def happening(name: str, at: Instant = NOON, *, who: str = KNOWN, **changes: Any) -> Event:
    identity = changes.pop("id", f"{name}@{at}@{who}")
    named = (
        {"anonymous_id": who.removeprefix("anon:"), "user_id": None} if who.startswith("anon:") else {"user_id": who}
    )
    return an_event(name, id=identity, at=at, **({"profile_id": ""} | named | changes))


def identify(at: Instant = NOON, *, user: str = KNOWN, visit: str | None = "a1", **changes: Any) -> Event:
    changes = {"type": EventType.IDENTIFY, "anonymous_id": visit, "id": f"identify@{at}@{user}@{visit}"} | changes
    return happening("User Identified", at, who=user, **changes)


def alias(at: Instant = NOON, *, user: str = KNOWN, previous: str = "a1", **changes: Any) -> Event:
    changes = {"type": EventType.ALIAS, "properties": {"previousId": previous}, "id": f"alias@{at}"} | changes
    return happening("User Aliased", at, who=user, **changes)


class People:
    """Whoever appears in some events under one playbook, as they are at the end, and what was told of them."""

    def __init__(self, playbook: Playbook, *events: Event, until: Instant | None = None) -> None:
        self.simulation = Simulation(playbook)
        self.trace: list[tuple[str, Occurrence]] = [*self.simulation.run(events, until)]

    def __getitem__(self, id_: str) -> Profile:
        return self.simulation.person(id_)

    def told(self, kind: str, *details: str) -> list[tuple[Any, ...]]:
        """Who, and the details, of each such occurrence."""
        return [(who, *(one.details[name] for name in details)) for who, one in self.trace if one.kind == kind]


def joined(
    survivor: Profile, *others: Profile, event: Event | None = None, playbook: Playbook | None = None
) -> Decision:
    event = identify() if event is None else event
    event = Event(**{name: getattr(event, name) for name in Event.__slots__} | {"profile_id": survivor.id})
    known = {other.id: other for other in others}
    return decide(playbook or a_playbook(), survivor, [event], event.received_at, others=known)


# --- which profiles an event joins ------------------------------------------------------------------------------------

EMAIL_OF_ANA = "email:8e43ca37701228e74983efdbd0cff5c1"


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (identify(trust=Trust.PUBLIC), (VISIT,)),
        (identify(trust=Trust.PUBLIC, traits={"email": "ana@example.com"}), (VISIT,)),
        (identify(traits={"email": "Ana@example.com"}), (VISIT, EMAIL_OF_ANA)),
        (identify(visit=None, traits={"email": "ana@example.com"}), (EMAIL_OF_ANA,)),
        (identify(user=VISIT), ()),
        (identify(user=VISIT, profile_id=KNOWN, trust=Trust.PUBLIC), ()),
        (identify(user=VISIT, profile_id=KNOWN), (VISIT,)),
        (identify(user=VISIT, profile_id=VISIT, traits={"email": "ana@example.com"}), ()),
        (alias(trust=Trust.PUBLIC), (VISIT,)),
        (alias(previous=OTHER), (f"anon:{OTHER}", OTHER)),
        (alias(previous=KNOWN), (f"anon:{KNOWN}",)),
        (happening("Product Added", anonymous_id="a1"), ()),
    ],
)
def test_an_event_says_who_its_person_is_too(event: Event, expected: tuple[str, ...]) -> None:
    assert joins(event) == expected


# --- what is refused --------------------------------------------------------------------------------------------------


def test_a_profile_is_absorbed_as_it_was_also_where_it_never_was() -> None:
    visit = a_profile(id=VISIT, version=7, decided_at=NOON - DAY, traits={"size": 40})

    decision = joined(a_profile(), visit)

    assert [absorbed.profile for absorbed in decision.absorbed] == [visit]
    assert decision.profile.traits["size"] == 40
    assert [absorbed.profile for absorbed in joined(a_profile(), Profile(id=VISIT)).absorbed] == [Profile(id=VISIT)]


@pytest.mark.parametrize(
    ("survivor", "other", "reason"),
    [
        (a_profile(), Profile(id=VISIT, merged_into=KNOWN), None),
        (a_profile(claimed=(("user", OTHER),)), Profile(id=VISIT, merged_into=OTHER), None),
        (a_profile(), Profile(id=VISIT, merged_into=OTHER), "merged_elsewhere"),
        (a_profile(apart=(VISIT,)), a_profile(id=VISIT), "kept_apart"),
        (a_profile(), a_profile(id=VISIT, apart=(KNOWN,)), "kept_apart"),
    ],
)
def test_a_profile_that_is_not_free_is_not_joined(survivor: Profile, other: Profile, reason: str | None) -> None:
    decision = joined(survivor, other)

    assert decision.absorbed == ()
    assert [one.details for one in decision.trace if one.kind == "join_refused"] == (
        [] if reason is None else [{"other": VISIT, "reason": reason}]
    )


def test_an_explicit_alias_with_a_secret_key_joins_again_what_was_kept_apart() -> None:
    survivor, other = a_profile(apart=(VISIT, "anon:a2")), a_profile(id=VISIT, apart=(KNOWN,))

    refused = joined(survivor, other, event=alias(trust=Trust.PUBLIC))
    decision = joined(survivor, other, event=alias(trust=Trust.SECRET))

    assert refused.absorbed == ()
    assert [absorbed.profile for absorbed in decision.absorbed] == [other]
    assert decision.profile.apart == ("anon:a2",)


def test_who_is_kept_apart_is_not_claimed_either() -> None:
    decision = joined(a_profile(apart=(VISIT,)), a_profile(id=VISIT))

    assert decision.profile.claimed == (("email", "ana@example.com"),)


def test_a_tombstone_decides_nothing() -> None:
    with pytest.raises(ValueError, match="merged into u1"):
        decide(a_playbook(), Profile(id=VISIT, merged_into=KNOWN), [an_event()], NOON)


# --- runs -------------------------------------------------------------------------------------------------------------


def test_of_two_runs_the_one_that_entered_first_goes_on() -> None:
    people = People(
        a_playbook(j=a_journey()),
        happening("Start", who=VISIT),
        happening("Start", NOON + MINUTE),
        identify(NOON + 2 * MINUTE, traits={"email": "ana@example.com"}),
        until=NOON + DAY,
    )

    assert people.told("journey_exited", "reason") == [(KNOWN, MERGED), (KNOWN, "completed")]
    assert [(who, at) for who, at in people.told("send", "message")] == [(KNOWN, "hello")]
    assert [run.entered_at for run in people[KNOWN].runs.values() if run.ended_reason == "completed"] == [NOON]


def test_what_happens_to_the_visitor_later_reaches_the_survivor() -> None:
    people = People(
        a_playbook(j=a_journey()),
        happening("Start", who=VISIT),
        identify(NOON + MINUTE, traits={"email": "ana@example.com"}),
        happening("Stop", NOON + 2 * MINUTE, who=VISIT),
        until=NOON + DAY,
    )

    assert people.told("journey_exited", "reason") == [(KNOWN, "exit_event")]
    assert people.told("send") == []


@pytest.mark.parametrize("begun", [VISIT, KNOWN])
@pytest.mark.parametrize("apart", [HOUR, 40 * DAY])
def test_an_exit_event_of_the_one_ends_the_run_of_the_other(begun: str, apart: Instant) -> None:
    people = People(
        a_playbook(j=a_journey(steps=[{"wait": "60 days"}, {"send": "hello", "via": ["email"]}])),
        happening("Start", who=begun),
        happening("Stop", NOON + MINUTE, who=KNOWN if begun == VISIT else VISIT),
        identify(NOON + apart),
    )

    assert people.told("journey_exited", "reason") == [(KNOWN, "exit_event")]
    assert {run.ended_at for run in people[KNOWN].runs.values()} <= {NOON + MINUTE}


def test_the_absorbed_leave_the_lists_of_segments_and_nobody_enters_twice() -> None:
    playbook = a_playbook(
        segments={"tall": {"traits.size": {"above": 39}}}, j=a_journey(enter={"segment": "tall"}, exit=None)
    )
    people = People(
        playbook, identify(user=VISIT, traits={"size": 40}), identify(NOON + DAY, traits={"email": "ana@example.com"})
    )
    visit = People(playbook, identify(user=VISIT, traits={"size": 40}))[VISIT]
    decision = joined(a_profile(), visit, event=identify(NOON + DAY), playbook=playbook)

    assert people.told("segment_entered") == [(VISIT,)]
    assert people[KNOWN].segments == {"tall": NOON}
    assert SegmentChange("tall", NOON + DAY, is_in=False) in decision.absorbed[0].effects
    assert SegmentChange("tall", NOON + DAY, is_in=True) in decision.effects


# --- where to write to ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trust", "known_traits", "expected"),
    [
        (Trust.PUBLIC, {}, "eve@example.com"),
        (Trust.PUBLIC, {"email": "ana@example.com"}, "ana@example.com"),
        (Trust.PUBLIC, {"firstName": "Ana"}, None),
        (Trust.SECRET, {"email": "ana@example.com"}, "eve@example.com"),
    ],
)
def test_a_public_key_brings_no_address_to_whoever_was_identified(
    trust: Trust, known_traits: Mapping[str, Any], expected: str | None
) -> None:
    visit = a_profile(
        id=VISIT, decided_at=NOON, traits={"email": "eve@example.com"}, trait_times={"email": NOON - HOUR}
    )

    decision = joined(
        a_profile(traits=known_traits, trait_times=dict.fromkeys(known_traits, NOON - DAY)),
        visit,
        event=identify(trust=trust),
    )

    assert decision.profile.traits.get("email") == expected
