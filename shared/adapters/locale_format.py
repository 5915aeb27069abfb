"""How one language writes what templates format, from a table that the build took from CLDR."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.adapters.money import MoneyFormat


@dataclass(frozen=True, slots=True)
class LocaleFormat:
    """The formats of one language."""

    money: MoneyFormat

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "LocaleFormat":
        return cls(money=MoneyFormat.from_dict(plain["money"]))
