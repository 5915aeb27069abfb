"""A ``send`` step: whether its message goes at all, on which channels and when, or why it is held or dropped."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from shared.domain.behaviour.engagement import MARK_LENGTH, by_engagement
from shared.domain.conditions.trees import ALWAYS, holds
from shared.domain.conditions.wording import consent_words
from shared.domain.consent.rules import drop_reason
from shared.domain.consent.words import Channel, Purpose
from shared.domain.draft import Draft
from shared.domain.journeys import fallbacks
from shared.domain.journeys.program import Journey, Send, Via
from shared.domain.ledger import DropReason
from shared.domain.locales.local_time import zone_of
from shared.domain.messages import Message
from shared.domain.profiles import HOLDOUT, Fallback, Reach, Run, Touch
from shared.domain.timing import Instant


def send(
    draft: Draft,
    journey: Journey,
    run: Run,
    position: str,
    step: Send,
    *,
    instead: tuple[str, Fallback] | None = None,
) -> Mapping[str, Instant]:
    """Order the message on the channels that may be used, or say why it is dropped.

    ``instead``: of what, and its id, where it went elsewhere before; the step has the channels that are left.
    Returns the channels on which policy holds it, and until when; none: it has had its turn.
    """
    turn = _Turn(draft, journey, run, position, step, instead)
    reason = turn.why_not_at_all()
    if reason is not None:
        for channel in run.held or (None,):
            drop(draft, run, step.message, channel, reason)
        return {}
    return turn.on_all() if step.via is Via.ALL else turn.on_the_first()


def drop(draft: Draft, run: Run, message: str | None, channel: str | None, reason: DropReason) -> None:
    draft.tell("dropped", journey=run.journey, run=run.id, message=message, channel=channel, reason=reason.value)


@dataclass(frozen=True, slots=True)
class _Turn:
    """One message of one run, as its turn has come, or comes again."""

    draft: Draft
    journey: Journey
    run: Run
    position: str
    step: Send
    instead: tuple[str, Fallback] | None = None

    def why_not_at_all(self) -> DropReason | None:
        if not self._is_wanted():
            return DropReason.CONDITION
        return DropReason.HOLDOUT if self.run.variant == HOLDOUT else None

    def _is_wanted(self) -> bool:
        """Whether the step's own condition holds."""
        if self.step.condition is ALWAYS:
            return True
        scope = self.draft.scope(entry=self.run.entry)
        if self.draft.explaining:
            self.draft.weigh(self.journey.name, f"{self.step.message} goes if", self.step.condition, scope)
        return holds(self.step.condition, scope)

    def on_the_first(self) -> Mapping[str, Instant]:
        """On the first channel that may be used, with those behind it in reserve; or held there."""
        reach = self.draft.reach()
        verdicts = {channel: self._why_not_on(channel, reach) for channel in self._in_order()}
        usable = [channel for channel, verdict in verdicts.items() if verdict is None]
        if not usable:
            reason = next((one for one in DropReason if one in verdicts.values()), DropReason.NO_CONTENT)
            drop(self.draft, self.run, self.step.message, None, reason)
            return {}
        free = {channel: self._free_at(channel) for channel in usable}
        first = min(usable, key=lambda channel: free[channel][0]) if self.step.reroute else usable[0]
        stopped = self._stopped(first, *free[first])
        if stopped is not None:
            return stopped
        rest = [channel for channel in usable[usable.index(first) + 1 :] if free[channel][0] <= self.draft.moment]
        self._order((first, *rest))
        return {}

    def on_all(self) -> Mapping[str, Instant]:
        """On every channel that may be used, each with its own fate; at a release, on those whose time has come."""
        waiting = {name: until for name, until in self.run.held.items() if until > self.draft.clock}
        released = [Channel(name) for name in self.run.held if name not in waiting]
        reach = self.draft.reach()
        for channel in released if self.run.held else self.step.channels:
            reason = self._why_not_on(channel, reach)
            if reason is not None:
                drop(self.draft, self.run, self.step.message, channel, reason)
                continue
            stopped = self._stopped(channel, *self._free_at(channel))  # after what goes on the channels before it
            if stopped is None:
                self._order((channel,))
            else:
                waiting |= stopped
        return waiting

    def _in_order(self) -> tuple[Channel, ...]:
        """The step's channels, the preferred first."""
        if self.step.via is not Via.BEST:
            return self.step.channels
        heard = self.draft.playbook.tracking.heard
        ordered = by_engagement(self.draft.touches, self.step.channels, self.draft.clock, heard)
        if self.draft.explaining:
            self._note(f"goes where the person is likeliest to answer: {', '.join(map(str, ordered))}")
        return tuple(answers.channel for answers in ordered)

    def _why_not_on(self, channel: Channel, reach: Reach) -> DropReason | None:
        reason = self._reason_to_drop(channel, reach)
        more = {}
        if self.draft.explaining and self.journey.purpose is Purpose.MARKETING:
            found = self.draft.ruling(channel, self.journey.topic, self.draft.moment)
            more = {"consent": consent_words(found, channel)}
        self._explain("checked", channel, reason=reason, **more)
        return reason

    def _reason_to_drop(self, channel: Channel, reach: Reach) -> DropReason | None:
        if channel not in self.step.channels:
            return DropReason.NO_CONTENT  # since it was held there
        if channel is Channel.WEBHOOK and not self._is_known_to_partner():
            return DropReason.NO_ADDRESS
        if not reach.addresses(channel):
            return DropReason.SUPPRESSED if reach.known_addresses(channel) else DropReason.NO_ADDRESS
        if self.journey.purpose is not Purpose.MARKETING:
            return None
        return drop_reason(self.draft.ruling(channel, self.journey.topic, self.draft.moment))

    def _is_known_to_partner(self) -> bool:
        """Whether the person has what the message's partner needs of them."""
        partner = self.draft.playbook.partners.get(self.step.message)
        return partner is None or partner.reaches(self.draft.traits)

    def _free_at(self, channel: Channel) -> tuple[Instant, str | None]:
        """When policy lets it go on that channel, and what holds it until then; a transactional one at once."""
        draft, policy = self.draft, self.draft.playbook.policy
        if self.journey.purpose is Purpose.TRANSACTIONAL or not (policy.quiet_hours or policy.caps):
            return draft.moment, None
        zone = zone_of(draft.traits, draft.playbook.timezone)
        return policy.free_at(channel, self.journey.purpose, draft.traits, zone, draft.touches, draft.moment)

    def _stopped(self, channel: Channel, until: Instant, held_by: str | None) -> Mapping[str, Instant] | None:
        """``None``: it may go; else until when policy holds it, or nothing, where it is dropped instead."""
        if held_by:
            self._explain("stopped", channel, reason=held_by, until=until)
        if self._expires(until):
            drop(self.draft, self.run, self.step.message, channel, DropReason.EXPIRED)
            return {}
        if until <= self.draft.moment:
            return None
        self.draft.tell(
            "held",
            journey=self.journey.name,
            run=self.run.id,
            message=self.step.message,
            channel=channel.value,
            reason=held_by,
            until=until,
        )
        return {channel.value: until}

    def _expires(self, until: Instant) -> bool:
        """Whether what policy held, or would hold, goes later than it is worth waiting since it was first due.

        What policy never stopped does not expire: a failure of ours that made it late is no reason to lose it.
        """
        if self.run.held_since is None and until <= self.draft.moment:
            return False
        since = self.draft.clock if self.run.held_since is None else self.run.held_since
        return until > since + self.draft.playbook.policy.expire_after

    def _order(self, channels: tuple[Channel, ...]) -> None:
        draft, journey, step = self.draft, self.journey, self.step
        instead_of, before = self.instead or ("", None)
        apart = (channels[0].value,) if step.via is Via.ALL else ()
        message = Message(
            id=(
                fallbacks.id_instead(before, channels[0])
                if before
                else fallbacks.message_id(self.run.id, self.position, step.message, *apart)
            ),
            profile_id=draft.profile_id,
            journey=journey.name,
            run_id=self.run.id,
            step=self.position,
            name=step.message,
            purpose=journey.purpose,
            topic=journey.topic,
            channels=channels,
            decided_at=draft.clock,
            entry=self.run.entry,
            condition=step.plain_condition,
            instead_of=instead_of,
        )
        draft.tell(
            "send",
            journey=journey.name,
            run=self.run.id,
            step=self.position,
            message=step.message,
            channel=channels[0].value,
        )
        mark = message.id[:MARK_LENGTH]
        draft.touch(Touch(channels[0], journey.purpose.value, draft.moment, step.message, journey.name, mark))
        draft.order(message)
        if step.fallback_after is not None:
            tried = before.tried if before else ()
            fallbacks.remember(draft, self.run, self.position, step, message.id, channels, tried)

    def _note(self, text: str) -> None:
        self.draft.note(self.journey.name, f"{self.step.message} {text}")

    def _explain(self, kind: str, channel: Channel, **details: Any) -> None:
        self.draft.explain(kind, journey=self.journey.name, message=self.step.message, channel=channel.value, **details)
