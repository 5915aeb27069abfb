"""What is kept of people, in memory."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.domain.events import Event
from shared.domain.identity.claims import awarded
from shared.domain.identity.identifiers import Held
from shared.domain.identity.merges import Merge, Undoing
from shared.domain.messages import ConsentRecorded, Effect
from shared.domain.own_events import DECIDED
from shared.domain.profiles import Profile
from shared.domain.timing import Instant
from shared.errors import ConflictError
from shared.ports.people import Member, PersonRecord


class FakeProfiles:
    def __init__(self) -> None:
        self.stored: dict[str, Profile] = {}
        self.effects: list[tuple[str, Effect]] = []
        self.merges: list[Merge] = []

    def load(self, profile_id: str) -> Profile:
        return self.stored.get(profile_id, Profile(id=profile_id))

    def save(self, profile: Profile, effects: Sequence[Effect]) -> None:
        if self._version(profile.id) != profile.version:
            raise ConflictError("another writer was first", profile=profile.id)
        self.stored[profile.id] = replace(profile, version=profile.version + 1)
        self.effects.extend((profile.id, effect) for effect in effects)

    def save_all(
        self,
        written: Sequence[tuple[Profile, Sequence[Effect]]],
        merges: Sequence[Merge] = (),
        *,
        undoing: Undoing | None = None,
    ) -> None:
        if any(self._version(profile.id) != profile.version for profile, _ in written):
            raise ConflictError("another writer of one of them was first")
        for profile, effects in written:
            self.save(profile, effects)
        self.merges.extend(merges)
        if undoing is not None:
            anew = {(one.survivor.id, one.at, one.absorbed.id): one for one in undoing.later}
            self.merges = [
                anew.get((one.survivor.id, one.at, one.absorbed.id), one) for one in self.merges if one != undoing.merge
            ]

    def of(self, survivor_id: str) -> Sequence[Merge]:
        return [merge for merge in self.merges[::-1] if merge.survivor.id == survivor_id]

    def _version(self, profile_id: str) -> int:
        return self.stored[profile_id].version if profile_id in self.stored else 0


class FakeTimeline:
    """``kept``: the pages by profile id, each under its latest arrival and the ids of its events."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[tuple[Instant, tuple[str, ...]], Sequence[Event]]] = defaultdict(dict)

    @property
    def events(self) -> Mapping[str, Mapping[str, Event]]:
        """By profile id and event id."""
        return {
            person: {event.id: event for page in pages.values() for event in page}
            for person, pages in self.kept.items()
        }

    def append(self, profile_id: str, events: Sequence[Event]) -> None:
        if events:
            latest = max(event.received_at for event in events)
            named = [event.id for event in events if event.source != DECIDED] or [event.id for event in events]
            self.kept[profile_id][latest, tuple(named)] = list(events)

    def pages(self, profile_id: str, *, until: Instant | None = None) -> Iterator[tuple[Instant, Sequence[Event]]]:
        for (latest, _), events in sorted(self.kept[profile_id].items(), reverse=True):
            if until is None or latest <= until:
                yield latest, events

    def rewrite(self, profile_id: str, change: Callable[[Event], Event | None], *, since: Instant) -> None:
        for key, page in list(self.kept[profile_id].items()):
            if key[0] >= since:
                self.kept[profile_id][key] = [made for event in page if (made := change(event)) is not None]
        self.kept[profile_id] = {key: page for key, page in self.kept[profile_id].items() if page}


class FakeConsentHistory:
    def __init__(self) -> None:
        self.kept: dict[str, dict[tuple[Instant, str], ConsentRecorded]] = {}

    def keep(self, profile_id: str, statements: Sequence[ConsentRecorded]) -> None:
        self.kept.setdefault(profile_id, {}).update({(one.at, one.id): one for one in statements})

    def of(self, profile_id: str) -> Iterator[ConsentRecorded]:
        kept = self.kept.get(profile_id, {})
        yield from (kept[key] for key in sorted(kept))

    def remove(self, profile_id: str, statements: Sequence[ConsentRecorded]) -> None:
        for one in statements:
            self.kept.get(profile_id, {}).pop((one.at, one.id), None)


class FakeAliases:
    """``owners``: whose each identifier is; ``vouched``: those for which a secret key vouches; ``notes``: by person."""

    def __init__(self) -> None:
        self.owners: dict[tuple[str, str], str] = {}
        self.vouched: set[tuple[str, str]] = set()
        self.notes: dict[str, set[tuple[str, str]]] = defaultdict(set)

    def resolve(self, identifiers: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], Held]:
        return {one: Held(self.owners[one], one in self.vouched) for one in identifiers if one in self.owners}

    def owner(self, kind: str, value: str) -> str | None:
        return self.owners.get((kind, value))

    def claim(
        self, kind: str, value: str, profile_id: str, *, vouched: bool = False, over: tuple[str, ...] = ()
    ) -> str:
        one = (kind, value)
        held = Held(self.owners[one], one in self.vouched) if one in self.owners else None
        award = awarded(held, Held(profile_id, vouched), over)
        self.owners[one] = award.profile_id
        if award.is_vouched:
            self.vouched.add(one)
        if held is not None and held.profile_id != award.profile_id:
            self.notes[held.profile_id].discard(one)
        if award.profile_id == profile_id:
            self.notes[profile_id].add(one)
        return award.profile_id

    def of(self, profile_id: str) -> Iterator[tuple[str, str]]:
        yield from sorted(self.notes[profile_id])


@dataclass
class FakePersonRecords:
    """``records`` that are there beside the identifiers of ``aliases``, by profile id."""

    records: dict[str, list[PersonRecord]] = field(default_factory=dict)
    aliases: FakeAliases = field(default_factory=FakeAliases)

    def of(self, profile_id: str) -> Iterator[PersonRecord]:
        identifiers = (
            PersonRecord("IDENTIFIER", f"{kind}#{value}", {"kind": kind, "value": value})
            for kind, value in self.aliases.of(profile_id)
        )
        yield from sorted([*self.records.get(profile_id, ()), *identifiers], key=lambda one: (one.kind, one.key))


class FakeMembers:
    """``changes``: the latest of each (segment, profile id): its version, its instant, whether they are in."""

    def __init__(self) -> None:
        self.changes: dict[tuple[str, str], tuple[int, Instant, bool]] = {}

    def enter(self, segment: str, profile_id: str, at: Instant, *, version: int) -> None:
        self._note((segment, profile_id), version, at, is_in=True)

    def leave(self, segment: str, profile_id: str, at: Instant, *, version: int) -> None:
        self._note((segment, profile_id), version, at, is_in=False)

    def people(self, segment: str) -> Iterator[Member]:
        for (name, profile_id), (_, at, is_in) in self.changes.items():
            if name == segment and is_in:
                yield Member(profile_id, at)

    def count(self, segment: str) -> int:
        return len([*self.people(segment)])

    def _note(self, who: tuple[str, str], version: int, at: Instant, *, is_in: bool) -> None:
        known = self.changes.get(who)
        if known is None or known[0] < version:
            self.changes[who] = version, at, is_in
