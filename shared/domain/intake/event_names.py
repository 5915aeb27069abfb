"""The events of the Segment spec, by name: what a playbook's names are held against, and what comes with them.

Any event may have any name and any properties; these are the ones that a shop's own tools send, so that a name which
is nearly one of them is probably meant to be it.
"""

from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from shared.domain.events import IMPLIED_NAMES, EventType, SystemEvent

CLOSE: Final = 2
"""How many letters may differ between a name and the one that was meant."""

_PRODUCT: Final = (
    "product_id sku category name brand variant price quantity coupon position url image_url value currency"
)
_ORDER: Final = "order_id affiliation value subtotal total revenue shipping tax discount coupon currency products"
_CHECKOUT: Final = "checkout_id step shipping_method payment_method"
_PROMOTION: Final = "promotion_id creative name position"
_COUPON: Final = "order_id cart_id coupon_id coupon_name discount reason"

_WITH_PROPERTIES: Final[Mapping[str, str]] = {
    "Products Searched": "query",
    "Product List Viewed": "list_id category products",
    "Product List Filtered": "list_id category filters sorts products",
    "Promotion Viewed": _PROMOTION,
    "Promotion Clicked": _PROMOTION,
    "Product Clicked": _PRODUCT,
    "Product Viewed": _PRODUCT,
    "Product Added": f"cart_id {_PRODUCT}",
    "Product Removed": f"cart_id {_PRODUCT}",
    "Cart Viewed": "cart_id products",
    "Checkout Started": f"checkout_id cart_id {_ORDER}",
    "Checkout Step Viewed": _CHECKOUT,
    "Checkout Step Completed": _CHECKOUT,
    "Payment Info Entered": f"order_id {_CHECKOUT}",
    "Order Updated": f"checkout_id cart_id {_ORDER}",
    "Order Completed": f"checkout_id cart_id {_ORDER}",
    "Order Refunded": f"checkout_id cart_id {_ORDER}",
    "Order Cancelled": f"checkout_id cart_id {_ORDER}",
    "Coupon Entered": _COUPON,
    "Coupon Applied": _COUPON,
    "Coupon Denied": _COUPON,
    "Coupon Removed": _COUPON,
    "Product Added to Wishlist": f"wishlist_id wishlist_name {_PRODUCT}",
    "Product Removed from Wishlist": f"wishlist_id wishlist_name {_PRODUCT}",
    "Wishlist Product Added to Cart": f"wishlist_id wishlist_name cart_id {_PRODUCT}",
    "Product Shared": f"share_via share_message recipient {_PRODUCT}",
    "Cart Shared": "share_via share_message recipient cart_id products",
    "Product Reviewed": "product_id review_id review_body rating",
}
_MOBILE: Final = (
    "Application Installed",
    "Application Opened",
    "Application Backgrounded",
    "Application Foregrounded",
    "Application Updated",
    "Application Uninstalled",
    "Application Crashed",
    "Install Attributed",
    "Push Notification Received",
    "Push Notification Tapped",
    "Push Notification Bounced",
    "Deep Link Opened",
    "Deep Link Clicked",
)
_VIDEO: Final = (
    "Video Playback Started",
    "Video Playback Paused",
    "Video Playback Interrupted",
    "Video Playback Buffer Started",
    "Video Playback Buffer Completed",
    "Video Playback Seek Started",
    "Video Playback Seek Completed",
    "Video Playback Resumed",
    "Video Playback Completed",
    "Video Content Started",
    "Video Content Playing",
    "Video Content Completed",
    "Video Ad Started",
    "Video Ad Playing",
    "Video Ad Completed",
)
_ACCOUNTS: Final = (
    "Account Created",
    "Account Deleted",
    "Signed Up",
    "Signed In",
    "Signed Out",
    "Invite Sent",
    "Account Added User",
    "Account Removed User",
    "Trial Started",
    "Trial Ended",
)
_OTHER: Final = (
    "Experiment Viewed",
    "Email Delivered",
    "Email Opened",
    "Email Link Clicked",
    "Email Bounced",
    "Email Marked as Spam",
    "Live Chat Conversation Started",
    "Live Chat Message Sent",
    "Live Chat Message Received",
    "Live Chat Conversation Ended",
)

PROPERTIES: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {name: frozenset(properties.split()) for name, properties in _WITH_PROPERTIES.items()}
)
"""What the spec knows to come with the events of a shop."""

SPEC_NAMES: Final = frozenset({*PROPERTIES, *_MOBILE, *_VIDEO, *_ACCOUNTS, *_OTHER})
OWN_NAMES: Final = frozenset(SystemEvent) | {name for type_, name in IMPLIED_NAMES.items() if type_ != EventType.TIMER}
"""What the system says itself, and how it calls Segment's other calls."""

FREQUENT: Final = frozenset(
    {
        *(name for name in PROPERTIES if name.startswith(("Product", "Promotion", "Cart", "Wishlist"))),
        *_VIDEO,
        *(name for name in _MOBILE if name.startswith(("Application", "Push", "Deep"))),
        *OWN_NAMES,
    }
)
"""What people do many times a day: they look around, and fill and empty their baskets."""


@lru_cache(maxsize=4_096)
def meant_instead(name: str, known: frozenset[str]) -> str | None:
    """The known name that is at most two letters, or nothing but capitals, away; ``None`` for what is known itself."""
    if name in known:
        return None
    folded = name.casefold()
    letters = set(folded)
    near = [
        (distance(folded, other), original)
        for other, others, original in _folded(known)
        if abs(len(other) - len(folded)) <= CLOSE and len(letters - others) <= CLOSE and len(others - letters) <= CLOSE
    ]
    return next((original for away, original in sorted(near) if away <= CLOSE), None)


@cache
def _folded(known: frozenset[str]) -> tuple[tuple[str, frozenset[str], str], ...]:
    """Each name without capitals, with the letters it has."""
    return tuple((name.casefold(), frozenset(name.casefold()), name) for name in sorted(known))


def distance(one: str, other: str) -> int:
    """How many letters must be put in, left out or replaced to make one of the other (Levenshtein)."""
    row = list(range(len(other) + 1))
    for index, letter in enumerate(one, start=1):
        fresh = [index]
        for (diagonal, above), wanted in zip(pairwise(row), other, strict=True):
            fresh.append(min(above + 1, fresh[-1] + 1, diagonal + (letter != wanted)))
        row = fresh
    return row[-1]
