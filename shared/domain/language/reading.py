"""Reading plain values (of a playbook's files) into typed ones: every fault is collected, none raised.

A fault names the path at which it stands; the reader of the file knows the line.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time
from difflib import get_close_matches
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from shared.domain.language.meanings import meant_duration, meant_mapping, meant_time_of_day, meant_truth
from shared.domain.locales.local_time import parse_time_of_day
from shared.domain.timing import DAY, Duration, parse_duration

PathTo: TypeAlias = tuple[str, ...]
T = TypeVar("T")

_MOST_LISTED: Final = 8
"""So many known keys are listed where none is close to an unknown one."""

LONGEST: Final[Duration] = 36_525 * DAY
"""A century: whatever is reckoned with such durations stays within the calendar."""


class Finding(NamedTuple):
    """One thing wrong: ``path`` is where, for people; ``key``, where given, the key below it that is meant."""

    path: PathTo
    message: str
    key: str = ""


@dataclass(slots=True)
class Faults:
    """What was wrong, in the order it was found."""

    found: list[Finding] = field(default_factory=list)

    def add(self, path: PathTo, message: str, *, key: str = "") -> None:
        self.found.append(Finding(path, message, key))

    def add_unknown(self, path: PathTo, key: str, known: Iterable[str]) -> None:
        names = list(known)
        hint = suggestion(key, names) or (f"; known are {quoted(names)}" if len(names) <= _MOST_LISTED else "")
        self.add(path, f'unknown key "{key}"{hint}', key=key)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.found)

    def __bool__(self) -> bool:
        return bool(self.found)


def suggestion(word: str, known: Iterable[str]) -> str:
    """``, did you mean "wait"?`` where a known word is close, else nothing."""
    close = get_close_matches(word, sorted(known), n=1)
    return f', did you mean "{close[0]}"?' if close else ""


def quoted(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)


def mapping(
    value: Any, path: PathTo, faults: Faults, *, known: Iterable[str] | None = None, short_for: str = ""
) -> Mapping[str, Any]:
    """The value as a mapping whose keys are all known; an empty one where it is none.

    ``short_for``: the key that somebody who writes a bare value there probably means.
    """
    if not isinstance(value, Mapping):
        faults.add(path, f"expected a mapping, found {kind_of(value)}{meant_mapping(value, short_for)}")
        return {}
    if known is not None:
        names = list(known)
        for key in value:
            if key not in names:
                faults.add_unknown(path, key, names)
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


def offset(value: Any, path: PathTo, faults: Faults) -> Duration:
    """A duration of either direction, or none."""
    try:
        read = parse_duration(value) if isinstance(value, str) else None
    except ValueError:
        read = None
    if read is not None and -LONGEST <= read <= LONGEST:
        return read
    faults.add(path, f'expected a duration like "7 days" or "-7 days", found {kind_of(value)}')
    return 0


def duration(value: Any, path: PathTo, faults: Faults) -> Duration:
    """A duration above zero."""
    try:
        read = parse_duration(value) if isinstance(value, str) else 0
    except ValueError:
        read = 0
    if 0 < read <= LONGEST:
        return read
    if read > LONGEST:
        faults.add(path, f'expected at most a century, found "{value}"')
    else:
        example = '"90 minutes", "1 hour" or "7 days"'
        faults.add(path, f"expected a duration like {example}, found {kind_of(value)}{meant_duration(value)}")
    return 1


def time_of_day(value: Any, path: PathTo, faults: Faults) -> time:
    """A time by the clock on the wall."""
    try:
        return parse_time_of_day(value if isinstance(value, str) else "")
    except ValueError:
        hint = meant_time_of_day(value)
        faults.add(path, f'expected a time of day like "09:00", found {kind_of(value)}{hint}')
        return time()


def truth(value: Any, path: PathTo, faults: Faults) -> bool:
    if not isinstance(value, bool):
        faults.add(path, f"expected true or false, found {kind_of(value)}{meant_truth(value)}")
    return value is True


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
