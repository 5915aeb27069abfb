"""What a decision orders (effects), and what became of a message (the ledger's states).

An effect is carried out at least once, so each has a deterministic id, and carrying it out twice changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final, TypeAlias

from shared.domain.consent.words import Channel, ConsentState, Purpose, SuppressionReason
from shared.domain.events import NOTHING
from shared.domain.records import quick
from shared.domain.timing import Instant


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The order to send one message to one person.

    Attributes:
        id: deterministic: a digest of the run and the step.
        name: which message of the playbook.
        channels: in order of preference; the first that can be used is.
        decided_at: the instant as of which it was decided.
        entry: what templates and the condition may read of the entry event, under ``entry``.
        condition: what must hold at the moment of sending too, as the file says it; ``None``: nothing.
        to: the one address that it goes to, which need not be the person's; empty: to those that they have.
        confirms: of a message that asks to confirm a yes, the digest of the address that is asked; it has no run.
    """

    id: str
    profile_id: str
    journey: str
    run_id: str
    step: str
    name: str
    purpose: Purpose
    topic: str | None
    channels: tuple[Channel, ...]
    decided_at: Instant
    entry: Mapping[str, Any] = field(default=NOTHING)
    condition: Mapping[str, Any] | None = None
    confirms: str = ""
    to: str = ""


@quick
@dataclass(frozen=True, slots=True)
class Wake:
    """Set the person's one schedule to this instant; ``replaces`` is the outstanding one's, if any."""

    at: Instant
    replaces: Instant | None = None


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Something that the system noticed, for other systems on the bus (``Journey Entered``, …)."""

    id: str
    name: str
    at: Instant
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AliasClaim:
    """From now on events that bring only this identifier belong to the person.

    ``kind`` is ``email``, ``phone``, ``anonymous``, ``user`` (an id under which the person was another one) or an
    external id's.

    Attributes:
        vouched: a secret key said so, which outdoes what a public one said.
        over: whose claim passes to the person in any case: they turned out to be one, or two.
    """

    kind: str
    value: str
    vouched: bool = False
    over: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentChange:
    """The person entered the segment, or left it: the list of its people follows."""

    segment: str
    at: Instant
    is_in: bool


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentRecorded:
    """A person's statement, for their consent history: what proves it.

    Attributes:
        id: of the event that said it; where one said several things, with the channel.
        channel, topic: either may be ``*``, for all of them.
        source: where it was said.
        wording: which text the person agreed to; empty where nobody said.
        evidence: digests of ``ip`` and ``userAgent``, as far as they are known.
        is_confirmed: whether the person confirmed it through a link that was sent to the address.
        until: the end of a pause.
    """

    id: str
    state: ConsentState
    channel: str
    topic: str
    at: Instant
    source: str
    wording: str = ""
    evidence: Mapping[str, str] = field(default=NOTHING)
    is_confirmed: bool = False
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class SuppressionChange:
    """The address must not be written to, or may again: the list that goes for everybody who has it follows."""

    channel: str
    address: str
    reason: SuppressionReason
    at: Instant
    is_lifted: bool = False


Effect: TypeAlias = Message | Wake | Announcement | AliasClaim | SegmentChange | ConsentRecorded | SuppressionChange


class MessageStatus(StrEnum):
    """The life of a message in the ledger."""

    WAITING = "waiting"
    """An attempt gave it back, known not to have sent or free to be repeated: the next one may take it."""
    CLAIMED = "claimed"
    """An attempt holds it, until its lease ends."""
    UNKNOWN = "unknown"
    """An attempt vanished: nobody can tell whether the provider accepted. Marketing is not repeated."""
    SENT = "sent"
    """The provider accepted it."""
    DROPPED = "dropped"
    """Not sent, on purpose: the reason says why."""
    FAILED = "failed"
    """No channel could take it."""
    DELIVERED = "delivered"
    OPENED = "opened"
    CLICKED = "clicked"
    BOUNCED = "bounced"
    COMPLAINED = "complained"

    @property
    def rank(self) -> int:
        """Feedback arrives in any order; a later stage of a message's life is never overwritten by an earlier one.

        ``unknown`` stands before ``sent``: the provider's word settles what an attempt could not.
        """
        return _RANKS[self]


_RANKS: Final = {status: rank for rank, status in enumerate(MessageStatus)}


class DropReason(StrEnum):
    """Why a message was not sent, though nothing failed.

    The most telling first: where each channel has a reason of its own, the message gets the one that says most of
    what the person wants or did, before what we lack.
    """

    ERASED = "erased"
    """The person is no more."""
    RUN_ENDED = "run_ended"
    CONDITION = "condition"
    """The message's own condition does not hold."""
    HOLDOUT = "holdout"
    """The person is among those who are measured and sent nothing."""
    EXPIRED = "expired"
    """Policy would have held it for longer than it is worth waiting."""
    PAUSED = "paused"
    """The person wants to hear nothing for a while."""
    NO_CONSENT = "no_consent"
    SUPPRESSED = "suppressed"
    NO_ADDRESS = "no_address"
    NO_CONTENT = "no_content"
    """The playbook has no words for the channel."""
    NO_PROVIDER = "no_provider"
    """The stage has nobody who carries the channel."""


class AttemptOutcome(StrEnum):
    """What came of trying one channel."""

    ACCEPTED = "accepted"
    SKIPPED = "skipped"
    """Not offered to a provider; the detail is a ``DropReason``."""
    REFUSED = "refused"
    """For good; the detail is the provider's code."""
    UNKNOWN = "unknown"
    """It may have been sent."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One channel that was tried; ``None`` where the attempt vanished before it could say which."""

    channel: Channel | None
    at: Instant
    outcome: AttemptOutcome
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """What the ledger knows of one message.

    Attributes:
        at: when it came to its status.
        sent_at: when the provider accepted it, or when it is first known to have.
        attempts: every channel that was tried or passed over, in order, redeliveries included.
        parts: into how many a text fell.
        price: what the provider takes for it, in US dollars, as its decimals.
    """

    id: str
    profile_id: str
    journey: str
    name: str
    purpose: Purpose
    status: MessageStatus
    at: Instant
    topic: str | None = None
    channel: Channel | None = None
    sent_at: Instant | None = None
    provider_id: str | None = None
    reason: str | None = None
    attempts: tuple[Attempt, ...] = ()
    parts: int | None = None
    price: str | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider accepted the message.

    ``dead_addresses`` and ``new_addresses`` (old → new): what a push provider said of the devices. A token that has
    a new one is dead. ``parts``: into how many a text falls.
    """

    provider_id: str
    dead_addresses: tuple[str, ...] = ()
    new_addresses: Mapping[str, str] = field(default=NOTHING)
    parts: int | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along with a mail; ``media_type`` as in ``application/pdf``."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class EmailContent:
    """A mail's words, and what its message says of the envelope.

    Attributes:
        sender: which of the brand's ``senders`` it comes from; empty: the brand itself.
        from_name, reply_to: instead of the sender's name, and the brand's address for replies.
        headers: beside those that every mail has; of the build's allow-list.
    """

    subject: str
    html: str
    text: str
    sender: str = ""
    from_name: str = ""
    reply_to: str = ""
    headers: Mapping[str, str] = field(default=NOTHING)
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class SmsContent:
    text: str


@dataclass(frozen=True, slots=True)
class PushContent:
    """A notification.

    Attributes:
        link: what a tap opens: an address of the web, or of the app's own.
        badge: the number at the app's icon.
        collapse: what it is about: a later notification of the same takes its place.
        time_to_live: seconds for which the service keeps trying.
        sound: a file of the app's; ``None``: the device's own.
    """

    title: str
    body: str
    link: str | None = None
    image: str | None = None
    badge: int | None = None
    collapse: str | None = None
    time_to_live: int | None = None
    sound: str | None = None


@dataclass(frozen=True, slots=True)
class WhatsAppContent:
    """A message by WhatsApp: a template that Meta approved, and what may be said instead to who has just written.

    Attributes:
        template, language: its name and Meta's code of the language; empty: there is none.
        variables: name and value of what fills it, in order; a name of digits is a place.
        media: ``image``, ``video`` or ``document``, and its address: the template's header, or what ``text`` goes with.
        text: free words; empty: none, or not now.
    """

    template: str = ""
    language: str = ""
    variables: tuple[tuple[str, str], ...] = ()
    media: tuple[str, str] | None = None
    text: str = ""


Content: TypeAlias = EmailContent | SmsContent | PushContent | WhatsAppContent


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A rendered message on its way to one person on one channel.

    Attributes:
        addresses: one, or for push all devices: token → platform in ``platforms``.
        unsubscribe_url: the signed one-click link; ``None`` for transactional messages.
    """

    message: Message
    channel: Channel
    addresses: tuple[str, ...]
    content: Content
    platforms: Mapping[str, str] = field(default=NOTHING)
    unsubscribe_url: str | None = None


def effect_to_dict(effect: Effect) -> dict[str, Any]:
    """The effect as plain JSON, with its kind."""
    match effect:
        case Message():
            return {"kind": "message", **message_to_dict(effect)}
        case Wake(at, replaces):
            return {"kind": "wake", "at": at} | ({} if replaces is None else {"replaces": replaces})
        case Announcement(id=id_, name=name, at=at, properties=properties):
            return {"kind": "announcement", "id": id_, "name": name, "at": at, "properties": dict(properties)}
        case AliasClaim(kind, value, vouched, over):
            plain: dict[str, Any] = {"kind": "alias", "alias": kind, "value": value}
            return plain | ({"vouched": True} if vouched else {}) | ({"over": list(over)} if over else {})
        case SegmentChange(segment, at, is_in):
            return {"kind": "segment", "segment": segment, "at": at, "in": is_in}
        case ConsentRecorded():
            return {"kind": "consent", **consent_to_dict(effect)}
        case SuppressionChange(channel, address, reason, at, is_lifted):
            plain = {"kind": "suppression", "channel": channel, "address": address, "reason": reason.value, "at": at}
            return plain | {"lifted": True} if is_lifted else plain


def effect_from_dict(plain: Mapping[str, Any]) -> Effect:
    """What ``effect_to_dict`` wrote."""
    match plain["kind"]:
        case "message":
            return message_from_dict(plain)
        case "wake":
            return Wake(plain["at"], plain.get("replaces"))
        case "announcement":
            return Announcement(id=plain["id"], name=plain["name"], at=plain["at"], properties=plain["properties"])
        case "alias":
            return AliasClaim(plain["alias"], plain["value"], plain.get("vouched", False), tuple(plain.get("over", ())))
        case "segment":
            return SegmentChange(plain["segment"], plain["at"], plain["in"])
        case "consent":
            return consent_from_dict(plain)
        case "suppression":
            reason = SuppressionReason(plain["reason"])
            return SuppressionChange(
                plain["channel"], plain["address"], reason, plain["at"], plain.get("lifted", False)
            )
        case kind:
            raise ValueError(f"unknown effect {kind!r}")


def message_to_dict(message: Message) -> dict[str, Any]:
    plain = {
        "id": message.id,
        "profile_id": message.profile_id,
        "journey": message.journey,
        "run_id": message.run_id,
        "step": message.step,
        "name": message.name,
        "purpose": message.purpose.value,
        "topic": message.topic,
        "channels": [channel.value for channel in message.channels],
        "decided_at": message.decided_at,
        "entry": dict(message.entry),
    }
    if message.condition is not None:
        plain["condition"] = dict(message.condition)
    if message.confirms:
        plain["confirms"] = message.confirms
    if message.to:
        plain["to"] = message.to
    return plain


def message_from_dict(plain: Mapping[str, Any]) -> Message:
    return Message(
        id=plain["id"],
        profile_id=plain["profile_id"],
        journey=plain["journey"],
        run_id=plain["run_id"],
        step=plain["step"],
        name=plain["name"],
        purpose=Purpose(plain["purpose"]),
        topic=plain["topic"],
        channels=tuple(map(Channel, plain["channels"])),
        decided_at=plain["decided_at"],
        entry=plain["entry"],
        condition=plain.get("condition"),
        confirms=plain.get("confirms", ""),
        to=plain.get("to", ""),
    )


def consent_to_dict(recorded: ConsentRecorded) -> dict[str, Any]:
    """What is known of the statement, without what is not."""
    plain = {name: getattr(recorded, name) for name in _RECORDED}
    plain |= {"state": recorded.state.value, "evidence": dict(recorded.evidence)}
    return {name: value for name, value in plain.items() if value not in _UNSAID}


def consent_from_dict(plain: Mapping[str, Any]) -> ConsentRecorded:
    """What ``consent_to_dict`` wrote."""
    known = {name: plain[name] for name in _RECORDED if name in plain}
    return ConsentRecorded(**{**known, "state": ConsentState(plain["state"])})


_RECORDED: Final = tuple(field.name for field in fields(ConsentRecorded))
_UNSAID: Final[tuple[Any, ...]] = ("", None, False, {})
