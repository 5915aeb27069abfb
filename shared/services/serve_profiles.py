"""What staff, and people themselves, may see of a person: profile, timeline, messages, and all of it at once."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from heapq import merge
from itertools import chain, groupby, islice
from typing import Any, Final, NamedTuple

from shared.domain.events import Event, event_to_dict
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.rights.person_view import message_view, person_view
from shared.domain.rights.what_to_know import what_to_know
from shared.domain.timing import Instant, format_instant
from shared.ports.clock import Clock
from shared.ports.people import PersonRecords, Timeline
from shared.ports.rights import Exports
from shared.ports.secrets import DigestKey
from shared.ports.sending import Ledger, MessageIndex, Ordered
from shared.services.cursors import Place
from shared.services.digests import keyed_digest
from shared.services.find_people import PeopleFinder

FORMAT: Final = "carillon-person-1"

LATEST_EVENTS: Final = 300
LATEST_PAGES: Final = 60
"""What of the timeline is read for what to know now: at most about a megabyte."""

INLINE: Final = 3_000_000
"""Bytes of an export that go into an answer: Lambda takes 6 MB, and quotes within it count twice."""

ALL: Final = 1_000
"""Messages that are listed at once for an export."""


class Exported(NamedTuple):
    """An export: the document itself, or where it can be fetched."""

    content: str | None
    link: str = ""


class ProfileDesk:
    """Answers about one person whom ``find`` found. ``playbook`` is read when it is first asked."""

    def __init__(
        self,
        *,
        finder: PeopleFinder,
        timeline: Timeline,
        records: PersonRecords,
        index: MessageIndex,
        ledger: Ledger,
        exports: Exports,
        digest_key: DigestKey,
        playbook: Callable[[], Playbook],
        clock: Clock,
    ) -> None:
        self._finder = finder
        self._timeline = timeline
        self._records = records
        self._index = index
        self._ledger = ledger
        self._exports = exports
        self._digest_key = digest_key
        self._playbook = playbook
        self._clock = clock

    def find(self, reference: str) -> Profile | None:
        return self._finder.find(reference)

    def describe(self, profile: Profile) -> dict[str, Any]:
        identifiers = self._finder.identifiers(profile)
        partitions = self._finder.partitions(profile, identifiers)
        pages = islice(self._pages(partitions, None), LATEST_PAGES)
        latest = list(islice((event for _, events in pages for event in reversed(events)), LATEST_EVENTS))
        now, playbook = self._clock.now(), self._playbook()
        notes = what_to_know(profile, _once(latest), playbook, now)
        joined = [id_ for id_ in partitions[1:] if self._is_kept(id_)]
        return person_view(profile, playbook, now, notes=notes, identifiers=identifiers, joined=joined)

    def timeline(
        self, profile: Profile, *, limit: int, place: Place | None
    ) -> tuple[list[dict[str, Any]], Place | None]:
        """Events, the latest page first, and where to go on; ``None``: that was all.

        Within an answer an event stands once; a later one may repeat it, and its ``messageId`` tells.
        """
        partitions = self._finder.partitions(profile)
        events: list[Event] = []
        passed = place.passed if place else 0
        for at, together in groupby(self._pages(partitions, place.at if place else None), key=lambda page: page[0]):
            of_instant = [event for _, page in together for event in reversed(page)]
            start = passed if place and at == place.at else 0
            wanted = of_instant[start : start + limit - len(events)]
            events += wanted
            if len(events) == limit:
                return _plain_events(events), Place(at, start + len(wanted))
        return _plain_events(events), None

    def messages(
        self, profile: Profile, *, limit: int, before: tuple[Instant, str] | None
    ) -> tuple[list[dict[str, Any]], tuple[Instant, str] | None]:
        """Messages with what became of them, the latest first, and where to go on."""
        partitions = self._finder.partitions(profile)
        listed = merge(
            *(self._index.of(id_, limit=limit, before=before) for id_ in partitions),
            key=lambda one: (one.decided_at, one.id),
            reverse=True,
        )
        ordered = list(islice(listed, limit))
        following = (ordered[-1].decided_at, ordered[-1].id) if len(ordered) == limit else None
        return [self._message(one) for one in ordered], following

    def export(self, profile: Profile) -> Exported:
        """All that is held of the person, as one document."""
        content = (piece.encode("utf-8", "replace") for piece in self.document(profile))
        pieces, size = list[bytes](), 0
        for piece in content:
            pieces.append(piece)
            size += len(piece)
            if size > INLINE:
                name = self.export_name(profile.id, f"{self._clock.now()}")
                self._exports.keep(name, chain(pieces, content))
                return Exported(None, self._exports.link(name))
        return Exported(b"".join(pieces).decode())

    def export_name(self, profile_id: str, name: str) -> str:
        """Under what a person's exports are kept: it tells nobody whose they are, but erasure finds them."""
        return f"{keyed_digest(self._digest_key.key(), 'exported person', profile_id)}/{name}.json"

    def document(self, profile: Profile) -> Iterator[str]:
        """The document's text, piece by piece as it is read."""
        identifiers = self._finder.identifiers(profile)
        partitions = self._finder.partitions(profile, identifiers)
        head = {
            "format": FORMAT,
            "exported_at": format_instant(self._clock.now()),
            "profile": self.describe(profile),
        }
        yield _json(head)[:-1]
        parts: Mapping[str, Iterable[Any]] = {
            "records": self._all_records(partitions),
            "messages": (self._message(one) for id_ in partitions for one in self._all_messages(id_)),
            "timeline": (event_to_dict(event) for _, events in self._pages(partitions, None) for event in events),
        }
        for name, items in parts.items():
            yield f",{_json(name)}:["
            for number, item in enumerate(items):
                yield ("," if number else "") + _json(item)
            yield "]"
        yield "}"

    def _all_records(self, partitions: Sequence[str]) -> Iterator[dict[str, Any]]:
        for id_ in partitions:
            for kind, key, facts in self._records.of(id_):
                if kind != "MESSAGE":
                    yield {"record": kind.lower(), "profile": id_, "key": key, **facts}

    def _all_messages(self, profile_id: str) -> Iterator[Ordered]:
        before = None
        while page := self._index.of(profile_id, limit=ALL, before=before):
            yield from page
            before = (page[-1].decided_at, page[-1].id)

    def _message(self, ordered: Ordered) -> dict[str, Any]:
        facts = {
            "id": ordered.id,
            "message": ordered.name,
            "journey": ordered.journey,
            "purpose": ordered.purpose.value,
            "decided_at": format_instant(ordered.decided_at),
        }
        return message_view(facts, self._ledger.find(ordered.id))

    def _pages(self, partitions: Sequence[str], until: Instant | None) -> Iterator[tuple[Instant, Sequence[Event]]]:
        pages = (self._timeline.pages(id_, until=until) for id_ in partitions)
        return merge(*pages, key=lambda page: page[0], reverse=True)

    def _is_kept(self, profile_id: str) -> bool:
        return next(self._timeline.pages(profile_id), None) is not None


def _once(events: Iterable[Event]) -> list[Event]:
    return list({event.id: event for event in events}.values())


def _plain_events(events: Iterable[Event]) -> list[dict[str, Any]]:
    return [event_to_dict(event) for event in _once(events)]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_mapping)


def _mapping(value: object) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")
