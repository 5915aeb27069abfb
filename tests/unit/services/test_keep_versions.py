"""Versions of journeys: kept before a run is on them, found again, and never asked for in vain."""

from dataclasses import replace
from typing import Any

from shared.domain.decide import decide
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import DAY, HOUR, Instant
from shared.services.keep_versions import MAX_PLAYBOOKS, VersionKeeper
from tests.builders import NOON, a_profile, an_event
from tests.fakes.playbook import FakeJourneyVersions
from tests.stories import a_journey, a_playbook

BYE: Any = [{"wait": "1 hour"}, {"send": "bye", "via": ["email"]}]


class Counted(FakeJourneyVersions):
    """Counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def keep(self, journey: str, version: str, source: Any) -> None:
        self.asked.append("keep")
        super().keep(journey, version, source)

    def load(self, journey: str, version: str) -> Any:
        self.asked.append("load")
        return super().load(journey, version)


def fold(keeper: VersionKeeper, person: Profile, name: str, at: Instant, id_: str = "m") -> Profile:
    decision = decide(keeper.playbook_for(person), person, [an_event(name, id=f"{id_}{at}", at=at)], at)
    keeper.keep(person, decision.profile)
    return decision.profile


def sent(keeper: VersionKeeper, person: Profile) -> list[str]:
    trace = decide(keeper.playbook_for(person), person, [], NOON + DAY).trace
    return [one.details["message"] for one in trace if one.kind == "send"]


FIRST: Playbook = a_playbook(j=a_journey())
SECOND: Playbook = a_playbook(j=a_journey(steps=BYE))


def test_who_entered_before_a_deployment_finishes_as_they_began() -> None:
    versions = FakeJourneyVersions()
    early = fold(VersionKeeper(playbook=FIRST, versions=versions), a_profile(), "Start", NOON)
    after = VersionKeeper(playbook=SECOND, versions=versions)
    late = fold(after, a_profile(id="u2"), "Start", NOON)
    assert (sent(after, early), sent(after, late)) == (["hello"], ["bye"])


def test_a_version_is_kept_with_its_first_run_and_read_once() -> None:
    versions = Counted()
    keeper = VersionKeeper(playbook=FIRST, versions=versions)
    assert versions.asked == []
    people = [fold(keeper, a_profile(id=f"u{n}"), "Start", NOON) for n in range(3)]
    fold(keeper, people[0], "Other", NOON + HOUR // 2)
    assert versions.asked == ["keep"]

    later = VersionKeeper(playbook=SECOND, versions=versions)
    for person in people:
        fold(later, person, "Other", NOON + HOUR // 2)
    assert versions.asked == ["keep", "load"]


def test_a_former_version_is_not_kept_again() -> None:
    versions = Counted()
    person = fold(VersionKeeper(playbook=FIRST, versions=versions), a_profile(), "Start", NOON)
    later = VersionKeeper(playbook=SECOND, versions=versions)
    fold(later, replace(person, version=1), "Other", NOON + 1)
    assert set(versions.kept) == {("j", FIRST.journeys["j"].version)}


def test_one_that_was_never_kept_goes_on_as_the_journey_is_now() -> None:
    person = decide(FIRST, a_profile(), [an_event("Start")], NOON).profile
    assert sent(VersionKeeper(playbook=SECOND, versions=FakeJourneyVersions()), person) == ["bye"]


def test_people_on_the_same_versions_share_a_playbook_and_few_are_at_hand() -> None:
    versions = FakeJourneyVersions()
    people = []
    for number in range(MAX_PLAYBOOKS + 5):
        playbook = a_playbook(j=a_journey(steps=[{"wait": f"{number + 1} hours"}, *BYE]))
        people.append(fold(VersionKeeper(playbook=playbook, versions=versions), a_profile(), "Start", NOON))
    keeper = VersionKeeper(playbook=SECOND, versions=versions)
    assert keeper.playbook_for(people[0]) is keeper.playbook_for(people[0])
    playbooks = [keeper.playbook_for(person) for person in people]
    assert len({id(playbook) for playbook in playbooks}) == len(people)
    assert keeper.playbook_for(people[-1]) is playbooks[-1]
    assert keeper.playbook_for(people[0]) is not playbooks[0]
    assert keeper.playbook_for(a_profile()) is SECOND
