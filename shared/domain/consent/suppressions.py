"""Why an address must not be written to, whoever's it is, what each reason stops, and what lifts it again.

Of each reason the list keeps when it last came and when it was last lifted, and the later of the two counts: the same
notes in any order, and any of them twice, leave the same.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from shared.domain.consent.words import Channel, Purpose, SuppressionReason
from shared.domain.timing import Instant

LIFTED_BY_OPT_IN: Final = (SuppressionReason.STOP, SuppressionReason.ERASED, SuppressionReason.UNSUBSCRIBED)
"""What the person may take back by a new yes. Who complained, or whose address is dead, is for the staff to look at."""

STRENGTH: Final = (
    SuppressionReason.UNSUBSCRIBED,
    SuppressionReason.ERASED,
    SuppressionReason.STOP,
    SuppressionReason.INVALID,
    SuppressionReason.HARD_BOUNCE,
    SuppressionReason.COMPLAINT,
)
"""Where there is room for one reason only, the later in this row stays: it is the harder to lift."""

_MARKETING_ONLY: Final = frozenset({SuppressionReason.ERASED, SuppressionReason.UNSUBSCRIBED})
"""Who had everything deleted and buys again wants the confirmation."""

Reasons = Mapping[SuppressionReason, Instant]
"""Why an address is suppressed, and since when; empty where it is not."""


class Noted(NamedTuple):
    """All that was noted of an address: when each reason came last, and when it was lifted last."""

    came: Reasons
    lifted: Reasons


def blocks(reasons: Collection[SuppressionReason], purpose: Purpose) -> bool:
    """Whether a message of this purpose must not go to an address that is suppressed for these reasons."""
    return any(purpose is Purpose.MARKETING or reason not in _MARKETING_ONLY for reason in reasons)


def in_force(came: Reasons, lifted: Reasons) -> dict[SuppressionReason, Instant]:
    """The reasons that count, of those that came and those that were lifted; at one instant the reason stays."""
    return {reason: at for reason, at in came.items() if reason not in lifted or at >= lifted[reason]}


def lifted_by_opt_in(channel: Channel) -> tuple[SuppressionReason, ...]:
    """The reasons that a new yes on this channel lifts; nobody texts STOP to a mail address."""
    if channel in {Channel.SMS, Channel.WHATSAPP}:
        return LIFTED_BY_OPT_IN
    return tuple(reason for reason in LIFTED_BY_OPT_IN if reason is not SuppressionReason.STOP)


def stronger(one: SuppressionReason, other: SuppressionReason) -> SuppressionReason:
    return max(one, other, key=STRENGTH.index)
