"""Shopify's privacy webhooks: its customers ask through it to be forgotten, or for a copy; a shop leaves.

The signature covers the body alone. So the body has to be one of the topic's own, or what was signed as a question for
a copy would erase under another header.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from shared.domain.identity.identifiers import ADDRESSES, address_key
from shared.domain.intake.json_values import MALFORMED, parse_json
from shared.domain.rights.erasure import RightsKind, RightsOrder
from shared.errors import Fault, InvalidInputError
from shared.ports.secrets import WebhookSignatures
from shared.services.cursors import INVALID_REQUEST
from shared.services.request_rights import RightsDesk

UNKNOWN_SIGNATURE: Final = "unknown-signature"
UNKNOWN_TOPIC: Final = "unknown-topic"

KIND: Final = "shopify"
"""Of the external id by which a customer of Shopify is known (``context.externalIds``)."""

TOPICS: Final[Mapping[str, RightsKind]] = {
    "customers/redact": RightsKind.ERASE,
    "customers/data_request": RightsKind.EXPORT,
    "shop/redact": RightsKind.SHOP,
}

_FOREIGN: Final[Mapping[RightsKind, tuple[str, ...]]] = {
    RightsKind.ERASE: ("data_request", "orders_requested"),
    RightsKind.EXPORT: ("orders_to_redact",),
    RightsKind.SHOP: ("customer", "data_request", "orders_requested", "orders_to_redact"),
}
"""What stands in the bodies of other topics only."""

_WEBHOOK_ID: Final = re.compile(r"[0-9A-Za-z._-]{1,128}")
_SHOP: Final = re.compile(r"[0-9a-z][0-9a-z.-]{0,252}")
_CUSTOMER_ID: Final = re.compile(r"[0-9]{1,38}")


class ShopRequests:
    """Takes in what Shopify asks for; it is carried out by ``erase_profiles``."""

    def __init__(self, *, signatures: WebhookSignatures, rights: RightsDesk) -> None:
        self._signatures = signatures
        self._rights = rights

    def take(self, body: bytes, *, signature: str, topic: str, webhook_id: str) -> RightsOrder:
        """The order, which is durable on return; the same webhook once more makes the same one.

        Raises:
            InvalidInputError: it is not signed, or not one of the three requests.
        """
        if not self._signatures.is_good(body, signature):
            raise InvalidInputError([], code=UNKNOWN_SIGNATURE)
        if not _WEBHOOK_ID.fullmatch(webhook_id):
            raise _invalid("X-Shopify-Webhook-Id", "must be the id that Shopify sends")
        kind = TOPICS.get(topic)
        if kind is None:
            raise InvalidInputError(
                [Fault("X-Shopify-Topic", f"must be one of {', '.join(TOPICS)}")], code=UNKNOWN_TOPIC
            )
        order = RightsOrder(
            kind=kind, receipt=_receipt(topic, webhook_id, body), references=_references(kind, _content(body))
        )
        self._rights.take(order)
        return order


def _receipt(topic: str, webhook_id: str, body: bytes) -> str:
    """Of the body too, since the signature does not cover the id."""
    return hashlib.sha256(b"\0".join((topic.encode(), webhook_id.encode(), body))).hexdigest()[:32]


def _content(body: bytes) -> Mapping[str, Any]:
    try:
        content = parse_json(body.decode())
    except UnicodeDecodeError:
        raise InvalidInputError([Fault("", "is not UTF-8")], code=MALFORMED) from None
    if not isinstance(content, dict):
        raise InvalidInputError([Fault("", "must be a JSON object")], code=MALFORMED)
    return content


def _references(kind: RightsKind, content: Mapping[str, Any]) -> tuple[str, ...]:
    """By what the person is found; of a shop that leaves, its domain."""
    for name in _FOREIGN[kind]:
        if name in content:
            raise _invalid(name, "belongs to another topic")
    if kind is RightsKind.SHOP:
        shop = content.get("shop_domain")
        if not isinstance(shop, str) or not _SHOP.fullmatch(shop):
            raise _invalid("shop_domain", "must be the shop's domain")
        return (shop,)
    customer = content.get("customer")
    references = tuple(_known_by(customer)) if isinstance(customer, dict) else ()
    if not references:
        raise _invalid("customer", "must have an id, an email or a phone")
    return references


def _known_by(customer: Mapping[str, Any]) -> Iterator[str]:
    """A number without its country leads to nobody, and is passed over."""
    id_ = customer.get("id")
    if isinstance(id_, int | str) and not isinstance(id_, bool) and _CUSTOMER_ID.fullmatch(str(id_)):
        yield f"{KIND}:{id_}"
    for kind in ADDRESSES:
        value = address_key(kind, customer.get(kind), {})
        if value is not None:
            yield f"{kind}:{value}"


def _invalid(path: str, message: str) -> InvalidInputError:
    return InvalidInputError([Fault(path, message)], code=INVALID_REQUEST)
