"""Carry out what decisions ordered: messages, wake-ups, announcements, claims, lists, statements, counts.

Every effect has a deterministic id and a port that takes repeats, so whatever fails is simply carried out again; but
for what is only counted, which is told and let go.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple, TypeVar

from shared.domain.consent.words import Channel
from shared.domain.messages import (
    AliasClaim,
    Announcement,
    ConsentRecorded,
    Effect,
    Message,
    Purchase,
    SegmentChange,
    SuppressionChange,
    Wake,
)
from shared.domain.timing import MINUTE, Duration, Instant
from shared.ports.clock import Clock
from shared.ports.people import Aliases, ConsentHistory, Members
from shared.ports.queues import Bus, MessageQueue, Schedules
from shared.ports.rights import ErasedPeople
from shared.ports.sending import MessageIndex, Suppressions
from shared.services.count_purchases import PurchaseCounter

Kind = TypeVar(
    "Kind", Message, Wake, Announcement, AliasClaim, SegmentChange, ConsentRecorded, SuppressionChange, Purchase
)


LATE: Final[Duration] = 10 * MINUTE
"""What waited for longer may outlive an erasure's second sweep, which comes 15 minutes after the first."""


@dataclass(frozen=True, slots=True)
class Order:
    """The effects of one write of one profile.

    Attributes:
        id: of the stream's record.
        version: of the profile that was written with them.
        written_at: when that was, by the wall, to the second.
        fault: why the effects could not be read, if so; they are empty then.
    """

    id: str
    profile_id: str
    version: int
    effects: Sequence[Effect]
    written_at: Instant = 0
    fault: str = ""


class Disputed(NamedTuple):
    """An identifier that a person claimed and another one has."""

    kind: str
    profile_id: str
    owner: str


@dataclass(slots=True)
class Relayed:
    """What was carried out, and where it stopped.

    Attributes:
        forgotten: orders of people who were erased since.
        uncounted: of each purchase that could not be counted, why.
        failed: the first order that was not carried out; those before it were. ``error`` says why.
    """

    messages: int = 0
    wakes: int = 0
    announcements: int = 0
    claims: int = 0
    memberships: int = 0
    statements: int = 0
    suppressions: int = 0
    purchases: int = 0
    forgotten: int = 0
    uncounted: list[Exception] = field(default_factory=list)
    disputed: list[Disputed] = field(default_factory=list)
    failed: Order | None = None
    error: Exception | None = None


class UnreadableOrderError(Exception):
    """A record whose effects nobody can read."""


class EffectRelay:
    """Carries out orders, as many at once as the services take."""

    def __init__(
        self,
        *,
        index: MessageIndex,
        messages: MessageQueue,
        schedules: Schedules,
        bus: Bus,
        aliases: Aliases,
        members: Members,
        consent: ConsentHistory,
        suppressions: Suppressions,
        purchases: PurchaseCounter,
        erased: ErasedPeople,
        clock: Clock,
    ) -> None:
        self._index = index
        self._messages = messages
        self._schedules = schedules
        self._bus = bus
        self._aliases = aliases
        self._members = members
        self._consent = consent
        self._suppressions = suppressions
        self._purchases = purchases
        self._erased = erased
        self._clock = clock

    def relay(self, orders: Sequence[Order]) -> Relayed:
        """Carry out the orders; where that fails, one by one up to the first that cannot be."""
        relayed = Relayed()
        try:
            self._carry_out(orders, relayed)
        except Exception as error:  # noqa: BLE001  # the stream must learn which record it was
            if len(orders) == 1:
                relayed.failed, relayed.error = orders[0], error
                return relayed
        else:
            return relayed
        relayed = Relayed()
        for order in orders:
            try:
                self._carry_out([order], relayed)
            except Exception as error:  # noqa: BLE001  # as above
                relayed.failed, relayed.error = order, error
                break
        return relayed

    def _carry_out(self, orders: Sequence[Order], relayed: Relayed) -> None:
        """Claims first, since events of the identifier may be on their way; then what people said, and what must not be
        written to any more, before what is sent because of it; then messages, which people wait for.

        What is announced comes late: whoever hears of it finds it done. What is only counted comes last, and holds up
        nothing.
        """
        if faults := [order.fault for order in orders if order.fault]:
            raise UnreadableOrderError(faults[0])
        orders = [*self._of_the_living(orders, relayed)]
        self._claim(orders, relayed)
        self._keep_statements(orders, relayed)
        self._suppress(orders, relayed)
        if messages := [message for _, message in _of_kind(orders, Message)]:
            self._index.note(messages)  # first: what a person was sent can be found by them, and be erased
            self._messages.put(messages)
            relayed.messages += len(messages)
        self._wake(orders, relayed)
        self._list(orders, relayed)
        if announcements := [
            (order.profile_id, announcement) for order, announcement in _of_kind(orders, Announcement)
        ]:
            self._bus.publish(announcements)
            relayed.announcements += len(announcements)
        self._count(orders, relayed)

    def _count(self, orders: Sequence[Order], relayed: Relayed) -> None:
        for purchase in dict.fromkeys(purchase for _, purchase in _of_kind(orders, Purchase)):
            try:
                relayed.purchases += self._purchases.count(purchase)
            except Exception as error:  # noqa: BLE001  # one order less in a statistic is no reason to do all else again
                relayed.uncounted.append(error)

    def _of_the_living(self, orders: Sequence[Order], relayed: Relayed) -> Iterator[Order]:
        """Without what would leave traces of somebody who was erased since; asked only of orders that come late."""
        for order in orders:
            age = self._clock.wall() - order.written_at
            if age <= LATE or not self._is_erased(order.profile_id, self._clock.now() - age):
                yield order
                continue
            relayed.forgotten += 1
            stops = [one for one in order.effects if isinstance(one, SuppressionChange) and not one.is_lifted]
            yield replace(order, effects=stops)  # held by digest, and kept as an erasure itself keeps them

    def _is_erased(self, profile_id: str, since: Instant) -> bool:
        erased_at = self._erased.erased_at(profile_id)
        return erased_at is not None and erased_at >= since

    def _keep_statements(self, orders: Sequence[Order], relayed: Relayed) -> None:
        said: dict[str, list[ConsentRecorded]] = {}
        for order, statement in _of_kind(orders, ConsentRecorded):
            said.setdefault(order.profile_id, []).append(statement)
        for profile_id, statements in said.items():
            self._consent.keep(profile_id, statements)
            relayed.statements += len(statements)

    def _wake(self, orders: Sequence[Order], relayed: Relayed) -> None:
        """A person has one schedule: of their wake-ups only the last one is set, and all that were replaced go."""
        latest: dict[str, tuple[Order, Wake]] = {}
        replaced: dict[str, list[Instant]] = {}
        for order, wake in _of_kind(orders, Wake):
            latest[order.profile_id] = order, wake
            if wake.replaces is not None:
                replaced.setdefault(order.profile_id, []).append(wake.replaces)
        for profile_id, (order, wake) in latest.items():
            nonce = f"{wake.at}.{order.version}"
            self._schedules.put(profile_id, wake.at, nonce, replaces=replaced.get(profile_id, ()))
            relayed.wakes += 1

    def _list(self, orders: Sequence[Order], relayed: Relayed) -> None:
        """Of a person's changes of a segment only the last one is written."""
        latest = {
            (change.segment, order.profile_id): (order, change) for order, change in _of_kind(orders, SegmentChange)
        }
        for (segment, profile_id), (order, change) in latest.items():
            write = self._members.enter if change.is_in else self._members.leave
            write(segment, profile_id, change.at, version=order.version)
            relayed.memberships += 1

    def _suppress(self, orders: Sequence[Order], relayed: Relayed) -> None:
        for change in dict.fromkeys(change for _, change in _of_kind(orders, SuppressionChange)):
            channel = Channel(change.channel)
            if change.is_lifted:
                self._suppressions.lift(channel, change.address, [change.reason], change.at)
            else:
                self._suppressions.suppress(channel, change.address, change.reason, change.at)
            relayed.suppressions += 1

    def _claim(self, orders: Sequence[Order], relayed: Relayed) -> None:
        claims = dict.fromkeys((order.profile_id, claim) for order, claim in _of_kind(orders, AliasClaim))
        for profile_id, claim in claims:
            owner = self._aliases.claim(claim.kind, claim.value, profile_id, vouched=claim.vouched, over=claim.over)
            relayed.claims += 1
            if owner != profile_id:
                relayed.disputed.append(Disputed(claim.kind, profile_id, owner))


def _of_kind(orders: Sequence[Order], kind: type[Kind]) -> list[tuple[Order, Kind]]:
    return [(order, effect) for order in orders for effect in order.effects if isinstance(effect, kind)]
