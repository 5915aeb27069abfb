"""Two who were taken for one are parted: who gets what, and what still has to be done."""

import pytest

from shared.domain.consent.words import ANY, Channel, Statement
from shared.domain.events import Trust
from shared.domain.identity.parting import Before, split
from shared.domain.messages import AliasClaim, Message, SegmentChange, Wake
from shared.domain.profiles import Profile, Touch
from shared.domain.timing import DAY, HOUR, MINUTE
from shared.services.simulate import Simulation
from tests.builders import NOON, a_profile, an_event
from tests.stories import a_journey, a_playbook
from tests.unit.domain.identity.test_joining import KNOWN, VISIT, happening, identify

PLAYBOOK = a_playbook(
    segments={"buyer": {"did": {"event": "Buy"}}, "tall": {"traits.size": {"above": 39}}},
    j=a_journey(steps=[{"wait": "2 days"}, {"send": "hello", "via": ["email"]}]),
)
TOMBSTONE = Profile(id=VISIT, version=8, merged_into=KNOWN)


def test_the_lists_of_segments_and_the_wake_ups_follow() -> None:
    before = Before(a_profile(decided_at=NOON), a_profile(id=VISIT, decided_at=NOON, segments={"tall": NOON}))
    simulation = Simulation(PLAYBOOK, _profiles={KNOWN: before.survivor, VISIT: before.absorbed})
    since = [identify(NOON + HOUR), happening("Buy", NOON + DAY), happening("Start", NOON + DAY, who=VISIT)]
    for _ in simulation.run(since[:2]):
        pass
    joined = simulation.person(KNOWN)

    parted = split(PLAYBOOK, joined, TOMBSTONE, before, since, NOON + DAY + MINUTE)

    assert set(parted.survivor.profile.segments) == {"buyer"}
    assert SegmentChange("buyer", NOON + DAY, is_in=True) not in parted.survivor.effects
    assert parted.absorbed.profile.version == 8
    assert Wake(NOON + 3 * DAY) in parted.absorbed.effects


def test_members_that_the_join_brought_are_struck_off_and_the_others_come_back() -> None:
    visit = a_profile(id=VISIT, decided_at=NOON, traits={"size": 40}, segments={"tall": NOON})
    visit = Profile(id=VISIT, decided_at=NOON, traits=visit.traits, segments=visit.segments)
    before = Before(Profile(id=KNOWN, decided_at=NOON), visit)
    joined = Profile(id=KNOWN, version=5, traits={"size": 40}, segments={"tall": NOON})

    parted = split(PLAYBOOK, joined, TOMBSTONE, before, [], NOON + HOUR)

    assert SegmentChange("tall", NOON + HOUR, is_in=False) in parted.survivor.effects
    assert SegmentChange("tall", NOON, is_in=True) in parted.absorbed.effects
    assert parted.survivor.profile.version == 5


def test_what_the_absorbed_was_known_by_leads_back_to_them() -> None:
    claims = (("loyalty", "L1"),)
    before = Before(Profile(id=KNOWN), Profile(id=VISIT, decided_at=NOON, claimed=claims, vouched=claims))
    joined = Profile(id=KNOWN, claimed=(("anonymous", "a1"), *claims))

    parted = split(PLAYBOOK, joined, TOMBSTONE, before, [identify(NOON + 1)], NOON + HOUR)

    assert parted.released == (("anonymous", "a1"), *claims)
    assert AliasClaim("loyalty", "L1", vouched=True, over=(KNOWN,)) in parted.absorbed.effects


def test_an_answer_to_a_message_goes_to_whose_it_was() -> None:
    touch = Touch(Channel.EMAIL, "marketing", NOON, "hello", "j", "abcdef01")
    before = Before(Profile(id=KNOWN, decided_at=NOON), Profile(id=VISIT, decided_at=NOON, touches=(touch,)))
    clicked = an_event(
        "Message Clicked",
        at=NOON + HOUR,
        profile_id=KNOWN,
        user_id=None,
        trust=Trust.SYSTEM,
        properties={"message_id": "abcdef0123456789", "message": "hello", "channel": "email"},
    )

    parted = split(PLAYBOOK, Profile(id=KNOWN), TOMBSTONE, before, [clicked], NOON + DAY)

    assert [one.is_answered for one in parted.absorbed.profile.touches] == [True]
    assert parted.survivor.profile.recent_events == {}


@pytest.mark.parametrize(
    ("name", "properties", "theirs"),
    [
        ("Unsubscribed", {"channel": "email"}, False),
        ("Unsubscribed", {}, False),
        ("Subscribed", {"channel": "email"}, None),
    ],
)
def test_a_no_through_a_link_counts_for_both_and_a_yes_for_the_survivor(
    name: str, properties: dict[str, str], theirs: bool | None
) -> None:
    yes = {("email", "news"): Statement(True, NOON - DAY, "form")}
    before = Before(a_profile(decided_at=NOON), a_profile(id=VISIT, decided_at=NOON, consent=yes))
    said = an_event(name, at=NOON + HOUR, profile_id=KNOWN, user_id=None, trust=Trust.SYSTEM, properties=properties)

    parted = split(PLAYBOOK, a_profile(), TOMBSTONE, before, [said], NOON + DAY)

    scope = (properties.get("channel", ANY), ANY)
    assert parted.survivor.profile.consent[scope].subscribed is (name == "Subscribed")
    held = parted.absorbed.profile.consent.get(scope)
    assert (held and held.subscribed) is theirs


def test_nothing_is_sent_for_what_is_past() -> None:
    before = Before(Profile(id=KNOWN), a_profile(id=VISIT, decided_at=NOON))
    start = happening("Start", NOON + MINUTE, who=VISIT)

    parted = split(PLAYBOOK, Profile(id=KNOWN), TOMBSTONE, before, [start], NOON + 10 * DAY)

    assert [touch.message for touch in parted.absorbed.profile.touches] == ["hello"]
    assert not [effect for effect in parted.absorbed.effects if isinstance(effect, Message)]


def test_what_was_known_before_counts_once() -> None:
    visit = Simulation(PLAYBOOK)
    buys = [happening("Buy", NOON, who=VISIT)]
    for _ in visit.run([*buys, happening("Open", NOON + 9 * DAY, who=VISIT)]):
        pass
    before = Before(Profile(id=KNOWN), visit.person(VISIT))

    parted = split(PLAYBOOK, Profile(id=KNOWN), TOMBSTONE, before, buys, NOON + 9 * DAY)

    assert parted.absorbed.profile.touches == visit.person(VISIT).touches
    assert parted.absorbed.profile.aggregates == visit.person(VISIT).aggregates
    assert parted.absorbed.profile.recent_events == visit.person(VISIT).recent_events


def test_only_who_was_joined_is_parted() -> None:
    with pytest.raises(ValueError, match="was not merged into"):
        split(PLAYBOOK, Profile(id="u2"), TOMBSTONE, Before(Profile(id=KNOWN), Profile(id=VISIT)), [], NOON)
