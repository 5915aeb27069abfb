"""Two profiles that turn out to be one person's: what the survivor knows, which runs go on, what is refused."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.consent.words import ANY, Channel, Pause, Statement, SuppressionReason, Unconfirmed
from shared.domain.decide import Decision, Occurrence, decide
from shared.domain.events import Event, EventType, Trust
from shared.domain.identity.identifiers import joins
from shared.domain.messages import Message, SegmentChange
from shared.domain.playbook import Playbook
from shared.domain.profiles import MAX_LIVE_RUNS, MERGED, Profile, Suppression, Touch
from shared.domain.timing import DAY, HOUR, MINUTE, Instant, parse_instant
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
    event = replace(event, profile_id=survivor.id)
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


YES, NO = Statement(True, NOON - HOUR, "page"), Statement(False, NOON - HOUR, "page")
OF_ANA, OF_EVE = {"email": "ana@example.com"}, {"email": "eve@example.com"}


@pytest.mark.parametrize(
    ("trust", "theirs", "said", "expected"),
    [
        (Trust.PUBLIC, OF_EVE, {("email", "news"): YES}, {}),
        (Trust.PUBLIC, OF_EVE, {("email", "news"): NO, ("sms", "news"): NO, (ANY, ANY): NO}, {}),
        (Trust.PUBLIC, OF_ANA, {("email", "news"): YES, ("sms", "news"): YES}, {("email", "news"): YES}),
        (Trust.PUBLIC, OF_ANA, {("email", ANY): NO, (ANY, "news"): NO}, {("email", ANY): NO, (ANY, "news"): NO}),
        (Trust.PUBLIC, {}, {("email", "news"): YES, (ANY, "gifts"): YES, (ANY, "news"): NO}, {(ANY, "news"): NO}),
        (Trust.PUBLIC, {}, {("webhook", "news"): YES, ("webhook", "gifts"): NO}, {("webhook", "gifts"): NO}),
        (Trust.PUBLIC, OF_ANA, {("webhook", "news"): YES}, {}),
        (Trust.PUBLIC, OF_EVE, {("webhook", "news"): YES, ("webhook", "gifts"): NO}, {}),
        (Trust.USER, OF_EVE, {("email", "news"): YES}, {("email", "news"): YES}),
        (Trust.SECRET, OF_EVE, {(ANY, ANY): NO}, {(ANY, ANY): NO}),
    ],
)
def test_a_public_key_brings_no_word_about_other_addresses_to_whoever_was_identified(
    trust: Trust, theirs: Mapping[str, Any], said: Mapping[Any, Statement], expected: Mapping[Any, Statement]
) -> None:
    visit = a_profile(
        id=VISIT, decided_at=NOON, traits=theirs, trait_times=dict.fromkeys(theirs, NOON - DAY), consent=said
    )

    decision = joined(a_profile(traits=OF_ANA, trait_times={"email": NOON}), visit, event=identify(trust=trust))

    assert decision.profile.consent == expected


@pytest.mark.parametrize(("trust", "is_brought"), [(Trust.PUBLIC, False), (Trust.SECRET, True)])
def test_a_public_key_brings_no_request_and_no_pause_from_another_address(trust: Trust, is_brought: bool) -> None:
    visit = a_profile(
        id=VISIT,
        decided_at=NOON,
        traits=OF_EVE,
        unconfirmed={("email", "news"): Unconfirmed(NOON - HOUR, asked_at=NOON - HOUR, asked_to="eve")},
        pause=Pause(NOON - HOUR, NOON + DAY),
    )

    decision = joined(a_profile(traits=OF_ANA, trait_times={"email": NOON}), visit, event=identify(trust=trust))

    assert bool(decision.profile.unconfirmed) is is_brought
    assert bool(decision.profile.pause) is is_brought


# --- what each of them knows ------------------------------------------------------------------------------------------


def test_what_both_did_together_turns_segments() -> None:
    playbook = a_playbook(segments={"buyer": {"did": {"event": "Buy", "at_least": 2}}})

    people = People(playbook, happening("Buy", who=VISIT), happening("Buy", NOON + MINUTE), identify(NOON + HOUR))

    assert people.told("segment_entered") == [(KNOWN,)]
    assert people[KNOWN].segments == {"buyer": NOON + HOUR}


def test_a_date_of_the_one_counts_in_the_time_zone_of_the_other() -> None:
    playbook = a_playbook(j=a_journey(enter={"date": "traits.day", "at": "09:00"}, exit=None))
    people = People(
        playbook,
        identify(user=VISIT, visit="a1", traits={"day": "2026-11-20"}),
        identify(visit=None, traits={"timezone": "Asia/Tokyo"}),
        identify(NOON + HOUR),
    )

    dated = people[KNOWN].dates["j"]

    assert dated.next_at == parse_instant("2026-11-20T00:00:00Z")


def test_a_day_that_the_one_has_reached_is_not_due_for_the_other() -> None:
    playbook = a_playbook(j=a_journey(enter={"date": "traits.day", "at": "13:00", "yearly": True}, exit=None))
    day = {"day": "1990-11-02"}
    people = People(
        playbook,
        identify(user=VISIT, visit="a1", traits=day | {"timezone": "Europe/Berlin"}),
        identify(NOON + 1, visit=None, traits=day | {"timezone": "America/New_York"}),
        identify(NOON + 2 * HOUR),
    )

    assert people.told("journey_entered") == [(VISIT,)]
    assert people[KNOWN].dates["j"].next_at == parse_instant("2027-11-02T17:00:00Z")


def test_what_was_sent_to_either_counts_for_caps_and_bounced_addresses_stay_shut() -> None:
    touch = Touch(Channel.EMAIL, "marketing", NOON - HOUR, "hello", "j")
    shut = {("email", "eve@example.com"): Suppression(SuppressionReason.COMPLAINT, NOON - DAY)}
    visit = a_profile(id=VISIT, decided_at=NOON - MINUTE, traits={}, touches=(touch,), suppressed=shut)

    person = joined(a_profile(touches=(replace(touch, at=NOON - 2 * HOUR),)), visit).profile

    assert [one.at for one in person.touches] == [NOON - 2 * HOUR, NOON - HOUR]
    assert person.suppressed == shut


def test_a_name_that_was_only_told_from_the_whole_one_yields_to_one_that_was_said() -> None:
    people = People(
        a_playbook(),
        identify(visit=None, traits={"firstName": "Eve", "lastName": "Stone"}),
        identify(NOON + 1, user=VISIT, traits={"name": "Ana Berg"}),
        identify(NOON + HOUR),
    )

    assert people[KNOWN].traits == {"name": "Ana Berg", "firstName": "Eve", "lastName": "Stone"}


def test_what_was_due_of_the_other_is_carried_out_as_of_its_instant_and_goes_to_the_survivor() -> None:
    playbook = a_playbook(j=a_journey())
    visit = People(playbook, identify(user=VISIT, visit="a1", traits={"email": "ana@example.com"}))[VISIT]
    begun = [happening("Start", who=VISIT, profile_id=VISIT)]
    visit = decide(playbook, visit, begun, NOON).profile

    decision = joined(a_profile(traits={}), visit, event=identify(NOON + 2 * HOUR), playbook=playbook)

    sent = [effect for effect in decision.effects if isinstance(effect, Message)]
    assert [(message.profile_id, message.decided_at) for message in sent] == [(KNOWN, NOON + HOUR)]
    assert not [effect for effect in decision.absorbed[0].effects if isinstance(effect, Message)]
    assert [run.ended_at for run in decision.profile.runs.values()] == [NOON + HOUR]


@pytest.mark.parametrize(("reenter", "reasons"), [("never", [MERGED]), ("always", []), ({"after": "1 day"}, [MERGED])])
def test_a_run_that_re_entry_would_have_kept_from_beginning_ends(reenter: Any, reasons: list[str]) -> None:
    journey = a_journey(reenter=reenter, steps=[{"wait": "3 hours"}, {"send": "hello", "via": ["email"]}])
    people = People(
        a_playbook(j=journey),
        happening("Start"),
        happening("Start", NOON + 4 * HOUR, who=VISIT),
        identify(NOON + 5 * HOUR, traits={"email": "ana@example.com"}),
    )

    assert [one for _, one in people.told("journey_exited", "reason")] == ["completed", *reasons]


def test_a_run_that_was_merged_away_counts_for_no_re_entry_and_no_goal() -> None:
    journey = a_journey(reenter={"after": "1 day"}, goal={"on": "Buy", "within": "5 days"})
    people = People(
        a_playbook(j=journey),
        happening("Start"),
        happening("Start", NOON + 90 * MINUTE, who=VISIT),
        identify(NOON + 2 * HOUR),
        happening("Buy", NOON + 3 * HOUR),
        happening("Start", NOON + 25 * HOUR + MINUTE),
    )

    assert len(people.told("goal_reached")) == 1
    assert people.told("journey_entered") == [(KNOWN,), (VISIT,), (KNOWN,)]


def test_of_a_run_that_would_not_have_begun_and_was_ended_nothing_more_is_sent() -> None:
    people = People(
        a_playbook(j=a_journey(steps=[{"wait": "1 day"}])),
        happening("Start"),
        happening("Start", NOON + MINUTE, who=VISIT, id="other"),
        happening("Stop", NOON + 2 * MINUTE, who=VISIT),
    )
    visit, person = people[VISIT], people[KNOWN]
    decision = joined(person, visit, event=identify(NOON + 3 * MINUTE), playbook=people.simulation.playbook)

    assert {run.ended_reason for run in decision.profile.runs.values()} == {MERGED, "exit_event"}
    assert all(run.is_exited for run in decision.profile.runs.values())


def test_two_with_many_runs_become_one_with_as_many_as_a_person_may_have() -> None:
    journey = a_journey(key="properties.k", steps=[{"wait": "2 days"}])
    events = [
        happening("Start", NOON + number, who=who, properties={"k": f"{who}{number}"})
        for number in range(30)
        for who in (VISIT, KNOWN)
    ]

    people = People(a_playbook(j=journey), *events, identify(NOON + HOUR))

    live = [run for run in people[KNOWN].runs.values() if run.is_live]
    assert len(live) == MAX_LIVE_RUNS
    assert max(run.entered_at for run in live) == NOON + 24
    assert people.told("journey_exited", "reason") == [(KNOWN, MERGED)] * 10
