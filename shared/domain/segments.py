"""Segments: groups of people of whom a condition holds, as their files say it (``membership``: who is in them).

Each segment knows what its condition looks at, so that an event asks only those again that it may turn.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from shared.domain.behaviour.aggregates import Aggregates
from shared.domain.conditions.needs import Kind, Need, needs_of
from shared.domain.conditions.trees import AnyOf, Condition
from shared.domain.language import reading
from shared.domain.language.condition_reader import ConditionReader, References
from shared.domain.language.reading import Faults, Finding

MAX_NAME: Final = 100
"""Characters of a segment's name, which everybody who is in it keeps."""

MAX_SEGMENTS: Final = 500
"""A person may enter all of them at once: what is then ordered in one write finds room in one item."""

_NEVER: Final[Condition] = AnyOf(())


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of the playbook."""

    name: str
    title: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class Segments:
    """All segments of a playbook.

    Attributes:
        version: changes with any of them: whoever was judged by others is judged anew.
        ranks: segment → its place in the order of judging: after all that it asks about.
        by_need: what of a person conditions look at → the segments whose conditions do.
    """

    version: str = ""
    by_name: Mapping[str, Segment] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    by_need: Mapping[Need, tuple[str, ...]] = field(default_factory=dict)


def read_segments(
    files: Mapping[str, Any], agreed: Any, references: References, aggregates: Aggregates
) -> tuple[Segments, list[tuple[str, Finding]]]:
    """The segments of the files (name → plain value; ``None`` could not be read), and the faults of each.

    ``agreed``: the plain topics of the policy and its rules of consent, by which people consent.
    """
    found: list[tuple[str, Finding]] = []
    by_name: dict[str, Segment] = {}
    for name in sorted(files):
        faults = Faults()
        if files[name] is not None:
            by_name[name] = _read_segment(name, files[name], references, aggregates, faults)
        found.extend((f"segments/{name}.yaml", finding) for finding in faults)
    if len(files) > MAX_SEGMENTS:
        message = f"{len(files):,} segments; a playbook may have {MAX_SEGMENTS}"
        found.append((f"segments/{sorted(files)[MAX_SEGMENTS]}.yaml", Finding((), message)))
    needs = {name: needs_of(segment.condition) for name, segment in by_name.items()}
    asked = {name: sorted(need.name for need in of if need.kind is Kind.SEGMENT) for name, of in needs.items()}
    ranks: dict[str, int] = {}
    for name in by_name:
        for cycle in _rank(name, asked, ranks, ()):
            message = f"segments form no cycle, and these do: {' → '.join(cycle)}"
            found.append((f"segments/{cycle[0]}.yaml", Finding(("if",), message)))
    by_need: dict[Need, list[str]] = {}
    for name, of in needs.items():
        for need in of:
            by_need.setdefault(need, []).append(name)
    segments = Segments(
        version=_digest([dict(files), agreed]) if files else "",
        by_name=by_name,
        ranks=ranks,
        by_need={need: tuple(names) for need, names in by_need.items()},
    )
    return segments, found


def _read_segment(name: str, value: Any, references: References, aggregates: Aggregates, faults: Faults) -> Segment:
    plain = reading.mapping(value, (), faults, known=("title", "if"))
    if len(name) > MAX_NAME:
        faults.add((), f"a segment's name has at most {MAX_NAME} characters")
    title = reading.text(plain.get("title", name), ("title",), faults)
    if "if" not in plain:
        if isinstance(value, Mapping):
            faults.add((), 'says not who is in it: give "if", a condition')
        return Segment(name, title, _NEVER)
    reader = ConditionReader(faults, aggregates, ("traits",), references)
    return Segment(name, title, reader.read(plain["if"], ("if",)))


def _rank(
    name: str, asked: Mapping[str, Sequence[str]], ranks: dict[str, int], above: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    """Rank the segment and all that it asks about; yields the cycles met on the way, each once."""
    if name in above:
        yield (*above[above.index(name) :], name)
    elif name not in ranks:
        for below in asked.get(name, ()):
            yield from _rank(below, asked, ranks, (*above, name))
        ranks.setdefault(name, len(ranks))


def _digest(plain: Any) -> str:
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.blake2b(text.encode(), digest_size=5).hexdigest()
