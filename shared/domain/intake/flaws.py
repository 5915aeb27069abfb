"""What is wrong with what came in, by kind: what a shop wants to hear, because its messages suffer from it.

Kinds, places and senders are of closed vocabularies: whoever holds a public key can make no new ones up, and no value
of an event, which may be anybody's, is among them.
"""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

from shared.domain.events import ASKED, Event, EventType, Trust
from shared.domain.intake.event_names import OWN_NAMES, SPEC_NAMES, meant_instead
from shared.domain.intake.fields import IS_REQUIRED
from shared.domain.intake.segment_spec import IN_FUTURE, NOBODYS, NOT_ALLOWED
from shared.domain.normalise.properties import READ, misread
from shared.errors import Fault


class Flaw(StrEnum):
    """A kind of fault; the first are of what was refused, the rest of what was taken all the same."""

    MISSING_ID = "missing_id"
    MISSING_FIELD = "missing_field"
    FUTURE_TIMESTAMP = "future_timestamp"
    NOT_ALLOWED = "not_allowed"
    INVALID_FIELD = "invalid_field"
    UNREADABLE = "unreadable"
    CLOCK_AHEAD = "clock_ahead"
    NO_MESSAGE_ID = "no_message_id"
    VERY_LATE = "very_late"
    DUPLICATE = "duplicate"
    MISSPELT_EVENT = "misspelt_event"
    MISSING_PROPERTY = "missing_property"
    WRONG_TYPE = "wrong_type"
    NUMBER_AS_TEXT = "number_as_text"
    MIXED_IDS = "mixed_ids"
    NO_CURRENCY = "no_currency"
    INVALID_EMAIL = "invalid_email"
    INVALID_PHONE = "invalid_phone"
    UNKNOWN_REGION = "unknown_region"
    UNREADABLE_TRAIT = "unreadable_trait"
    REFUSED_TRAIT = "refused_trait"
    REFUSED_CONTACT = "refused_contact"
    REFUSED_CONSENT = "refused_consent"
    REFUSED_JOIN = "refused_join"


class Finding(NamedTuple):
    """One flaw of one event; ``place`` is where, in words of ours."""

    flaw: Flaw
    place: str


LIBRARIES: Final = frozenset(
    {
        "analytics.js",
        "analytics-android",
        "analytics-c",
        "analytics-cpp",
        "analytics-dotnet",
        "analytics-flutter",
        "analytics-go",
        "analytics-ios",
        "analytics-java",
        "analytics-kotlin",
        "analytics-node",
        "@segment/analytics-node",
        "@segment/analytics-next",
        "@segment/analytics-react-native",
        "analytics-php",
        "analytics-python",
        "analytics-react-native",
        "analytics-ruby",
        "analytics-rust",
        "analytics-swift",
        "AnalyticsCSharp",
        "Analytics.NET",
    }
)
"""Clients of the Segment spec by the name that they give themselves. Others are ``other``: a name may be anything."""

MAX_SOURCE: Final = 64
"""Characters of another system's name on the bus."""


def source_of(channel: str, context: object) -> str:
    """By what way, and with which client, something came: ``http analytics.js``, ``bus:shop.till``."""
    library = context.get("library") if isinstance(context, Mapping) else None
    name = library.get("name") if isinstance(library, Mapping) else None
    channel = "".join(one if one.isprintable() else "�" for one in channel[:MAX_SOURCE])
    if not isinstance(name, str):
        return channel
    return f"{channel} {name if name in LIBRARIES else 'other'}"


# what was refused

_FIELDS: Final = frozenset(
    {
        "anonymousId",
        "batch",
        "context",
        "detail",
        "event",
        "groupId",
        "integrations",
        "messageId",
        "originalTimestamp",
        "previousId",
        "properties",
        "sentAt",
        "source",
        "time",
        "timestamp",
        "traits",
        "type",
        "userId",
    }
)


def findings_of_faults(faults: Iterable[Fault]) -> list[Finding]:
    """Each kind of fault of a refused event, once."""
    return list({_of_fault(fault): None for fault in faults})


def _of_fault(fault: Fault) -> Finding:
    names = [name for name in fault.path.split(".") if name != "detail" or "." not in fault.path]
    field = next((name for name in names if name in _FIELDS), "")
    if fault.message == NOBODYS or (field in {"userId", "anonymousId"} and fault.message == IS_REQUIRED):
        return Finding(Flaw.MISSING_ID, "userId")
    if fault.message == IN_FUTURE:
        return Finding(Flaw.FUTURE_TIMESTAMP, field)
    if fault.message == NOT_ALLOWED:
        return Finding(Flaw.NOT_ALLOWED, field)
    if not field:
        return Finding(Flaw.UNREADABLE, "")
    return Finding(Flaw.MISSING_FIELD if fault.message.startswith(IS_REQUIRED) else Flaw.INVALID_FIELD, field)


# what was taken

DERIVED: Final = "derived:"
_NAMES: Final = SPEC_NAMES | OWN_NAMES
_SOME_PRODUCT: Final = (("product_id", "sku"),)
_AN_ORDER: Final = (("order_id",),)
REQUIRED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "Order Completed": (("order_id",), ("products",), ("total", "revenue", "value", "subtotal")),
    "Order Updated": _AN_ORDER,
    "Order Refunded": _AN_ORDER,
    "Order Cancelled": _AN_ORDER,
    "Product Clicked": _SOME_PRODUCT,
    "Product Viewed": _SOME_PRODUCT,
    "Product Added": _SOME_PRODUCT,
    "Product Removed": _SOME_PRODUCT,
    "Product Added to Wishlist": _SOME_PRODUCT,
    "Product Removed from Wishlist": _SOME_PRODUCT,
    "Wishlist Product Added to Cart": _SOME_PRODUCT,
}
"""Without which an event of the spec is of little use to journeys; of each group, one is enough."""

MONEY: Final = ("price", "total", "revenue", "value", "subtotal")
IDS: Final = ("cart_id", "checkout_id", "order_id", "product_id", "sku", "wishlist_id", "coupon_id")
"""By which journeys tell one run from another, and conditions one thing from another: ``5`` is not ``"5"``."""


class SeenIds:
    """In which types each kind of id has come, in one process: a set of at most two for each of ``IDS``."""

    def __init__(self) -> None:
        self._types: dict[str, set[bool]] = {}

    def is_mixed(self, name: str, value: object) -> bool:
        """Whether it has come as text before and comes as a number now, or the other way round."""
        types = self._types.setdefault(name, set())
        types.add(isinstance(value, str))
        return len(types) > 1


def findings_of(event: Event, seen: SeenIds) -> Iterator[Finding]:
    """What is wrong with an event that was taken, as far as the event itself tells."""
    if event.trust is Trust.SYSTEM or event.type in ASKED:
        return
    if event.is_late:
        yield Finding(Flaw.VERY_LATE, event.name if event.name in _NAMES else "timestamp")
    if event.id.startswith(DERIVED):
        yield Finding(Flaw.NO_MESSAGE_ID, "messageId")
    if event.type is EventType.TRACK:
        if event.name in READ:
            yield from _of_properties(event, seen)
        elif event.name not in _NAMES and (meant := meant_instead(event.name, _NAMES)) is not None:
            yield Finding(Flaw.MISSPELT_EVENT, f"nearly {meant}")


def _of_properties(event: Event, seen: SeenIds) -> Iterator[Finding]:
    said = event.properties
    for group in REQUIRED.get(event.name, ()):
        if all(said.get(name) in (None, "", []) for name in group):
            yield Finding(Flaw.MISSING_PROPERTY, f"{event.name}: {' or '.join(group)}")
    for path, is_read in misread(event.name, said):
        yield Finding(Flaw.NUMBER_AS_TEXT if is_read else Flaw.WRONG_TYPE, f"{event.name}: {path}")
    products = said.get("products")
    products = [one for one in products if isinstance(one, dict)] if isinstance(products, list) else []
    for name in IDS:
        value = said.get(name)
        if value is not None and seen.is_mixed(name, value):
            yield Finding(Flaw.MIXED_IDS, f"{event.name}: {name}")
    if (
        any(said.get(name) for name in MONEY)
        and not said.get("currency")
        and not any(one.get("currency") for one in products)
    ):
        yield Finding(Flaw.NO_CURRENCY, f"{event.name}: currency")


# what became of what was said of a person

_UNREAD: Final = {"email": Flaw.INVALID_EMAIL, "phone": Flaw.INVALID_PHONE}
_REFUSED: Final[Mapping[str, Flaw]] = {
    "contact_refused": Flaw.REFUSED_CONTACT,
    "statement_refused": Flaw.REFUSED_CONSENT,
    "join_refused": Flaw.REFUSED_JOIN,
}
"""By what ``decide`` tells."""
_CONTACTS: Final = {name: f"traits.{name}" for name in ("email", "phone", "push_token")}
NOTHING_SAID: Final = "empty"


def finding_told(kind: str, details: Mapping[str, Any]) -> Finding | None:
    """What an occurrence of a decision says of the data; ``None``: nothing."""
    if kind == "trait_unread":
        trait, reason = details["trait"], details["reason"]
        if reason == NOTHING_SAID:
            return None
        if trait == "phone" and reason == "unknown_region":
            return Finding(Flaw.UNKNOWN_REGION, "traits.phone")
        flaw = _UNREAD.get(trait, Flaw.UNREADABLE_TRAIT)
        return Finding(flaw, f"traits.{trait} ({reason})")
    if kind == "trait_refused":
        return Finding(Flaw.REFUSED_TRAIT, "traits")
    refused = _REFUSED.get(kind)
    return None if refused is None else Finding(refused, _CONTACTS.get(str(details.get("contact")), ""))
