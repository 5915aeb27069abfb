"""To whom an identifier goes that several people claim. The same answer whatever is tried again, and after a crash."""

from typing import NamedTuple

from shared.domain.identity.identifiers import is_provisional


class Held(NamedTuple):
    """Whose an identifier is; ``is_vouched``: by a secret key's word, not only by a public one's."""

    profile_id: str
    is_vouched: bool = False

    @property
    def rank(self) -> tuple[bool, bool]:
        """A secret key's word first, then that of somebody who was identified."""
        return self.is_vouched, not is_provisional(self.profile_id)


def awarded(held: Held | None, claimed: Held, over: tuple[str, ...] = ()) -> Held:
    """Whose it is after the claim; ``over``: people from whom it passes to the claimant in any case.

    The first claim stands among equals. What was vouched for once stays so when it passes on.
    """
    if held is None:
        return claimed
    if held.profile_id == claimed.profile_id or held.profile_id in over:
        return Held(claimed.profile_id, held.is_vouched or claimed.is_vouched)
    return claimed if claimed.rank > held.rank else held
