"""What the providers know of addresses that must not be written to, brought into our list and to whose they are.

The person's event goes out first and the list is written last: what a crash left undone is not on the list yet, and
the next run does it under the same event id.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from infra.operations.provider_lists import Listed, Page
from shared.domain.consent.suppressions import Noted, in_force
from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.delivery import PROVIDER, SOURCE
from shared.domain.events import Event, EventType, SystemEvent, Trust
from shared.domain.identity.identifiers import EMAIL, PHONE, Identifier, address_key, provisional_profile_id
from shared.domain.timing import HOUR, Instant
from shared.ports.clock import Clock
from shared.ports.people import Aliases, Profiles
from shared.ports.queues import EventQueue
from shared.ports.sending import Suppressions

AT_ONCE = 100
"""Addresses whose events are put on the queue together."""


class Synced(NamedTuple):
    """What came of a provider's list, in addresses."""

    noted: int = 0
    told: int = 0
    """Of those noted, the ones that somebody was told of by an event."""
    known: int = 0
    released: int = 0
    """Lifted here since: the provider's list is older."""
    unreadable: int = 0

    def plus(self, other: "Synced") -> "Synced":
        return Synced(*(one + more for one, more in zip(self, other, strict=True)))


class ListSync:
    """Whose an address is, an alias says; an opt-out that is nobody's yet is kept for who comes, like a STOP."""

    def __init__(
        self,
        *,
        suppressions: Suppressions,
        aliases: Aliases,
        profiles: Profiles,
        events: EventQueue,
        clock: Clock,
    ) -> None:
        self._suppressions = suppressions
        self._aliases = aliases
        self._profiles = profiles
        self._events = events
        self._clock = clock

    def take(self, pages: Iterable[Page]) -> Synced:
        """Raises ``RetryableError``: start again, what was done stays done."""
        counts = Synced()
        for page in pages:
            rest = iter(page)
            while some := list(islice(rest, AT_ONCE)):
                counts = counts.plus(self._take(some))
        return counts

    def _take(self, page: Page) -> Synced:
        now = self._clock.now()
        readable = [one for one in page if one is not None]
        noted = [(one, self._suppressions.noted(one.channel, one.address)) for one in readable]
        news = [(one, notes) for one, notes in noted if _is_news(one, notes, now)]
        known = sum(one.reason in in_force(*notes) for one, notes in noted)
        events = list(self._events_of(news, now))
        self._events.put(events)
        for one, _ in news:
            self._suppressions.suppress(one.channel, one.address, one.reason, _since(one, now))
        return Synced(len(news), len(events), known, len(noted) - len(news) - known, len(page) - len(readable))

    def _events_of(self, news: list[tuple[Listed, Noted]], now: Instant) -> Iterator[Event]:
        owners = self._aliases.resolve([identifier_of(one.address) for one, _ in news]) if news else {}
        for one, notes in news:
            if SuppressionReason.ERASED in notes.came:
                continue  # the list alone remembers who wants to be forgotten
            identifier = identifier_of(one.address)
            owner = owners.get(identifier)
            profile_id = provisional_profile_id(identifier) if owner is None else owner.profile_id
            is_opt_out = one.reason is SuppressionReason.STOP
            if owner or is_opt_out or self._profiles.load(profile_id).version:
                yield _event(one, notes, profile_id, now)


def identifier_of(address: str) -> Identifier:
    kind = EMAIL if "@" in address else PHONE
    return Identifier(kind, address_key(kind, address, {}) or address)


def released_event(
    channel: Channel, address: str, reasons: Iterable[SuppressionReason], because: str, profile_id: str, now: Instant
) -> Event:
    """The staff looked, and let the person be written to again at the address."""
    said = {"channel": channel.value, "address": address, "reasons": sorted(reasons), "because": because}
    id_ = f"released:{channel.value}:{_digest(address)}:{now}"
    return _system_event(id_, SystemEvent.ADDRESS_RELEASED, now, now, profile_id, said)


def _is_news(one: Listed, notes: Noted, now: Instant) -> bool:
    if one.reason in in_force(*notes):
        return False
    lifted = notes.lifted.get(one.reason)
    # A list without dates may be a little behind the START that it was lifted by.
    return lifted is None or (one.at > lifted if one.at is not None else now - lifted > HOUR)


def _since(one: Listed, now: Instant) -> Instant:
    return now if one.at is None else min(one.at, now)


def _event(one: Listed, notes: Noted, profile_id: str, now: Instant) -> Event:
    """The id of one without a date follows from when it was lifted last: until then it is the same opt-out."""
    moment = one.at if one.at is not None else notes.lifted.get(one.reason, 0)
    id_ = f"{one.provider}:{_digest(one.address)}:{moment}"
    said = {"channel": one.channel.value, "source": PROVIDER, "reason": one.reason.value}
    if one.reason is SuppressionReason.STOP:
        said |= {"phone": one.address}
        return _system_event(f"unsubscribed:{id_}", SystemEvent.UNSUBSCRIBED, _since(one, now), now, profile_id, said)
    said |= {"address": one.address}
    return _system_event(f"suppressed:{id_}", SystemEvent.ADDRESS_SUPPRESSED, _since(one, now), now, profile_id, said)


def _system_event(
    id_: str, name: SystemEvent, at: Instant, now: Instant, profile_id: str, properties: dict[str, Any]
) -> Event:
    return Event(
        id=id_,
        type=EventType.TRACK,
        name=name,
        at=at,
        received_at=now,
        profile_id=profile_id,
        properties=properties,
        trust=Trust.SYSTEM,
        source=SOURCE,
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
