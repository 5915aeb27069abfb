"""JSON read with care, and which of its values survive storage: bounded numbers, text that is text, bounded depth.

Values are checked in two passes: a quick verdict for the many that are sound, and a slow one that names each fault.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.errors import Fault, InvalidInputError

MAX_DEPTH: Final = 20
MAX_KEY_LENGTH: Final = 256
MAX_PATH_LENGTH: Final = 150
MAX_VALUES: Final = 100_000
"""About: what stands between values is counted before anything is read, in texts too. An honest batch has a quarter."""
MAX_FAULTS: Final = 20
"""More of one kind of trouble than this teaches nobody anything."""

MALFORMED: Final = "malformed-body"

MAX_DIGITS: Final = 38
LARGEST: Final = 1e125
SMALLEST: Final = 1e-130
"""What DynamoDB's numbers hold: 38 digits, magnitudes from 1E-130 to 9.99E+125."""

_INTEGERS_BELOW: Final = 10**MAX_DIGITS
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class OverlongNumber(str):
    """An integer of the input with more digits than Python reads: kept as text, and never sound."""

    __slots__ = ()


def parse_json(text: str) -> Any:
    """Read JSON text. Numbers that nothing can hold are let in, for ``value_faults`` to name.

    Raises:
        InvalidInputError: it is not JSON, or nested so deeply, or of so many values, that nobody meant it.
    """
    if text.count(",") + text.count("[") + text.count("{") > MAX_VALUES:
        raise InvalidInputError([Fault("", f"holds more than {MAX_VALUES} values")], code=MALFORMED)
    try:
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            raise
        except ValueError:  # an integer of thousands of digits: rare, so read again with care
            return json.loads(text, parse_int=_parse_integer)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidInputError([Fault("", f"is not JSON: {error.msg} at {where}")], code=MALFORMED) from None
    except RecursionError:
        raise InvalidInputError([Fault("", f"is nested deeper than {MAX_DEPTH} levels")], code=MALFORMED) from None


def is_sound(value: Any, levels: int = MAX_DEPTH) -> bool:
    """Whether everything in the value can be stored and read back as it is."""
    kind = type(value)
    if kind is str:
        return _is_text(value)
    if kind is bool or value is None:
        return True
    if kind is int:
        return bool(-_INTEGERS_BELOW < value < _INTEGERS_BELOW)
    if kind is float:
        return bool(SMALLEST <= abs(value) <= LARGEST or value == 0)
    if levels == 0:
        return False
    if kind is dict:
        return _is_sound_object(value, levels - 1)
    if kind is list:
        return all(is_sound(item, levels - 1) for item in value)
    return False


def _is_sound_object(value: dict[str, Any], levels: int) -> bool:
    """A plain loop, with ASCII text looked at on the spot: this sees every value of every event."""
    for key, item in value.items():
        if len(key) > MAX_KEY_LENGTH or not (key.isascii() or _is_text(key)):
            return False
        is_plain = type(item) is str and item.isascii()
        if not is_plain and not is_sound(item, levels):
            return False
    return True


def value_faults(value: Any, path: str = "", *, most: int = MAX_FAULTS) -> list[Fault]:
    """What is wrong in a value that is not sound, at most so many faults."""
    found: list[Fault] = []
    for fault in _walk(value, path, MAX_DEPTH):
        found.append(fault)
        if len(found) == most:
            break
    return found


def _parse_integer(text: str) -> int | OverlongNumber:
    return int(text) if len(text) <= 2 * MAX_DIGITS else OverlongNumber(text)


def printable(text: str) -> str:
    """The text as it may be quoted in an answer: short, without control characters and lone surrogates."""
    shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text[:64])
    return shown if len(text) <= 64 else shown + "…"


def _is_text(text: str) -> bool:
    return text.isascii() or _LONE_SURROGATE.search(text) is None


def _is_sound_key(key: str) -> bool:
    return len(key) <= MAX_KEY_LENGTH and _is_text(key)


def _walk(value: Any, path: str, levels: int) -> Iterator[Fault]:
    if isinstance(value, Mapping | list):
        if levels == 0:
            yield Fault(path, f"is nested deeper than {MAX_DEPTH} levels")
            return
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _walk(item, _below(path, str(index)), levels - 1)
            return
        for key, item in value.items():
            place = _below(path, printable(key))
            if not _is_sound_key(key):
                yield Fault(
                    place, f"has a name with more than {MAX_KEY_LENGTH} characters, or that is not valid Unicode"
                )
            yield from _walk(item, place, levels - 1)
        return
    if not is_sound(value):
        yield Fault(path, _trouble(value))


def _below(path: str, name: str) -> str:
    """The place, cut where it becomes longer than anybody reads: an answer may name it thousands of times."""
    if len(path) > MAX_PATH_LENGTH:
        return path if path.endswith("…") else f"{path}.…"
    return f"{path}.{name}" if path else name


def _trouble(value: Any) -> str:
    if isinstance(value, OverlongNumber | int):
        return f"must have at most {MAX_DIGITS} digits"
    if isinstance(value, float):
        if value != value:  # noqa: PLR0124
            return "must be a number, not NaN"
        return "must be 0, or between 1e-130 and 1e125 in magnitude"
    if isinstance(value, str):
        return "must be valid Unicode: it holds half of a surrogate pair"
    return "must be a JSON value"
