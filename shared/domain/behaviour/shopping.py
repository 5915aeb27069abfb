"""What an event says of products that recommendations go by, where the playbook recommends any."""

import hashlib
from collections.abc import Mapping
from itertools import islice
from typing import Final

from shared.domain.draft import Draft
from shared.domain.events import Event
from shared.domain.messages import Purchase
from shared.domain.shop.interests import MAX_BOUGHT, of_late, skus_of, with_hour

MOST_TOGETHER: Final = 10
"""Products of one order that count as bought together: each is a write."""

_MEANS: Final[Mapping[str, str]] = {"Product Viewed": "viewed", "Product Added": "chosen", "Order Completed": "bought"}


def take_interest(draft: Draft, event: Event) -> None:
    """Note which products it is about, and order what was bought together to be counted."""
    if not draft.playbook.recommends or event.name not in _MEANS:
        return
    kind = _MEANS[event.name]
    told = event.properties.get("products") if kind == "bought" else None
    skus = skus_of(told if isinstance(told, list | tuple) else [event.properties])
    if not skus:
        return
    at = min(event.at, draft.clock)
    draft.interests = of_late(with_hour(draft.interests, kind, islice(skus, MAX_BOUGHT), at), draft.clock)
    if kind == "bought":
        draft.order(Purchase(_order_id(event), tuple(skus[:MOST_TOGETHER]), at))


def _order_id(event: Event) -> str:
    """One order that is told twice, by a browser and by a server, is one; without its id, one event is."""
    order = event.properties.get("order_id")
    named = f"order\0{order}" if isinstance(order, str | int) and order != "" else f"event\0{event.known_as}"
    return hashlib.blake2b(named.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
