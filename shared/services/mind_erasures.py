"""Tell who has an id from who had it before and was erased: nothing of the one is to come to the other.

The marker of an erasure is asked for only where there is no profile yet. What it says is kept on the profile that
begins then, so that nobody else's event or message costs a read more.
"""

from collections.abc import Sequence

from shared.domain.events import Event, Trust
from shared.domain.profiles import Predecessor, Profile
from shared.domain.records import changed
from shared.domain.timing import Instant
from shared.ports.rights import ErasedPeople


class ErasureMinder:
    """Knows whom a profile succeeds."""

    def __init__(self, erased: ErasedPeople) -> None:
        self._erased = erased

    def told_apart(self, held: Profile, events: Sequence[Event]) -> tuple[Profile, Sequence[Event]]:
        """The person, and what of the events is theirs: not what happened to who was erased.

        Nor does what we ourselves say of the erased make a new person.
        """
        erased_at = self._erased_at(held)
        if erased_at is None:
            return held, events
        is_new = held.version == 0
        theirs = [event for event in events if event.at > erased_at and not (is_new and event.trust is Trust.SYSTEM)]
        return _succeeding(held, erased_at, theirs), theirs

    def after_erasure(self, held: Profile, events: Sequence[Event]) -> Profile:
        """Somebody whom the events name beside the person, who may never have been here since."""
        erased_at = self._erased_at(held)
        return held if erased_at is None else _succeeding(held, erased_at, events)

    def _erased_at(self, held: Profile) -> Instant | None:
        if held.predecessor is not None:
            return held.predecessor.erased_at
        return self._erased.erased_at(held.id) if held.version == 0 else None


def _succeeding(held: Profile, erased_at: Instant, events: Sequence[Event]) -> Profile:
    """A person's first decision is as of the first arrival; what was decided before was their predecessor's, also in
    the moment between the mark of an erasure and the profile's end."""
    if held.version > 0 or not events:
        return held
    first = min(event.received_at for event in events)
    return changed(held, predecessor=Predecessor(erased_at, max(first, erased_at + 1)))
