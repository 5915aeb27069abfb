"""Reads ``coupons.yaml``: what coupons there are."""

import re
from collections.abc import Mapping
from typing import Any, Final

from shared.domain.language import reading
from shared.domain.language.reading import Faults
from shared.domain.shop.offers import CouponSource, Offer

FILE: Final = "coupons.yaml"

MAX_OFFERS: Final = 200
MAX_PREFIX: Final = 12

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_PREFIX: Final = re.compile(r"[A-Z0-9]{1,12}")
_KEYS: Final = ("title", "kind", "prefix", "expires_after")


def read_offers(plain: Any, faults: Faults) -> dict[str, Offer]:
    """The offers by name; ``None`` where a playbook has none."""
    offers: dict[str, Offer] = {}
    if plain is None:
        return offers
    listed = reading.mapping(plain, (), faults)
    if len(listed) > MAX_OFFERS:
        faults.add((), f"{len(listed)} coupons; a playbook may have {MAX_OFFERS}")
    for name, below in listed.items():
        if not _NAME.fullmatch(name):
            faults.add((), "a coupon is named in small letters, digits, - and _", key=name)
        offers[name] = _read_offer(
            name, reading.mapping(below, (name,), faults, known=_KEYS, short_for="title"), faults
        )
    return offers


def _read_offer(name: str, plain: Mapping[str, Any], faults: Faults) -> Offer:
    if "title" not in plain:
        faults.add((name,), "`title` is missing: what does the coupon give?")
    source = CouponSource.GENERATED
    if "kind" in plain:
        source = reading.choice(plain["kind"], (name, "kind"), faults, known=_SOURCES) or source
    prefix = reading.text(plain["prefix"], (name, "prefix"), faults) if "prefix" in plain else ""
    if prefix and not _PREFIX.fullmatch(prefix):
        faults.add((name, "prefix"), f"expected up to {MAX_PREFIX} capital letters and digits")
    if prefix and source is CouponSource.POOL:
        faults.add((name, "prefix"), "the codes of a pool are as they were uploaded: leave it out")
    after = plain.get("expires_after")
    return Offer(
        name=name,
        title=reading.text(plain["title"], (name, "title"), faults) if "title" in plain else name,
        source=source,
        prefix=prefix,
        expires_after=None if after is None else reading.duration(after, (name, "expires_after"), faults),
    )


_SOURCES: Final = {source.value: source for source in CouponSource}
