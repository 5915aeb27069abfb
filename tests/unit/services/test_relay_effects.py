"""Carrying out orders: together where that works, else up to the first that fails; repeats are harmless."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.messages import (
    AliasClaim,
    Announcement,
    Effect,
    Message,
    Purchase,
    SegmentChange,
    SuppressionChange,
    Wake,
)
from shared.domain.shop.products import Product
from shared.domain.timing import MINUTE
from shared.errors import CarillonError, PermanentError, RetryableError
from shared.ports.people import Member
from shared.services.count_purchases import PurchaseCounter
from shared.services.relay_effects import LATE, Disputed, EffectRelay, Order, Relayed
from tests.builders import NOON, a_message
from tests.fakes.clock import FakeClock
from tests.fakes.people import FakeAliases, FakeConsentHistory, FakeMembers
from tests.fakes.queues import FakeBus, FakeMessageQueue, FakeSchedules
from tests.fakes.rights import FakeErasedPeople
from tests.fakes.sending import FakeMessageIndex, FakeSuppressions
from tests.fakes.shop import FakeCatalogue, FakePurchases


class World:
    """The use case among fakes; ``calls`` is how often each was asked, ``failing`` what each raises, by name."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failing: dict[str, Exception] = {}
        self.index = FakeMessageIndex()
        self.messages = FakeMessageQueue()
        self.schedules = FakeSchedules()
        self.bus = FakeBus()
        self.aliases = FakeAliases()
        self.members = FakeMembers()
        self.consent = FakeConsentHistory()
        self.suppressions = FakeSuppressions()
        self.catalogue = FakeCatalogue({sku: Product(sku=sku, updated_at=NOON) for sku in ("POT", "MUG")})
        self.purchases = FakePurchases()
        self.erased = FakeErasedPeople()
        self.clock = FakeClock(NOON)

    def relay(self, *orders: Order) -> Relayed:
        return EffectRelay(
            index=Watched(self, "index"),
            messages=Watched(self, "messages"),
            schedules=Watched(self, "schedules"),
            bus=Watched(self, "bus"),
            aliases=Watched(self, "aliases"),
            members=Watched(self, "members"),
            consent=Watched(self, "consent"),
            suppressions=Watched(self, "suppressions"),
            purchases=PurchaseCounter(catalogue=Watched(self, "catalogue"), purchases=Watched(self, "purchases")),
            erased=Watched(self, "erased"),
            clock=self.clock,
        ).relay(orders)


class Watched:
    """Stands before one fake. ``failing`` names a port, or an effect's own word (``m2``) that it cannot bear."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        self._name = name

    def __getattr__(self, method: str) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            self._world.calls.append(self._name)
            for word, error in self._world.failing.items():
                if word == self._name or f"'{word}'" in repr(arguments):
                    raise error
            return getattr(getattr(self._world, self._name), method)(*arguments, **named)

        return call


@pytest.fixture
def world() -> World:
    return World()


def an_order(number: int, *effects: Effect, person: str = "u1") -> Order:
    return Order(id=str(number), profile_id=person, version=number, effects=effects, written_at=NOON)


def an_announcement(id_: str) -> Announcement:
    return Announcement(id=id_, name="Journey Entered", at=NOON, properties={})


def everything(number: int, person: str) -> Sequence[Effect]:
    """One effect of each kind."""
    return (
        a_message(id=f"m{number}", profile_id=person),
        Wake(NOON + number),
        an_announcement(f"a{number}"),
        AliasClaim("email", f"{number}@example.com"),
        SegmentChange("regulars", NOON + number, is_in=True),
    )


def test_every_kind_of_effect_reaches_its_port(world: World) -> None:
    relayed = world.relay(an_order(7, *everything(7, "u1")))

    assert [message.id for message in world.messages.messages] == ["m7"]
    assert world.schedules.wakes == {("u1", NOON + 7): f"{NOON + 7}.7"}
    assert world.bus.announcements == [("u1", an_announcement("a7"))]
    assert world.aliases.owners == {("email", "7@example.com"): "u1"}
    assert [*world.members.people("regulars")] == [Member("u1", NOON + 7)]
    assert relayed == Relayed(messages=1, wakes=1, announcements=1, claims=1, memberships=1)


def test_what_was_bought_together_is_counted_once_and_only_what_the_shop_sells(world: World) -> None:
    order, of_nothing = Purchase("1f", ("POT", "made up", "MUG"), NOON), Purchase("2f", ("made up",), NOON)

    relayed = world.relay(an_order(1, order, of_nothing), an_order(2, order, person="u2"))

    assert world.purchases.counted == {"1f": replace(order, skus=("POT", "MUG"))}
    assert relayed.purchases == 1
    assert world.relay(an_order(1, order)).purchases == 0


@pytest.mark.parametrize("port", ["catalogue", "purchases"])
@pytest.mark.parametrize("error", [RetryableError("throttled"), PermanentError("unreadable"), ZeroDivisionError()])
def test_what_cannot_be_counted_holds_nothing_up_and_is_told(world: World, port: str, error: Exception) -> None:
    world.failing[port] = error

    relayed = world.relay(
        an_order(1, a_message(id="m1"), Purchase("1f", ("POT",), NOON), an_announcement("a1")),
        an_order(2, a_message(id="m2", profile_id="u2"), Wake(NOON), person="u2"),
    )

    assert relayed == Relayed(messages=2, wakes=1, announcements=1, uncounted=[error])
    assert world.calls.count("messages") == 1


def test_of_many_purchases_the_others_are_counted(world: World) -> None:
    world.failing["1f"] = RetryableError("throttled")

    relayed = world.relay(an_order(1, *(Purchase(id_, ("POT",), NOON) for id_ in ("1f", "2f", "3f"))))

    assert [*world.purchases.counted] == ["2f", "3f"]
    assert (relayed.purchases, len(relayed.uncounted), relayed.failed) == (2, 1, None)


def test_messages_and_announcements_of_all_orders_go_together(world: World) -> None:
    world.relay(*[an_order(n, a_message(id=f"m{n}"), an_announcement(f"a{n}"), person=f"u{n}") for n in range(30)])

    assert world.calls == ["index", "messages", "bus"]


def test_of_a_persons_wake_ups_the_last_one_counts(world: World) -> None:
    relayed = world.relay(
        an_order(1, Wake(NOON + 2 * MINUTE)),
        an_order(2, Wake(NOON), person="u2"),
        an_order(3, Wake(NOON + MINUTE, NOON + 2 * MINUTE)),
    )

    assert world.schedules.wakes == {("u1", NOON + MINUTE): f"{NOON + MINUTE}.3", ("u2", NOON): f"{NOON}.2"}
    assert (world.calls, relayed.wakes) == (["schedules", "schedules"], 2)


def test_of_a_persons_changes_of_a_segment_the_last_one_is_written(world: World) -> None:
    relayed = world.relay(
        an_order(1, SegmentChange("vip", NOON, is_in=True), SegmentChange("regulars", NOON, is_in=True)),
        an_order(2, SegmentChange("vip", NOON, is_in=True), person="u2"),
        an_order(3, SegmentChange("vip", NOON + 1, is_in=False), SegmentChange("vip", NOON + 1, is_in=True)),
        an_order(4, SegmentChange("vip", NOON + 2, is_in=False)),
    )

    assert world.members.changes == {
        ("vip", "u1"): (4, NOON + 2, False),
        ("regulars", "u1"): (1, NOON, True),
        ("vip", "u2"): (2, NOON, True),
    }
    assert (world.calls, relayed.memberships) == (["members"] * 3, 3)


def test_who_hears_that_somebody_entered_finds_them_there(world: World) -> None:
    world.relay(an_order(1, an_announcement("a1"), SegmentChange("vip", NOON, is_in=True)))

    assert world.calls == ["members", "bus"]


@pytest.mark.parametrize("again_from", range(4))
def test_orders_again_from_any_one_leave_everybody_where_they_were(world: World, again_from: int) -> None:
    turns = (True, False, True, False)
    orders = [an_order(n, SegmentChange("vip", NOON, is_in=is_in)) for n, is_in in enumerate(turns)]
    for order in orders:
        world.relay(order)

    world.relay(*orders[again_from:])
    world.relay(orders[0])  # handed over by hand, long after

    assert [*world.members.people("vip")] == []


def test_orders_that_order_nothing_ask_nothing(world: World) -> None:
    assert world.relay(an_order(1)) == Relayed()
    assert world.relay() == Relayed()
    assert world.calls == []


def test_an_identifier_that_is_anothers_stays_theirs_and_is_told(world: World) -> None:
    world.aliases.claim("email", "ana@example.com", "u9")

    relayed = world.relay(an_order(1, AliasClaim("email", "ana@example.com")))

    assert relayed.disputed == [Disputed("email", "u1", "u9")]
    assert relayed.failed is None


def test_the_same_orders_again_change_nothing(world: World) -> None:
    orders = [an_order(n, *everything(n, f"u{n}"), person=f"u{n}") for n in range(3)]
    world.relay(*orders)
    wakes, owners, members = (
        dict(world.schedules.wakes),
        dict(world.aliases.owners),
        dict(world.members.changes),
    )

    relayed = world.relay(*orders)

    assert not relayed.disputed
    assert (world.schedules.wakes, world.aliases.owners, world.members.changes) == (wakes, owners, members)
    assert {message.id for message in world.messages.messages} == {"m0", "m1", "m2"}


def test_suppressions_and_their_lifting_reach_the_list_in_any_order(world: World) -> None:
    stop = SuppressionChange("sms", "+353871234567", SuppressionReason.STOP, NOON)
    lifted = replace(stop, at=NOON + 1, is_lifted=True)
    complaint = SuppressionChange("email", "ana@example.com", SuppressionReason.COMPLAINT, NOON)

    relayed = world.relay(an_order(1, lifted, complaint), an_order(2, stop))

    assert relayed.suppressions == 3
    assert world.suppressions.find(Channel.SMS, "+353871234567") == {}
    assert world.suppressions.find(Channel.EMAIL, "ana@example.com") == {SuppressionReason.COMPLAINT: NOON}


@pytest.mark.parametrize("error", [RetryableError("later"), PermanentError("never"), ZeroDivisionError()])
@pytest.mark.parametrize("port", ["messages", "schedules", "bus", "aliases", "members"])
def test_a_port_that_fails_stops_at_the_first_order_that_needs_it(world: World, port: str, error: Exception) -> None:
    kinds = {
        "messages": Message,
        "schedules": Wake,
        "bus": Announcement,
        "aliases": AliasClaim,
        "members": SegmentChange,
    }
    [needed] = [effect for effect in everything(2, "u2") if isinstance(effect, kinds[port])]
    others = [effect for effect in everything(1, "u1") if not isinstance(effect, kinds[port])]
    world.failing[port] = error

    relayed = world.relay(an_order(1, *others), an_order(2, needed, person="u2"), an_order(3, needed, person="u3"))

    assert relayed.failed is not None
    assert (relayed.failed.id, relayed.error) == ("2", error)
    assert relayed.messages + relayed.wakes + relayed.announcements + relayed.claims + relayed.memberships == 4


def test_one_message_that_cannot_be_queued_stops_only_what_follows_it(world: World) -> None:
    world.failing["m2"] = PermanentError("too large")

    relayed = world.relay(*[an_order(n, a_message(id=f"m{n}")) for n in (1, 2, 3)])

    assert relayed.failed is not None
    assert relayed.failed.id == "2"
    assert [message.id for message in world.messages.messages] == ["m1"]


def test_an_order_that_cannot_be_read_stops_only_what_follows_it(world: World) -> None:
    unreadable = Order(id="2", profile_id="", version=0, effects=(), fault="unreadable: KeyError")

    relayed = world.relay(an_order(1, a_message(id="m1")), unreadable, an_order(3, a_message(id="m3")))

    assert relayed.failed is unreadable
    assert not isinstance(relayed.error, RetryableError | CarillonError)
    assert [message.id for message in world.messages.messages] == ["m1"]


@pytest.mark.parametrize(
    ("age", "erased", "is_carried_out"),
    [
        (LATE, NOON, True),  # the second sweep comes after it
        (LATE + 1, NOON, False),
        (LATE + 1, NOON + MINUTE, False),
        (LATE + 1, NOON - 1, True),  # of somebody who came back
        (LATE + 1, None, True),
    ],
)
def test_what_comes_late_leaves_nothing_of_somebody_erased_but_their_stop(
    world: World, age: int, erased: int | None, is_carried_out: bool
) -> None:
    stop = SuppressionChange("sms", "+353871234567", SuppressionReason.STOP, NOON)
    if erased is not None:
        world.erased.mark("u1", erased)
    world.clock.at = NOON + age

    relayed = world.relay(an_order(1, *everything(1, "u1"), stop))

    assert relayed.failed is None
    assert relayed.forgotten == int(not is_carried_out)
    assert bool({"index", "messages", "schedules", "bus", "aliases", "members"} & set(world.calls)) is is_carried_out
    assert world.suppressions.find(Channel.SMS, "+353871234567")


def test_whether_somebody_was_erased_is_asked_only_of_what_comes_late(world: World) -> None:
    world.relay(an_order(1, *everything(1, "u1")))

    assert "erased" not in world.calls
