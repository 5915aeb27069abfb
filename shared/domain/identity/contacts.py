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

_VISITOR: Final = f"{ANONYMOUS_PROFILE}:"


class Person(Protocol):
    """What is needed of a profile, or of a draft of one."""

    @property
    def traits(self) -> Mapping[str, Any]: ...

    @property
    def trait_times(self) -> Mapping[str, int]: ...

    @property
    def claimed(self) -> Sequence[tuple[str, str]]: ...


def may_set_contacts(trust: Trust, profile_id: str, person: Person) -> bool:
    """Whether an event of this trust may say, change or take back where the person is written to.

    ``person`` is as before the event; a trait that was taken back was told as well. A profile that goes by an address
    was made of what a till told: only somebody trusted adds a second address to it.
    """
    if trust is not Trust.PUBLIC or profile_id.startswith(_VISITOR):
        return True
    return not (person.traits or person.trait_times or person.claimed or is_provisional(profile_id))
