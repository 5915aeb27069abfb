"""Which form of a word a number takes, by CLDR's rules of one language, which the build made a small table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, TypeAlias

OTHER: Final = "other"
CATEGORIES: Final = ("zero", "one", "two", "few", "many", OTHER)

Relation: TypeAlias = Sequence[Any]
"""An operand, what it is taken modulo (0: nothing), whether it must be outside, and the ranges that it may be in."""

_EVERYDAY: Final = 200
"""Every form that a language uses for whole numbers below a million, it uses below this."""


@dataclass(frozen=True)
class PluralRules:
    """``rules``: of each category but ``other``, the alternatives of relations that must all hold."""

    rules: Mapping[str, Sequence[Sequence[Relation]]]

    def category(self, number: Decimal) -> str:
        """The form's name, such as ``one``; signs do not count, nor do zeros at the end of decimals."""
        operands = _operands(abs(number))
        for category, alternatives in self.rules.items():
            if any(all(_holds(relation, operands) for relation in relations) for relations in alternatives):
                return category
        return OTHER

    @cached_property
    def everyday(self) -> frozenset[str]:
        """The forms that a text cannot do without: those of whole numbers that shops count to."""
        return frozenset(self.category(Decimal(number)) for number in range(_EVERYDAY)) | {OTHER}


def _operands(number: Decimal) -> dict[str, Decimal | int]:
    """As CLDR names them: n the value, i its whole part; v and f the count and the value of decimals."""
    whole, _, decimals = f"{number.normalize():f}".partition(".")
    fraction = int(decimals or 0)
    count = len(decimals)
    return {"n": number, "i": int(whole), "v": count, "w": count, "f": fraction, "t": fraction, "c": 0, "e": 0}


def _holds(relation: Relation, operands: Mapping[str, Decimal | int]) -> bool:
    name, modulus, is_outside, ranges = relation
    value = operands[name] % modulus if modulus else operands[name]
    # A range holds whole numbers only: 1.5 is not in 0..2.
    is_inside = value == int(value) and any(low <= value <= high for low, high in ranges)
    return bool(is_inside != is_outside)
