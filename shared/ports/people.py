"""What is kept of people: profiles, what happened to them, what they said, and by what they are known."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from shared.domain.events import Event
from shared.domain.identity.identifiers import Held
from shared.domain.identity.merges import Merge, Undoing
from shared.domain.messages import ConsentRecorded, Effect
from shared.domain.profiles import Profile
from shared.domain.timing import Instant


class Profiles(Protocol):
    """Every person's profile, read and written whole."""

    def load(self, profile_id: str) -> Profile:
        """The person; one never stored has version 0, one that was folded into another is a tombstone."""
        ...

    def save(self, profile: Profile, effects: Sequence[Effect]) -> None:
        """Write the state and the effects that it orders, as one, over ``profile.version``.

        Raises:
            ConflictError: another writer was first: the stored version is no longer ``profile.version``.
        """
        ...

    def save_all(
        self,
        written: Sequence[tuple[Profile, Sequence[Effect]]],
        merges: Sequence[Merge] = (),
        *,
        undoing: Undoing | None = None,
    ) -> None:
        """Write several people, each over its version and with its effects, all or none; and what undoes the merges.

        With ``undoing``, what was kept to undo that one merge is removed with it.

        Raises:
            ConflictError: another writer of one of them was first.
        """
        ...


class Merges(Protocol):
    """Who was folded into whom, for as long as it can be undone."""

    def of(self, survivor_id: str) -> Sequence[Merge]:
        """All that are kept of those into this person, the latest first."""
        ...


class Timeline(Protocol):
    """What happened to a person, for people and for back-filling."""

    def append(self, profile_id: str, events: Sequence[Event]) -> None:
        """Keep the events of one batch; the same batch again changes nothing."""
        ...

    def pages(self, profile_id: str, *, until: Instant | None = None) -> Iterator[tuple[Instant, Sequence[Event]]]:
        """All that is kept, in pages, the latest first, each with an instant after which nothing in it happened.

        ``until``: without those whose instant is a later one. Read as they are asked for. An event may stand in
        several pages.
        """
        ...

    def rewrite(self, profile_id: str, change: Callable[[Event], Event | None], *, since: Instant) -> None:
        """Put what ``change`` makes of each event in its place, in the pages since then.

        What it makes nothing of is removed; a page without any event goes. What it does not change stays as it is.
        """
        ...


class ConsentHistory(Protocol):
    """Every statement of a person's about what they want to hear, kept for as long as the person is."""

    def keep(self, profile_id: str, statements: Sequence[ConsentRecorded]) -> None:
        """Keep them for ever; one that is kept already, by its instant and id, stays the same."""
        ...

    def of(self, profile_id: str) -> Iterator[ConsentRecorded]:
        """All that was said under this profile's id, the oldest first. Read as they are asked for.

        What was said under the ids of people who were joined with the person stays under those.
        """
        ...

    def remove(self, profile_id: str, statements: Sequence[ConsentRecorded]) -> None:
        """Forget these: they turned out to be another person's, in whose history they are."""
        ...


class PersonRecord(NamedTuple):
    """Something that is kept of a person beside profile and timeline, as plain JSON.

    ``kind``: ``CONSENT``, ``IDENTIFIER``, ``MERGE``, ``MESSAGE``, … ; ``key``: what tells it from others of its kind.
    """

    kind: str
    key: str
    facts: Mapping[str, Any]


class PersonRecords(Protocol):
    """All that is kept under a person's id, whoever put it there."""

    def of(self, profile_id: str) -> Iterator[PersonRecord]:
        """Everything but the profile itself and the pages of the timeline, by kind and key. Read as asked for."""
        ...


class Aliases(Protocol):
    """Which person an identifier belongs to. Kinds: ``email``, ``phone``, ``anonymous``, ``user``, external ids'."""

    def resolve(self, identifiers: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Held]:
        """Whose each (kind, value) is that belongs to somebody."""
        ...

    def owner(self, kind: str, value: str) -> str | None:
        """Whose it is at this very moment: what was claimed before is seen."""
        ...

    def claim(
        self, kind: str, value: str, profile_id: str, *, vouched: bool = False, over: tuple[str, ...] = ()
    ) -> str:
        """Settle the person's claim by ``claims.awarded``; returns whose it is now.

        What is a person's is noted in their own partition too, so that all that is theirs can be found.
        """
        ...

    def of(self, profile_id: str) -> Iterator[tuple[str, str]]:
        """The (kind, value) of all that is noted as the person's, by kind and value. Read as it is asked for."""
        ...


class Member(NamedTuple):
    """Someone who is in a segment, and since when."""

    profile_id: str
    since: Instant


class Members(Protocol):
    """Who is in which segment, as lists; conditions look at the profile instead.

    A change is named by the ``version`` of the profile that was written with it: of a person's changes of a segment
    that of the highest version stands, in whatever order, and however often, they are carried out.
    """

    def enter(self, segment: str, profile_id: str, at: Instant, *, version: int) -> None: ...

    def leave(self, segment: str, profile_id: str, at: Instant, *, version: int) -> None: ...

    def people(self, segment: str) -> Iterator[Member]:
        """Everybody in the segment, in no order that means anything. Read as they are asked for."""
        ...

    def count(self, segment: str) -> int: ...
