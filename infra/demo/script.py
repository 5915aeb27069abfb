"""The words in which a scene is written: people, deeds, what a deed waits for, and what must arrive."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented. ``device`` is a push token, ``platform`` whose it is."""

    id: str
    name: str
    email: str | None = None
    phone: str | None = None
    device: str | None = None
    platform: str = "ios"

    @property
    def traits(self) -> dict[str, str]:
        """What the shop knows of them."""
        first, _, last = self.name.partition(" ")
        known = {"firstName": first, "lastName": last, "email": self.email, "phone": self.phone}
        return {name: value for name, value in known.items() if value}


@dataclass(frozen=True, slots=True)
class Browses:
    """Looks at pages before anybody knows who it is."""

    pages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Identifies:
    """Logs in; the shop says what it knows."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """One event of the storefront, ``minutes_ago``; reported ``times`` over, as shaky connections do."""

    event: str
    properties: Mapping[str, Any] = field(default_factory=dict)
    minutes_ago: int = 0
    times: int = 1


@dataclass(frozen=True, slots=True)
class PaysAtTill:
    """Buys in the shop round the corner; the till puts the order on EventBridge and knows but an email address."""

    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OptsOut:
    """Presses the mail program's own unsubscribe button: the one-click POST of the mail just received."""


@dataclass(frozen=True, slots=True)
class AgreesToTexts:
    """Ticks the box at the checkout; the shop's server puts the person's word on EventBridge."""


Deed: TypeAlias = Browses | Identifies | Tracks | PaysAtTill | OptsOut | AgreesToTexts


@dataclass(frozen=True, slots=True)
class Arrived:
    """What a part waits for: the person's ``nth`` message of that name."""

    message: str
    nth: int = 1


@dataclass(frozen=True, slots=True)
class Part:
    """Deeds done together, in this order and in one batch, once the cue has come."""

    deeds: tuple[Deed, ...]
    after: Arrived | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """One message that must arrive, on this channel."""

    message: str
    channel: str


@dataclass(frozen=True, slots=True)
class Role:
    """A person, their parts, and exactly the messages that they must receive."""

    person: Person
    parts: tuple[Part, ...]
    receives: tuple[Expected, ...] = ()


@dataclass(frozen=True, slots=True)
class Scene:
    """People who do the same for the same reason; ``title`` says what it shows."""

    title: str
    roles: tuple[Role, ...]


def expectations(scenes: Sequence[Scene]) -> Counter[tuple[str, str, str]]:
    """(person, message, channel) → how many."""
    return Counter(
        (role.person.id, expected.message, expected.channel)
        for scene in scenes
        for role in scene.roles
        for expected in role.receives
    )
