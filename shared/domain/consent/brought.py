"""What of another profile's consent becomes the person's, where its addresses may not come along.

Whoever can join a visitor to somebody with a public key must not say yes, or no, for that person: a link in a message
to the visitor's own address is enough to state anything of the visitor. So what was said there counts as far as it is
of an address that the person has. A no of a visitor without any address counts too: no link can have led to it.
"""

from typing import NamedTuple

from shared.domain.consent.words import ANY, Channel, Pause, Scope, Statement, Unconfirmed
from shared.domain.draft import Draft


class Brought(NamedTuple):
    """What comes along."""

    consent: dict[Scope, Statement]
    unconfirmed: dict[Scope, Unconfirmed]
    pause: Pause | None


def brought_consent(draft: Draft, theirs: Draft) -> Brought:
    """``draft`` as it is before anything of the other one comes along."""
    shared, has_strange = set[str](), False
    for channel in Channel:
        if channel is Channel.WEBHOOK:
            continue  # Everybody is reached there: it says nothing of who they are.
        addresses = {*theirs.reach().known_addresses(channel)}
        if addresses and addresses <= {*draft.reach().known_addresses(channel)}:
            shared.add(channel)
        else:
            has_strange = has_strange or bool(addresses)
    if shared and not has_strange:
        shared.add(ANY)

    def counts(channel: str, *, is_yes: bool) -> bool:
        return channel in shared or not (is_yes or has_strange)

    pause = theirs.pause
    return Brought(
        {scope: one for scope, one in theirs.consent.items() if counts(scope[0], is_yes=one.subscribed)},
        {scope: one for scope, one in theirs.unconfirmed.items() if counts(scope[0], is_yes=True)},
        pause if pause is not None and counts(ANY, is_yes=pause.until <= pause.at) else None,
    )
