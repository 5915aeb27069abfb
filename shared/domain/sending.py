"""A ``send`` step: on which of its channels the person may be written to, when, or why the message is dropped."""

import hashlib

from shared.domain.conditions import ALWAYS, holds
from shared.domain.consent import Channel, Purpose
from shared.domain.draft import Draft
from shared.domain.journeys import Journey, Send
from shared.domain.local_time import zone_of
from shared.domain.messages import DropReason, Message
from shared.domain.profiles import HOLDOUT, Reach, Run, Touch
from shared.domain.timing import Instant, format_instant
from shared.domain.wording import describe


def send(draft: Draft, journey: Journey, run: Run, position: str, step: Send) -> Instant | None:
    """Order the message on the channels that may be used, or say why it is dropped.

    Returns until when policy holds it; ``None``: it has had its turn.
    """
    common = {"journey": journey.name, "run": run.id, "message": step.message}
    if not _is_wanted(draft, journey, run, step):
        draft.tell("dropped", **common, channel=None, reason=DropReason.CONDITION.value)
        return None
    if run.variant == HOLDOUT:
        draft.tell("dropped", **common, channel=None, reason=DropReason.HOLDOUT.value)
        return None
    reach = draft.reach()
    verdicts = {channel: _reason_to_drop(draft, reach, journey, channel) for channel in step.channels}
    if draft.explaining:
        for channel, verdict in verdicts.items():
            draft.note(f"{journey.name}: {step.message} by {channel}: {verdict or 'allowed'}")
    usable = [channel for channel, verdict in verdicts.items() if verdict is None]
    if not usable:
        reason = next(reason for reason in DropReason if reason in verdicts.values())
        draft.tell("dropped", **common, channel=None, reason=reason.value)
        return None
    free = {channel: _free_at(draft, journey, channel) for channel in usable}
    first = min(usable, key=lambda channel: free[channel][0]) if step.reroute else usable[0]
    until, held_by = free[first]
    if draft.explaining and held_by:
        draft.note(f"{journey.name}: {step.message} by {first}: held by {held_by} until {format_instant(until)}")
    if _expires(draft, run, until):
        draft.tell("dropped", **common, channel=first.value, reason=DropReason.EXPIRED.value)
        return None
    if until > draft.moment:
        draft.tell("held", **common, channel=first.value, reason=held_by, until=until)
        return until
    rest = [channel for channel in usable[usable.index(first) + 1 :] if free[channel][0] <= draft.moment]
    _order(draft, journey, run, position, step, (first, *rest))
    return None


def _is_wanted(draft: Draft, journey: Journey, run: Run, step: Send) -> bool:
    """Whether the step's own condition holds."""
    if step.condition is ALWAYS:
        return True
    scope = draft.scope(entry=run.entry)
    if draft.explaining:
        draft.note(f"{journey.name}: {step.message} goes if {describe(step.condition, scope)}")
    return holds(step.condition, scope)


def _order(draft: Draft, journey: Journey, run: Run, position: str, step: Send, channels: tuple[Channel, ...]) -> None:
    draft.tell("send", journey=journey.name, run=run.id, step=position, message=step.message, channel=channels[0].value)
    draft.touch(Touch(channels[0], journey.purpose.value, draft.moment, step.message))
    draft.order(
        Message(
            id=hashlib.blake2b(f"{run.id}\0{position}".encode(), digest_size=16).hexdigest(),
            profile_id=draft.profile_id,
            journey=journey.name,
            run_id=run.id,
            step=position,
            name=step.message,
            purpose=journey.purpose,
            topic=journey.topic,
            channels=channels,
            decided_at=draft.clock,
            entry=run.entry,
            condition=step.plain_condition,
        )
    )


def _expires(draft: Draft, run: Run, until: Instant) -> bool:
    """Whether a message that policy held, or would hold, goes later than it is worth waiting since it was first due.

    What policy never stopped does not expire: a failure of ours that made it late is no reason to lose it.
    """
    if run.held_since is None and until <= draft.moment:
        return False
    since = draft.clock if run.held_since is None else run.held_since
    return until > since + draft.playbook.policy.expire_after


def _free_at(draft: Draft, journey: Journey, channel: Channel) -> tuple[Instant, str | None]:
    """When policy lets the message go on that channel, and what holds it until then; a transactional one at once."""
    policy = draft.playbook.policy
    if journey.purpose is Purpose.TRANSACTIONAL or not (policy.quiet_hours or policy.caps):
        return draft.moment, None
    zone = zone_of(draft.traits, draft.playbook.timezone)
    return policy.free_at(channel, journey.purpose, draft.traits, zone, draft.touches, draft.moment)


def _reason_to_drop(draft: Draft, reach: Reach, journey: Journey, channel: Channel) -> DropReason | None:
    if not reach.addresses(channel):
        return DropReason.SUPPRESSED if reach.known_addresses(channel) else DropReason.NO_ADDRESS
    if journey.purpose is Purpose.MARKETING and not draft.consents(channel, journey.topic):
        return DropReason.NO_CONSENT
    return None
