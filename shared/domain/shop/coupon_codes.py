"""Codes of coupons: easy to read out and to type, impossible to guess, and wrong ones are known for wrong.

Twelve symbols of an alphabet without those that are taken for each other (0 and O, 1, I and L, U and V). Eleven come
from a keyed digest, so the same message always has the same code; the twelfth is a checksum over them. The alphabet's
length is a prime, so that a weighted sum shows every single wrong symbol and every two that changed places.
"""

from typing import Final

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTWXYZ"
DRAWN: Final = 11
"""29 to the 11th: among a million codes, one guess in ten billion hits one."""
GROUP: Final = 4

MAX_CODE: Final = 64
"""Characters of a code, also of a pool's."""

_VALUES: Final = {symbol: value for value, symbol in enumerate(ALPHABET)}


def generated_code(prefix: str, digest: str) -> str:
    """``HELLO-7KQ3-M9XT-2W4P``, of a digest in hexadecimal with at least 80 bits."""
    number = int(digest, 16)
    symbols = ""
    for _ in range(DRAWN):
        number, value = divmod(number, len(ALPHABET))
        symbols += ALPHABET[value]
    symbols += _check_symbol(symbols)
    groups = (symbols[start : start + GROUP] for start in range(0, len(symbols), GROUP))
    return "-".join([*([prefix] if prefix else []), *groups])


def canonical(code: str) -> str:
    """The code as it is kept: whoever types it may leave out hyphens and spaces, and hold no shift key."""
    return "".join(symbol for symbol in code.upper() if symbol not in "- \t\u00a0\u2010\u2011\u2013")


def is_mistyped(code: str, prefix: str) -> bool:
    """Whether it looks like a generated one with this prefix, and was never one."""
    typed = canonical(code)
    symbols = typed.removeprefix(prefix)
    if not typed.startswith(prefix) or len(symbols) != DRAWN + 1:
        return False
    return not set(symbols) <= _VALUES.keys() or _check_symbol(symbols[:DRAWN]) != symbols[DRAWN]


def _check_symbol(symbols: str) -> str:
    total = sum(weight * _VALUES[symbol] for weight, symbol in enumerate(symbols, start=1))
    return ALPHABET[-total % len(ALPHABET) * pow(DRAWN + 1, -1, len(ALPHABET)) % len(ALPHABET)]
