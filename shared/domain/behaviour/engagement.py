"""Which channel a person answers: what they opened or clicked of what was sent, and the order that follows.

Of each channel the mean of a Beta distribution: a few messages that are assumed of everybody, and those that were sent
to this person, each worth half as much as one a month younger. Kept on the touches, which are few and of each purpose
the latest, and reckoned from them in closed form: it is bounded, follows a person who changes, and does not depend on
the order in which answers arrive, nor on how often it was asked.
"""

from collections.abc import Collection, Mapping, Sequence
from math import fsum
from typing import Any, Final, NamedTuple

from shared.domain.consent.words import USUAL_ORDER, Channel
from shared.domain.draft import Draft
from shared.domain.events import Event, SystemEvent, Trust
from shared.domain.profiles import Touch
from shared.domain.records import changed
from shared.domain.timing import DAY, Duration, Instant

TIME_TO_ANSWER: Final[Duration] = DAY
"""A message that is younger and has no answer yet says nothing."""

MARK_LENGTH: Final = 8
"""Of a message's id, as many digits are kept with its touch as tell it from the hundred others."""

ANSWERED_WITHIN: Final[Duration] = 30 * DAY
"""What is opened later says little of the channel, and a message's mark need not be kept for ever."""

HALF_LIFE: Final[Duration] = 30 * DAY
"""After so long a message says half as much of the person."""

ASSUMED: Final = 3.0
"""Messages of which everybody is assumed to have been sent as many on each channel: the prior's weight."""

ASSUMED_ANSWERS: Final[Mapping[Channel, float]] = {
    channel: round(1.0 - 0.1 * place, 1) for place, channel in enumerate(USUAL_ORDER)
}
"""Of them, how many were answered: about every third, so that one message which is not answered lets the next channel
try; a little less where a message costs more or intrudes more, which gives the usual order where nothing is known."""

TAPPED: Final = "Push Notification Tapped"
"""What the shop's app tells, with the ``message_id`` that came with the notification."""

_ANSWERS: Final = frozenset({SystemEvent.MESSAGE_OPENED, SystemEvent.MESSAGE_CLICKED})

_DIGITS: Final = 9
"""To which a share is rounded, so that no machine's arithmetic tells two alike ones apart."""


class Answers(NamedTuple):
    """How many of the messages on a channel the person answered, of those that say something.

    Attributes:
        weight, weight_answered: the same, each message worth the less the older it is.
    """

    channel: Channel
    answered: int
    sent: int
    weight_answered: float = 0.0
    weight: float = 0.0

    @property
    def rate(self) -> float:
        """The share of messages that the person is expected to answer: between 0 and 1."""
        return round((ASSUMED_ANSWERS[self.channel] + self.weight_answered) / (ASSUMED + self.weight), _DIGITS)

    def __str__(self) -> str:
        told = f"{self.answered} of {self.sent} answered" if self.sent else "nothing known"
        return f"{self.channel} {self.rate:.0%} ({told})"


def by_engagement(
    touches: Sequence[Touch], channels: Sequence[Channel], now: Instant, heard: Collection[Channel] = USUAL_ORDER
) -> list[Answers]:
    """The channels, the one that the person answers most first; ``heard``: those of which answers reach us.

    Of another channel, silence says nothing; until the person answers there once, which shows that it is heard too.
    """
    found = [_answers(touches, channel, now, is_heard=channel in heard) for channel in channels]
    return sorted(found, key=lambda answers: (-answers.rate, USUAL_ORDER.index(answers.channel)))


def _answers(touches: Sequence[Touch], channel: Channel, now: Instant, *, is_heard: bool) -> Answers:
    sent = [t for t in touches if t.channel is channel and (t.is_answered or t.at <= now - TIME_TO_ANSWER)]
    answered = [touch for touch in sent if touch.is_answered]
    if not is_heard and not answered:
        return Answers(channel, 0, 0)
    return Answers(channel, len(answered), len(sent), _weight(answered, now), _weight(sent, now))


def _weight(touches: Sequence[Touch], now: Instant) -> float:
    """The same in whatever order they come."""
    return fsum(0.5 ** (max(0, now - touch.at) / HALF_LIFE) for touch in touches)


def take_answer(draft: Draft, event: Event) -> None:
    """Note that the person opened, clicked or tapped a message; what the provider flags, a machine did."""
    if not is_answer(event) and not is_tap(event):
        return
    meant = _meant_by(event, draft.touches)
    if meant is not None and not meant.is_answered:
        draft.touches = tuple(changed(t, is_answered=True) if t is meant else t for t in draft.touches)


def is_answer(event: Event) -> bool:
    """Whether the person, and no machine, opened or clicked a message."""
    is_one = event.name in _ANSWERS and event.trust is Trust.SYSTEM
    by_machine = event.properties.get("machine") is True or _is_flagged(event.properties.get("flags"))
    return is_one and not by_machine


def is_tap(event: Event) -> bool:
    """Whether it tells of a notification that was tapped, whoever sends it: only the device knows the message's id.

    It keeps no consent alive: a browser could make one up.
    """
    return event.name == TAPPED and isinstance(event.properties.get("message_id"), str)


def _meant_by(event: Event, touches: Sequence[Touch]) -> Touch | None:
    """The touch of the message; where the event does not say its id, the latest of its name that is not younger."""
    id_, name, channel = (event.properties.get(key) for key in ("message_id", "message", "channel"))
    if event.name == TAPPED:
        channel = Channel.PUSH.value
    of_channel = [touch for touch in touches if channel in {None, touch.channel.value}]
    if isinstance(id_, str):
        meant = next((touch for touch in of_channel if touch.mark and touch.mark == id_[:MARK_LENGTH]), None)
        return meant if meant is not None and event.at < meant.at + ANSWERED_WITHIN else None
    named = [touch for touch in of_channel if touch.message == name and touch.at <= event.at]
    return max(named, key=lambda touch: touch.at, default=None)


def _is_flagged(flags: Any) -> bool:
    return isinstance(flags, dict) and any(flag is True for flag in flags.values())
