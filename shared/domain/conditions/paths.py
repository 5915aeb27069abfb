"""Paths: where a condition or a key looks: ``properties.price``, ``traits.city``, ``entry.properties.cart_id``.

List elements are named by index (``products.0.sku``) or, any of them, by ``*``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from shared.domain.language.reading import Faults, PathTo, suggestion

ROOTS: Final = ("event", "properties", "context", "traits", "entry")
EVENT_ROOTS: Final = ("event", "properties", "context")
ANY_ELEMENT: Final = "*"


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING: Final = _Missing()


class Readable(Protocol):
    """Whatever a path can be followed in."""

    def root(self, name: str) -> Any:
        """What a root name stands for at this moment; ``MISSING`` where there is nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Path:
    """A root and the steps below it."""

    root: str
    parts: tuple[str, ...]

    def __str__(self) -> str:
        return ".".join((self.root, *self.parts))

    def values(self, readable: Readable) -> list[Any]:
        """Everything the path leads to: one value, several through ``*``, or none."""
        if ANY_ELEMENT in self.parts:
            return list(_follow(readable.root(self.root), self.parts))
        value = _only(readable.root(self.root), self.parts)
        return [] if value is MISSING else [value]

    def first_below(self, value: Any) -> Any:
        """What the steps, none of them ``*``, lead to from that value, or ``MISSING``."""
        return _only(value, self.parts)

    def all_below(self, value: Any) -> Iterator[Any]:
        """Everything that the steps lead to from that value."""
        return _follow(value, self.parts)

    def value(self, readable: Readable) -> Any:
        """The first value that the path leads to, or ``MISSING``."""
        if ANY_ELEMENT in self.parts:
            return next(_follow(readable.root(self.root), self.parts), MISSING)
        return _only(readable.root(self.root), self.parts)


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of values, of which some are read where a path leads."""

    items: tuple[Any, ...]

    def __str__(self) -> str:
        shown = (str(item) if isinstance(item, Path) else json.dumps(item, ensure_ascii=False) for item in self.items)
        return f"[{', '.join(shown)}]"

    def value(self, readable: Readable) -> list[Any]:
        """The values at this moment; what is missing is in no list."""
        found = (item.value(readable) if isinstance(item, Path) else item for item in self.items)
        return [item for item in found if item is not MISSING]


def _only(value: Any, parts: tuple[str, ...]) -> Any:
    """What a path of names and indexes leads to, or ``MISSING``."""
    for part in parts:
        value = value.get(part, MISSING) if isinstance(value, dict) else next(_follow(value, (part,)), MISSING)
    return MISSING if value is None else value


def _follow(value: Any, parts: tuple[str, ...]) -> Iterator[Any]:
    for index, part in enumerate(parts):
        if isinstance(value, Mapping):
            if part not in value:
                return
            value = value[part]
        elif isinstance(value, Sequence) and not isinstance(value, str):
            if part == ANY_ELEMENT:
                for element in value:
                    yield from _follow(element, parts[index + 1 :])
                return
            if not part.isascii() or not part.isdigit() or len(part) > 6 or int(part) >= len(value):
                return
            value = value[int(part)]
        else:
            return
    if value is not MISSING and value is not None:
        yield value


def parse_path(text: str, where: PathTo, faults: Faults, *, roots: Sequence[str] = ROOTS) -> Path:
    """Read a path; a root that means nothing at this place is a fault."""
    root, *parts = text.split(".")
    path = Path(root, tuple(parts))
    if root not in ROOTS:
        faults.add(where, f'"{text}" is no path: it begins with one of {", ".join(ROOTS)}{suggestion(root, ROOTS)}')
    elif root not in roots:
        hint = f'; did you mean "entry.{text}"?' if "entry" in roots and root in EVENT_ROOTS else ""
        faults.add(where, f'"{text}" means nothing here: there is no {root} to look at{hint}')
    elif not all(parts) or (root == "event") != (not parts):
        faults.add(where, f'"{text}" is no path: names are separated by single dots, such as properties.price')
    return path
