"""Patterns that text is matched against, by RE2: in time that grows with the text alone, whatever the pattern.

The library takes longer to import than all else that a playbook needs, so only a playbook with a pattern waits for it.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

MAX_LENGTH: Final = 1_000
_MAX_MEMORY: Final = 1 << 20
"""For a pattern's program and all that is remembered while it runs, in bytes; a larger program is refused."""


class PatternError(ValueError):
    """What RE2 refuses; says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """One pattern that RE2 takes."""

    text: str

    def matches(self, text: str) -> bool:
        """Whether any part of the text is what the pattern says."""
        return _program(self.text).search(text.encode("utf-8", "surrogatepass")) is not None


def compile_pattern(text: str) -> Pattern:
    """The pattern of a text in RE2's syntax.

    Raises:
        PatternError: RE2 refuses it, or it is too long or too large.
    """
    if len(text) > MAX_LENGTH:
        raise PatternError(f"{len(text):,} characters; a pattern may have {MAX_LENGTH:,}")
    _program(text)
    return Pattern(text)


@cache  # a playbook's: once compiled they stay
def _program(text: str) -> Any:
    """What RE2 makes of the text: in Lambda, when something is first held against it."""
    re2, options = _library()
    try:
        return re2.compile(text.encode("utf-8", "surrogatepass"), options)
    except re2.error as error:
        (said,) = error.args
        raise PatternError(said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)) from None


@cache
def _library() -> tuple[Any, Any]:
    """RE2, and how we want it."""
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415  # see above

    options = re2.Options()
    options.log_errors = False
    options.never_capture = True  # only whether it matches is asked
    options.max_mem = _MAX_MEMORY
    return re2, options
