"""One person's story: what came of it all, then every step of judgement, then what they wait for."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from infra.replay.explanation import DROPPED, SKIPPED, event_words, told
from infra.replay.outlook import outlook
from infra.replay.person_clock import PersonClock
from shared.domain.decide import Occurrence
from shared.domain.locales.local_time import zone_of
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import Instant

UTC: Final = "Etc/UTC"

HAPPENED: Final = "happened"
JUDGED: Final = "judged"

MAX_LISTED: Final = 12
"""Lines of one kind in the summary: of more, the latest."""


@dataclass(slots=True)
class Story:
    """Collects what happened to one person, or to a visitor and who they became."""

    playbook: Playbook
    trace: list[tuple[str, Occurrence]] = field(default_factory=list)

    def add(self, person: str, occurrence: Occurrence) -> None:
        self.trace.append((person, occurrence))

    def lines(self, people: Iterable[Profile], ended_at: Instant) -> Iterator[str]:
        """The whole story, not yet wrapped; ``people`` are as they are at its end."""
        profiles = {person.id: person for person in people}
        for number, (id_, person) in enumerate(sorted(profiles.items())):
            yield from [""] * min(number, 1)
            clock = PersonClock(zone_of(person.traits, self.playbook.timezone))
            trace = [occurrence for whose, occurrence in self.trace if whose == id_]
            yield from _summary(id_, trace, clock, ended_at)
            yield from _now(self.playbook, person, clock, ended_at)
            yield ""
            yield from _steps(self.playbook, trace, clock)


def _summary(id_: str, trace: list[Occurrence], clock: PersonClock, ended_at: Instant) -> Iterator[str]:
    events = sum(one.kind == HAPPENED for one in trace)
    begun = sum(one.kind == "journey_entered" for one in trace)
    sent = [one for one in trace if one.kind == "send"]
    dropped = [one for one in trace if one.kind == "dropped"]
    first = trace[0].at if trace else ended_at
    yield f"{id_}, from {clock.day_and_time(first)} to {clock.day_and_time(ended_at)}"
    if clock.zone.key != UTC:
        yield f"Local times are those of {clock.zone.key}."
    unsent = f", {len(dropped)} did not" if dropped else ""
    went_out = f"{_count(len(sent), 'message')} went out{unsent}"
    yield f"{_count(events, 'event')} happened, {_count(begun, 'journey')} began; {went_out}."

    def when(one: Occurrence) -> str:
        return f"on {clock.brief(one.at, first)} ({one.details['journey'] or 'to confirm a yes'})"

    yield from _listed(
        "Sent:",
        (f"{one.details['message']} by {one.details['channel']} {when(one)}" for one in sent),
    )
    yield from _listed(
        "Not sent:",
        (f"{one.details['message']} {when(one)}: {_why(DROPPED, one)}" for one in dropped),
    )
    skipped = Counter((one.details["journey"], _why(SKIPPED, one)) for one in trace if one.kind == "entry_skipped")
    yield from _listed(
        "Not begun:",
        (f"{journey}{f', {count} times' if count > 1 else ''}: {why}" for (journey, why), count in skipped.items()),
    )


def _now(playbook: Playbook, person: Profile, clock: PersonClock, ended_at: Instant) -> Iterator[str]:
    if person.merged_into is not None:
        yield f"Now: joined with {person.merged_into}, where the story goes on."
        return
    waiting = [*outlook(playbook, person, clock, ended_at)]
    if waiting:
        yield from _listed("Now:", waiting)
    else:
        yield "Now: nothing is on its way."


def _steps(playbook: Playbook, trace: list[Occurrence], clock: PersonClock) -> Iterator[str]:
    """By instant, then by event, then by journey: each is named once, and what belongs to it stands below."""
    at: Instant | None = None
    journey = None
    known: list[Occurrence] = []
    for occurrence in _worth_telling(trace):
        if occurrence.at != at:
            yield from ([] if at is None else [""])
            yield clock.day_and_time(occurrence.at)
            if "event" not in occurrence.details:
                yield "  it is time"
            at, journey = occurrence.at, None
            known.clear()
        if "event" in occurrence.details:
            words = event_words(occurrence.details["event"], clock)
            yield f"  {words}" if occurrence.kind == HAPPENED else f"  {words}: a duplicate, which changes nothing"
            journey = None
            known.clear()
            continue
        if occurrence.kind == JUDGED and occurrence in known:
            continue  # asked again, with the same answer
        known.append(occurrence)
        lines = [*told(occurrence, clock, playbook)]
        if lines and occurrence.details.get("journey") != journey:
            journey = occurrence.details.get("journey")
            yield from ([] if journey is None else [f"    {journey}"])
        indent = "    " if journey is None else "      "
        for line in lines:
            yield f"{indent}{'    ' * line.depth}{line.text}"


def _worth_telling(trace: list[Occurrence]) -> Iterator[Occurrence]:
    """Without what the next one says again: that policy stops a channel, where the message is held for it."""
    for occurrence, following in zip(trace, [*trace[1:], None], strict=True):
        is_said_again = following is not None and following.kind == "held" and occurrence.kind == "stopped"
        if not is_said_again:
            yield occurrence


def _why(words: Mapping[str, str], occurrence: Occurrence) -> str:
    reason = occurrence.details["reason"]
    return words.get(reason, reason)


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    every = [*lines]
    if not every:
        return
    yield title
    if len(every) > MAX_LISTED:
        yield f"  … and {len(every) - MAX_LISTED} before"
    yield from (f"  {line}" for line in every[-MAX_LISTED:])


def _count(number: int, of: str) -> str:
    return f"{number or 'no'} {of}{'' if number == 1 else 's'}"


def wrapped(line: str, width: int | None) -> str:
    """The line as it fits; what is carried over stands a little deeper. Without a width it stays whole."""
    if width is None or len(line) <= width:
        return line
    indent = line[: len(line) - len(line.lstrip())]
    return textwrap.fill(
        line.strip(), width, initial_indent=indent, subsequent_indent=indent + "    ", break_on_hyphens=False
    )
