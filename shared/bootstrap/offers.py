"""The playbook's coupons, as several functions read them; only where there are any: most cold starts need not pay."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.domain.shop.offers import Offer


def offers_of(playbook: Mapping[str, Any]) -> "Mapping[str, Offer]":
    """Those of the compiled playbook's plain values, which were checked when it was built."""
    if not playbook.get("coupons"):
        return {}
    from shared.domain.language.coupon_reader import read_offers  # noqa: PLC0415
    from shared.domain.language.reading import Faults  # noqa: PLC0415

    return read_offers(playbook["coupons"], Faults())
