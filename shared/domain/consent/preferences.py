"""What a person may choose in the preference centre: each topic on each channel that reaches them, as it stands."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from shared.domain.consent.masking import masked
from shared.domain.consent.rules import Basis, Ruling
from shared.domain.consent.statements import take_statement
from shared.domain.consent.words import USUAL_ORDER, Channel, Pause
from shared.domain.draft import Draft
from shared.domain.events import Event
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import DAY, Duration, Instant

MAX_CELLS: Final = 200
"""As many statements as a profile holds."""

PAUSE: Final[Duration] = 30 * DAY


class Standing(StrEnum):
    """Where a choice stands, as people are told."""

    GRANTED = "granted"
    REFUSED = "refused"
    PENDING = "pending"
    """A yes that waits to be confirmed."""
    DEFAULT = "default"
    """The person said nothing, and is written to until they object."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One topic on one channel; ``since`` is when the person said so."""

    channel: Channel
    topic: str
    standing: Standing
    since: Instant | None = None

    @property
    def is_on(self) -> bool:
        """Whether its box is ticked: a yes that waits is a yes."""
        return self.standing is not Standing.REFUSED


@dataclass(frozen=True, slots=True)
class Reached:
    """A channel of the person's: the address, masked, and whether nothing may be sent there for now."""

    address: str
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the preference centre shows.

    Attributes:
        channels: those that the person has and the shop uses.
        paused_until: ``None``: no pause runs.
    """

    channels: dict[Channel, Reached]
    cells: tuple[Cell, ...]
    paused_until: Instant | None


def preferences_of(playbook: Playbook, profile: Profile, now: Instant, said: Iterable[Event] = ()) -> Preferences:
    """How things stand, with the statements that are still on their way counted in."""
    draft = Draft(playbook, profile)
    draft.clock = now
    for event in said:
        take_statement(draft, event)
    pause, draft.pause = draft.pause, None  # what is chosen stands behind a pause
    channels = _channels(profile, used_channels(playbook))
    return Preferences(channels, tuple(islice(_cells(draft, channels), MAX_CELLS)), _runs_until(pause, now))


def used_channels(playbook: Playbook) -> frozenset[Channel]:
    """Those on which the playbook has anything to say."""
    return frozenset().union(*playbook.messages.values())


def wording_of(language: str, *texts: str) -> str:
    """The version of a text that a person agrees to: its language, and a digest of its words."""
    digest = hashlib.blake2b("\n".join(texts).encode(), digest_size=8).hexdigest()
    return f"{language}:{digest}"


def _channels(profile: Profile, used: Collection[Channel]) -> dict[Channel, Reached]:
    found: dict[Channel, Reached] = {}
    for channel in USUAL_ORDER:
        known = profile.known_addresses(channel)
        if channel in used and known:
            found[channel] = Reached(masked(channel, known), not profile.addresses(channel))
    return found


def _cells(draft: Draft, channels: Collection[Channel]) -> Iterator[Cell]:
    for topic in draft.playbook.topics:
        for channel in channels:
            yield _cell(channel, topic, draft.ruling(channel, topic))


def _cell(channel: Channel, topic: str, ruling: Ruling) -> Cell:
    if ruling.basis is Basis.UNCONFIRMED:
        return Cell(channel, topic, Standing.PENDING, ruling.at)
    if not ruling.is_granted:
        return Cell(channel, topic, Standing.REFUSED, ruling.at)
    is_said = ruling.basis is Basis.YES
    return Cell(channel, topic, Standing.GRANTED if is_said else Standing.DEFAULT, ruling.at if is_said else None)


def _runs_until(pause: Pause | None, now: Instant) -> Instant | None:
    return pause.until if pause is not None and pause.until > now else None
