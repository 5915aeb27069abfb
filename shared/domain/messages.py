"""What a decision orders: effects, each as plain JSON too.

An effect is carried out at least once, so each has a deterministic id, and carrying it out twice changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
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
        instead_of: the id of the message that nobody answered elsewhere, or that did not arrive; empty: of none.
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
    instead_of: str = ""


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
class Purchase:
    """These products were bought together: what others who buy one of them are shown. It does not say by whom.

    Attributes:
        id: of the order, as a digest, so that it is counted once however often and by whomever it is told.
    """

    id: str
    skus: tuple[str, ...]
    at: Instant


@dataclass(frozen=True, slots=True)
class SuppressionChange:
    """The address must not be written to, or may again: the list that goes for everybody who has it follows."""

    channel: str
    address: str
    reason: SuppressionReason
    at: Instant
    is_lifted: bool = False


Effect: TypeAlias = (
    Message | Wake | Announcement | AliasClaim | SegmentChange | ConsentRecorded | SuppressionChange | Purchase
)


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
        case Purchase(id_, skus, at):
            return {"kind": "purchase", "id": id_, "skus": list(skus), "at": at}


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
        case "purchase":
            return Purchase(plain["id"], tuple(plain["skus"]), plain["at"])
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
    if message.instead_of:
        plain["instead_of"] = message.instead_of
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
        instead_of=plain.get("instead_of", ""),
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
