"""How large a playbook may be: far beyond what a shop needs, and within what checks, builds and functions can carry."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from infra.playbook.places import PathTo, mappings
from shared.adapters.playbook_files import MAX_BYTES

MAX_OF_A_KIND: Final = 20_000
"""Journeys, segments, messages."""

MAX_TESTS: Final = 1_000
"""What one condition may ask, however nested."""

MAX_COMPILED_BYTES: Final = 50_000_000
"""Of the artefact: Lambda takes 250 MB unpacked, the packages included."""

_CONDITIONS: Final = frozenset({"if", "where", "when"})


def overlong_files(playbook: Path) -> Iterator[tuple[str, str]]:
    """Files too large to be read, and what to say of each; of a YAML file its own reader says so."""
    for path in sorted(playbook.rglob("*")):
        if path.suffix not in {".yaml", ""} and path.is_file() and path.stat().st_size > MAX_BYTES:
            size = path.stat().st_size
            yield path.relative_to(playbook).as_posix(), f"{size:,} bytes; a file may have {MAX_BYTES:,}"


def overfull_folders(plain: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for kind in ("journeys", "segments", "messages"):
        if len(plain[kind]) > MAX_OF_A_KIND:
            yield kind, f"{len(plain[kind]):,} {kind}; a playbook may have {MAX_OF_A_KIND:,}"


def overlong_conditions(value: Any) -> Iterator[tuple[PathTo, str]]:
    """Conditions of a journey or segment that ask too much."""
    for path, plain in mappings(value):
        if not _CONDITIONS.isdisjoint(path):
            continue  # within another, which is counted whole
        for key in sorted(_CONDITIONS & plain.keys()):
            tests = sum(len(below) for _, below in mappings(plain[key]))
            if tests > MAX_TESTS:
                yield (*path, key), f"asks {tests:,} things; a condition may ask {MAX_TESTS:,}"
