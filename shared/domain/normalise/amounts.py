"""Numbers, yes and no, currencies and amounts of money that came as text: exactly, or not at all."""

import math
import re
from decimal import Decimal
from typing import Final

from shared.domain.normalise.reading import Read, Reason, clean, unread

MAX_DIGITS: Final = 15
"""What a JSON number, a double everywhere, holds of a decimal without losing any of it."""
_TRUE: Final = frozenset({"true", "yes", "y", "t", "1", "on"})
_FALSE: Final = frozenset({"false", "no", "n", "f", "0", "off"})
_PLAIN: Final = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_GROUPED: Final = re.compile(r"([+-]?\d{1,3}(?:([ ,.'’])\d{3})+)(?:([.,])(\d{1,2}))?", re.ASCII)
_COMMA: Final = re.compile(r"([+-]?\d+),(\d{1,2})", re.ASCII)
_SIGNS: Final = {"€": "EUR", "£": "GBP", "₹": "INR", "₺": "TRY", "₴": "UAH", "₩": "KRW", "₪": "ILS", "zł": "PLN"}
"""Those of one currency alone."""
_SHARED: Final = frozenset({"$", "¥", "kr", "kr.", "r$", "₽", "fr", "fr."})
_MONEY: Final = re.compile(
    r"(?P<before>[^\W\d_]{0,3}[^\w\s.,'’+%-]*\.?)\s*(?P<number>[+-]?\d.*?)\s*(?P<after>[^\W\d_]{0,3}[^\w\s.,'’+%-]*\.?)"
)
_ABBREVIATED_TEXT: Final = "a c din fr ft hk kc kr kč lei leu lv n nt nz r rm rp rs s sfr us zł"
_ABBREVIATED: Final = frozenset(_ABBREVIATED_TEXT.split())
"""What is written beside amounts, and ``US$`` has before its sign; beside ISO's codes."""


def read_boolean(value: object) -> Read:
    if isinstance(value, bool):
        return Read(value)
    if type(value) is int and value in {0, 1}:
        return Read(value == 1)
    text = clean(value)
    if isinstance(text, Reason):
        return unread(text)
    if text.lower() in _TRUE | _FALSE:
        return Read(text.lower() in _TRUE)
    return unread(Reason.MALFORMED)


def read_count(value: object) -> Read:
    """A whole number, not below nought."""
    read = read_amount(value)
    if read.value is None:
        return read
    return Read(int(read.value)) if read.value == int(read.value) >= 0 else unread(Reason.MALFORMED)


def read_amount(value: object) -> Read:
    """A number; of text, one that a currency may stand beside. ``1,234`` may be either, and is none."""
    if isinstance(value, bool):
        return unread(Reason.MALFORMED)
    if isinstance(value, int | float):
        return Read(value) if math.isfinite(value) else unread(Reason.MALFORMED)
    text = clean(value)
    if isinstance(text, Reason):
        return unread(text)
    text = text.replace("−", "-")
    found = _MONEY.fullmatch(text)
    if found and _is_currency(found["before"]) and _is_currency(found["after"]):
        return _number(found["number"])
    return _number(text)


def read_currency(value: object) -> Read:
    """The three letters of ISO 4217; of a sign, where it is one currency's alone."""
    if isinstance(value, str) and value in CURRENCIES:
        return Read(value)
    text = clean(value)
    if isinstance(text, Reason):
        return unread(text)
    if text.upper() in CURRENCIES:
        return Read(text.upper())
    if text.lower() in _SHARED:
        return unread(Reason.AMBIGUOUS)
    sign = _SIGNS.get(text.lower())
    return unread(Reason.UNKNOWN) if sign is None else Read(sign)


def _is_currency(text: str) -> bool:
    letters = "".join(one for one in text if one.isalpha())
    return not letters or letters.upper() in CURRENCIES or letters.lower() in _ABBREVIATED


def _number(text: str) -> Read:
    if _PLAIN.fullmatch(text):
        return _exact(text)
    if comma := _COMMA.fullmatch(text):
        return _exact(f"{comma[1]}.{comma[2]}")
    grouped = _GROUPED.fullmatch(text)
    if not grouped:
        return unread(Reason.MALFORMED)
    whole, group, mark, cents = grouped.groups()
    if mark == group or len(set(re.findall(r"[ ,.'’]", whole))) > 1:
        return unread(Reason.MALFORMED)
    if mark is None and group == "," and whole.count(group) == 1:
        return unread(Reason.AMBIGUOUS)
    return _exact(re.sub(r"[ ,.'’]", "", whole) + (f".{cents}" if cents else ""))


def _exact(text: str) -> Read:
    number = Decimal(text)
    if len(number.as_tuple().digits) > MAX_DIGITS:
        return unread(Reason.TOO_LONG)
    return Read(int(number) if number == number.to_integral_value() else float(number))


_CURRENCIES_TEXT: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD "
    "HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL "
    "LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR "
    "PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP "
    "TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
)
CURRENCIES: Final = frozenset(_CURRENCIES_TEXT.split())
"""ISO 4217, of those that are paid in."""
