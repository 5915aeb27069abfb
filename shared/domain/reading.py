"""Reading plain values (of a playbook's files) into typed ones: every fault is collected, none raised.

A fault names the path at which it stands; the reader of the file knows the line.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeAlias, TypeVar

from shared.domain.timing import Duration, parse_duration
from shared.errors import Fault

PathTo: TypeAlias = tuple[str, ...]
T = TypeVar("T")


@dataclass(slots=True)
class Faults:
    """What was wrong, in the order it was found."""

    found: list[tuple[PathTo, str]] = field(default_factory=list)

    def add(self, path: PathTo, message: str) -> None:
        self.found.append((path, message))

    def __iter__(self) -> Iterator[tuple[PathTo, str]]:
        return iter(self.found)

    def __bool__(self) -> bool:
        return bool(self.found)

    def as_faults(self) -> list[Fault]:
        return [Fault(".".join(path), message) for path, message in self.found]


def suggestion(word: str, known: Iterable[str]) -> str:
    """``, did you mean "wait"?`` where a known word is close, else nothing."""
    close = get_close_matches(word, sorted(known), n=1)
    return f', did you mean "{close[0]}"?' if close else ""


def quoted(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def mapping(value: Any, path: PathTo, faults: Faults, *, known: Iterable[str] | None = None) -> Mapping[str, Any]:
    """The value as a mapping whose keys are all known; an empty one where it is none."""
    if not isinstance(value, Mapping):
        faults.add(path, f"expected a mapping, found {kind_of(value)}")
        return {}
    if known is not None:
        names = list(known)
        for key in value:
            if key not in names:
                faults.add((*path, key), f'unknown key "{key}"{suggestion(key, names)}')
    return value


def text(value: Any, path: PathTo, faults: Faults) -> str:
    if isinstance(value, str) and value.strip():
        return value
    faults.add(path, f"expected text, found {kind_of(value)}")
    return ""


def texts(value: Any, path: PathTo, faults: Faults) -> tuple[str, ...]:
    """One text, or a list of at least one."""
    if isinstance(value, list):
        if not value:
            faults.add(path, "the list is empty")
        return tuple(text(item, (*path, str(index)), faults) for index, item in enumerate(value))
    return (text(value, path, faults),)


def integer(value: Any, path: PathTo, faults: Faults, *, low: int, high: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
        return value
    faults.add(path, f"expected a whole number from {low:,} to {high:,}, found {kind_of(value)}")
    return low


def choice(value: Any, path: PathTo, faults: Faults, *, known: Mapping[str, T]) -> T | None:
    """One of the known words, as what it stands for."""
    if isinstance(value, str) and value in known:
        return known[value]
    hint = suggestion(value, known) if isinstance(value, str) else ""
    faults.add(path, f"expected one of {quoted(known)}, found {kind_of(value)}{hint}")
    return None


def duration(value: Any, path: PathTo, faults: Faults, *, low: Duration = 1) -> Duration:
    if isinstance(value, str):
        try:
            read = parse_duration(value)
        except ValueError as error:
            faults.add(path, str(error))
            return low
        if read >= low:
            return read
    faults.add(path, f'expected a duration like "90 minutes" or "7 days", found {kind_of(value)}')
    return low


def kind_of(value: Any) -> str:
    """How a person would call what stands there."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{value[:60]}"' if value.strip() else "empty text"
        case Mapping():
            return "a mapping"
        case list():
            return "a list"
        case _:
            return str(value)[:60]
