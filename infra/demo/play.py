"""Play the scenes: each part when its cue has come, until nothing more can arrive."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from infra.demo.script import OptsOut, Part, Role, Scene
from infra.demo.storefront import Storefront
from infra.demo.watch import Message, OutboxWatch
from shared.domain.timing import DAY, HOUR, Instant

LAST_DUE_AFTER: Final = DAY + HOUR
"""What comes within a day, and room for its work; what the shipped playbook sends later comes days later."""

LOOK_EVERY: Final = 0.2
"""Seconds."""


class Stage(Protocol):
    """What the play must know of the local cloud."""

    def now(self) -> Instant:
        """The system's time."""
        ...

    def wall(self) -> Instant: ...

    def is_quiet(self) -> bool:
        """No queue holds anything."""
        ...


@dataclass
class Cast:
    """How far one person's role has been played, and what they received."""

    role: Role
    scene: Scene
    pending: list[Part] = field(default_factory=list)
    received: Counter[str] = field(default_factory=Counter)

    def cued(self, message: Message) -> list[Part]:
        """The parts for which this message was the cue; they are taken."""
        name = message["message"]
        ready = [
            part for part in self.pending if part.after and part.after.message == name
            and part.after.nth <= self.received[name]
        ]  # fmt: skip
        self.pending = [part for part in self.pending if part not in ready]
        return ready


class Play:
    """One performance. ``arrived`` holds every message; ``on_arrival`` is told each with the role it belongs to."""

    def __init__(
        self,
        scenes: Sequence[Scene],
        *,
        storefront: Storefront,
        watch: OutboxWatch,
        stage: Stage,
        on_arrival: Callable[[Message, Cast | None], None],
        on_phase: Callable[[str], None],
    ) -> None:
        self._scenes = scenes
        self._storefront = storefront
        self._watch = watch
        self._stage = stage
        self._on_arrival = on_arrival
        self._on_phase = on_phase
        self._cast = {
            role.person.id: Cast(role, scene, [part for part in role.parts if part.after])
            for scene in scenes
            for role in scene.roles
        }
        self._last_deed = stage.now()
        self.arrived: list[Message] = []

    def perform(self, *, patience: float) -> None:
        """``patience``: real seconds after the last possible message until silence is taken for an answer."""
        for scene in self._scenes:
            self._on_phase(scene.title)
            for role in scene.roles:
                self._storefront.act(
                    role.person, [deed for part in role.parts if not part.after for deed in part.deeds]
                )
            self._storefront.flush()
            self._last_deed = self._stage.now()
            self._receive(0)
        self._on_phase("Hours pass")
        self._wait(patience)

    def _wait(self, patience: float) -> None:
        """Until every message that could be due has had its time and nothing is on its way any more."""
        quiet = 0
        overdue_since: Instant | None = None
        while quiet < 3:
            came = self._receive(LOOK_EVERY)
            if self._stage.now() < self._last_deed + LAST_DUE_AFTER:
                continue
            overdue_since = overdue_since or self._stage.wall()
            quiet = quiet + 1 if not came and self._stage.is_quiet() else 0
            if self._stage.wall() - overdue_since > patience * 1_000:
                return

    def _receive(self, wait: float) -> bool:
        came = False
        for message in self._watch.arrived(wait):
            came = True
            self.arrived.append(message)
            cast = self._cast.get(message["profile"] or "")
            self._on_arrival(message, cast)
            if cast is not None:
                cast.received[message["message"]] += 1
                self._continue(cast, message)
        return came

    def _continue(self, cast: Cast, message: Message) -> None:
        for part in cast.cued(message):
            link = (
                message["headers"].get("List-Unsubscribe") if any(isinstance(d, OptsOut) for d in part.deeds) else None
            )
            self._storefront.act(cast.role.person, part.deeds, unsubscribe=link)
            self._storefront.flush()
            self._last_deed = self._stage.now()
