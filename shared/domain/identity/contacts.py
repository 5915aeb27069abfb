"""Who may say where a person is written to: whoever else could, would divert their messages to themselves.

A public key is anybody's. It may tell the addresses of somebody who has not said who they are, and those of a user id
of whom nobody has told anything yet, as a sign-up in a browser does. After that it takes the person's own proof
(``Trust.USER``), a server's key, or the system itself. This is the rule for what one event says, and for what an
anonymous profile brings along when it is joined to a known one.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from shared.domain.events import Trust
from shared.domain.identity.identifiers import ADDRESSES, ANONYMOUS_PROFILE, is_provisional

PUSH_TOKEN: Final = "push_token"  # noqa: S105
CONTACTS: Final = frozenset({*ADDRESSES, PUSH_TOKEN})
"""The traits that say where a person is written to."""

_TELLING: Final = frozenset({Trust.USER, Trust.SECRET})
"""Who knows whom they speak of. What the system says of somebody follows from what others said."""

_VISITOR: Final = f"{ANONYMOUS_PROFILE}:"


class Person(Protocol):
    """What is needed of a profile, or of a draft of one."""

    @property
    def traits(self) -> Mapping[str, Any]: ...

    @property
    def trait_times(self) -> Mapping[str, int]: ...

    @property
    def claimed(self) -> Sequence[tuple[str, str]]: ...

    @property
    def is_told_of(self) -> bool: ...


def may_set_contacts(trust: Trust, profile_id: str, person: Person) -> bool:
    """Whether an event of this trust may say, change or take back where the person is written to.

    ``person`` is as before the event; a trait that was taken back was told as well. A profile that goes by an address
    was made of what a till told: only somebody trusted adds a second address to it.
    """
    return trust is not Trust.PUBLIC or profile_id.startswith(_VISITOR) or not _is_known(profile_id, person)


def tells_first(trust: Trust, profile_id: str, person: Person) -> bool:
    """Whether by an event of this trust a user id is known from now on, of which nothing else that is kept shows it.

    A server that told of an order knows whose it is: from then on it takes its word, or the user's own, to say where
    they are written to.
    """
    return trust in _TELLING and not _is_known(profile_id, person) and not profile_id.startswith(_VISITOR)


def _is_known(profile_id: str, person: Person) -> bool:
    told = person.traits or person.trait_times or person.claimed or person.is_told_of
    return bool(told) or is_provisional(profile_id)
