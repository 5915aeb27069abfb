"""Phone numbers in E.164: by their own prefix, else by the region that is given."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Final

from shared.domain.normalise.reading import Read, Reason, clean, once, unread

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

MAX_PHONE: Final = 60
_E164: Final = re.compile(r"\+[1-9][0-9]{7,14}", re.ASCII)
_LABEL: Final = re.compile(
    r"(?i)^(?:tel|tél|phone|telephone|téléphone|telefon|telefono|teléfono|telefone|mobile|mobil|mob|móvil|movil|cell|"
    r"celular|cellulare|portable|handy|natel|gsm|whatsapp|sms|[mtp])\s*[.:]+\s*"
)
_FROM_A_TABLE: Final = re.compile(r"\+?\d{7,15}\.0", re.ASCII)
"""What becomes of a number where a column was taken for amounts: its zero must not be dialled."""
_TRUNK_ZERO: Final = re.compile(r"\(\s*0\s*\)")
_KEEPS_ZERO: Final = ("+39", "+378", "+379")
"""In Italy the zero is part of the number."""
_EXTENSION: Final = re.compile(r"(?i)(?:extension|extn|ext|poste|durchwahl|dw|app|int|x)(?=[\s.:=]*\d)")


def e164_of(value: object) -> str | None:
    """A number that is in its one form, or differs from it by spaces alone; without looking at how long it may be.

    What is kept in a profile is read by this: it takes no library.
    """
    if not isinstance(value, str) or len(value) > MAX_PHONE:
        return None
    if _E164.fullmatch(value):
        return value
    digits = re.sub(r"[\s().\-/]", "", value)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    return digits if _E164.fullmatch(digits) else None


def read_phone(value: object, region: str | None = None, *, is_assumed: bool = False) -> Read:
    """The number; one without a prefix is of ``region``, and where that is assumed, it must be one given out there."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 10**15 and value == int(value):
        value = str(int(value))
    if isinstance(value, str) and len(value) > MAX_PHONE:
        value = value.strip()
    if not isinstance(value, str):
        return unread(Reason.MALFORMED)
    if value.startswith("+"):
        region, is_assumed = None, False
    return _read(value, region, is_assumed) if len(value) <= MAX_PHONE else unread(Reason.TOO_LONG)


@lru_cache(maxsize=2048)
def _read(value: str, region: str | None, is_assumed: bool) -> Read:
    if _E164.fullmatch(value) and _is_possible(value):
        return Read(value)
    text = _dialled(value)
    if isinstance(text, Reason):
        return unread(text)
    has_prefix = text.startswith("+")
    if not has_prefix and region is None:
        return unread(Reason.UNKNOWN_REGION)
    number = _parsed(text, None if has_prefix else region)
    if isinstance(number, Reason):
        return unread(number)
    import phonenumbers  # noqa: PLC0415  # its tables take time to load

    found = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    length = phonenumbers.is_possible_number_with_reason(number)
    if length != phonenumbers.ValidationResult.IS_POSSIBLE or not _E164.fullmatch(found):
        return unread(Reason.WRONG_LENGTH)
    is_guess = is_assumed and not has_prefix
    if is_guess and not phonenumbers.is_valid_number(number):
        return unread(Reason.UNKNOWN_REGION)
    return Read(found, Reason.ASSUMED_REGION if is_guess else None)


def _is_possible(number: str) -> bool:
    """Whether a number in E.164 is as long as numbers there are; one with a zero to leave out is for the library."""
    return any(
        number[end] != "0" and _is_length(number[1:end], len(number) - end)
        for end in (2, 3, 4)  # no country's code begins with another's
    )


@cache
def _is_length(code: str, digits: int) -> bool:
    """Whether numbers of the country with that code may have so many digits: each is asked once."""
    import phonenumbers  # noqa: PLC0415

    if int(code) not in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
        return False
    some = phonenumbers.PhoneNumber(country_code=int(code), national_number=10 ** (digits - 1))
    return bool(phonenumbers.is_possible_number_with_reason(some) == phonenumbers.ValidationResult.IS_POSSIBLE)


def _dialled(value: str) -> str | Reason:
    """What is dialled of it, ``00`` as ``+``, and without the zero that is not dialled from abroad."""
    text = clean(value)
    if isinstance(text, Reason):
        return text
    text = once(text)
    if _FROM_A_TABLE.fullmatch(text):
        text = text.removesuffix(".0")
    text = _LABEL.sub("", unicodedata.normalize("NFKC", text)).strip().removeprefix("'")
    if any(one.isalpha() for one in _EXTENSION.sub("", text)) or not any(one.isdigit() for one in text):
        return Reason.MALFORMED
    if text.startswith("(+"):
        text = text[1:].replace(")", " ", 1)
    if text.startswith("00"):
        text = "+" + text[2:].lstrip()
    if text.startswith("+") and not text.startswith(_KEEPS_ZERO):
        text = _TRUNK_ZERO.sub("", text)
    return text


def _parsed(text: str, region: str | None) -> "PhoneNumber | Reason":
    import phonenumbers  # noqa: PLC0415

    try:
        if region is not None and (whole := _with_plus(text, region)) is not None:
            return whole
        return phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        return _REASONS.get(error.error_type, Reason.MALFORMED)


def _with_plus(text: str, region: str) -> "PhoneNumber | None":
    """A number that lacks only the plus: exports of spreadsheets do."""
    import phonenumbers  # noqa: PLC0415
    from phonenumbers import phonenumberutil  # noqa: PLC0415

    code = str(phonenumbers.country_code_for_region(region))
    trunk = phonenumberutil.ndd_prefix_for_region(region, True)
    digits = re.sub(r"\D", "", text)
    if not digits.startswith(code) or not trunk or digits.startswith(trunk):
        return None
    number: Any = phonenumbers.parse(f"+{digits}", None)
    return number if phonenumbers.is_valid_number(number) else None


_REASONS: Final = {
    0: Reason.UNKNOWN_REGION,  # INVALID_COUNTRY_CODE
    1: Reason.MALFORMED,  # NOT_A_NUMBER
    2: Reason.WRONG_LENGTH,  # TOO_SHORT_AFTER_IDD
    3: Reason.WRONG_LENGTH,  # TOO_SHORT_NSN
    4: Reason.WRONG_LENGTH,  # TOO_LONG
}
"""By the library's kinds of error."""
