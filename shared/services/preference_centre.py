"""The preference centre: shows a person how things stand, and puts what they say of it into their stream.

A form hands back, sealed, what it showed: only what the person changed is stated, so that a page left open since
yesterday takes nothing back that was said elsewhere in between, and nobody agrees to words that they did not see.
"""

import hashlib
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from shared.domain.consent.preferences import PAUSE, Preferences, preferences_of
from shared.domain.consent.suppressing import UNDO as UNDONE
from shared.domain.consent.words import Channel, address_digest
from shared.domain.events import NOTHING, Event, EventType, SystemEvent, Trust
from shared.domain.playbook import Playbook
from shared.domain.profiles import Profile
from shared.domain.timing import SECOND, Instant, format_instant
from shared.errors import InvalidLinkError
from shared.ports.clock import Clock
from shared.ports.people import Profiles
from shared.ports.queues import EventQueue
from shared.ports.secrets import SigningSecrets
from shared.services.find_survivor import survivor_of
from shared.services.links import PreferencesLink, read_preferences_token
from shared.services.manage_preferences import SOURCE
from shared.services.seals import seal, unseal

FORM: Final = "preferences form"
UNDO: Final = "preferences undo"
MAX_FORM: Final = 16_000


class Action(StrEnum):
    """The buttons of the page, but for the one that asks to change an address."""

    SAVE = "save"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    UNDO = "undo"


class Outcome(StrEnum):
    """What came of it; people are told by the text of this name."""

    SAVED = "saved"
    UNCHANGED = "unchanged"
    PAUSED = "paused"
    RESUMED = "resumed"
    STOPPED = "stopped"
    UNDONE = "undone"
    STALE = "stale"
    """Nothing was done: the words that were agreed to are no longer what the page says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a form brought.

    Attributes:
        form: what it handed back, sealed.
        on: the numbers of the boxes that are ticked.
        wordings: the version of the text beside each topic's box on a channel, as the page shows it now.
        evidence: digests of where it came from.
    """

    action: Action
    form: str
    on: Set[int] = frozenset()
    wordings: Mapping[tuple[Channel, str], str] = field(default_factory=dict)
    evidence: Mapping[str, str] = NOTHING


@dataclass(frozen=True, slots=True)
class Centre:
    """One person's page: the link that led there, the person, how things stand, and what came of what was asked.

    ``undo``: what hands back how it was before; empty where there is nothing to undo.
    """

    link: PreferencesLink
    person: Profile
    preferences: Preferences
    outcome: Outcome | None = None
    undo: str = ""

    @property
    def is_known(self) -> bool:
        """Somebody of whom nothing is stored, or nothing any more, is told nothing and asked nothing."""
        return self.person.version > 0


class PreferenceCentre:
    """Opens the page, and takes what is said on it."""

    def __init__(
        self,
        *,
        profiles: Profiles,
        events: EventQueue,
        secrets: SigningSecrets,
        clock: Clock,
        playbook: Callable[[], Playbook],
    ) -> None:
        self._profiles = profiles
        self._events = events
        self._secrets = secrets
        self._clock = clock
        self._playbook = playbook

    def open(self, token: str) -> Centre:
        """How things stand; ``InvalidLinkError`` or ``ExpiredLinkError`` where the link is none, or none any more.

        Of who has another address by now the page knows nobody: somebody else may read the old one.
        """
        link = read_preferences_token(token, self._secrets.accepted(), self._clock.now())
        person = survivor_of(self._profiles, self._profiles.load(link.profile_id))
        if not _is_still_theirs(link, person):
            person = Profile(id=link.profile_id)
        return Centre(link, person, preferences_of(self._playbook(), person, self._clock.now()))

    def form_of(self, centre: Centre, wordings: Mapping[tuple[Channel, str], str]) -> str:
        """What a form of this page is to hand back."""
        cells = [[cell.channel.value, cell.topic, int(cell.is_on)] for cell in centre.preferences.cells]
        fields = [centre.link.profile_id, _digest_of(wordings), cells]
        return seal(FORM, fields, self._secrets.signing())

    def take(self, token: str, asked: Asked) -> Centre:
        """Put the person's statements into their stream, and show things as they stand with them.

        Raises:
            InvalidLinkError: the link, or what the form handed back, is none of ours, or is somebody else's.
            ExpiredLinkError: the link is too old.
        """
        centre = self.open(token)
        if not centre.is_known:
            return centre
        now = self._clock.now()
        outcome, said, before = self._said(centre, asked)
        events = [
            _statement(centre, name, properties, now, f"{token}|{asked.action}|{index}")
            for index, (name, properties) in enumerate(said)
        ]
        if events:
            self._events.put(events)
        preferences = preferences_of(self._playbook(), centre.person, now, events)
        undo = seal(UNDO, [centre.link.profile_id, *before], self._secrets.signing()) if before else ""
        return Centre(centre.link, centre.person, preferences, outcome, undo)

    def _said(self, centre: Centre, asked: Asked) -> tuple[Outcome, list["_Said"], list[list[str]]]:
        """What came of it, what is stated, and which boxes an undo would tick again or clear."""
        match asked.action:
            case Action.SAVE:
                return self._saved(centre, asked)
            case Action.STOP:
                self._shown(centre, asked)
                on = [[c.channel.value, c.topic, "1"] for c in centre.preferences.cells if c.is_on]
                return Outcome.STOPPED, [(SystemEvent.UNSUBSCRIBED, _proof(asked, "page"))], on
            case Action.PAUSE:
                self._shown(centre, asked)
                until = format_instant(self._clock.now() + PAUSE)
                return Outcome.PAUSED, [(SystemEvent.MARKETING_PAUSED, {**_proof(asked, "page"), "until": until})], []
            case Action.RESUME:
                self._shown(centre, asked)
                return Outcome.RESUMED, [(SystemEvent.MARKETING_RESUMED, _proof(asked, "page"))], []
            case Action.UNDO:
                cells = self._handed_back(UNDO, centre, asked)
                said = [_choice(asked, UNDONE, channel, topic, is_on=on == "1") for channel, topic, on in cells]
                return Outcome.UNDONE, said, []

    def _saved(self, centre: Centre, asked: Asked) -> tuple[Outcome, list["_Said"], list[list[str]]]:
        shown_wording, shown = self._shown(centre, asked)
        is_older = shown_wording != _digest_of(asked.wordings)
        said: list[_Said] = []
        before: list[list[str]] = []
        for index, (name, topic, was_on) in enumerate(shown):
            is_on = index in asked.on
            if is_on == bool(was_on):
                continue
            if is_on and is_older:
                return Outcome.STALE, [], []
            channel = Channel(name)
            event, properties = _choice(asked, "page", name, topic, is_on=is_on)
            if is_on:
                properties["wording"] = asked.wordings.get((channel, topic), "")
                if channel is not centre.link.channel:
                    properties["confirmed"] = False  # the link proves that of its own channel alone
            said.append((event, properties))
            before.append([name, topic, "1" if was_on else "0"])
        return (Outcome.SAVED if said else Outcome.UNCHANGED), said, before

    def _shown(self, centre: Centre, asked: Asked) -> tuple[str, list[tuple[str, str, int]]]:
        """The digest of the words that the form stood beside, and its boxes."""
        wording, cells = self._handed_back(FORM, centre, asked)
        return wording, cells

    def _handed_back(self, purpose: str, centre: Centre, asked: Asked) -> list[Any]:
        fields: list[Any]
        profile_id, *fields = unseal(purpose, asked.form, self._secrets.accepted(), longest=MAX_FORM)
        if profile_id != centre.link.profile_id:
            raise InvalidLinkError
        return fields


def _is_still_theirs(link: PreferencesLink, person: Profile) -> bool:
    held = person.known_addresses(link.channel)
    return not link.address or link.address in {address_digest(link.channel, one) for one in held}


_Said = tuple[SystemEvent, dict[str, Any]]


def _choice(asked: Asked, source: str, channel: str, topic: str, *, is_on: bool) -> _Said:
    name = SystemEvent.SUBSCRIBED if is_on else SystemEvent.UNSUBSCRIBED
    return name, {"channel": channel, "topic": topic, **_proof(asked, source)}


def _proof(asked: Asked, source: str) -> dict[str, Any]:
    return {"source": source, **({"evidence": dict(asked.evidence)} if asked.evidence else {})}


def _statement(centre: Centre, name: SystemEvent, properties: Mapping[str, Any], now: Instant, what: str) -> Event:
    """As an event of the person's; its id is of the link, what was said and the second, as of any link's statement."""
    scope = f"{properties.get('channel')}|{properties.get('topic')}"
    repeat = hashlib.sha256(f"{what}|{scope}|{now // SECOND}".encode()).hexdigest()[:32]
    return Event(
        id=f"{_PREFIX[name]}:{repeat}",
        type=EventType.TRACK,
        name=name,
        at=now,
        received_at=now,
        profile_id=centre.person.id,
        properties={**properties, "message_id": centre.link.message_id},
        trust=Trust.SYSTEM,
        source=SOURCE,
    )


_PREFIX: Final[Mapping[str, str]] = {
    SystemEvent.SUBSCRIBED: "subscribed",
    SystemEvent.UNSUBSCRIBED: "unsubscribed",
    SystemEvent.MARKETING_PAUSED: "unsubscribed",
    SystemEvent.MARKETING_RESUMED: "subscribed",
}


def _digest_of(wordings: Mapping[tuple[Channel, str], str]) -> str:
    texts = sorted(f"{channel}\n{topic}\n{wording}" for (channel, topic), wording in wordings.items())
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=8).hexdigest()
