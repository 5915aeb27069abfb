"""Messages that go on another channel when nobody answers them: what arms them, and what calls them off.

A fallback is armed by ``Message Sent``, which says when and on which channel the message really went, and falls due at
an instant, like a wait. The run does not wait for it. Whatever makes the message pointless calls it off: an answer, a
no, the run's end from outside, or an event that ends the journey or is its goal, though the run be over.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from shared.domain.behaviour.engagement import is_answer, is_tap
from shared.domain.consent.words import Channel, Purpose
from shared.domain.draft import Draft
from shared.domain.events import SERVERS, Event, SystemEvent, Trust
from shared.domain.journeys.beginnings import entry_size
from shared.domain.journeys.program import Send
from shared.domain.journeys.run_keys import key_of
from shared.domain.ledger import DropReason, MessageStatus
from shared.domain.profiles import MAX_FALLBACKS, MAX_FALLBACKS_SIZE, Fallback, Run
from shared.domain.records import changed
from shared.domain.timing import Instant, format_instant

_OF_DELIVERY: Final = frozenset({SystemEvent.MESSAGE_SENT, SystemEvent.MESSAGE_BOUNCED, SystemEvent.MESSAGE_FAILED})
_NOES: Final = frozenset({SystemEvent.MESSAGE_COMPLAINED, SystemEvent.UNSUBSCRIBED})

_INSTEAD: Final = "instead"

NONE_LEFT: Final = "there is none left"


def message_id(run_id: str, position: str, message: str, *apart: str) -> str:
    """The same for whoever decides it again. With the message's name: at a position where the run was before, a new
    version may have another message."""
    identity = "\0".join((run_id, position, message, *apart))
    return hashlib.blake2b(identity.encode(), digest_size=16).hexdigest()


def id_instead(fallback: Fallback, channel: Channel) -> str:
    """Of the message that goes in its place, on that channel first: once, whoever asks."""
    return message_id(fallback.run_id, fallback.position, fallback.message, _INSTEAD, channel.value)


def remember(
    draft: Draft,
    run: Run,
    position: str,
    step: Send,
    id_: str,
    channels: tuple[Channel, ...],
    tried: tuple[Channel, ...],
) -> None:
    """Keep in mind a message that was ordered, where a channel is left on which it may go instead.

    ``step``: with the channels that are left; ``tried``: those on which it went before.
    """
    if step.fallback_after is None or not {*step.channels} - {channels[0]}:
        return
    if not _has_room(draft, run):
        if draft.explaining:
            draft.note(run.journey, f"{step.message} goes on no other channel: too much is on its way already")
        return
    draft.fallbacks[id_] = Fallback(
        run_id=run.id,
        journey=run.journey,
        version=run.version,
        key=run.key,
        entered_at=run.entered_at,
        position=position,
        message=step.message,
        channels=channels,
        ordered_at=draft.clock,
        entry=run.entry,
        tried=tried,
    )


def _has_room(draft: Draft, run: Run) -> bool:
    size = entry_size(run.entry) + sum(entry_size(one.entry) for one in draft.fallbacks.values())
    return len(draft.fallbacks) < MAX_FALLBACKS and size <= MAX_FALLBACKS_SIZE


def latest(fallbacks: Mapping[str, Fallback]) -> dict[str, Fallback]:
    """Of two people's who are one, the latest that one profile has room for."""
    size = 0
    kept: list[tuple[str, Fallback]] = []
    for id_, one in sorted(fallbacks.items(), key=lambda item: (item[1].ordered_at, item[0]), reverse=True):
        size += entry_size(one.entry)
        if len(kept) == MAX_FALLBACKS or size > MAX_FALLBACKS_SIZE:
            break
        kept.append((id_, one))
    return dict(reversed(kept))


def untried(step: Send, fallback: Fallback) -> tuple[Channel, ...]:
    """The step's channels on which the message did not go yet, in their order."""
    return tuple(channel for channel in step.channels if channel not in fallback.tried)


def step_of(draft: Draft, fallback: Fallback) -> Send | None:
    """Its step, as its run entered it; ``None`` where the playbook no longer has it, or lets nothing follow it."""
    journey = draft.playbook.journey_of(fallback)
    placed = journey.program.get(fallback.position) if journey else None
    step = placed.step if placed else None
    if not isinstance(step, Send) or step.message != fallback.message or step.fallback_after is None:
        return None
    return step


def next_due(draft: Draft) -> Instant | None:
    """The next instant at which a message was silent for long enough."""
    return min((one.due_at for one in draft.fallbacks.values() if one.due_at is not None), default=None)


def hear(draft: Draft, event: Event) -> None:
    """What the event says of messages that may go on another channel."""
    if not draft.fallbacks:
        return
    if event.name in _OF_DELIVERY and event.trust is Trust.SYSTEM:
        for id_ in _meant_by(draft, event):
            _take_delivery(draft, id_, draft.fallbacks[id_], event)
    elif is_answer(event) or is_tap(event):
        for id_ in _meant_by(draft, event):
            call_off(draft, id_, DropReason.ANSWERED, "it was answered")
    elif event.name in _NOES and event.trust in SERVERS and isinstance(event.properties.get("message_id"), str):
        for id_ in _meant_by(draft, event):
            call_off(draft, id_, DropReason.NO_CONSENT, "it was answered with a no")
    hear_of_end(draft, event)


def hear_of_end(draft: Draft, event: Event, among: Collection[str] | None = None) -> None:
    """An event that would end the run, or is its goal: what the message is for has come about.

    ``among``: the runs that hear of it, where it is not all of them.
    """
    for journey in (*draft.playbook.exited_by(event.name), *draft.playbook.aimed_at(event.name)):
        key = key_of(journey, draft, event)
        for id_, one in [*draft.fallbacks.items()]:
            is_same = one.journey == journey.name and one.key == key and event.at >= one.entered_at
            if is_same and draft.playbook.journey_of(one) is journey and (among is None or one.run_id in among):
                call_off(draft, id_, DropReason.RUN_ENDED, f"{event.name} happened")


def hear_of_exit(draft: Draft, journey: str, key: str | None, at: Instant, among: Collection[str]) -> None:
    """An exit event of which only the profile's memory tells."""
    for id_, one in [*draft.fallbacks.items()]:
        is_same = one.journey == journey and one.key == key and at >= one.entered_at and one.run_id in among
        if is_same and not draft.playbook.has_changed(one):
            call_off(draft, id_, DropReason.RUN_ENDED, "what ends the journey happened")


def call_off_run(draft: Draft, run_id: str) -> None:
    """The run was ended from outside, or would not have begun."""
    for id_ in [id_ for id_, one in draft.fallbacks.items() if one.run_id == run_id]:
        call_off(draft, id_, DropReason.RUN_ENDED, "its run was ended")


def call_off(draft: Draft, id_: str, reason: DropReason, because: str) -> None:
    """What policy holds already is dropped with the reason."""
    fallback = draft.fallbacks.pop(id_)
    draft.changed = True
    for channel in fallback.held:
        named = {"journey": fallback.journey, "run": fallback.run_id, "message": fallback.message}
        draft.tell("dropped", **named, channel=channel, reason=reason.value)
    if draft.explaining:
        draft.note(fallback.journey, f"{fallback.message} goes on no other channel: {because}")


def _take_delivery(draft: Draft, id_: str, fallback: Fallback, event: Event) -> None:
    """The message was sent, or failed; a notification's dead device says nothing of the others."""
    channel = _channel_of(event)
    if event.name == SystemEvent.MESSAGE_SENT:
        if fallback.due_at is None and channel is not None:
            _arm(draft, id_, fallback, channel, event.at)
    elif event.name == SystemEvent.MESSAGE_FAILED:
        if event.properties.get("outcome") == MessageStatus.FAILED:
            _fail(draft, id_, fallback, channel)
        else:
            call_off(draft, id_, DropReason.CONDITION, "it was not sent, or nobody knows")
    elif event.properties.get("hard") is True and channel is not Channel.PUSH:
        _fail(draft, id_, fallback, channel)


def _arm(draft: Draft, id_: str, fallback: Fallback, channel: Channel, at: Instant) -> None:
    tried = _tried(fallback, channel)
    step = step_of(draft, fallback)
    left = [] if step is None else [one.value for one in step.channels if one not in tried]
    if step is None or step.fallback_after is None or not left:
        call_off(draft, id_, DropReason.NO_CONTENT, NONE_LEFT)
    elif channel not in draft.playbook.tracking.heard:
        call_off(draft, id_, DropReason.NO_CONTENT, f"nobody would hear of an answer by {channel}")
    elif _is_stale(draft, fallback, due_at := at + step.fallback_after):
        call_off(draft, id_, DropReason.EXPIRED, "the news of its sending came too late")
    else:
        draft.fallbacks[id_] = changed(fallback, tried=tried, due_at=due_at)
        draft.changed = True
        if draft.explaining:
            until = format_instant(due_at)
            draft.note(fallback.journey, f"{fallback.message} goes by {' or '.join(left)} unless answered by {until}")


def _is_stale(draft: Draft, fallback: Fallback, due_at: Instant) -> bool:
    """Whether marketing would go later than it is worth waiting: the news was set aside, and handed over by hand."""
    journey = draft.playbook.journey_of(fallback)
    is_marketing = journey is not None and journey.purpose is Purpose.MARKETING
    return is_marketing and draft.moment - due_at > draft.playbook.policy.expire_after


def _fail(draft: Draft, id_: str, fallback: Fallback, channel: Channel | None) -> None:
    """It never arrived: there is nothing to wait for. What goes in its place already, or is held, stays."""
    if fallback.held_since is not None:
        return
    failed = changed(fallback, tried=_tried(fallback, channel), due_at=draft.clock, is_failed=True)
    step = step_of(draft, fallback)
    if step is None or not untried(step, failed):
        call_off(draft, id_, DropReason.NO_CONTENT, NONE_LEFT)
    else:
        draft.fallbacks[id_] = failed
        draft.changed = True


def _tried(fallback: Fallback, channel: Channel | None) -> tuple[Channel, ...]:
    """With those before the channel that took it, and with all where none did."""
    ordered = fallback.channels
    went = ordered[: ordered.index(channel) + 1] if channel in ordered else (*ordered, *([channel] if channel else []))
    return tuple(dict.fromkeys((*fallback.tried, *went)))


def _meant_by(draft: Draft, event: Event) -> Iterable[str]:
    """The fallbacks of the message that the event tells of, or of one in whose place it went.

    Where the event does not say its id: of the latest of its name that is not younger.
    """
    id_, name = event.properties.get("message_id"), event.properties.get("message")
    if isinstance(id_, str):
        if event.name in _OF_DELIVERY:
            return [id_] if id_ in draft.fallbacks else []
        return [known for known, one in draft.fallbacks.items() if id_ == known or id_ in _predecessors(one)]
    channel = _channel_of(event)
    named = [
        (one.ordered_at, known)
        for known, one in draft.fallbacks.items()
        if one.message == name and one.ordered_at <= event.at and channel in {None, *one.channels, *one.tried}
    ]
    return [max(named)[1]] if named else []


def _predecessors(fallback: Fallback) -> frozenset[str]:
    first = message_id(fallback.run_id, fallback.position, fallback.message)
    return frozenset({first, *(id_instead(fallback, channel) for channel in fallback.tried)})


def _channel_of(event: Event) -> Channel | None:
    channel = event.properties.get("channel")
    return Channel(channel) if channel in tuple(Channel) else None
