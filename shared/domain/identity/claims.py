"""To whom an identifier goes that several people claim. The same answer whatever is tried again, and after a crash."""

from collections.abc import Mapping

from shared.domain.events import SERVERS, Event
from shared.domain.identity.identifiers import Held, identifiers, is_provisional


def awarded(held: Held | None, claimed: Held, over: tuple[str, ...] = ()) -> Held:
    """Whose it is after the claim; ``over``: people from whom it passes to the claimant in any case.

    The first claim stands among equals. What was vouched for once stays so when it passes on.
    """
    if held is None:
        return claimed
    if held.profile_id == claimed.profile_id or held.profile_id in over:
        return Held(claimed.profile_id, held.is_vouched or claimed.is_vouched)
    return claimed if claimed.rank > held.rank else held


def claim_of(event: Event, profile_id: str, owners: Mapping[tuple[str, str], Held]) -> Held:
    """What the event claims for its person of all that it names; ``owners``: by whose identifiers it was found.

    The same that ``standing`` makes of it with the profile at hand.
    """
    is_named = event.user_id is not None or is_provisional(profile_id)
    is_vouched = is_named or any(owners[one].is_vouched for one in identifiers(event) if one in owners)
    return Held(profile_id, is_vouched and event.trust in SERVERS)
