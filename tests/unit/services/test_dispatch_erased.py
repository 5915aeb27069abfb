"""People who are no more, and who has their id now: nothing of the former reaches the latter."""

from dataclasses import replace

import pytest

from shared.domain.ledger import DropReason, MessageStatus
from shared.domain.messages import Message
from shared.domain.profiles import Predecessor, Profile
from tests.builders import NOON, a_message, a_profile
from tests.unit.services.dispatching import ANA, House


def test_of_a_message_to_somebody_who_is_no_more_nothing_is_sent_kept_or_told(house: House) -> None:
    house.profiles.stored.clear()

    dispatched = house.dispatch()

    assert (dispatched.entry.status, dispatched.entry.reason) == (MessageStatus.DROPPED, DropReason.ERASED)
    assert not house.ledger.entries
    assert not house.ledger.leases
    assert not house.events.events


BACK = Predecessor(erased_at=NOON - 9, until=NOON - 3)
VISITED = a_profile(id="anon:a1", traits={}, merged_into="u1")


@pytest.mark.parametrize(
    ("message", "visitor", "person", "goes"),
    [
        (a_message(decided_at=NOON - 10), VISITED, replace(ANA, predecessor=BACK), False),
        (a_message(decided_at=NOON - 4), VISITED, replace(ANA, predecessor=BACK), False),
        (a_message(decided_at=NOON - 3), VISITED, replace(ANA, predecessor=BACK), True),
        (a_message(decided_at=0), VISITED, ANA, True),
        (a_message(profile_id="anon:a1", decided_at=0), VISITED, replace(ANA, predecessor=BACK), True),
        (a_message(profile_id="anon:a1", decided_at=NOON - 4), replace(VISITED, predecessor=BACK), ANA, False),
        (a_message(profile_id="anon:a1", decided_at=NOON - 3), replace(VISITED, predecessor=BACK), ANA, True),
    ],
    ids=[
        "ordered before the erasure",
        "ordered while it was carried out",
        "ordered by who came back",
        "of somebody whose id was nobody else's",
        "of a visitor who joined who came back",
        "of a visitor who was erased before others came by the browser",
        "of a visitor who came back, and was joined",
    ],
)
def test_nothing_that_was_ordered_for_the_erased_reaches_who_has_their_id_now(
    house: House, message: Message, visitor: Profile, person: Profile, goes: bool
) -> None:
    house.know(person)
    house.know(visitor)

    dispatched = house.dispatch(message)

    assert bool(house.sent) is goes
    assert (dispatched.entry.reason == DropReason.ERASED) is not goes
    assert bool(house.ledger.entries) is goes
    assert bool(house.events.events) is goes
