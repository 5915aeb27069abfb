"""SES's feedback, as EventBridge brings it, in our words: a table of kinds, one reader a kind.

An opening or a click may carry flags of its own, such as that a machine did it; every yes-or-no fact there is kept
under SES's name for it, and what it says of its program tells some machines too (``behaviour.machines``).
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from shared.adapters.channels.addresses import from_ascii
from shared.domain.behaviour.machines import machine_signal
from shared.domain.consent.words import ANY, MAX_TOPIC_LENGTH, Channel
from shared.domain.delivery import DeliveryEvent, DeliveryKind
from shared.domain.profiles import email_of
from shared.domain.timing import Instant, parse_instant
from shared.errors import Fault, InvalidInputError

KINDS: Final[Mapping[str, DeliveryKind]] = {
    "Send": DeliveryKind.SENT,
    "Delivery": DeliveryKind.DELIVERED,
    "DeliveryDelay": DeliveryKind.DELAYED,
    "Open": DeliveryKind.OPENED,
    "Click": DeliveryKind.CLICKED,
    "Bounce": DeliveryKind.BOUNCED,
    "Complaint": DeliveryKind.COMPLAINED,
    "Reject": DeliveryKind.FAILED,
    "Rendering Failure": DeliveryKind.FAILED,
    "Subscription": DeliveryKind.PREFERENCE,
}

DETAILS: Final[Mapping[str, str]] = {
    "Send": "send",
    "Delivery": "delivery",
    "DeliveryDelay": "deliveryDelay",
    "Open": "open",
    "Click": "click",
    "Bounce": "bounce",
    "Complaint": "complaint",
    "Reject": "reject",
    "Rendering Failure": "failure",
    "Subscription": "subscription",
}
"""Under which name each kind's own facts stand."""

HARD: Final = "Permanent"
"""The bounce type that will repeat; ``Transient`` and ``Undetermined`` may not."""

LIVING: Final = frozenset({"UnsubscribedRecipient"})
"""Subtypes of a permanent bounce that say nothing of the address: SES's own list kept the mail back."""

NO_COMPLAINTS: Final = frozenset({"auth-failure", "not-spam"})
"""Kinds of abuse reports (RFC 5965, 6591) that nobody made to be rid of our mail."""

MAX_LINK: Final = 2_000
MAX_USER_AGENT: Final = 1_000
_ANSWERS: Final = (DeliveryKind.OPENED, DeliveryKind.CLICKED)
MAX_TOPICS: Final = 20
"""Of one contact list, by SES's quota."""

Reader = Callable[[Mapping[str, Any]], Mapping[str, Any]]


def parse(envelope: object) -> DeliveryEvent | None:
    """What one EventBridge event says; ``None`` for mail that carries no message id of ours.

    Raises:
        InvalidInputError: it is not the feedback of SES. The fault names the field, not what is in it.
    """
    if not isinstance(envelope, Mapping):
        raise InvalidInputError([Fault("", "is not an object")])
    detail = _mapping(envelope, "detail")
    mail = _mapping(detail, "mail", within="detail")
    message_id = _tag(mail, "message")
    if message_id is None:
        return None
    name = str(detail.get("eventType"))
    facts = detail.get(DETAILS.get(name, ""), {})
    facts = facts if isinstance(facts, Mapping) else {}
    kind = KINDS.get(name, DeliveryKind.UNKNOWN)
    if kind is DeliveryKind.COMPLAINED and str(facts.get("complaintFeedbackType")).lower() in NO_COMPLAINTS:
        kind = DeliveryKind.REPORTED
    read = dict(READERS[kind](facts)) if kind in READERS else {}
    at = _instant(facts, mail)
    if kind in _ANSWERS:
        read["machine"] = machine_signal(read["flags"], _user_agent(facts), at - _instant({}, mail))
    return DeliveryEvent(
        kind=kind,
        message_id=message_id,
        channel=Channel.EMAIL,
        at=at,
        provider_id=str(mail.get("messageId", "")),
        address=_destination(mail),
        **read,
    )


def _bounce(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "is_hard": facts.get("bounceType") == HARD and facts.get("bounceSubType") not in LIVING,
        "reason": _words(facts, "bounceType", "bounceSubType"),
    }


def _delay(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"reason": _words(facts, "delayType")}


def _complaint(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"reason": _words(facts, "complaintSubType", "complaintFeedbackType")}


def _failure(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"reason": "rendering_failure" if "errorMessage" in facts else _words(facts, "reason") or "rejected"}


def _engagement(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    link = facts.get("link")
    return {
        "link": link[:MAX_LINK] if isinstance(link, str) else None,
        "flags": {name: value for name, value in facts.items() if isinstance(value, bool)},
    }


def _user_agent(facts: Mapping[str, Any]) -> str | None:
    told = facts.get("userAgent")
    return told[:MAX_USER_AGENT] if isinstance(told, str) else None


def _preference(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the person wants no more since this change. What they want again is the shop's own page to ask about."""
    before, now = facts.get("oldTopicPreferences"), facts.get("newTopicPreferences")
    if isinstance(now, Mapping) and now.get("unsubscribeAll") is True:
        return {"opted_out": (ANY,)}
    refused = _refused_topics(before)
    return {"opted_out": tuple(topic for topic in _refused_topics(now) if topic not in refused)}


def _refused_topics(preferences: object) -> tuple[str, ...]:
    stated = preferences.get("topicSubscriptionStatus") if isinstance(preferences, Mapping) else None
    topics = (
        one.get("topicName")
        for one in (stated[:MAX_TOPICS] if isinstance(stated, list) else ())
        if isinstance(one, Mapping) and str(one.get("subscriptionStatus")).lower() == "optout"
    )
    return tuple(topic for topic in topics if isinstance(topic, str) and 0 < len(topic) <= MAX_TOPIC_LENGTH)


READERS: Final[Mapping[DeliveryKind, Reader]] = {
    DeliveryKind.BOUNCED: _bounce,
    DeliveryKind.COMPLAINED: _complaint,
    DeliveryKind.DELAYED: _delay,
    DeliveryKind.REPORTED: _complaint,
    DeliveryKind.FAILED: _failure,
    DeliveryKind.OPENED: _engagement,
    DeliveryKind.CLICKED: _engagement,
    DeliveryKind.PREFERENCE: _preference,
}
"""What only some kinds tell."""


def _words(facts: Mapping[str, Any], *names: str) -> str | None:
    """SES's own words, ``Permanent/General``. All are from its vocabularies: they quote nobody."""
    return "/".join(str(facts[name]) for name in names if facts.get(name)) or None


def _tag(mail: Mapping[str, Any], name: str) -> str | None:
    tags = mail.get("tags")
    values = tags.get(name) if isinstance(tags, Mapping) else None
    return str(values[0]) if isinstance(values, list) and values else None


def _destination(mail: Mapping[str, Any]) -> str | None:
    """Where we sent it, which is what our profiles know: a bounce may come from an address it was forwarded to."""
    destination = mail.get("destination")
    if not isinstance(destination, list) or len(destination) != 1:
        return None
    return email_of(from_ascii(str(destination[0])))


def _instant(facts: Mapping[str, Any], mail: Mapping[str, Any]) -> Instant:
    """When it happened; kinds without a time of their own happened when the mail was taken."""
    try:
        return parse_instant(str(facts.get("timestamp") or mail.get("timestamp")))
    except ValueError:
        raise InvalidInputError([Fault("detail.mail.timestamp", "is not an ISO 8601 date and time")]) from None


def _mapping(of: Mapping[str, Any], name: str, *, within: str = "") -> Mapping[str, Any]:
    value = of.get(name)
    if not isinstance(value, Mapping):
        raise InvalidInputError([Fault(f"{within}.{name}" if within else name, "is not an object")])
    return value
