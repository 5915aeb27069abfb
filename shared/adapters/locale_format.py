"""How one language writes what templates format, from a table that the build took from CLDR."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from shared.adapters.date_format import DateFormat
from shared.adapters.money import MoneyFormat, grouped
from shared.adapters.plurals import PluralRules


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """Plain numbers and percentages; ``percent`` is what stands before and after one."""

    decimal: str
    group: str
    groups: tuple[int, int]
    percent: tuple[str, str]

    def format(self, number: Decimal, decimals: int | None = None) -> str:
        """``1,234.5``: with so many decimals, or with those that it has, three at most."""
        rounded = round(number, 3 if decimals is None else decimals)
        plain = f"{rounded.normalize() if decimals is None else rounded:f}"
        whole, _, fraction = plain.removeprefix("-").partition(".")
        written = grouped(whole, self.group, self.groups) + (self.decimal + fraction if fraction else "")
        return f"-{written}" if rounded < 0 else written

    def format_percent(self, share: Decimal) -> str:
        """``20%`` of 0.2."""
        before, after = self.percent
        return f"{before}{self.format(share * 100)}{after}"


@dataclass(frozen=True, slots=True)
class LocaleFormat:
    """The formats of one language."""

    money: MoneyFormat
    numbers: NumberFormat
    dates: DateFormat
    plurals: PluralRules

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "LocaleFormat":
        numbers = plain["numbers"]
        return cls(
            money=MoneyFormat.from_dict(plain["money"]),
            numbers=NumberFormat(
                numbers["decimal"], numbers["group"], tuple(numbers["groups"]), tuple(numbers["percent"])
            ),
            dates=DateFormat(plain["days"]["patterns"], plain["days"]["names"]),
            plurals=PluralRules(plain["plurals"]),
        )
