"""What comes of every example is what the page of examples says, row by row."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from ruamel.yaml import YAML

from infra.playbook.source import check_playbook
from shared.domain.decide import Occurrence
from shared.domain.events import Event, EventType
from shared.domain.playbook import read_playbook
from shared.domain.timing import DAY, HOUR, Instant, from_datetime
from shared.services.simulate import ROWS, Simulation, assuming_consent
from tests.builders import an_event
from tests.docs.examples import ROOT, Block, blocks

PAGE: Final = ROOT / "docs/playbook-examples.md"
FRAME: Final = YAML(typ="safe").load(blocks("yaml", PAGE)[0].text)
TRAITS: Final = json.loads(blocks("json", PAGE)[0].text)
TOPICS: Final = {"topics": {"news": {"title": "News", "default": False}}}
KNOWN_FROM: Final[Instant] = from_datetime(datetime(2026, 11, 2, 8, tzinfo=UTC))

MOMENT: Final = r"[A-Z][a-z]{2} \d{1,2} [A-Z][a-z]{2}(?: \d{4})? \d{2}:\d{2}"
LINE: Final = re.compile(rf"({MOMENT})  (→ )?(.+?)(?: (\{{.*\}}))?(?:, arrives ({MOMENT}))?")
GOES_WITHOUT_SAYING: Final = ("journey_entered", "journey_exited")


def instant_of(moment: str) -> Instant:
    """``Mon 2 Nov 12:00``, of 2026 where no year is given; the weekday must be right."""
    parts = moment.split()
    year = parts[3] if len(parts) > 4 else "2026"
    read = datetime.strptime(f"{parts[1]} {parts[2]} {year} {parts[-1]} +0000", "%d %b %Y %H:%M %z")
    assert f"{read:%a}" == parts[0], moment
    return from_datetime(read)


def moment_of(at: Instant) -> str:
    read = datetime.fromtimestamp(at / 1_000, UTC)
    assert at % 60_000 == 0
    year = "" if read.year == 2026 else f" {read.year}"
    return f"{read:%a} {read.day} {read:%b}{year} {read:%H:%M}"


@dataclass(slots=True)
class Example:
    """A playbook in parts, and what the page says of one course of events."""

    line: int
    told: str
    journeys: dict[str, Any] = field(default_factory=dict)
    segments: dict[str, Any] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"line {self.line}"

    @property
    def events(self) -> list[Event]:
        found = [an_event("", id="known", type=EventType.IDENTIFY, at=KNOWN_FROM, traits=TRAITS)]
        for number, (moment, arrow, name, given, arrives) in enumerate(self.lines()):
            at, plain = instant_of(moment), json.loads(given or "{}")
            if arrow:
                continue
            kind = {"type": EventType.IDENTIFY, "traits": plain} if name == "identify" else {"properties": plain}
            received_at = instant_of(arrives) if arrives else at
            found.append(an_event(name, id=f"e{number}", at=at, received_at=received_at, **kind))
        return sorted(found, key=lambda event: event.received_at)

    @property
    def rows(self) -> list[str]:
        return [f"{moment} {name}" for moment, arrow, name, _, _ in self.lines() if arrow]

    def lines(self) -> Iterator[tuple[Any, ...]]:
        for text in self.told.splitlines():
            match = LINE.fullmatch(text)
            assert match, text
            yield match.groups()


def read_examples() -> Iterator[Example]:
    """Files stand before what comes of them; further courses of events may follow."""
    parts: dict[str, dict[str, Any]] = {"journeys": {}, "segments": {}, "policy": {}}
    found: list[Block] = sorted([*blocks("yaml", PAGE)[1:], *blocks("text", PAGE)], key=lambda block: block.line)
    is_told = False
    for block in found:
        if block.language == "text":
            is_told = True
            yield Example(block.line, block.text, **parts)
            continue
        plain = YAML(typ="safe").load(block.text)
        if is_told:
            parts, is_told = {"journeys": {}, "segments": {}, "policy": {}}, False
        kind, _, name = (block.file or "").removesuffix(".yaml").partition("/")
        if "steps" in plain:
            whole = {**FRAME, **plain} if plain.keys() == {"steps"} else plain
            parts["journeys"] = {**parts["journeys"], name or "example": whole}
        elif kind == "segments":
            parts["segments"] = {**parts["segments"], name: plain}
        else:
            parts["policy"] = plain
    assert is_told


EXAMPLES: Final = list(read_examples())


@pytest.fixture(scope="module")
def messages() -> Any:
    plain, _ = check_playbook(ROOT / "templates")
    return plain["messages"]


def told_as(occurrence: Occurrence) -> str:
    """A row as the page writes it."""
    row = {"key": None, "variant": None, "channel": None, **occurrence.details}
    subject = row.get("message") or row.get("segment") or row["journey"]
    said = f"{moment_of(occurrence.at)} {occurrence.kind} {subject}"
    said += f" for {row['key']}" if row["key"] else ""
    said += f" by {row['channel']}" if row["channel"] else ""
    said += "".join(f", {row[name]}" for name in ("variant", "reason") if row.get(name))
    return said + (f", until {moment_of(row['until'])}" if row.get("until") else "")


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_what_comes_of_an_example_is_what_the_page_says(example: Example, messages: Mapping[str, Any]) -> None:
    plain = {"journeys": example.journeys, "segments": example.segments, "policy": {**TOPICS, **example.policy}}
    playbook, faults = read_playbook({**plain, "messages": messages})
    assert not faults
    last = max(instant_of(line[0]) for line in example.lines())
    happened = Simulation(assuming_consent(playbook)).run(example.events, last + 60 * DAY - HOUR)
    rows = [told_as(occurrence) for _, occurrence in happened if occurrence.kind in ROWS]
    left_out = [kind for kind in GOES_WITHOUT_SAYING if f" {kind} " not in " ".join(example.rows)]
    assert [row for row in rows if not any(f" {kind} " in row for kind in left_out)] == example.rows


def test_the_page_shows_every_step_every_row_and_every_part_of_a_journey() -> None:
    used = set(re.findall(r"(\w+):", " ".join(block.text for block in blocks("yaml", PAGE))))
    steps = "wait until date offset send via reroute if then else choose when otherwise split weight await timeout"
    journeys = "set emit start exit name key on where enter segment at yearly reenter after goal within holdout"
    policy = "priority purpose topic quiet_hours countries us_states frequency_caps per expire_after"
    assert set(f"{steps} {journeys} {policy}".split()) <= used
    kinds = {row.split("→ ")[1].split()[0] for example in EXAMPLES for row in example.told.splitlines() if "→" in row}
    assert kinds == set(ROWS)
