"""What can go wrong, sorted by the one question a caller has: does trying again help?

CarillonError
├── RetryableError        the same call may succeed later; nothing is known to have happened
│   ├── ConflictError     another writer was first: read again and decide again
│   ├── ThrottledError    the provider asks for a slower pace
│   │   └── SpentError     the day's quota is used up
│   ├── HeldError         we keep it back ourselves, within what a provider takes; ``wait`` says for how long
│   ├── TooOftenError     we ask a client for one; ``wait`` says how long
│   └── AmbiguousError    the call may have been carried out (a timeout after sending)
│       └── RepeatableError  … and carrying it out twice changes nothing
└── PermanentError        the same call will fail again
    ├── DeadAddressError  the provider says that an address reaches nobody any more
    ├── OptedOutError     the provider refuses, for the person opted out there
    ├── InvalidInputError what was given cannot be used; ``faults`` name each field
    │   ├── InvalidLinkError   a link that we did not sign, or not for this purpose
    │   └── ExpiredLinkError   a link of ours that is too old
    └── PlaybookError     the playbook has faults; ``faults`` name file, line and path
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: where (a dotted path, or empty for the whole) and what, for a person."""

    path: str
    message: str


class CarillonError(Exception):
    """Base of all errors; keyword context becomes log fields, so it never holds personal data."""

    def __init__(self, message: str, **context: object) -> None:
        super().__init__(message)
        self.context = context


class RetryableError(CarillonError):
    """The same call may succeed later."""


class ConflictError(RetryableError):
    """Another writer was first."""


class ThrottledError(RetryableError):
    """The provider asks for a slower pace; ``wait`` is the milliseconds that it names, 0 where it names none."""

    def __init__(self, message: str, *, wait: int = 0, **context: object) -> None:
        super().__init__(message, **context)
        self.wait = wait


class SpentError(ThrottledError):
    """The provider takes nothing more for today."""


class HeldError(RetryableError):
    """Kept back, within what a provider takes; ``code`` says what for, ``wait`` is in milliseconds."""

    def __init__(self, code: str, *, wait: int, **context: object) -> None:
        super().__init__(f"held: {code}", code=code, **context)
        self.code = code
        self.wait = wait


class TooOftenError(RetryableError):
    """A client comes more often than it may; ``wait`` is in milliseconds."""

    def __init__(self, message: str, *, wait: int, **context: object) -> None:
        super().__init__(message, **context)
        self.wait = wait


class AmbiguousError(RetryableError):
    """The call may have been carried out: nobody can tell."""


class RepeatableError(AmbiguousError):
    """The call may have been carried out, and whoever took it takes it once: it may be made again."""


class PermanentError(CarillonError):
    """The same call will fail again."""

    def __init__(self, message: str, *, code: str = "", **context: object) -> None:
        super().__init__(message, **context)
        self.code = code


class DeadAddressError(PermanentError):
    """The provider says that ``addresses`` reach nobody any more. They are kept out of wording and context."""

    def __init__(self, message: str, *, addresses: Sequence[str], code: str = "", **context: object) -> None:
        super().__init__(message, code=code, **context)
        self.addresses = tuple(addresses)


class OptedOutError(PermanentError):
    """The provider refuses: the person told it that they want nothing more at this address."""


class InvalidInputError(PermanentError):
    """What was given cannot be used."""

    def __init__(self, faults: Sequence[Fault], message: str = "", *, code: str = "") -> None:
        wording = message or "; ".join(f"{f.path}: {f.message}" if f.path else f.message for f in faults)
        super().__init__(wording, code=code)
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, order=True)
class PlaybookFault:
    """One fault of a playbook's file; ``file`` is relative to the playbook, ``line`` counts from 1."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: " + (f"{self.path}: " if self.path else "") + self.message


@dataclass(frozen=True, slots=True, order=True)
class PlaybookWarning:
    """What is probably not meant in a playbook, which runs all the same; its fields are those of a fault."""

    file: str
    line: int
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: warning: " + (f"{self.path}: " if self.path else "") + self.message


class PlaybookError(PermanentError):
    """The playbook has faults; printed one a line."""

    def __init__(self, faults: Sequence[PlaybookFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)


class InvalidLinkError(InvalidInputError):
    """A link that we did not sign, or not for this purpose."""

    def __init__(self) -> None:
        super().__init__((), "the link is not one of ours")


class ExpiredLinkError(InvalidInputError):
    """A link of ours that is too old."""

    def __init__(self) -> None:
        super().__init__((), "the link has expired")
