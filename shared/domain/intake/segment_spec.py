"""The Segment spec read strictly: a parsed JSON object becomes an event, or every fault in it is named.

Written out by hand, without a schema library: this runs on every event that comes in.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final

from shared.domain.consent.words import ANY, MAX_TOPIC_LENGTH, MAX_WORDING, Channel
from shared.domain.events import (
    ASKED,
    CONSENT_EVENTS,
    IMPLIED_NAMES,
    NOTHING,
    RESERVED_NAMES,
    Event,
    EventType,
    SystemEvent,
    Trust,
)
from shared.domain.identity.identifiers import PROVISIONAL, identifiers, is_provisional
from shared.domain.intake.client_keys import UNLIMITED, KeyRules
from shared.domain.intake.fields import IS_REQUIRED, read_id, read_instant, read_mapping, text_trouble
from shared.domain.intake.json_values import MAX_FAULTS, is_sound, value_faults
from shared.domain.intake.user_proof import USER_HASH, is_proof
from shared.domain.timing import DAY, Duration, Instant, parse_instant
from shared.errors import Fault

MAX_NAME_LENGTH: Final = 200
EARLIEST: Final = parse_instant("2000-01-01T00:00:00Z")
"""No shop's event is older; a timestamp that is comes from a clock that was never set."""
FURTHEST_AHEAD: Final[Duration] = DAY
"""A clock may be this much ahead: the event then counts as happening on arrival."""

IN_FUTURE: Final = "must not be more than 24 hours in the future"

CALLS: Final = tuple(type_.value for type_ in EventType if type_ not in ASKED)
ADDRESSES: Final[Mapping[str, EventType]] = MappingProxyType(
    {name: EventType(name) for name in CALLS} | {name[0]: EventType(name) for name in CALLS}
)
"""How the address of each call ends; Segment's browser client abbreviates."""
NOBODYS: Final = (
    "is required, or anonymousId, or a valid email or phone among traits or properties, or one of context.externalIds"
)
BATCH_ADDRESSES: Final = ("batch", "b", "import")
NOT_ALLOWED: Final = "is not among what this key may send"
WRONG_HASH: Final = (
    "does not belong to the userId: it must be the HMAC-SHA256 of 'carillon:user:' and the userId, "
    "with the secret key, in hexadecimal digits (docs/keys.md); leave it out where there is none"
)
SYSTEM_ID: Final = re.compile(
    "(timer|backfill|split|sent|delivered|opened|clicked|bounced|complained|failed|"
    "received|redeemed|released|suppressed|subscribed|unsubscribed|paused|resumed|address|derived):"
)
"""How the ids of the system's own events begin: a client that could use one would make ours a duplicate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reception:
    """What is known of an event before it is read.

    Attributes:
        context: what a batch says for all of its events; an event's own keys win.
        sent_at: when the sender's clock says it sent the batch.
        call: the type that the address it was posted to asks for; ``None`` where the event must say.
        profile_id: whose event it is, where a recording says so.
        is_recorded: whether it may be one of the system's own events, by its id, come back from a recording.
        rules: what the client's key may send.
        user_secrets: what proves that a client speaks for its user: the secret key, and the one before.
        is_brief: whether one fault of an event says enough: its batch has told many.
        ahead: how far the system's clock is ahead of the wall's, by which senders date: 0 but in the local cloud.
    """

    received_at: Instant
    trust: Trust
    source: str
    context: Mapping[str, Any] = field(default=NOTHING)
    sent_at: Instant | None = None
    call: EventType | None = None
    rules: KeyRules = UNLIMITED
    user_secrets: Sequence[bytes] = ()
    is_brief: bool = False
    ahead: Duration = 0
    profile_id: str = ""
    is_recorded: bool = False


def read_event(raw: object, reception: Reception, *, position: int = 0) -> Event | list[Fault]:
    """The event, its ``profile_id`` still empty where nothing said it; or all its faults, with paths relative to it.

    ``position`` is the event's place in its batch, part of the id that an event without one is given.
    """
    if not isinstance(raw, dict):
        return [Fault("", "must be a JSON object")]
    faults: list[Fault] = [] if is_sound(raw) else value_faults(raw, most=1 if reception.is_brief else MAX_FAULTS)
    type_ = _read_type(raw, reception, faults)
    user_id = read_id(raw, "userId", faults, required=type_ is EventType.ALIAS)
    if user_id is not None and is_provisional(user_id):
        faults.append(
            Fault("userId", f"must not begin with {', '.join(PROVISIONAL)}: ids of people not identified yet do")
        )
    anonymous_id = read_id(raw, "anonymousId", faults)
    message_id = _read_message_id(raw, reception, faults)
    at = _read_moment(raw, reception, faults)
    properties = read_mapping(raw, "properties", faults)
    traits = read_mapping(raw, "traits", faults)
    context = read_mapping(raw, "context", faults)
    read_mapping(raw, "integrations", faults)
    name = "" if type_ is None else _read_name(raw, type_, reception.trust, properties, faults)
    added = _read_own_fields(raw, type_, faults)
    trust = reception.trust
    if USER_HASH in context or USER_HASH in reception.context:
        trust = _read_proof(user_id, context, reception, faults)
    if type_ is not None and reception.rules is not UNLIMITED:
        _keep_to_rules(type_, name, reception.rules, faults)
    if faults:
        return list({fault.path: fault for fault in faults}.values())  # the rule of the field says it best
    if reception.context:
        context = {**reception.context, **context} if context else reception.context
    if USER_HASH in context:
        context = {name: value for name, value in context.items() if name != USER_HASH}
    event = Event(
        id=message_id or _derive_id(raw, reception, position),
        type=type_ or EventType.TRACK,
        name=name,
        at=at,
        received_at=reception.received_at,
        profile_id=reception.profile_id,
        user_id=user_id,
        anonymous_id=anonymous_id,
        properties={**properties, **added} if added else properties,
        traits=traits,
        context=context,
        trust=trust,
        source=reception.source,
    )
    if user_id is None and anonymous_id is None and not event.profile_id and not identifiers(event):
        return [Fault("userId", NOBODYS)]
    return event


def _read_proof(user_id: str | None, context: Mapping[str, Any], reception: Reception, faults: list[Fault]) -> Trust:
    """The trust that the event's own ``context.userHash`` gives it, or its batch's; compared in constant time.

    It proves something of a user id only: an event without one stays as it is.
    """
    if reception.trust is not Trust.PUBLIC or user_id is None:
        return reception.trust
    presented = context.get(USER_HASH, reception.context.get(USER_HASH))
    if isinstance(presented, str) and is_proof(presented, user_id, reception.user_secrets):
        return Trust.USER
    faults.append(Fault(f"context.{USER_HASH}", WRONG_HASH))
    return Trust.PUBLIC


def _keep_to_rules(type_: EventType, name: str, rules: KeyRules, faults: list[Fault]) -> None:
    if not rules.allows_call(type_):
        faults.append(Fault("type", NOT_ALLOWED))
    elif type_ is EventType.TRACK and not rules.allows_event(name):
        faults.append(Fault("event", NOT_ALLOWED))


def _read_type(raw: Mapping[str, Any], reception: Reception, faults: list[Fault]) -> EventType | None:
    value = raw.get("type")
    if value is None and reception.call is not None:
        return reception.call
    if value is None:
        faults.append(Fault("type", f"is required: one of {', '.join(CALLS)}"))
    elif not isinstance(value, str) or value not in CALLS:
        faults.append(Fault("type", f"must be one of {', '.join(CALLS)}"))
    elif reception.call is not None and value != reception.call:
        faults.append(Fault("type", f"must be {reception.call.value} at this address, or absent"))
    else:
        return EventType(value)
    return None


def _read_message_id(raw: Mapping[str, Any], reception: Reception, faults: list[Fault]) -> str | None:
    message_id = read_id(raw, "messageId", faults)
    if message_id is not None and not reception.is_recorded and SYSTEM_ID.match(message_id):
        faults.append(Fault("messageId", "must not begin like the ids of the system's own events"))
    return message_id


def _read_moment(raw: Mapping[str, Any], reception: Reception, faults: list[Fault]) -> Instant:
    """When it happened: by the sender's clock, corrected by how far ``sentAt`` shows that clock to be off."""
    timestamp = read_instant(raw, "timestamp", faults)
    original = read_instant(raw, "originalTimestamp", faults)
    sent_at = read_instant(raw, "sentAt", faults)
    sent_at = reception.sent_at if sent_at is None else sent_at
    # Where both are there, the timestamp has been corrected once already: it is not by the clock that sentAt is by.
    name, stated = ("timestamp", timestamp) if original is None else ("originalTimestamp", original)
    if stated is not None and sent_at is not None:
        at = reception.received_at - (sent_at - stated)
    elif timestamp is not None:
        name, at = "timestamp", timestamp + reception.ahead
    elif stated is not None:
        at = stated + reception.ahead
    else:
        return reception.received_at
    if at > reception.received_at + FURTHEST_AHEAD:
        faults.append(Fault(name, IN_FUTURE))
    elif at < EARLIEST:
        faults.append(Fault(name, "must not be before the year 2000"))
    return min(at, reception.received_at)


def _read_name(
    raw: Mapping[str, Any], type_: EventType, trust: Trust, properties: Mapping[str, Any], faults: list[Fault]
) -> str:
    if type_ is not EventType.TRACK:
        return IMPLIED_NAMES[type_]
    value = raw.get("event")
    trouble = IS_REQUIRED if value is None else text_trouble(value, MAX_NAME_LENGTH)
    if trouble is not None:
        faults.append(Fault("event", trouble))
        return ""
    name = str(value)
    if name in RESERVED_NAMES and trust is not Trust.SYSTEM:
        if name not in CONSENT_EVENTS:
            faults.append(Fault("event", "is reserved for the system's own events"))
        elif trust is not Trust.SECRET:
            faults.append(Fault("event", "states consent, which a public write key may not: use the secret key"))
        else:
            faults.extend(_consent_faults(properties, name))
    return name


def _consent_faults(properties: Mapping[str, Any], name: str) -> list[Fault]:
    """A misspelt channel would leave a person subscribed who said no."""
    found = []
    channel, topic = properties.get("channel"), properties.get("topic")
    if channel is not None and (not isinstance(channel, str) or channel not in {ANY, *Channel}):
        found.append(Fault("properties.channel", f"must be one of {', '.join(Channel)}, or absent for all"))
    if topic is not None and text_trouble(topic, MAX_TOPIC_LENGTH):
        found.append(Fault("properties.topic", "must be the name of a topic, or absent for all"))
    wording = properties.get("wording")
    if wording is not None and text_trouble(wording, MAX_WORDING):
        found.append(Fault("properties.wording", f"must name the text agreed to in at most {MAX_WORDING} characters"))
    if name == SystemEvent.MARKETING_PAUSED:
        if properties.get("until") is None:
            found.append(Fault("properties.until", "is required: when the pause ends"))
        else:
            troubles: list[Fault] = []
            read_instant(properties, "until", troubles)
            found += [Fault(f"properties.{trouble.path}", trouble.message) for trouble in troubles]
    return found


def _read_own_fields(raw: Mapping[str, Any], type_: EventType | None, faults: list[Fault]) -> dict[str, Any]:
    """The fields that only some calls have; they join the properties, as Segment has it for pages and screens."""
    found: dict[str, Any] = {}
    if type_ is EventType.PAGE or type_ is EventType.SCREEN:
        for name in ("name", "category"):
            value = raw.get(name)
            if value is not None and not isinstance(value, str):
                faults.append(Fault(name, "must be a string"))
            elif value:
                found[name] = value
    elif type_ is EventType.GROUP or type_ is EventType.ALIAS:
        name = "groupId" if type_ is EventType.GROUP else "previousId"
        found[name] = read_id(raw, name, faults, required=True)
    return found


def _derive_id(raw: Mapping[str, Any], reception: Reception, position: int) -> str:
    """The id of an event that brings none: the same bytes sent again give the same id, and so count once."""
    content = json.dumps([position, reception.sent_at, raw], sort_keys=True, separators=(",", ":"))
    return f"derived:{hashlib.sha256(content.encode()).hexdigest()[:40]}"
