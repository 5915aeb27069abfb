"""To which message a journey's goal is put down: its latest one before the goal, within the policy's window."""

from typing import Any

import pytest

from shared.domain.decide import Occurrence
from shared.domain.timing import DAY, HOUR
from tests.builders import NOON
from tests.explained import explained
from tests.stories import Story, a_journey
from tests.unit.domain.test_policy import BYE, HELLO, story

GOAL = {"on": "Order Completed", "within": "60 days"}


def a_story(policy: dict[str, Any] | None = None, **changes: Any) -> Story:
    steps = [{"wait": "1 hour"}, HELLO, {"wait": "1 day"}, BYE]
    other = a_journey(enter={"on": "Start"}, steps=[{"wait": "2 hours"}, HELLO])
    return story(policy or {}, j=a_journey(goal=GOAL, steps=steps, exit=None, **changes), other=other)


def credited(told: Story) -> list[tuple[str | None, str | None]]:
    announced = [one for one in told.effects if getattr(one, "name", None) == "Goal Reached"]
    return [(one.properties["message"], one.properties["channel"]) for one in announced]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("policy", "at", "message"),
    [
        ({}, HOUR - 1, None),
        ({}, HOUR, "hello"),
        ({}, 3 * HOUR, "hello"),
        ({}, DAY + HOUR, "bye"),
        ({}, 8 * DAY + HOUR - 1, "bye"),
        ({}, 8 * DAY + HOUR, None),
        ({"attribution": {"window": "2 hours"}}, 3 * HOUR - 1, "hello"),
        ({"attribution": {"window": "2 hours"}}, 3 * HOUR, None),
        ({"attribution": {}}, 3 * HOUR, "hello"),
    ],
)
def test_it_is_the_journeys_latest_within_the_window(policy: dict[str, Any], at: int, message: str | None) -> None:
    told = a_story(policy)
    told.happens("Start")
    told.happens("Order Completed", NOON + at)

    assert credited(told) == [(message, message and "email")]


def test_a_late_goal_is_put_down_to_what_went_before_it_happened() -> None:
    told = a_story()
    told.happens("Start")
    told.happens("Order Completed", NOON + 2 * HOUR, arrives=NOON + 2 * DAY)

    assert credited(told) == [("hello", "email")]


def test_a_message_counts_from_the_moment_at_which_it_went() -> None:
    told = a_story()
    told.happens("Start")
    told.time_comes(NOON + HOUR, sending_at=NOON + 3 * HOUR)
    told.happens("Order Completed", NOON + 2 * HOUR, arrives=NOON + 3 * HOUR)

    assert credited(told) == [(None, None)]


def test_a_holdouts_goal_is_put_down_to_nothing() -> None:
    told = a_story(holdout="100%")
    told.happens("Start")
    told.happens("Order Completed", NOON + 2 * DAY)

    assert credited(told) == [(None, None)]


def test_explain_tells_of_it() -> None:
    details = {"journey": "j", "run": "r1"}
    credited_to: list[dict[str, Any]] = [{"message": "hello", "channel": "email"}, {"message": None, "channel": None}]
    assert explained(Occurrence("goal_reached", NOON, details | one) for one in credited_to) == [
        "→ reaches its goal (run r1), put down to hello by email",
        "→ reaches its goal (run r1)",
    ]
