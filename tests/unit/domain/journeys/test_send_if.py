"""A condition on a message: looked at when it is due, at each release, and once more at the moment of sending."""

from dataclasses import replace
from typing import Any

import pytest

from shared.domain.decide import decide
from shared.domain.language.second_look import still_holds
from shared.domain.messages import message_from_dict, message_to_dict
from shared.domain.timing import DAY, HOUR, MINUTE
from tests.builders import NOON, a_message, a_profile, an_event
from tests.explained import explained
from tests.stories import Story, a_journey, a_playbook, faults_of
from tests.unit.domain.test_policy import BYE, NIGHT, story

UNSOLD: dict[str, Any] = {"did_not": {"event": "Order Completed", "within": "1 day"}}


def conditional(condition: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return a_journey(steps=[{"send": "hello", "via": ["email"], "if": condition}, BYE], **changes)


@pytest.mark.parametrize(
    ("condition", "goes"),
    [
        ({"traits.firstName": "Ana"}, True),
        ({"traits.firstName": "Eve"}, False),
        ({"entry.properties.price": {"above": 10}}, True),
        ({"entry.properties.price": {"above": 20}}, False),
        ({"did": {"event": "Start"}}, True),
        (UNSOLD, True),
        ({"in_journey": "j"}, True),
        ({"reachable": "sms"}, False),
        ({"not": {"consents": {"channel": "email", "topic": "news"}}}, False),
    ],
    ids=str,
)
def test_the_message_goes_if_it_holds_and_the_run_goes_on_in_either_case(condition: dict[str, Any], goes: bool) -> None:
    told = Story(a_playbook(j=conditional(condition)))
    told.happens("Start", price=15)

    assert told.sent == [("hello", 0), ("bye", 0)] if goes else [("bye", 0)]
    assert told.told("dropped") == [
        {"at": NOON, "journey": "j", "run": told.messages[-1].run_id, "message": "hello", "channel": None, **reason}
        for reason in [{"reason": "condition"}] * (not goes)
    ]


def test_it_is_looked_at_again_at_the_release() -> None:
    told = story({"quiet_hours": NIGHT}, j=conditional(UNSOLD))
    told.happens("Start", NOON + 10 * HOUR)
    told.happens("Order Completed", NOON + 11 * HOUR)
    told.time_comes(NOON + 21 * HOUR)

    assert (told.dropped(), [name for name, _ in told.sent]) == (["condition"], ["bye"])


def test_a_holdout_is_held_out_only_of_what_would_have_gone() -> None:
    for condition, reasons in ((UNSOLD, ["holdout", "holdout"]), ({"traits.vip": True}, ["condition", "holdout"])):
        told = Story(a_playbook(j=conditional(condition, holdout="100%")))
        told.happens("Start")

        assert told.dropped() == reasons


def test_the_message_takes_its_condition_along() -> None:
    told = Story(a_playbook(j=conditional(UNSOLD)))
    told.happens("Start")
    first, second = told.messages

    assert (first.condition, second.condition) == (UNSOLD, None)
    assert [message_from_dict(message_to_dict(message)) for message in told.messages] == told.messages


class TestSecondLook:
    def waiting(self, condition: dict[str, Any]) -> Story:
        told = Story(a_playbook(j=conditional(condition), k=a_journey(enter={"on": "Other"})))
        told.happens("Start", price=15)
        return told

    def look(self, told: Story, now: int) -> bool:
        return still_holds(told.playbook, told.profile, told.messages[0], now)

    def test_what_happened_meanwhile_counts(self) -> None:
        told = self.waiting(UNSOLD)
        assert self.look(told, NOON + MINUTE)
        told.happens("Order Completed", NOON + 2 * MINUTE)
        assert not self.look(told, NOON + 3 * MINUTE)

    def test_so_does_time_alone_to_the_millisecond(self) -> None:
        told = self.waiting({"did": {"event": "Start", "within": "1 hour"}})
        assert self.look(told, NOON + HOUR - 1)
        assert not self.look(told, NOON + HOUR)

    def test_the_person_is_thought_on_to_the_moment_and_left_as_they_are(self) -> None:
        told = self.waiting({"not": {"in_journey": "k"}})
        told.happens("Other", NOON + MINUTE)
        before = told.profile
        assert not self.look(told, NOON + MINUTE + HOUR - 1)
        assert self.look(told, NOON + MINUTE + HOUR)
        assert told.profile == before

    def test_the_entry_event_is_the_messages_own(self) -> None:
        told = self.waiting({"entry.properties.price": {"at_least": 15}})
        message = told.messages[0]
        assert still_holds(told.playbook, told.profile, message, NOON + MINUTE)
        assert not still_holds(told.playbook, told.profile, replace(message, entry={}), NOON + MINUTE)

    def test_another_playbook_than_it_was_ordered_under_changes_nothing(self) -> None:
        told = self.waiting(UNSOLD)
        told.happens("Order Completed", NOON + MINUTE)
        other = a_playbook(k=a_journey(exit={"if": UNSOLD}))
        assert not still_holds(other, told.profile, told.messages[0], NOON + 2 * MINUTE)
        assert still_holds(other, told.profile, told.messages[0], NOON + MINUTE + DAY)

    def test_one_that_nobody_understands_is_no_reason_to_send(self) -> None:
        with pytest.raises(ValueError, match="cannot be read"):
            still_holds(a_playbook(), a_profile(), a_message(condition={"mood": "good"}), NOON)


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        ({"traits.x": {"abov": 1}}, "steps.0.if.traits.x"),
        ({"properties.x": 1}, "steps.0.if.properties.x"),
        ({}, "steps.0.if"),
        ("yes", "steps.0.if"),
    ],
    ids=str,
)
def test_a_faulty_one_is_told_where(condition: Any, path: str) -> None:
    assert path in [where for where, _ in faults_of(conditional(condition))]


def test_explain_tells_what_was_asked_and_found() -> None:
    playbook = a_playbook(j=conditional({"traits.firstName": "Eve"}))
    trace = decide(playbook, a_profile(), [an_event("Start")], NOON, explaining=True).trace
    lines = explained(trace)

    assert '✗ hello goes if traits.firstName ("Ana") is "Eve"' in lines
    assert "→ does not send hello: the message's own condition does not hold" in lines
