"""Copies of frozen records with some fields changed, twice as fast as ``dataclasses.replace``.

The fields are set without running ``__init__``: for records with slots, which check nothing when they are made.
"""

from collections.abc import Callable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Record = TypeVar("Record", bound=DataclassInstance)
else:
    Record = TypeVar("Record")

_Setter: TypeAlias = Callable[[Any, Any], None]


def changed(record: Record, **changes: Any) -> Record:
    """The record with these fields changed.

    Raises:
        KeyError: it has no such field.
    """
    kind = type(record)
    values, setters, setter_of = _layout(kind)
    copy = object.__new__(kind)
    for setter, value in zip(setters, values(record), strict=True):
        setter(copy, value)
    for name, value in changes.items():
        setter_of[name](copy, value)
    return copy


@cache
def _layout(
    kind: "type[DataclassInstance]",
) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[_Setter, ...], dict[str, _Setter]]:
    names = [field.name for field in fields(kind)]
    if len(names) < 2 or hasattr(kind, "__post_init__") or not set(names) <= set(kind.__slots__):  # type: ignore[attr-defined]
        raise TypeError(f"{kind.__name__} is no record of slots")
    setters: dict[str, _Setter] = {name: vars(kind)[name].__set__ for name in names}
    return attrgetter(*names), tuple(setters.values()), setters
