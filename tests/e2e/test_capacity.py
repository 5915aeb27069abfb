"""What folding costs in DynamoDB's own units, counted by MiniStack: exact, so any change here is a change of cost."""

from collections.abc import Iterator

import pytest

from shared.services.evaluate_events import Outcome
from tests.benchmarks.capacity import Spent, capacity_counted, measure

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def spent() -> Iterator[dict[str, Spent]]:
    with capacity_counted() as counting:
        yield measure(counting)


CASES = {
    "one event without effects": Spent(1, 2, frozenset({Outcome.STORED})),
    "10 events without effects, in one batch": Spent(1, 2, frozenset({Outcome.STORED})),
    "an event that starts a run": Spent(1, 2, frozenset({Outcome.STORED})),
    "10 events that were folded before": Spent(1, 0, frozenset({Outcome.UNCHANGED})),
    "a visitor's sign-up, which joins two people": Spent(3, 9, frozenset({Outcome.STORED})),
    "the next identify of the two": Spent(1, 2, frozenset({Outcome.STORED})),
    "an event that comes for the joined visitor": Spent(2, 0, frozenset({Outcome.SENT_ON})),
    "the first event of a new person": Spent(2, 2, frozenset({Outcome.STORED})),
    "an event by its user id, from the door on": Spent(1, 2, frozenset({Outcome.STORED})),
    "an event by an alias, from the door on": Spent(1.5, 2, frozenset({Outcome.STORED})),
    "an event by two aliases, from the door on": Spent(2, 2, frozenset({Outcome.STORED})),
}


@pytest.mark.parametrize(("case", "expected"), CASES.items(), ids=CASES)
def test_folding_costs_what_it_must(spent: dict[str, Spent], case: str, expected: Spent) -> None:
    assert spent[case] == expected


def test_every_case_is_counted(spent: dict[str, Spent]) -> None:
    assert spent.keys() == CASES.keys()
