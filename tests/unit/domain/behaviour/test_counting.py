"""Since when things are counted: what a deployment changes of that, and whose history is whole for it."""

from typing import Any

import pytest

from shared.domain.behaviour.counting import NOTHING_COUNTED, Begun, Counting, Need, lacking, needed, renewed, stamped
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.timing import DAY
from tests.builders import NOON, a_profile

ONCE: dict[str, Any] = {"did": {"event": "Order Completed"}}
THRICE: dict[str, Any] = {"did": {"event": "Order Completed", "at_least": 3}}
LATELY: dict[str, Any] = {"did": {"event": "Cart Viewed", "within": "7 days"}}
LONGER: dict[str, Any] = {"did": {"event": "Cart Viewed", "within": "8 days"}}
SPENT: dict[str, Any] = {"sum": {"event": "Order Completed", "of": "properties.revenue", "above": 100}}


def a_playbook_that_asks(*conditions: dict[str, Any]) -> Playbook:
    journey = {
        "purpose": "transactional",
        "enter": {"on": "Probe", "if": {"all": [{"traits.x": 1}, *conditions]}},
        "steps": [{"exit": "done"}],
    }
    playbook, faults = read_playbook({"journeys": {"probe": journey}, "messages": {}, "policy": {}})
    assert not faults
    return playbook


def deployed(*playbooks: Playbook) -> Counting:
    """One after the other, a day apart."""
    counting = NOTHING_COUNTED
    for days, playbook in enumerate(playbooks):
        counting = renewed(counting, playbook, NOON + days * DAY)
    return counting


def id_of(condition: dict[str, Any]) -> str:
    [id_] = needed(a_playbook_that_asks(condition))
    return id_


def test_what_a_playbook_needs_is_counted_since_its_deployment() -> None:
    assert deployed(a_playbook_that_asks(THRICE, LATELY, SPENT)).begun == {
        id_of(THRICE): Begun(1, NOON, Need(3, None)),
        id_of(LATELY): Begun(1, NOON, Need(1, 7 * DAY)),
        id_of(SPENT): Begun(1, NOON, Need(0, None)),
    }


def test_the_same_playbook_again_changes_nothing() -> None:
    playbook = a_playbook_that_asks(ONCE)
    counting = deployed(playbook)

    assert renewed(counting, playbook, NOON + DAY) is counting


def test_another_playbook_with_the_same_needs_begins_no_generation() -> None:
    one, other = a_playbook_that_asks(ONCE), a_playbook_that_asks(ONCE, {"traits.y": 2})

    assert deployed(one, other).begun == deployed(one).begun
    assert deployed(one, other).generation == 1
    assert deployed(one, other).playbook != deployed(one).playbook


@pytest.mark.parametrize(
    ("before", "after"),
    [([ONCE], [ONCE, LATELY]), ([LATELY], [LONGER]), ([ONCE], [THRICE])],
    ids=["a new one", "a longer window", "more of them"],
)
def test_what_is_new_or_grew_is_counted_from_now_on(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    counting = deployed(a_playbook_that_asks(*before), a_playbook_that_asks(*after))

    begun = counting.begun[id_of(after[-1])]
    assert (begun.generation, begun.since) == (2, NOON + DAY)


def test_what_is_needed_less_stays_counted_and_is_new_when_it_grows_back() -> None:
    less = deployed(a_playbook_that_asks(THRICE), a_playbook_that_asks(ONCE))
    more = deployed(a_playbook_that_asks(THRICE), a_playbook_that_asks(ONCE), a_playbook_that_asks(THRICE))

    assert less.begun == {id_of(ONCE): Begun(1, NOON, Need(1, None))}
    assert more.begun == {id_of(ONCE): Begun(3, NOON + 2 * DAY, Need(3, None))}


def test_what_went_and_came_back_was_not_counted_in_between() -> None:
    counting = deployed(a_playbook_that_asks(ONCE), a_playbook_that_asks(), a_playbook_that_asks(ONCE))

    assert counting.begun == {id_of(ONCE): Begun(3, NOON + 2 * DAY, Need(1, None))}


def test_a_person_lacks_what_was_begun_after_the_generation_they_are_whole_for() -> None:
    counting = deployed(a_playbook_that_asks(ONCE), a_playbook_that_asks(ONCE, LATELY))

    assert set(lacking(counting, a_profile(whole=0))) == {id_of(ONCE), id_of(LATELY)}
    assert set(lacking(counting, a_profile(whole=1))) == {id_of(LATELY)}
    assert not set(lacking(counting, a_profile(whole=2)))


def test_who_was_stored_before_any_of_this_lacks_everything() -> None:
    assert set(lacking(deployed(a_playbook_that_asks(ONCE)), a_profile(decided_at=NOON))) == {id_of(ONCE)}


@pytest.mark.parametrize(
    ("decided_at", "was", "becomes"),
    [(0, 0, 7), (NOON, 0, 0), (NOON, 5, 5), (NOON, 9, 7)],
    ids=["somebody new", "never filled", "of an earlier deployment", "whom an older deployment now counted"],
)
def test_a_fold_says_for_which_generation_the_person_is_whole(decided_at: int, was: int, becomes: int) -> None:
    before = a_profile(decided_at=decided_at, whole=was)

    assert stamped(Counting(generation=7), before, a_profile(decided_at=NOON, whole=was)).whole == becomes


def test_how_ids_are_made_of_conditions_is_counted() -> None:
    """Ids that change without ``DIGESTS`` changing would be taken for conditions that were never asked before."""
    assert [id_of(condition) for condition in (ONCE, LATELY, SPENT)] == [
        "c04001f262e5",
        "07ba3990bc3c",
        "0d2d026e86ec",
    ]
