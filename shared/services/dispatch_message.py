"""Send one message: claim it, look again at whether it may go, hand it to the first channel that takes it, record.

The ledger is written before the person's stream. A crash between the two is mended by the redelivery, which finds
the message ended and tells the stream again, under the same event id.

No provider takes an idempotency token, so an attempt that vanished leaves it open whether the message went out:
marketing is then recorded as ``unknown`` and not repeated, transactional is sent again
(docs/decisions/0004-ambiguous-outcomes.md).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from shared.domain.behaviour.engagement import MARK_LENGTH
from shared.domain.channels.content import EmailContent, Outgoing, SmsContent, WhatsAppContent
from shared.domain.channels.opt_out_words import ending, with_opt_out
from shared.domain.channels.webhooks import Partner, lane_of
from shared.domain.channels.whatsapp_window import allowed
from shared.domain.consent.rules import ConsentRules, drop_reason, rule_of, ruling, said_by
from shared.domain.consent.suppressions import blocks
from shared.domain.consent.words import WRITTEN_TO, Channel, Purpose, SuppressionReason, address_digest
from shared.domain.delivery import dead_address_event, ending_events, opt_out_event
from shared.domain.events import NOTHING
from shared.domain.ledger import Attempt, AttemptOutcome, DropReason, LedgerEntry, MessageStatus, Receipt
from shared.domain.messages import Message
from shared.domain.profiles import Profile, suppression_key
from shared.domain.timing import DAY, Duration, Instant
from shared.errors import (
    AmbiguousError,
    DeadAddressError,
    HeldError,
    OptedOutError,
    PermanentError,
    RepeatableError,
    RetryableError,
    SpentError,
    ThrottledError,
)
from shared.ports.clock import Clock
from shared.ports.people import Profiles
from shared.ports.queues import EventQueue
from shared.ports.secrets import SigningSecrets
from shared.ports.sending import Claim, Ledger, Renderer, Sender, Suppressions
from shared.services.attach_documents import DocumentClerk
from shared.services.find_survivor import survivor_of
from shared.services.mark_links import LinkMarks
from shared.services.message_links import MessageLinks
from shared.services.pace import DAILY_QUOTA, QUOTA_REST, RESTING, Pace
from shared.services.personalise import Personal, PersonalContent

_ANSWERS: Final = frozenset({MessageStatus.OPENED, MessageStatus.CLICKED})

REFUSED: Final = "refused"
"""The reason where a provider gives none."""

WINDOW_SHUT: Final = "window_shut"
"""The message has no template for who has not just written."""


@dataclass(frozen=True, slots=True)
class Dispatched:
    """How a message ended; ``is_repeated`` when it had ended before, and only its event was sent again."""

    entry: LedgerEntry
    is_repeated: bool = False
    low_pools: Sequence[str] = ()
    """Pools of coupons that are nearly empty."""


@dataclass(slots=True)
class _Trail:
    """What one attempt leaves behind as it goes from channel to channel."""

    personal: Personal
    attempts: list[Attempt] = field(default_factory=list)
    receipt: Receipt | None = None
    dead: list[tuple[Channel, str]] = field(default_factory=list)
    opted_out: list[tuple[Channel, str]] = field(default_factory=list)
    successors: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of dead push tokens: the new one, and its platform."""

    @property
    def channel(self) -> Channel | None:
        """The channel on which the message went, or may have gone."""
        last = self.attempts[-1] if self.attempts else None
        return last.channel if last and last.outcome in {AttemptOutcome.ACCEPTED, AttemptOutcome.UNKNOWN} else None

    @property
    def refusal(self) -> str | None:
        """The last provider's word, if any refused."""
        refused = [attempt.detail for attempt in self.attempts if attempt.outcome is AttemptOutcome.REFUSED]
        return refused[-1] if refused else None

    @property
    def drop_reason(self) -> DropReason:
        skipped = {attempt.detail for attempt in self.attempts if attempt.outcome is AttemptOutcome.SKIPPED}
        return next(reason for reason in DropReason if reason in skipped)


class Dispatcher:
    """Brings messages to their ends.

    ``still_holds`` looks again at a message's own condition; ``default_of`` tells a topic's consent where the person
    said nothing, and ``consent_rules`` what the policy makes of it; ``public_url`` is the base of links; ``opt_out``
    is the words with which a marketing text ends in some countries; ``partners``: message → whom its webhook tells.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        profiles: Profiles,
        suppressions: Suppressions,
        renderer: Renderer,
        personal: PersonalContent,
        senders: Mapping[Channel, Sender],
        events: EventQueue,
        secrets: SigningSecrets,
        clock: Clock,
        still_holds: Callable[[Profile, Message, Instant], bool],
        default_of: Callable[[str], bool],
        consent_rules: ConsentRules,
        public_url: str,
        pace: Pace,
        marks: LinkMarks,
        documents: DocumentClerk,
        opt_out: Mapping[str, str] = NOTHING,
        partners: Mapping[str, Partner] = NOTHING,
        expire_after: Duration = DAY,
    ) -> None:
        self._ledger = ledger
        self._profiles = profiles
        self._suppressions = suppressions
        self._renderer = renderer
        self._personal = personal
        self._senders = senders
        self._events = events
        self._links = MessageLinks(public_url, secrets, clock)
        self._clock = clock
        self._still_holds = still_holds
        self._default_of = default_of
        self._consent_rules = consent_rules
        self._opt_out = opt_out
        self._partners = partners
        self._pace = pace
        self._marks = marks
        self._documents = documents
        self._expire_after = expire_after

    def dispatch(self, message: Message, *, was_held: bool = False) -> Dispatched:
        """Bring the message to its end. ``was_held``: it was kept back before.

        Raises:
            HeldError: the provider takes no more now; it waits, as long as it is worth waiting for.
            RetryableError: it has not ended; the same call brings it further, later.
        """
        if not self._is_too_late(message, was_held=was_held):
            self._look_ahead(message, was_held=was_held)
        match self._ledger.claim(message, self._clock.now()):
            case Claim.HELD:
                raise RetryableError("another attempt holds the message", message_id=message.id)
            case Claim.DUPLICATE:
                return self._report_again(message)
            case Claim.GRANTED:
                return self._attempt(message, was_held=was_held)

    def _look_ahead(self, message: Message, *, was_held: bool) -> None:
        """What would only be held again is not claimed. Of a day without quota the ledger hears once."""
        try:
            self._pace.check(self._lane(message, message.channels[0]), message.purpose)
        except HeldError as held:
            if was_held or held.code != DAILY_QUOTA:
                raise

    def _is_too_late(self, message: Message, *, was_held: bool) -> bool:
        """Whether what had to wait goes later than it is worth waiting: by policy's rule, for marketing alone."""
        late = self._clock.now() - message.decided_at > self._expire_after
        return was_held and late and message.purpose is Purpose.MARKETING

    def _attempt(self, message: Message, *, was_held: bool) -> Dispatched:
        trail = _Trail(self._personal.of(message))
        with self._giving_back(message):
            named = self._profiles.load(message.profile_id)
            profile = survivor_of(self._profiles, named)
            if profile.version == 0 or _was_erased(named, message):
                return self._forget(message)
            reason = self._why_not_at_all(message, profile)
        if reason is None and self._is_too_late(message, was_held=was_held):
            reason = DropReason.EXPIRED
        if reason is not None:
            return self._end(message, trail, MessageStatus.DROPPED, reason)
        try:
            return self._on_the_first(message, profile, trail)
        except HeldError as held:
            if self._is_too_late(message, was_held=True):
                return self._end(message, trail, MessageStatus.DROPPED, DropReason.EXPIRED)
            self._ledger.release(message.id, reason=held.code)
            raise

    def _on_the_first(self, message: Message, profile: Profile, trail: _Trail) -> Dispatched:
        """On the first channel that takes it."""
        for channel in message.channels:
            with self._giving_back(message):
                outgoing = self._prepare(message, profile, channel, trail)
            if outgoing is None:
                continue
            match self._offer(outgoing, trail):
                case AttemptOutcome.ACCEPTED:
                    arrived = trail.receipt is not None and trail.receipt.is_delivered
                    return self._end(message, trail, MessageStatus.DELIVERED if arrived else MessageStatus.SENT)
                case AttemptOutcome.UNKNOWN:
                    return self._end(message, trail, MessageStatus.UNKNOWN, AttemptOutcome.UNKNOWN)
        if trail.refusal is not None:
            return self._end(message, trail, MessageStatus.FAILED, trail.refusal)
        return self._end(message, trail, MessageStatus.DROPPED, trail.drop_reason)

    def _forget(self, message: Message) -> Dispatched:
        """Its person was erased since: nothing is left of it."""
        self._ledger.forget(message.id)
        now = self._clock.now()
        return Dispatched(
            LedgerEntry(
                id=message.id,
                profile_id=message.profile_id,
                journey=message.journey,
                name=message.name,
                purpose=message.purpose,
                status=MessageStatus.DROPPED,
                at=now,
                reason=DropReason.ERASED,
            )
        )

    def _offer(self, outgoing: Outgoing, trail: _Trail) -> AttemptOutcome:
        """Hand over to the channel's provider; raises where a later attempt may send."""
        message, channel = outgoing.message, outgoing.channel
        try:
            receipt = self._hand_over(outgoing)
        except HeldError:
            raise
        except PermanentError as error:
            if isinstance(error, DeadAddressError):
                trail.dead.extend((channel, address) for address in error.addresses)
            elif isinstance(error, OptedOutError):
                trail.opted_out.extend((channel, address) for address in outgoing.addresses)
            outcome, detail = AttemptOutcome.REFUSED, error.code or REFUSED
        except AmbiguousError as error:
            outcome, detail = AttemptOutcome.UNKNOWN, str(error.context.get("code", ""))
            if message.purpose is Purpose.TRANSACTIONAL or isinstance(error, RepeatableError):
                self._ledger.release(message.id, [*trail.attempts, self._tried(channel, outcome, detail)])
                raise
        except RetryableError:
            self._ledger.release(message.id)
            raise
        else:
            outcome, detail = AttemptOutcome.ACCEPTED, ""
            trail.receipt = receipt
            trail.dead.extend((channel, address) for address in receipt.dead_addresses)
            trail.successors |= {old: (new, outgoing.platforms[old]) for old, new in receipt.new_addresses.items()}
        trail.attempts.append(self._tried(channel, outcome, detail))
        return outcome

    def _hand_over(self, outgoing: Outgoing) -> Receipt:
        """At the provider's pace."""
        channel, pace = outgoing.channel, self._pace
        lane = self._lane(outgoing.message, channel)
        pace.admit(lane, outgoing.message.purpose)
        try:
            receipt = self._senders[channel].send(outgoing)
        except SpentError as error:
            pace.spent(lane)
            raise HeldError(DAILY_QUOTA, wait=QUOTA_REST) from error
        except ThrottledError as error:
            pace.slow_down(lane, error.wait)
            if error.wait:
                raise HeldError(RESTING, wait=error.wait) from error
            raise
        except AmbiguousError:
            if channel is Channel.WEBHOOK:  # who does not answer in time would hold up everybody else's messages
                pace.slow_down(lane)
            raise
        pace.went(lane)
        return receipt

    def _lane(self, message: Message, channel: Channel) -> str:
        """What has a pace of its own: the channel's provider, and of webhooks each partner."""
        partner = self._partners.get(message.name) if channel is Channel.WEBHOOK else None
        return channel.value if partner is None else lane_of(partner)

    @contextmanager
    def _giving_back(self, message: Message) -> Iterator[None]:
        """What fails in here has sent nothing, so the next attempt need not wait for the lease."""
        try:
            yield
        except Exception:
            self._ledger.release(message.id)
            raise

    def _prepare(self, message: Message, profile: Profile, channel: Channel, trail: _Trail) -> Outgoing | None:
        """What to hand over; ``None``, and an attempt on the trail, where the channel cannot be used."""
        skip = self._why_not(message, profile, channel)
        if skip is not None:
            trail.attempts.append(self._tried(channel, AttemptOutcome.SKIPPED, skip))
            return None
        addresses = self._addresses(message, profile, channel)
        sent_to = addresses[0] if channel in WRITTEN_TO else ""
        links = self._links.of(message, profile, channel, sent_to)
        context: dict[str, Any] = {
            "traits": dict(profile.traits),
            "entry": dict(message.entry),
            **trail.personal.names(profile.interests),
            "links": links,
        }
        try:
            content = self._renderer.render(message.name, channel, context)
            if isinstance(content, EmailContent):
                content = self._documents.attach(content, profile_id=profile.id, address=sent_to)
        except PermanentError as error:
            trail.attempts.append(self._tried(channel, AttemptOutcome.REFUSED, error.code or "not_rendered"))
            return None
        if isinstance(content, WhatsAppContent):
            sendable = allowed(content, profile.wrote_at, self._clock.now())
            if sendable is None:
                trail.attempts.append(self._tried(channel, AttemptOutcome.REFUSED, WINDOW_SHUT))
                return None
            content = sendable
        content = self._marks.mark(content, message, channel)
        if isinstance(content, SmsContent) and message.purpose is Purpose.MARKETING:
            content = replace(content, text=with_opt_out(content.text, ending(self._opt_out, addresses[0])))
        # Last of all, and whoever's the address is: an opt-out that was noted before now stops this message.
        if channel in WRITTEN_TO and any(self._is_suppressed(message, channel, one) for one in addresses):
            trail.attempts.append(self._tried(channel, AttemptOutcome.SKIPPED, DropReason.SUPPRESSED))
            return None
        return Outgoing(
            message=message,
            channel=channel,
            addresses=addresses,
            content=content,
            platforms={a: profile.devices[a].platform for a in addresses if channel is Channel.PUSH},
            unsubscribe_url=links.get("unsubscribe"),
        )

    def _why_not_at_all(self, message: Message, profile: Profile) -> DropReason | None:
        if _has_left(profile, message):
            return DropReason.RUN_ENDED
        if self._is_answered(message, profile):
            return DropReason.ANSWERED
        if message.condition is not None and not self._still_holds(profile, message, self._clock.now()):
            return DropReason.CONDITION
        return None

    def _is_answered(self, message: Message, profile: Profile) -> bool:
        """Whether somebody answered what it goes instead of, while it waited; of taps only the profile tells."""
        tapped = {touch.mark for touch in profile.touches if touch.is_answered}
        earlier = message.instead_of
        while earlier:
            entry = self._ledger.find(earlier)
            if earlier[:MARK_LENGTH] in tapped or (entry is not None and entry.status in _ANSWERS):
                return True
            earlier = "" if entry is None else entry.instead_of
        return False

    def _why_not(self, message: Message, profile: Profile, channel: Channel) -> DropReason | None:
        if not self._addresses(message, profile, channel):
            is_known = channel is not Channel.WEBHOOK and profile.known_addresses(channel)
            return DropReason.SUPPRESSED if is_known and not message.confirms else DropReason.NO_ADDRESS
        if message.purpose is Purpose.MARKETING and (unheard := self._unheard(profile, channel, message.topic)):
            return unheard
        if channel not in self._renderer.channels(message.name):
            return DropReason.NO_CONTENT
        if channel not in self._senders:
            return DropReason.NO_PROVIDER
        return None

    def _addresses(self, message: Message, profile: Profile, channel: Channel) -> tuple[str, ...]:
        """Where it may go; of webhooks, that its partner has what it needs of the person."""
        partner = self._partners.get(message.name)
        if channel is Channel.WEBHOOK and (message.to or (partner and not partner.reaches(profile.traits))):
            return ()
        return _addresses(message, profile, channel)

    def _is_suppressed(self, message: Message, channel: Channel, address: str) -> bool:
        return blocks(self._suppressions.find(channel, address), message.purpose)

    def _unheard(self, profile: Profile, channel: Channel, topic: str | None) -> DropReason | None:
        """Why consent of this moment keeps marketing from the channel, by the very rules of ``decide``."""
        return drop_reason(
            ruling(
                said_by(profile),
                rule_of(self._consent_rules, channel, profile.traits),
                channel,
                topic,
                self._clock.now(),
                default=topic is not None and self._default_of(topic),
            )
        )

    def _tried(self, channel: Channel, outcome: AttemptOutcome, detail: str = "") -> Attempt:
        return Attempt(channel, self._clock.now(), outcome, detail)

    def _end(self, message: Message, trail: _Trail, status: MessageStatus, reason: str | None = None) -> Dispatched:
        now = self._clock.now()
        entry = LedgerEntry(
            id=message.id,
            profile_id=message.profile_id,
            journey=message.journey,
            name=message.name,
            purpose=message.purpose,
            topic=message.topic,
            status=status,
            at=now,
            channel=trail.channel,
            sent_at=now if status in {MessageStatus.SENT, MessageStatus.DELIVERED} else None,
            provider_id=trail.receipt.provider_id if trail.receipt else None,
            reason=reason,
            attempts=tuple(trail.attempts),
            parts=trail.receipt.parts if trail.receipt else None,
            recommended=trail.personal.recommended,
            instead_of=message.instead_of,
        )
        for channel, address in trail.opted_out:
            self._suppressions.suppress(channel, address, SuppressionReason.STOP, now)
        self._ledger.record(entry)
        self._events.put(
            [
                *ending_events(entry, now),
                *(
                    dead_address_event(entry, channel, address, now, successor=trail.successors.get(address))
                    for channel, address in trail.dead
                ),
                *(opt_out_event(entry, channel, address, now) for channel, address in trail.opted_out),
            ]
        )
        self._take_back(message, entry)  # last: a redelivery does that again, but tells of the ending alone
        return Dispatched(entry, low_pools=tuple(trail.personal.low_pools))

    def _take_back(self, message: Message, entry: LedgerEntry) -> None:
        """What only one can have, unless the message may have reached somebody after all."""
        if entry.status not in {MessageStatus.FAILED, MessageStatus.DROPPED} or not self._personal.is_held_by(message):
            return
        whole = self._ledger.find(message.id) or entry  # with what earlier attempts left
        if AttemptOutcome.UNKNOWN not in {attempt.outcome for attempt in whole.attempts}:
            self._personal.take_back(message)

    def _report_again(self, message: Message) -> Dispatched:
        """The attempt that ended the message may have crashed before it told the person's stream."""
        entry = self._ledger.find(message.id)
        if entry is None:
            raise RetryableError("the ledger entry expired between two reads", message_id=message.id)
        self._events.put([*ending_events(entry, self._clock.now())])
        self._take_back(message, entry)
        return Dispatched(entry, is_repeated=True)


def _addresses(message: Message, profile: Profile, channel: Channel) -> tuple[str, ...]:
    """Who is asked to confirm something is asked at the address that it was decided for, or not at all."""
    if message.to:
        return () if suppression_key(channel, message.to) in profile.suppressed else (message.to,)
    usable = profile.addresses(channel)
    if not message.confirms:
        return usable
    return tuple(one for one in usable if address_digest(channel, one) == message.confirms)


def _was_erased(named: Profile, message: Message) -> bool:
    """Whether it was ordered for somebody who had the id before: who has it now is told nothing of them.

    A person is stored before a message can be ordered, so where there is nobody, they were erased too.
    """
    return named.predecessor is not None and message.decided_at < named.predecessor.until


def _has_left(profile: Profile, message: Message) -> bool:
    """A run that is no longer remembered has completed."""
    run = profile.runs.get(message.run_id)
    return run is not None and run.is_exited
