"""Accepting events: each goes to its person, in order, and nothing is lost beside a bad one."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from shared.domain.events import EventType, Trust
from shared.domain.identity.identifiers import Held, Identifier, provisional_profile_id
from shared.domain.intake.client_keys import Key
from shared.errors import Fault, InvalidInputError, RetryableError
from shared.services.accept_events import EventIntake
from tests.doors import an_intake
from tests.fakes.clock import FakeClock
from tests.fakes.intake import FakeQuarantine
from tests.fakes.people import FakeAliases
from tests.fakes.queues import FakeEventQueue

EMAIL = "ana@example.com"
NOBODYS_EMAIL = provisional_profile_id(Identifier("email", EMAIL))


@dataclass
class Door:
    aliases: FakeAliases = field(default_factory=FakeAliases)
    queue: FakeEventQueue = field(default_factory=FakeEventQueue)
    quarantine: FakeQuarantine = field(default_factory=FakeQuarantine)
    clock: FakeClock = field(default_factory=FakeClock)

    @property
    def intake(self) -> EventIntake:
        return an_intake(aliases=self.aliases, queue=self.queue, quarantine=self.quarantine, clock=self.clock)

    def batch(self, *raws: Any, **body: Any) -> None:
        self.intake.accept_batch({"batch": list(raws)} | body, key=Key(Trust.PUBLIC), body_size=1)

    @property
    def persons(self) -> list[str]:
        return [event.profile_id for event in self.queue.events]


@pytest.fixture
def door() -> Door:
    return Door()


def a_call(**changes: Any) -> dict[str, Any]:
    return {"type": "track", "event": "Product Added"} | changes


@pytest.mark.parametrize(
    ("who", "owners", "person"),
    [
        ({"userId": "u1", "anonymousId": "a1"}, {("anonymous", "a1"): "u9"}, "u1"),
        ({"anonymousId": "a1"}, {}, "anon:a1"),
        ({"anonymousId": "a1"}, {("anonymous", "a1"): "u1"}, "u1"),
        ({"properties": {"email": "ANA@example.com"}}, {("email", EMAIL): "u1"}, "u1"),
        ({"properties": {"email": EMAIL}}, {}, NOBODYS_EMAIL),
        ({"properties": {"email": EMAIL, "phone": "+33612345678"}}, {("phone", "+33612345678"): "u1"}, "u1"),
        ({"context": {"traits": {"email": EMAIL}}}, {("email", EMAIL): "u1"}, "u1"),
    ],
)
def test_an_event_finds_its_person(
    door: Door, who: dict[str, Any], owners: dict[tuple[str, str], str], person: str
) -> None:
    door.aliases.owners = owners

    door.intake.accept_call(a_call(**who), EventType.TRACK, key=Key(Trust.PUBLIC))

    assert door.persons == [person]


def test_a_stranger_is_found_again_and_still_free_to_sign_up(door: Door) -> None:
    till = a_call(properties={"email": EMAIL})
    door.batch(till | {"messageId": "m1"})
    door.batch(till | {"messageId": "m2"})
    door.aliases.claim("email", EMAIL, "u1")
    door.batch(till | {"messageId": "m3"})

    assert door.persons == [NOBODYS_EMAIL, NOBODYS_EMAIL, "u1"]


def test_what_a_batch_says_of_a_visitor_holds_for_all_of_it(door: Door) -> None:
    before, after = a_call(anonymousId="a1", messageId="m1"), a_call(anonymousId="a1", messageId="m3")
    door.batch(before, {"type": "identify", "userId": "u1", "anonymousId": "a1"}, after)

    assert door.persons == ["u1", "u1", "u1"]


def test_the_same_batch_tried_again_gives_its_events_to_the_same_person(door: Door) -> None:
    raws = [a_call(anonymousId="a1"), {"type": "identify", "userId": "u1", "anonymousId": "a1"}]
    door.batch(*raws)
    door.aliases.claim("anonymous", "a1", "u1")
    door.batch(*raws)

    assert door.persons == ["u1", "u1"]


def test_what_a_batch_says_of_a_visitors_address_holds_for_all_of_it(door: Door) -> None:
    visitor = {"type": "identify", "anonymousId": "a1", "traits": {"email": EMAIL}, "messageId": "m0"}
    till = a_call(messageId="m1", properties={"email": EMAIL})
    door.batch(visitor, till)
    door.batch({"type": "identify", "userId": "u1", "anonymousId": "a1", "messageId": "m2"}, visitor, till)

    assert door.persons == ["anon:a1", "anon:a1", "u1", "u1", "u1"]


def test_an_identifier_is_looked_up_once_a_batch_and_never_for_a_user_id(door: Door) -> None:
    looked_up: list[list[tuple[str, str]]] = []

    class Counting(FakeAliases):
        def resolve(self, identifiers: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Held]:
            looked_up.append(sorted(identifiers))
            return {}

    door.aliases = Counting()
    door.batch(a_call(anonymousId="a1"), a_call(anonymousId="a1"), a_call(userId="u1", anonymousId="a2"))
    door.batch(a_call(userId="u1", anonymousId="a2"))

    assert looked_up == [[("anonymous", "a1")]]


def test_bad_events_go_to_quarantine_as_a_batch_of_their_own_without_the_key(door: Door) -> None:
    bad = {"type": "track", "userId": "u1", "writeKey": "k"}
    door.batch(a_call(userId="u1"), bad, 5, writeKey="k", context={"ip": "::1"}, sentAt="2026-11-02T10:00:00Z")

    (kept,) = door.quarantine.kept
    assert kept.raw == {
        "context": {"ip": "::1"},
        "sentAt": "2026-11-02T10:00:00Z",
        "batch": [{"type": "track", "userId": "u1"}, 5],
    }
    assert kept.faults == (Fault("batch.0.event", "is required"), Fault("batch.1", "must be a JSON object"))
    assert (kept.source, kept.received_at) == ("http", door.clock.at)
    assert len(door.queue.events) == 1


def test_a_bad_event_on_its_own_costs_nothing(door: Door) -> None:
    with pytest.raises(InvalidInputError, match="event: is required"):
        door.intake.accept_call({"userId": "u1"}, EventType.TRACK, key=Key(Trust.PUBLIC))

    assert not door.queue.events
    assert not door.quarantine.kept


def test_a_batch_whose_quarantine_fails_is_no_success(door: Door) -> None:
    class Closed(FakeQuarantine):
        def keep(self, *_: Any) -> None:
            raise RetryableError("not now")

    door.quarantine = Closed()

    with pytest.raises(RetryableError):
        door.batch(a_call(userId="u1"), 5)


def test_an_event_of_the_bus_has_the_trust_of_a_secret_key(door: Door) -> None:
    door.intake.accept_from_bus(a_call(event="Unsubscribed", userId="u1"), source="bus:shop.crm")

    assert [(event.trust, event.source) for event in door.queue.events] == [(Trust.SECRET, "bus:shop.crm")]


def test_an_event_of_the_bus_has_the_same_limits(door: Door) -> None:
    with pytest.raises(InvalidInputError, match="at most 32768 bytes"):
        door.intake.accept_from_bus(a_call(userId="u1", properties={"x": "x" * 40_000}), source="bus:shop.crm")


def test_a_proof_that_came_with_a_refused_event_is_not_kept_either(door: Door) -> None:
    door.batch({"context": {"userHash": "a", "ip": "::1"}}, "no object", context={"userHash": "b", "app": {}})
    (kept,) = door.quarantine.kept
    assert kept.raw == {"context": {"app": {}}, "batch": [{"context": {"ip": "::1"}}, "no object"]}
