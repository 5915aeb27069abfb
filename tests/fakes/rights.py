"""What people's rights need, in memory. What removes looks into the fakes that it is given: adapters share a table."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from shared.domain.rights.erasure import Belongings, Erasure, ErasureStatus, RightsOrder
from shared.domain.timing import Duration, Instant
from tests.fakes.people import FakeAliases, FakeConsentHistory, FakeMembers, FakeProfiles, FakeTimeline
from tests.fakes.queues import FakeSchedules
from tests.fakes.sending import FakeLedger, FakeMessageIndex
from tests.fakes.shop import FakeCoupons


@dataclass
class FakeExports:
    kept: dict[str, bytes] = field(default_factory=dict)

    def keep(self, name: str, content: Iterator[bytes]) -> None:
        self.kept[name] = b"".join(content)

    def link(self, name: str) -> str:
        return f"https://exports.example/{name}"


class FakeErasedPeople:
    def __init__(self) -> None:
        self.marks: dict[str, Instant] = {}

    def mark(self, profile_id: str, at: Instant) -> None:
        self.marks[profile_id] = max(at, self.marks.get(profile_id, at))

    def erased_at(self, profile_id: str) -> Instant | None:
        return self.marks.get(profile_id)


class FakeErasures:
    def __init__(self) -> None:
        self.receipts: dict[str, Erasure] = {}
        self.remembered: dict[str, Belongings] = {}

    def open(self, receipt: str, at: Instant) -> None:
        self.receipts.setdefault(
            receipt, Erasure(receipt=receipt, status=ErasureStatus.ACCEPTED, requested_at=at, counts={})
        )

    def find(self, receipt: str) -> Erasure | None:
        return self.receipts.get(receipt)

    def add(self, receipt: str, counts: Mapping[str, int]) -> None:
        known = self.receipts[receipt]
        sums = {name: known.counts.get(name, 0) + counts.get(name, 0) for name in {*known.counts, *counts}}
        self.receipts[receipt] = replace(known, counts={name: count for name, count in sums.items() if count})

    def close(self, receipt: str, at: Instant) -> None:
        self.remembered.pop(receipt, None)
        known = self.receipts[receipt]
        if known.done_at is None:
            self.receipts[receipt] = replace(known, status=ErasureStatus.DONE, done_at=at)

    def remember(self, receipt: str, belongings: Belongings) -> None:
        self.remembered[receipt] = belongings

    def recall(self, receipt: str) -> Belongings | None:
        return self.remembered.get(receipt)


@dataclass
class FakeRightsQueue:
    """``delays``: of each order, how long it waits."""

    orders: list[RightsOrder] = field(default_factory=list)
    delays: list[Duration] = field(default_factory=list)

    def put(self, order: RightsOrder, *, delay: Duration = 0) -> None:
        self.orders.append(order)
        self.delays.append(delay)


@dataclass
class FakePersonItems:
    profiles: FakeProfiles = field(default_factory=FakeProfiles)
    timeline: FakeTimeline = field(default_factory=FakeTimeline)
    history: FakeConsentHistory = field(default_factory=FakeConsentHistory)
    index: FakeMessageIndex = field(default_factory=FakeMessageIndex)
    aliases: FakeAliases = field(default_factory=FakeAliases)
    ledger: FakeLedger = field(default_factory=FakeLedger)
    members: FakeMembers = field(default_factory=FakeMembers)
    coupons: FakeCoupons = field(default_factory=FakeCoupons)

    def remove_profile(self, profile_id: str) -> int:
        return _remove(self.profiles.stored, [profile_id])

    def remove_records(self, profile_id: str, *, until: Instant | None = None) -> int:
        pages, said, ordered = self.timeline.kept[profile_id], self.history.kept.get(profile_id, {}), self.index.ordered
        dated = _remove(pages, [key for key in pages if until is None or key[0] <= until])
        dated += _remove(said, [key for key in said if until is None or key[0] <= until])
        theirs = [key for key in ordered if key[0] == profile_id and (until is None or key[1] <= until)]
        dated += _remove(ordered, theirs)
        return dated + (len(self.aliases.notes.pop(profile_id, ())) if until is None else 0)

    def remove_coupons(self, profile_id: str, *, until: Instant | None = None) -> int:
        stored = self.coupons.stored
        theirs = {key for key, one in stored.items() if one.profile_id == profile_id}
        gone = {key for key in theirs if until is None or stored[key].reserved_at <= until}
        self.coupons.nobodys |= {key for key in gone if stored[key].offer in self.coupons.pools}
        self.coupons.given = {place: key for place, key in self.coupons.given.items() if key not in gone}
        return _remove(stored, gone)

    def release(self, kind: str, value: str, profile_ids: Collection[str]) -> int:
        if self.aliases.owner(kind, value) not in profile_ids:
            return 0
        self.aliases.vouched.discard((kind, value))
        return _remove(self.aliases.owners, [(kind, value)])

    def forget_messages(self, message_ids: Collection[str]) -> int:
        for id_ in message_ids:
            self.ledger.leases.pop(id_, None)
        return _remove(self.ledger.entries, message_ids)

    def unlist(self, segments: Collection[str], profile_id: str) -> int:
        return _remove(self.members.changes, [(segment, profile_id) for segment in segments])


def _remove(kept: dict[Any, Any], keys: Collection[Any]) -> int:
    return len([kept.pop(key) for key in keys if key in kept])


@dataclass
class FakePersonSchedules:
    schedules: FakeSchedules = field(default_factory=FakeSchedules)

    def clear(self, profile_id: str) -> int:
        return _remove(self.schedules.wakes, [key for key in self.schedules.wakes if key[0] == profile_id])


@dataclass
class FakeDeadLetters:
    """``queues``: the letters of each."""

    queues: list[list[str]] = field(default_factory=list)

    def remove(self, is_theirs: Callable[[str], bool]) -> int:
        before = sum(map(len, self.queues))
        self.queues[:] = [[text for text in queue if not is_theirs(text)] for queue in self.queues]
        return before - sum(map(len, self.queues))


@dataclass
class FakeKeptFiles:
    objects: dict[str, str] = field(default_factory=dict)

    def rewrite(
        self, prefix: str, change: Callable[[str, str], str | None], *, after: str, may_go_on: Callable[[], bool]
    ) -> tuple[int, str]:
        changed, last = 0, after
        for name in sorted(name for name in self.objects if name.startswith(prefix) and name > after):
            if not may_go_on():
                return changed, last
            left, last = change(name, self.objects[name]), name
            changed += left != self.objects[name]
            if left is None:
                del self.objects[name]
            else:
                self.objects[name] = left
        return changed, ""

    def remove(self, prefix: str) -> int:
        return _remove(self.objects, [name for name in self.objects if name.startswith(prefix)])
