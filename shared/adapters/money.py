"""Money as people write it, from a table of their locale that the build took from CLDR.

No locale data at run time: what Babel knows of one locale is a few kilobytes of the compiled playbook.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final, TypeAlias

Affixes: TypeAlias = tuple[int, str, str, str, str]
"""Of one currency: decimals; what stands before and after an amount; the same for a negative one."""

_LARGEST: Final = 10**15
LARGEST: Final = Decimal(_LARGEST)

_NUMBERS: Final = (int, float, Decimal)

_PLAIN: Final[Affixes] = (2, "", "", "-", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFormat:
    """How one locale writes amounts.

    Attributes:
        groups: sizes of the digit groups from the right: the first, then every further one.
        currency: what is meant where nothing names a currency; ``None`` where the locale has no country.
    """

    decimal: str
    group: str
    groups: tuple[int, int]
    currency: str | None
    currencies: Mapping[str, Affixes]

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "MoneyFormat":
        return cls(
            decimal=plain["decimal"],
            group=plain["group"],
            groups=(plain["groups"][0], plain["groups"][1]),
            currency=plain["currency"],
            currencies=plain["currencies"],
        )

    def format(self, amount: Decimal, currency: str | None = None) -> str:
        """``€1,234.50``; a currency that nobody knows stands before the number as it was given."""
        code = currency or self.currency or ""
        if code not in self.currencies:
            code = code.strip().upper()
        digits, prefix, suffix, negative_prefix, negative_suffix = self.currencies.get(code, _PLAIN)
        rounded = round(amount, digits)
        if rounded < 0:
            prefix, suffix = negative_prefix, negative_suffix
        whole, _, fraction = f"{abs(rounded):f}".partition(".")
        number = grouped(whole, self.group, self.groups) + (self.decimal + fraction if fraction else "")
        named = "" if code in self.currencies or not code else f"{code[:8]}\N{NO-BREAK SPACE}"
        return f"{named}{prefix}{number}{suffix}"


def grouped(whole: str, sign: str, groups: tuple[int, int]) -> str:
    """Digits with the sign between their groups, whose sizes are the first's from the right and every further one's."""
    first, further = groups
    if len(whole) <= first:
        return whole
    parts = [whole[-first:]]
    whole = whole[:-first]
    while whole:
        parts.append(whole[-further:])
        whole = whole[:-further]
    return sign.join(reversed(parts))


def read_amount(value: object) -> Decimal | None:
    """The amount of a number or of its text, as shops send either; ``None`` for what is no amount."""
    if isinstance(value, str):
        if len(value) > 40:
            return None
    elif isinstance(value, bool) or not isinstance(value, _NUMBERS):
        return None
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and -LARGEST < amount < LARGEST else None


def is_amount(value: object) -> bool:
    """Whether ``read_amount`` reads one; of numbers that is told without reading."""
    if type(value) is int or type(value) is float:
        return -_LARGEST < value < _LARGEST
    return read_amount(value) is not None
