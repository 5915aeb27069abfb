"""Journeys that change while people are in them: they finish on the version they entered, or move where it says so."""

from typing import Any

import pytest

from shared.domain.journeys.versions import followed, place_in, with_former
from shared.domain.playbook import Playbook
from shared.domain.timing import DAY, HOUR, MINUTE
from tests.builders import NOON
from tests.stories import Story, a_journey, a_playbook, faults_of

WAIT: dict[str, Any] = {"wait": "1 hour"}
HELLO: dict[str, Any] = {"send": "hello", "via": ["email"]}
BYE: dict[str, Any] = {"send": "bye", "via": ["email"]}
MOVES = {"in_flight": "migrate"}


def changes(before: Playbook, **journeys: Any) -> Playbook:
    """Another playbook, with what people in flight still follow of the first."""
    sources = {(journey.name, journey.version): journey.source for journey in before.journeys.values()}
    return with_former(a_playbook(**journeys), sources)


def a_story(**journey: Any) -> Story:
    story = Story(a_playbook(j=a_journey(**journey)))
    story.happens("Start")
    return story


class TestFinishing:
    @staticmethod
    def test_people_finish_on_the_version_that_they_entered() -> None:
        story = a_story(steps=[WAIT, HELLO, WAIT, BYE])
        story.playbook = changes(story.playbook, j=a_journey(steps=[{"wait": "5 days"}, {"exit": "other"}]))
        story.time_comes(NOON + DAY)
        assert story.sent == [("hello", HOUR), ("bye", 2 * HOUR)]
        assert story.exits() == [("completed", 2 * HOUR)]

    @staticmethod
    def test_who_enters_afterwards_follows_the_new_one() -> None:
        story = a_story(key="properties.cart")
        story.happens("Start", cart=1)
        story.playbook = changes(story.playbook, j=a_journey(key="properties.cart", steps=[WAIT, BYE]))
        story.happens("Start", NOON + MINUTE, cart=2)
        story.time_comes(NOON + DAY)
        assert story.sent == [("hello", HOUR), ("bye", HOUR + MINUTE)]

    @staticmethod
    def test_a_run_of_the_former_version_is_in_the_way_of_one_of_the_new() -> None:
        story = a_story()
        story.playbook = changes(story.playbook, j=a_journey(steps=[WAIT, BYE]))
        story.happens("Start", NOON + MINUTE)
        assert story.skipped() == ["running"]

    @staticmethod
    @pytest.mark.parametrize(
        ("name", "exits"),
        [("Stop", [("exit_event", MINUTE)]), ("Halt", []), ("Other", [])],
    )
    def test_what_ended_it_then_ends_it_now_and_nothing_else_does(name: str, exits: list[Any]) -> None:
        story = a_story()
        story.playbook = changes(story.playbook, j=a_journey(exit={"on": "Halt"}))
        story.happens(name, NOON + MINUTE)
        assert story.exits() == exits

    @staticmethod
    def test_its_key_then_is_its_key_now() -> None:
        story = Story(a_playbook(j=a_journey(key="properties.cart")))
        story.happens("Start", cart=1)
        story.playbook = changes(story.playbook, j=a_journey(key="properties.order"))
        story.happens("Stop", NOON + MINUTE, order=1)
        assert story.exits() == []
        story.happens("Stop", NOON + MINUTE, cart=1)
        assert story.exits() == [("exit_event", MINUTE)]

    @staticmethod
    def test_a_condition_on_behaviour_that_nobody_else_needs_is_still_answered() -> None:
        seen = {"if": {"did": {"event": "Seen", "within": "1 hour"}}, "then": [HELLO], "else": [BYE]}
        story = a_story(steps=[WAIT, seen])
        story.playbook = changes(story.playbook, j=a_journey())
        story.happens("Seen", NOON + 30 * MINUTE)
        story.time_comes(NOON + DAY)
        assert story.sent == [("hello", HOUR)]

    @staticmethod
    def test_of_one_count_the_larger_need_is_kept_and_each_event_counts_once() -> None:
        def often(count: int) -> dict[str, Any]:
            return {"if": {"did": {"event": "Seen", "at_least": count}}, "then": [HELLO], "else": [BYE]}

        story = a_story(steps=[WAIT, often(3)])
        story.playbook = changes(story.playbook, j=a_journey(steps=[WAIT, often(1)]))
        for minute in (1, 2):
            story.happens("Seen", NOON + minute * MINUTE)
        assert [len(instants) for instants in story.profile.aggregates.values()] == [2]
        story.happens("Seen", NOON + 3 * MINUTE)
        story.time_comes(NOON + DAY)
        assert story.sent == [("hello", HOUR)]

    @staticmethod
    def test_what_it_awaits_and_aims_at_still_counts() -> None:
        wait = {"await": {"on": "Answer"}, "timeout": "1 hour", "then": [HELLO], "else": [BYE]}
        story = a_story(steps=[wait], goal={"on": "Bought", "within": "1 day"})
        story.playbook = changes(story.playbook, j=a_journey())
        story.happens("Answer", NOON + MINUTE)
        story.happens("Bought", NOON + HOUR)
        assert story.sent == [("hello", MINUTE)]
        assert [one["at"] - NOON for one in story.told("goal_reached")] == [HOUR]

    @staticmethod
    def test_a_message_held_then_is_released_now() -> None:
        story = a_story(steps=[WAIT, HELLO])
        story.playbook = changes(story.playbook, j=a_journey(steps=[BYE]))
        assert story.profile.wake_at == NOON + HOUR
        story.time_comes(NOON + HOUR)
        assert story.sent == [("hello", HOUR)]

    @staticmethod
    def test_a_journey_whose_file_is_gone_sends_nothing_more() -> None:
        story = a_story()
        story.playbook = changes(story.playbook, other=a_journey())
        story.time_comes(NOON + DAY)
        assert (story.sent, [reason for reason, _ in story.exits()]) == ([], ["journey_changed"])

    @staticmethod
    def test_which_versions_are_still_followed() -> None:
        story = a_story(goal={"on": "Bought", "within": "1 day"})
        now = story.playbook
        later = a_playbook(j=a_journey(), other=a_journey())
        version = story.playbook.journeys["j"].version
        assert followed(now, story.profile) == frozenset()
        assert followed(later, story.profile) == {("j", version)}
        story.happens("Stop", NOON + MINUTE)
        assert followed(later, story.profile) == {("j", version)}, "its goal may yet be reached"
        story.happens("Bought", NOON + MINUTE)
        assert followed(later, story.profile) == frozenset()
        assert followed(a_playbook(other=a_journey()), story.profile) == frozenset()


class TestMoving:
    @staticmethod
    def test_people_move_to_the_same_position() -> None:
        story = a_story(steps=[WAIT, HELLO])
        story.playbook = changes(story.playbook, j=a_journey(steps=[{"wait": "2 hours"}, BYE], **MOVES))
        story.happens("Other", NOON + MINUTE)
        assert story.profile.wake_at == NOON + 2 * HOUR
        story.time_comes(NOON + DAY)
        assert story.sent == [("bye", 2 * HOUR)]

    @staticmethod
    def test_and_to_the_step_of_the_same_name_wherever_it_stands() -> None:
        story = a_story(steps=[{**WAIT, "name": "pause"}, HELLO])
        steps = [{"wait": "5 minutes"}, {"set": {"traits.x": 1}}, {**WAIT, "name": "pause"}, BYE]
        story.playbook = changes(story.playbook, j=a_journey(steps=steps, **MOVES))
        story.time_comes(NOON + DAY)
        assert story.sent == [("bye", HOUR)]

    @staticmethod
    def test_a_wait_that_is_over_by_the_new_measure_is_over() -> None:
        story = a_story(steps=[{"wait": "2 days"}, HELLO])
        story.playbook = changes(story.playbook, j=a_journey(steps=[WAIT, BYE], **MOVES))
        story.happens("Other", NOON + DAY)
        assert story.sent == [("bye", DAY)]

    @staticmethod
    def test_what_ends_the_new_version_ends_who_has_moved() -> None:
        story = a_story()
        story.playbook = changes(story.playbook, j=a_journey(exit={"on": "Halt"}, **MOVES))
        story.happens("Halt", NOON + MINUTE)
        assert story.exits() == [("exit_event", MINUTE)]

    @staticmethod
    def test_its_goal_counts_from_the_entry() -> None:
        story = a_story()
        story.playbook = changes(story.playbook, j=a_journey(goal={"on": "Bought", "within": "1 hour"}, **MOVES))
        story.happens("Bought", NOON + HOUR)
        assert len(story.told("goal_reached")) == 1

    @staticmethod
    @pytest.mark.parametrize(
        "steps",
        [
            [{"wait": "5 minutes"}, WAIT, BYE],
            [HELLO],
            [{"set": {"traits.x": 1}}, WAIT, HELLO],
        ],
        ids=["shifted", "no wait any more", "no place to stand"],
    )
    def test_where_nobody_can_tell_they_finish_as_they_began(steps: list[Any]) -> None:
        story = a_story(steps=[WAIT, HELLO])
        story.playbook = changes(story.playbook, j=a_journey(steps=steps, **MOVES))
        story.time_comes(NOON + DAY)
        assert story.sent == [("hello", HOUR)]

    @staticmethod
    def test_without_the_former_version_at_hand_they_go_on_by_position() -> None:
        story = a_story(steps=[WAIT, HELLO])
        story.playbook = a_playbook(j=a_journey(steps=[WAIT, BYE]))
        story.time_comes(NOON + DAY)
        assert story.sent == [("bye", HOUR)]


def test_what_is_sent_where_the_run_stood_before_it_moved_is_a_message_of_its_own() -> None:
    pause = {**WAIT, "name": "pause"}
    story = a_story(steps=[HELLO, BYE, pause, BYE])
    story.playbook = changes(story.playbook, j=a_journey(steps=[pause, HELLO, HELLO], **MOVES))
    story.time_comes(NOON + DAY)
    assert [message.step for message in story.messages] == ["0", "1", "1", "2"]
    assert len({message.id for message in story.messages}) == 4


def test_versions_are_followed_as_long_as_a_goal_may_be_reached() -> None:
    story = a_story(goal={"on": "Bought", "within": "1 day"}, reenter="never")
    changed = a_playbook(j=a_journey(title="Another"))
    story.happens("Stop", NOON + MINUTE)
    for after, is_followed in [(2 * DAY, True), (2 * DAY + 1, False)]:
        story.happens("Other", NOON + after)
        assert bool(followed(changed, story.profile)) is is_followed


@pytest.mark.parametrize(
    ("before", "after", "place"),
    [
        ([WAIT], [WAIT], "0"),
        ([WAIT], [{"wait": "2 hours"}], "0"),
        ([WAIT], [{**WAIT, "name": "pause"}], "0"),
        ([{**WAIT, "name": "pause"}], [HELLO, {"wait": "9 hours", "name": "pause"}], "1"),
        ([{**WAIT, "name": "pause"}], [WAIT], None),
        ([{**WAIT, "name": "pause"}], [{**HELLO, "name": "pause"}], None),
        ([WAIT], [{"wait": "2 hours"}, WAIT], None),
        ([WAIT], [{"wait": {"until": "09:00"}}], None),
        ([WAIT], [HELLO], None),
        ([HELLO], [BYE, HELLO], None),
        ([HELLO], [{**HELLO, "via": ["sms"]}, BYE], "0"),
        (
            [{"await": {"on": "A"}, "timeout": "1 hour", "then": [HELLO]}],
            [{"await": {"on": "A"}, "timeout": "1 hour", "then": [WAIT, HELLO], "else": [BYE]}, WAIT],
            "0",
        ),
    ],
)
def test_where_the_first_step_is_now(before: list[Any], after: list[Any], place: str | None) -> None:
    former, journey = (a_playbook(j=a_journey(steps=steps)).journeys["j"] for steps in (before, after))
    assert place_in(former, journey, "0") == place


@pytest.mark.parametrize("value", ["stay", True, None, ["migrate"]])
def test_in_flight_says_migrate_or_nothing(value: Any) -> None:
    [(path, message)] = faults_of({**a_journey(), "in_flight": value})
    assert (path, message.partition(",")[0]) == ("in_flight", 'expected one of "migrate"')
