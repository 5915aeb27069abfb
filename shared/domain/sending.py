"""A ``send`` step: on which of its channels the person may be written to, or why the message is dropped."""

import hashlib

from shared.domain.consent import Channel, Purpose
from shared.domain.draft import Draft
from shared.domain.journeys import Journey, Send
from shared.domain.messages import DropReason, Message
from shared.domain.profiles import HOLDOUT, Profile, Run, Touch


def send(draft: Draft, journey: Journey, run: Run, position: str, step: Send) -> None:
    """Order the message on the channels that may be used, or say why it is dropped."""
    common = {"journey": journey.name, "run": run.id, "message": step.message}
    if run.variant == HOLDOUT:
        draft.tell("dropped", **common, channel=None, reason=DropReason.HOLDOUT.value)
        return
    person = draft.person()
    verdicts = {channel: _reason_to_drop(draft, person, journey, channel) for channel in step.channels}
    if draft.explaining:
        for channel, verdict in verdicts.items():
            draft.note(f"{journey.name}: {step.message} by {channel}: {verdict or 'allowed'}")
    channels = tuple(channel for channel, verdict in verdicts.items() if verdict is None)
    if not channels:
        reason = next(reason for reason in DropReason if reason in verdicts.values())
        draft.tell("dropped", **common, channel=None, reason=reason.value)
        return
    draft.tell("send", **common, step=position, channel=channels[0].value)
    draft.touch(Touch(channels[0], journey.purpose.value, draft.clock, step.message))
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
        )
    )


def _reason_to_drop(draft: Draft, person: Profile, journey: Journey, channel: Channel) -> DropReason | None:
    if not person.addresses(channel):
        return DropReason.SUPPRESSED if person.known_addresses(channel) else DropReason.NO_ADDRESS
    if journey.purpose is Purpose.MARKETING and not draft.consents(channel, journey.topic):
        return DropReason.NO_CONSENT
    return None
