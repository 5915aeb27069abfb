"""The checked playbook as lines of JSON, so that a function reads of it only what its events touch.

The first line says where everything is; each of the others holds one thing: a journey, or what one name leads to.
Records are written as their class and their fields, whatever they are made of; none but the domain's own is read.
The same playbook gives the same lines.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import time
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib import import_module
from typing import Any, Final, TypeVar

from shared.domain.journeys.program import Journey
from shared.domain.playbook import Playbook
from shared.domain.segments import Segments

K = TypeVar("K")
V = TypeVar("V")

_DOMAIN: Final = "shared.domain."
_SPREAD: Final = (Playbook, Segments)
"""What is read whole at once, but for its mappings."""


class Deferred(Mapping[K, V]):
    """A mapping whose values are read when they are first asked for."""

    __slots__ = ("_lines", "_numbers", "_read")

    def __init__(self, numbers: Mapping[K, int], lines: "_Lines") -> None:
        self._numbers = numbers
        self._lines = lines
        self._read: dict[K, V] = {}

    def __getitem__(self, key: K) -> V:
        if key not in self._read:
            self._read[key] = self._lines.read(self._numbers[key])
        return self._read[key]

    def get(self, key: K, default: Any = None) -> Any:
        value = self._read.get(key)
        if value is not None:
            return value
        return self[key] if key in self._numbers else default

    def __contains__(self, key: object) -> bool:
        return key in self._numbers

    def __iter__(self) -> Iterator[K]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)


def to_lines(playbook: Playbook) -> list[str]:
    """The playbook, which was checked.

    Raises:
        TypeError: it holds something that is neither plain nor one of the domain's records.
    """
    lines = ["{}"]

    def defer(mapping: Mapping[Any, Any], *, whole: bool) -> dict[str, Any]:
        rows = []
        for key in sorted(mapping, key=lambda key: _as_json(_encode(key))):
            value = mapping[key]
            rows.append([_encode(key), len(lines)])
            lines.append(_as_json(_record(value) if whole else _encode(value)))
        return {"deferred": rows}

    def spread(record: Playbook | Segments) -> dict[str, Any]:
        head: dict[str, Any] = {}
        for field in fields(record):
            value = getattr(record, field.name)
            if field.init and isinstance(value, Mapping):
                head[field.name] = defer(value, whole=field.name == "journeys")
            elif field.init:
                head[field.name] = spread(value) if isinstance(value, _SPREAD) else _encode(value)
        return {"spread": _name_of(type(record)), "of": head}

    lines[0] = _as_json(spread(playbook))
    return lines


def from_lines(lines: Sequence[bytes]) -> Playbook:
    """What ``to_lines`` wrote; each line but the first is read when it is first needed."""
    read = _Lines(lines)
    playbook = read.spread(json.loads(lines[0]))
    if not isinstance(playbook, Playbook):
        raise TypeError(f"the first line is of {type(playbook).__name__}, not of a playbook")
    return playbook


class _Lines:
    """The lines of one playbook; its journeys are each one object, wherever they are named."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines
        self._journeys: Mapping[str, Journey] = {}

    def read(self, number: int) -> Any:
        return self._decode(json.loads(self._lines[number]))

    def spread(self, plain: dict[str, Any]) -> Any:
        found: dict[str, Any] = {}
        for name, value in plain["of"].items():
            if isinstance(value, dict) and "deferred" in value:
                found[name] = Deferred({self._decode(key): number for key, number in value["deferred"]}, self)
            elif isinstance(value, dict) and "spread" in value:
                found[name] = self.spread(value)
            else:
                found[name] = self._decode(value)
        self._journeys = found.get("journeys", self._journeys)
        return _class(plain["spread"])[0](**found)

    def _decode(self, plain: Any) -> Any:
        if isinstance(plain, list):
            return tuple(map(self._decode, plain))
        if not isinstance(plain, dict):
            return plain
        kind, value = next(iter(plain.items()))
        match kind:
            case "journey":
                return self._journeys[value]
            case "set":
                return frozenset(map(self._decode, value))
            case "map":
                return {self._decode(key): self._decode(below) for key, below in value}
            case "list":
                return list(map(self._decode, value))
            case "time":
                return time.fromisoformat(value)
            case "decimal":
                return Decimal(value)
        cls, names = _class(kind)
        if issubclass(cls, Enum):
            return cls(value)
        return cls(**dict(zip(names, map(self._decode, value), strict=True)))


def _encode(value: Any) -> Any:
    if value is None or type(value) in {str, bool, int, float}:
        return value
    if type(value) is tuple:
        return list(map(_encode, value))
    if isinstance(value, Journey):
        return {"journey": value.name}
    if isinstance(value, frozenset):
        return {"set": sorted(map(_encode, value), key=_as_json)}
    if isinstance(value, Mapping):
        return {"map": [[_encode(key), _encode(below)] for key, below in value.items()]}
    if type(value) is list:
        return {"list": list(map(_encode, value))}
    if type(value) is time:
        return {"time": value.isoformat()}
    if type(value) is Decimal:
        return {"decimal": str(value)}
    if isinstance(value, Enum):
        return {_name_of(type(value)): value.value}
    return _record(value)


def _record(value: Any) -> Any:
    return {_name_of(type(value)): [_encode(getattr(value, name)) for name in _names_of(type(value))]}


def _as_json(plain: Any) -> str:
    return json.dumps(plain, separators=(",", ":"))


def _names_of(kind: type) -> tuple[str, ...]:
    """The fields of a record, in order."""
    if is_dataclass(kind):
        return tuple(field.name for field in fields(kind) if field.init)
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        return tuple(kind._fields)
    raise TypeError(f"{kind.__name__} is no record")


def _name_of(kind: type) -> str:
    if not kind.__module__.startswith(_DOMAIN) or kind.__qualname__ != kind.__name__:
        raise TypeError(f"{kind.__module__}.{kind.__qualname__} is none of the domain's records")
    return f"{kind.__module__.removeprefix(_DOMAIN)}.{kind.__name__}"


@cache
def _class(name: str) -> tuple[Any, tuple[str, ...]]:
    """A class of the domain, and the fields of its records."""
    module, _, kind = name.rpartition(".")
    found = getattr(import_module(_DOMAIN + module), kind)
    if not isinstance(found, type) or _name_of(found) != name:
        raise TypeError(f"{name} is no class of the domain")
    return found, () if issubclass(found, Enum) else _names_of(found)
