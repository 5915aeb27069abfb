"""Count what is wrong with what comes in, by sender and kind, without a write for each event.

Counts are summed up in the process and written together: the first fault at once, so that a lone one is not lost with
an idle process, later ones at most every ten seconds; how many events there were in all, with them or every few
minutes. What a process that dies had not written yet is lost: seconds of faults, minutes of good events. A write
that fails is tried again with the next one; one whose answer is lost may count twice.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from shared.domain.events import Event, Trust
from shared.domain.intake.fields import read_instant
from shared.domain.intake.flaws import Finding, Flaw, SeenIds, finding_told, findings_of, findings_of_faults, source_of
from shared.domain.intake.segment_batch import Batch
from shared.domain.intake.tallies import Tally
from shared.domain.timing import MINUTE, SECOND, Duration, Instant
from shared.errors import CarillonError, Fault
from shared.ports.clock import Clock
from shared.ports.intake import QualityCounts

if TYPE_CHECKING:  # the doors need not load what decides
    from shared.domain.draft import Occurrence

FAULTS_WAIT: Final[Duration] = 10 * SECOND
TOTALS_WAIT: Final[Duration] = 5 * MINUTE
MAX_TOTAL: Final = 1_000
"""Good events after which their number is written, however little time has passed."""
MAX_TALLIES: Final = 200
"""Pairs of sender and kind that one process keeps apart; of more senders, the rest are counted as one."""
MAX_WRITES: Final = 20
"""At once: the rest goes with the next."""
MAX_PLACES: Final = 3
OTHERS: Final = "others"
AHEAD: Final[Duration] = 5 * MINUTE
"""Clocks are off by minutes; one that is ahead by more is set to another time zone."""


class Folded(NamedTuple):
    """Events of one person that were folded together: which were new, and what was told of them."""

    events: Sequence[Event]
    fresh: Sequence[Event]
    trace: "Sequence[Occurrence]"


class Settled(NamedTuple):
    """How many faulty events were noticed since the last time, and why their number could not be written."""

    faulty: int
    error: CarillonError | None


@dataclass(slots=True)
class _Sum:
    events: int = 0
    first_at: Instant = 0
    last_at: Instant = 0
    places: dict[str, None] = field(default_factory=dict)


class QualityWatch:
    """One a process. ``settle`` is called once an invocation."""

    def __init__(self, *, counts: QualityCounts, clock: Clock, knows: Callable[[str], bool] = lambda _: False) -> None:
        """``knows`` tells whether the playbook means an event name just as it is: such a name is not misspelt."""
        self._knows = knows
        self._counts = counts
        self._clock = clock
        self._seen_ids = SeenIds()
        self._sums: dict[tuple[str, Flaw | None], _Sum] = {}
        self._faulty = 0
        self._since = clock.wall()
        self._is_first = True

    def refused(self, channel: str, context: object, faults: Iterable[Fault]) -> None:
        """One event that was refused, or something that is none."""
        source = source_of(channel, context)
        self._saw(source)
        self._note(source, findings_of_faults(faults))

    def refused_of(self, batch: Batch, channel: str, context: object) -> None:
        for rejection in batch.rejections:
            own = rejection.raw.get("context") if isinstance(rejection.raw, dict) else None
            self.refused(channel, own if isinstance(own, dict) and "library" in own else context, rejection.faults)

    def accepted(self, raw: object, event: Event, *, ahead: Duration = 0) -> None:
        """One event as it was sent and as it was understood: whether it claims to be of a time to come."""
        if event.at != event.received_at or not isinstance(raw, dict) or raw.get("sentAt") is not None:
            return
        stated = read_instant(raw, "timestamp", [])
        if stated is not None and stated + ahead > event.received_at + AHEAD:
            self._note(source_of(event.source, event.context), [Finding(Flaw.CLOCK_AHEAD, "timestamp")])

    def folded(self, folded: Folded, *, is_again: Callable[[Event], bool]) -> None:
        """What was folded into one person; ``is_again``: the queue's own repetition, which is nobody's fault."""
        fresh = set(map(id, folded.fresh))
        noticed: dict[int, dict[Finding, None]] = {}
        for event in folded.events:
            if event.trust is Trust.SYSTEM or is_again(event):
                continue
            is_new = id(event) in fresh
            found = findings_of(event, self._seen_ids) if is_new else [Finding(Flaw.DUPLICATE, "messageId")]
            noticed[id(event)] = {
                finding: None
                for finding in found
                if finding.flaw is not Flaw.MISSPELT_EVENT or not self._knows(event.name)
            }
        for occurrence in folded.trace:
            finding = finding_told(occurrence.kind, occurrence.details)
            if finding is not None and (teller := _teller(folded.fresh, occurrence.details)) in noticed:
                noticed[teller][finding] = None
        for event in folded.events:
            if id(event) in noticed:
                source = source_of(event.source, event.context)
                self._saw(source)
                self._note(source, list(noticed[id(event)]))

    def settle(self) -> Settled:
        """Write what is due."""
        faulty, self._faulty = self._faulty, 0
        now = self._clock.wall()
        if not self._is_due(now):
            return Settled(faulty, None)
        self._since, self._is_first = now, False
        due = sorted(self._sums, key=lambda key: (key[1] is None, key[1] or "", key[0]))[:MAX_WRITES]
        for key in due:
            source, flaw = key
            one = self._sums[key]
            try:
                self._counts.add(Tally(source, flaw, one.events, tuple(one.places), one.first_at, one.last_at))
            except CarillonError as error:
                return Settled(faulty, error)
            del self._sums[key]
        return Settled(faulty, None)

    def _is_due(self, now: Instant) -> bool:
        waited = now - self._since
        if any(flaw is not None for _, flaw in self._sums):
            return self._is_first or waited >= FAULTS_WAIT
        total = sum(one.events for one in self._sums.values())
        return total >= MAX_TOTAL or (total > 0 and waited >= TOTALS_WAIT)

    def _saw(self, source: str) -> None:
        self._add(source, None)

    def _note(self, source: str, findings: Sequence[Finding]) -> None:
        self._faulty += bool(findings)
        for flaw in dict.fromkeys(finding.flaw for finding in findings):
            one = self._add(source, flaw)
            for finding in findings:
                if finding.flaw is flaw and len(one.places) < MAX_PLACES:
                    one.places[finding.place] = None

    def _add(self, source: str, flaw: Flaw | None) -> _Sum:
        key = (source, flaw)
        if key not in self._sums and len(self._sums) >= MAX_TALLIES:
            key = (OTHERS, flaw)
        one = self._sums.setdefault(key, _Sum(first_at=self._clock.now()))
        one.events += 1
        one.last_at = self._clock.now()
        return one


def _teller(events: Sequence[Event], details: Mapping[str, Any]) -> int | None:
    """Which of the events said the trait, the latest of those that did; else the latest of all."""
    said = details.get("trait") or details.get("contact")
    tellers = [event for event in events if said is None or said in event.traits]
    return id(tellers[-1]) if tellers else None
