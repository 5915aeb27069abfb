"""The playbook's ``coupons.yaml``, examples of what it gives, and coupons that messages ask for and it lacks."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from infra.playbook.mentions import first_mention
from shared.adapters.playbook_files import read_yaml
from shared.domain.language.coupon_reader import FILE, read_offers
from shared.domain.language.reading import Faults, quoted, suggestion
from shared.domain.shop.coupon_codes import generated_code
from shared.domain.shop.offers import CouponSource, Offer
from shared.domain.timing import DAY, Instant, format_instant, parse_instant
from shared.errors import PlaybookError, PlaybookFault

if TYPE_CHECKING:
    from infra.playbook.compiled_message import CompiledMessage

GIVEN_AT: Final[Instant] = parse_instant("2026-11-02T10:00:00.000Z")
"""When the coupons of examples were."""

Giving: TypeAlias = Callable[[object], dict[str, Any]]
"""What ``coupon`` is in templates."""


def offers_of(playbook: Path) -> Mapping[str, Offer]:
    """Those of a playbook's folder; none where the file cannot be read, which is told where it is checked."""
    try:
        return read_offers(read_yaml(playbook / FILE, FILE).value, Faults()) if (playbook / FILE).is_file() else {}
    except PlaybookError:
        return {}


def example_coupons(offers: Mapping[str, Offer], *, may_end: bool = True) -> Giving:
    """Each offer's, and one of an offer that nobody makes, which is told elsewhere; without an end, or by the offer."""

    def give(name: object) -> dict[str, Any]:
        offer = offers.get(str(name)) or Offer(name=str(name), title=str(name), expires_after=DAY)
        is_of_pool = offer.source is CouponSource.POOL
        code = "YOUR-OWN-CODE" if is_of_pool else generated_code(offer.prefix, sha256(offer.name.encode()).hexdigest())
        shown = {"code": code, "title": offer.title}
        ends = offer.expires_after if may_end else None
        return shown if ends is None else shown | {"expires_at": format_instant(GIVEN_AT + ends)}

    return give


def unknown_coupons(
    playbook: Path, messages: "Mapping[str, CompiledMessage]", offers: Collection[Any]
) -> Iterator[PlaybookFault]:
    """Each coupon that a message asks for and nobody offers, where it first does."""
    for name, message in messages.items():
        for coupon in sorted(message.coupons - set(offers)):
            asked = re.compile(rf"\bcoupon\s*\(\s*['\"]{re.escape(coupon)}['\"]")
            file, line = first_mention(playbook, name, asked)
            known = suggestion(coupon, map(str, offers)) or (f"; it has {quoted(sorted(offers))}" if offers else "")
            yield PlaybookFault(file, line, "", f'{FILE} has no coupon "{coupon}"{known}')
