"""The Jinja in which the playbook's templates are compiled at build time and rendered at run time.

Both sides use this one environment, since compiled code keeps decisions of the environment it was compiled in.
"""

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from types import MethodType
from typing import Any, Final

from jinja2 import (
    BaseLoader,
    StrictUndefined,
    TemplateRuntimeError,
    Undefined,
    UndefinedError,
    pass_context,
    pass_eval_context,
)
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing
from markupsafe import Markup, escape

from shared.adapters.date_format import read_day
from shared.adapters.locale_format import LocaleFormat
from shared.adapters.money import is_amount, read_amount
from shared.adapters.plurals import OTHER
from shared.domain.channels.shop_addresses import is_of_shop, shop_hosts
from shared.domain.locales.local_time import UTC_ZONE, zone_of
from shared.domain.shop.shelf import Shelf

_UNREPEATABLE: Final = (("globals", "lipsum"), ("filters", "random"))
"""What Jinja brings that would make two renderings of one message differ."""

_MARKUP: Final = re.compile("[&<>\"']")
_OF_A_LOOP: Final = frozenset({"first", "index", "index0", "last", "length", "revindex", "revindex0"})
_JINJAS_OWN: Final = frozenset({"_block_vars", "_loop_vars"})
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}")


JSON_TEXT: Final = "_json_text"
"""The filter that the build wraps around a text of a webhook's body."""


def fill(text: str, **values: object) -> str:
    """A catalogue's text, its placeholders filled in."""
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), text)


def placeholders(text: str) -> set[str]:
    """The names in braces that ``fill`` fills in."""
    return set(_PLACEHOLDER.findall(text))


class MissingVariableError(TemplateRuntimeError):
    """A template asked for what its context lacks: ``name`` within ``owner`` (``owner`` absent: of the whole)."""

    def __init__(self, undefined: "Missing", wording: str | None = None) -> None:
        super().__init__(wording)
        self.name = str(undefined._undefined_name)
        self.owner = undefined._undefined_obj


class Missing(StrictUndefined):
    """Anything but ``is defined`` and ``default`` raises, and says what was asked of whom."""

    __slots__ = ()

    def __init__(
        self,
        hint: str | None = None,
        obj: Any = missing,
        name: str | None = None,
        exc: Callable[..., TemplateRuntimeError] = UndefinedError,
    ) -> None:
        """Of what the sandbox forbids, ``exc`` is another than Jinja's own."""
        missed = partial(MissingVariableError, self) if exc is UndefinedError else exc
        super().__init__(hint, obj, name, missed)  # type: ignore[arg-type]  # it is called, and what it returns raised


class TemplateEnvironment(ImmutableSandboxedEnvironment):
    """Sandboxed and strict, of one language; escapes in ``.html`` only; looks into mappings by key alone.

    A property may be called ``items`` or ``keys``, and a JSON ``null`` is a missing value.
    """

    def __init__(self, brand: Mapping[str, Any], formats: LocaleFormat, loader: BaseLoader | None = None) -> None:
        super().__init__(undefined=Missing, autoescape=_is_escaped, loader=loader, keep_trailing_newline=False)
        self.formats = formats
        self._timezone = str(brand.get("timezone") or "Etc/UTC")
        self._shop = str(brand.get("links", {}).get("shop", ""))
        self._hosts = shop_hosts(brand)
        for kind, name in _UNREPEATABLE:
            del getattr(self, kind)[name]
        self.filters |= {
            "date": self._format_date,
            "fill": _fill,
            "json": _json,
            JSON_TEXT: _json_text,
            "line_total": _line_total,
            "money": self._format_money,
            "number": self._format_number,
            "percent": self._format_percent,
            "plural": self._plural,
            "shop_url": self._shop_url,
            "short": _shorten,
        }
        self.tests |= {
            "amount": is_amount,
            "date": _is_date,
            "known": _is_known,
            "list": _is_list,
            "shop_url": self._is_shop_url,
        }

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict:
            value = obj.get(attribute)
            return self.undefined(obj=obj, name=attribute) if value is None else value
        if type(obj) is LoopContext and attribute in _OF_A_LOOP:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if type(obj) is dict:
            value = obj.get(argument) if isinstance(argument, str) else None
            return self.undefined(obj=obj, name=argument) if value is None else value
        return super().getitem(obj, argument)

    @staticmethod
    def escaped(value: object) -> str:
        """What ``markupsafe.escape`` makes of a value, sooner where there is nothing to escape."""
        if type(value) is str:
            return value if _MARKUP.search(value) is None else escape(value)
        return str(value) if type(value) is int else escape(value)

    def call(self, context: Context, obj: Any, /, *arguments: Any, **named: Any) -> Any:
        """As the sandbox does it, but that what is our own is known to be safe, and to ask for nothing more."""
        if type(obj) is MethodType and type(obj.__self__) is Shelf and not named.keys() - _JINJAS_OWN:
            return obj(*arguments)
        return super().call(context, obj, *arguments, **named)

    def _format_money(self, value: object, currency: object = None) -> str:
        """``{{ price | money(currency) }}``: an amount as the language writes it."""
        return self.formats.money.format(_amount(value), currency if isinstance(currency, str) else None)

    def _format_number(self, value: object, decimals: int | None = None) -> str:
        """``{{ rating | number(1) }}``."""
        return self.formats.numbers.format(_amount(value), decimals)

    def _format_percent(self, value: object) -> str:
        """``{{ 0.2 | percent }}``: 20%."""
        return self.formats.numbers.format_percent(_amount(value))

    @pass_context
    def _format_date(self, context: Context, value: object, length: str = "long") -> str:
        """``{{ entry.properties.delivery | date("short") }}``; of an instant, the day on the person's own calendar."""
        traits = context.get("traits")
        zone = zone_of(traits if isinstance(traits, dict) else {}, self._timezone)
        day = read_day(value, zone)
        if day is None:
            str(value)  # where it is missing, this says so
            raise TypeError("not a date; ask first with `is date`")
        return self.formats.dates.format(day, length)

    @pass_eval_context
    def _plural(self, context: EvalContext, value: object, **forms: str) -> str:
        """``{{ n | plural(one="one thing", other="{n} things") }}``: the form that the number takes in the language."""
        number = _amount(value)
        form = forms.get(self.formats.plurals.category(number)) or forms[OTHER]
        return _fill(context, form, n=self.formats.numbers.format(number))

    def _is_shop_url(self, value: object) -> bool:
        """``{% if url is shop_url %}``: an https address on one of the hosts that ``brand.links`` names.

        What storefronts report comes through browsers, which anyone can imitate: a mail of ours leads nowhere else.
        """
        return is_of_shop(value, self._hosts)

    def _shop_url(self, value: object, otherwise: str | None = None) -> str:
        """``{{ url | shop_url }}``: the address where it is the shop's own, else another one, else the shop's door."""
        return str(value) if self._is_shop_url(value) else otherwise or self._shop


@pass_eval_context
def _fill(context: EvalContext, text: str, **values: object) -> str:
    """``{{ text.unsubscribe.lead | fill(shop=brand.name) }}``: a catalogue's text, its placeholders filled in.

    On a page the text and the values are escaped, but for what the page itself has marked up.
    """
    if not context.autoescape:
        return fill(str(text), **values)
    return Markup(_PLACEHOLDER.sub(lambda found: escape(values[found[1]]), escape(text)))  # noqa: S704


def _json(value: object) -> str:
    """``{{ entry.properties.products | json }}``: in a webhook's body the value itself, not its text."""
    if isinstance(value, Undefined):
        str(value)  # says what is missing
    return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_number)


def _number(value: object) -> int | float:
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError("not a value of JSON")


def _json_text(text: str) -> str:
    """Without the blank space that branches not taken leave around it."""
    return json.dumps(str(text).strip(), ensure_ascii=False)


def _is_escaped(name: str | None) -> bool:
    return name is not None and name.endswith(".html")


def _shorten(value: object, length: int) -> str:
    """``{{ name | short(60) }}``: on one line and at most so long, cut between words where that is near."""
    text = " ".join(str(value).split())
    if len(text) <= length:
        return text
    cut = text[: length - 1]
    at_word = cut.rpartition(" ")[0]
    return (at_word if len(at_word) > length // 2 else cut).rstrip(" ,.;:-") + "\N{HORIZONTAL ELLIPSIS}"


def _line_total(price: object, quantity: object = 1) -> Decimal:
    """``{{ product.price | line_total(product.quantity) | money }}``; a missing quantity is one."""
    count = read_amount(quantity)
    return _amount(price) * (1 if count is None else count)


def _amount(value: object) -> Decimal:
    amount = read_amount(value)
    if amount is None:
        str(value)  # where it is missing, this says so
        raise TypeError("not an amount; ask first with `is amount`")
    return amount


def _is_known(value: object) -> bool:
    """``{% if traits.firstName is known %}``: there, and not blank."""
    if isinstance(value, Undefined):
        return False
    return bool(value.strip()) if isinstance(value, str) else value is not None


def _is_list(value: object) -> bool:
    """``{% if entry.properties.products is list %}``: a text or an object can be looped over too, and should not."""
    return isinstance(value, list)


def _is_date(value: object) -> bool:
    """``{% if entry.properties.delivery is date %}``: a day or an instant in ISO 8601."""
    return read_day(value, UTC_ZONE) is not None
