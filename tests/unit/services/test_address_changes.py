"""Another address: asked for, confirmed at the new one, told to the old one, and never by a link that was used."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.consent.words import Channel, address_digest
from shared.domain.decide import decide
from shared.domain.identity.identifiers import Identifier, joins, provisional_profile_id
from shared.domain.intake.segment_spec import SYSTEM_ID
from shared.domain.messages import AliasClaim, Message, message_from_dict, message_to_dict
from shared.domain.playbook import read_playbook
from shared.domain.profiles import Profile
from shared.domain.timing import DAY, SECOND
from shared.errors import ExpiredLinkError, InvalidLinkError
from shared.services.address_changes import AddressDesk
from shared.services.links import CONFIRM_LIFETIME, address_url, confirm_url
from tests.builders import NOON, a_profile
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakeProfiles
from tests.fakes.queues import FakeEventQueue
from tests.fakes.secrets import FakeSigningSecrets

OLD, NEW = "ana@example.com", "ana@example.org"
WAS = address_digest("email", OLD)
POLICY: dict[str, Any] = {
    "topics": {"news": {"title": "News"}},
    "address_change": {"confirmation": "confirm_address", "notice": "address_changed"},
}
MESSAGES = {name: {"channels": ["email"]} for name in ("confirm_address", "address_changed")}
ANA = a_profile(id="u1", version=3, traits={"email": OLD})


class House:
    def __init__(self, person: Profile = ANA) -> None:
        self.profiles = FakeProfiles()
        self.profiles.stored[person.id] = person
        self.queue = FakeEventQueue()
        self.clock = FakeClock(NOON)
        self.secrets = FakeSigningSecrets()
        self.desk = AddressDesk(profiles=self.profiles, events=self.queue, secrets=self.secrets, clock=self.clock)

    def token(self, *, was: str = WAS) -> str:
        url = address_url("https://x", self.secrets.signing(), profile_id="u1", address=NEW, was=was, now=NOON)
        return url.rpartition("/")[2]

    def decide(self, policy: dict[str, Any] = POLICY) -> list[Message]:
        """What is ordered when the events arrive, which changes the stored person."""
        playbook, _ = read_playbook({"policy": policy, "messages": MESSAGES, "journeys": {}})
        decision = decide(playbook, self.profiles.stored["u1"], self.queue.events, self.clock.at)
        self.profiles.stored["u1"] = decision.profile
        self.queue.events.clear()
        return [effect for effect in decision.effects if isinstance(effect, Message)]

    @property
    def address(self) -> object:
        return self.profiles.stored["u1"].traits.get("email")


def test_the_new_address_is_asked_and_nothing_changes_yet() -> None:
    house = House()
    house.desk.ask(ANA, NEW, "a token", {"ip": "ab" * 16})
    [asking] = house.decide()

    assert (asking.name, asking.to, asking.channels) == ("confirm_address", NEW, (Channel.EMAIL,))
    assert asking.confirms == address_digest("email", NEW)
    assert message_from_dict(message_to_dict(asking)) == asking
    assert house.address == OLD


def test_the_button_behind_the_link_makes_the_change_and_the_old_address_is_told() -> None:
    house = House()
    change = house.desk.change(house.token())
    ids = [event.id for event in house.queue.events]
    [notice] = house.decide()

    assert change.is_open
    assert house.address == NEW
    assert (notice.name, notice.to, notice.confirms) == ("address_changed", OLD, "")
    assert all(SYSTEM_ID.match(id_) for id_ in ids)
    assert ("email", NEW) in house.profiles.stored["u1"].claimed


def test_looking_changes_nothing() -> None:
    house = House()

    assert house.desk.open(house.token()).is_open
    assert house.queue.events == []


def test_a_link_works_once() -> None:
    house = House()
    house.desk.change(house.token())
    house.decide()
    again = house.desk.change(house.token())

    assert not again.is_open
    assert house.queue.events == []


@pytest.mark.parametrize("person", [replace(ANA, traits={"email": "else@example.com"}), Profile(id="u1")])
def test_a_link_for_another_state_of_the_person_does_nothing(person: Profile) -> None:
    house = House(person)

    assert not house.desk.change(house.token()).is_open
    assert house.queue.events == []


def test_who_had_no_address_can_have_one_and_nobody_is_told() -> None:
    house = House(replace(ANA, traits={}))
    house.desk.change(house.token(was=""))

    assert house.decide() == []
    assert house.address == NEW


def test_nobody_is_buried_in_confirmations() -> None:
    house = House()
    sent = []
    for _ in range(5):
        house.clock.at += SECOND
        house.desk.ask(ANA, NEW, "a token", {})
        sent += house.decide()
    assert len(sent) == 3

    house.clock.at += DAY
    house.desk.ask(ANA, NEW, "a token", {})
    assert len(house.decide()) == 1


def test_without_a_rule_nothing_is_sent() -> None:
    house = House()
    house.desk.ask(ANA, NEW, "a token", {})

    assert house.decide({"topics": {}}) == []


@pytest.mark.parametrize(
    ("rule", "fault"),
    [
        ({"confirmation": "confirm_adress"}, 'there is no message "confirm_adress", did you mean "confirm_address"?'),
        ({"confirmation": "by_text"}, 'the message "by_text" has nothing for email'),
        ({"notice": "address_changed"}, "found nothing"),
        ({"confirmation": "confirm_address", "notices": "x"}, 'unknown key "notices", did you mean "notice"?'),
    ],
)
def test_a_rule_that_cannot_be_followed_is_a_fault(rule: dict[str, str], fault: str) -> None:
    messages = MESSAGES | {"by_text": {"channels": ["sms"]}}
    plain = {"policy": POLICY | {"address_change": rule}, "messages": messages, "journeys": {}}
    _, faults = read_playbook(plain)

    assert any(fault in found.message for _, found in faults), faults


def test_links_of_another_kind_and_old_ones_change_nothing() -> None:
    house = House()
    other = confirm_url(
        "https://x", house.secrets.signing(), profile_id="u1", channel=Channel.EMAIL, topic=None, address=WAS, now=NOON
    ).rpartition("/")[2]
    for token in (other, house.token()[:-1], "x"):
        with pytest.raises(InvalidLinkError):
            house.desk.change(token)
    house.clock.at = NOON + CONFIRM_LIFETIME
    with pytest.raises(ExpiredLinkError):
        house.desk.change(house.token())

    assert house.queue.events == []


def test_the_link_proves_whose_the_address_is_against_whoever_only_claimed_it() -> None:
    """Vouched for, it leads to the person from now on, and what a till told of it is theirs."""
    house = House()
    house.desk.change(house.token())
    events = house.queue.events

    playbook, _ = read_playbook({"policy": POLICY, "messages": MESSAGES, "journeys": {}})
    decision = decide(playbook, replace(ANA, claimed=(("email", NEW),)), events, NOON)

    assert AliasClaim("email", NEW, vouched=True) in decision.effects
    assert ("email", NEW) in decision.profile.vouched
    assert provisional_profile_id(Identifier("email", NEW)) in joins(events[0])
