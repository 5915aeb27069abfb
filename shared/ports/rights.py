"""People's rights: copies of what is held, and what erasing a person needs. Repeating a write changes nothing."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Final, Protocol

from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.rights.erasure import Belongings, Erasure, RightsOrder
from shared.domain.timing import MINUTE, Duration, Instant


class Exports(Protocol):
    """Documents that are too large for an answer, for a short while."""

    def keep(self, name: str, content: Iterator[bytes]) -> None:
        """Keep the document under its name; the same name again takes its place. Content is read as it is written."""
        ...

    def link(self, name: str) -> str:
        """Where whoever has the link may fetch it, for ``LINK_LASTS``."""
        ...


LINK_LASTS: Final[Duration] = 15 * MINUTE


class ErasedPeople(Protocol):
    """Who was erased, by digest, for as long as something of theirs may turn up."""

    def mark(self, profile_id: str, at: Instant) -> None:
        """What happened until then makes no person of that id any more; a later instant takes the place."""
        ...

    def erased_at(self, profile_id: str) -> Instant | None: ...


class Erasures(Protocol):
    """Receipts, and what an erasure still has to find."""

    def open(self, receipt: str, at: Instant) -> None:
        """One that is open, or closed, already stays as it is."""
        ...

    def find(self, receipt: str) -> Erasure | None: ...

    def add(self, receipt: str, counts: Mapping[str, int]) -> None:
        """So many more were removed."""
        ...

    def close(self, receipt: str, at: Instant) -> None:
        """It is done; what was remembered for it is forgotten."""
        ...

    def remember(self, receipt: str, belongings: Belongings) -> None: ...

    def recall(self, receipt: str) -> Belongings | None: ...


class RightsQueue(Protocol):
    """Requests of people's rights, to be carried out."""

    def put(self, order: RightsOrder, *, delay: Duration = 0) -> None: ...


class PersonItems(Protocol):
    """What the table holds of a person. Every method tells how many it removed."""

    def remove_profile(self, profile_id: str) -> int: ...

    def remove_records(self, profile_id: str, *, until: Instant | None = None) -> int:
        """All under the person's id but the profile; with ``until`` only what is dated, and not later."""
        ...

    def remove_coupons(self, profile_id: str, *, until: Instant | None = None) -> int:
        """The coupons that the person was given, which are then worth nothing; with ``until`` only those until then.

        Of a pool's codes it stays known that they were given, so that nobody is given them again, but not to whom.
        """
        ...

    def release(self, kind: str, value: str, profile_ids: Collection[str]) -> int:
        """Free the identifier, if it still leads to one of these."""
        ...

    def forget_messages(self, message_ids: Collection[str]) -> int:
        """Remove them from the ledger."""
        ...

    def unlist(self, segments: Collection[str], profile_id: str) -> int:
        """Remove the person from the lists of the segments."""
        ...


class PersonSchedules(Protocol):
    """A person's outstanding wake-ups."""

    def clear(self, profile_id: str) -> int: ...


class SuppressedAddresses(Protocol):
    """The list of addresses that must not be written to, as far as an erasure adds to it."""

    def suppress(self, channel: Channel, address: str, reason: SuppressionReason, at: Instant) -> None: ...


class DeadLetters(Protocol):
    """Every queue of dead letters."""

    def remove(self, is_theirs: Callable[[str], bool]) -> int:
        """Delete the letters whose text that says so of; all others stay as they are."""
        ...


class KeptFiles(Protocol):
    """The objects in the bucket of failures."""

    def rewrite(
        self, prefix: str, change: Callable[[str, str], str | None], *, after: str, may_go_on: Callable[[], bool]
    ) -> tuple[int, str]:
        """Put what ``change`` makes of each object's name and text in its place; ``None`` removes it.

        Begins after the object ``after``. Returns how many were changed, and the last that was looked at where there
        was no time for more; empty: all were.
        """
        ...

    def remove(self, prefix: str) -> int: ...
