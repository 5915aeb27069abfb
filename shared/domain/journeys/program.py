"""A journey: who enters it, what ends it, and its steps as a program.

Steps nest in the file; here each has a position (``3``, ``3.then.0``) and knows the position that follows it, so
a run is one position and one instant, whatever the nesting.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import Any, Final, TypeAlias

from shared.domain.conditions.paths import Path
from shared.domain.conditions.trees import ALWAYS, Condition
from shared.domain.consent.words import Channel, Purpose
from shared.domain.timing import Duration

END: Final = ""
"""The position after the last step."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Continue ``duration`` later."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class WaitUntil:
    """Continue at the next such time of the person's own clock, on one of the weekdays (0: Monday)."""

    at: time
    weekdays: frozenset[int]


@dataclass(frozen=True, slots=True)
class WaitDate:
    """Continue at the instant or date that a path leads to, ``offset`` later; at once where there is none."""

    path: Path
    offset: Duration


class Via(StrEnum):
    """Which of a step's channels its message goes on."""

    FIRST = "first"
    """The first that can be used, in the order in which the file names them."""
    BEST = "best"
    """The first that can be used, in the order in which the person answers them."""
    ALL = "all"
    """Every one that can be used, each with a message of its own."""


@dataclass(frozen=True, slots=True)
class Send:
    """One message; the channels are in the file's order, or of ``best`` and ``all`` those it has content for."""

    message: str
    channels: tuple[Channel, ...]
    reroute: bool = False
    """Whether a channel in its quiet hours or at its cap is passed over instead of waited for."""
    condition: Condition = ALWAYS
    """What must hold for it to go, looked at again at the moment of sending."""
    plain_condition: Mapping[str, Any] | None = None
    """The same as the file says it, for the message to take along; ``None`` where nothing is asked."""
    via: Via = Via.FIRST
    fallback_after: Duration | None = None
    """How long after it was sent it goes on the next channel, if nobody answered it; ``None``: it does not."""


@dataclass(frozen=True, slots=True)
class Branch:
    """The position of the first case that holds, or ``otherwise``; either may be what follows the step."""

    cases: tuple[tuple[Condition, str], ...]
    otherwise: str


@dataclass(frozen=True, slots=True)
class Split:
    """One of the arms (weight, position), always the same for a person; ``name`` is the step's, or its position."""

    name: str
    arms: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Await:
    """``then`` when one of the events happens within ``duration`` of reaching the step, else ``otherwise``."""

    events: frozenset[str]
    where: Condition
    duration: Duration
    then: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class SetTraits:
    """Changes the profile: trait → value, literal or a path."""

    traits: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Emit:
    """Tells the bus, and the person's own stream, of an event; property → value, literal or a path."""

    event: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StartJourney:
    """Starts another journey, with the run's own entry event; its own, as the last step: it begins again."""

    journey: str


@dataclass(frozen=True, slots=True)
class Exit:
    """Ends the run with a reason."""

    reason: str


Waiting: TypeAlias = Wait | WaitUntil | WaitDate | Await
Resting: TypeAlias = Waiting | Send
"""Steps at which a run can stand."""

Step: TypeAlias = Waiting | Send | Branch | Split | SetTraits | Emit | StartJourney | Exit


@dataclass(frozen=True, slots=True)
class DateEntry:
    """People enter on a date of theirs.

    Attributes:
        trait: what holds the date, or an instant on it.
        at: the time of the person's own clock.
        offset: how much later than the date; negative: before it.
        yearly: every year from the date's own on, not only once.
    """

    trait: Path
    at: time
    offset: Duration
    yearly: bool


@dataclass(frozen=True, slots=True)
class Goal:
    """What a run is for: one of the events, within a duration of the entry event."""

    events: frozenset[str]
    within: Duration


@dataclass(frozen=True, slots=True)
class Placed:
    """A step at its position: ``follows`` is where the run goes on, ``name`` the one that the file gives it."""

    step: Step
    follows: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One journey of the playbook.

    Attributes:
        version: digest of its content.
        enter_on: the events that begin a run; ``enter_date``: the date that does. Neither: only other journeys.
        key: where the entry event carries the run's key; ``None``: one run a person.
        enter_where: tests the event; ``enter_if`` tests the profile.
        reenter_after: since the last run of the same key ended; 0: always; ``None``: never.
        exit_if: ends the run the moment it becomes true.
        holdout: the share of people, from 0 to 1, who are measured and sent nothing.
        program: position → step.
        migrates: whether people in flight move on to it from its earlier versions.
        source: what its file says, for the archive of versions.
        entry_fields: which of the entry event's ``properties`` and ``context`` later steps and templates read.
    """

    name: str
    title: str
    version: str
    purpose: Purpose
    topic: str | None
    priority: int
    key: Path | None
    enter_on: frozenset[str]
    enter_date: DateEntry | None
    enter_where: Condition
    enter_if: Condition
    reenter_after: Duration | None
    exit_on: frozenset[str]
    exit_if: Condition | None
    goal: Goal | None
    holdout: float
    program: Mapping[str, Placed]
    entry_fields: frozenset[tuple[str, str]]
    migrates: bool = False
    source: Any = field(default=None, repr=False, compare=False)

    @property
    def start(self) -> str:
        return "0" if "0" in self.program else END

    @property
    def awaited(self) -> frozenset[str]:
        """The names of the events that a step waits for."""
        steps = (placed.step for placed in self.program.values())
        return frozenset().union(*(step.events for step in steps if isinstance(step, Await)))

    @property
    def goal_on(self) -> frozenset[str]:
        return self.goal.events if self.goal else frozenset()
