"""What is carried out late is decided as of its instant; but policy asks at the moment at which a message would go."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.decide import decide
from shared.domain.events import Event
from shared.domain.messages import Message
from shared.domain.timing import DAY, HOUR, MINUTE, SECOND, Instant, parse_instant
from tests.builders import NOON, an_event
from tests.stories import Story, a_journey, lasting
from tests.unit.domain.test_policy import BYE, DAILY, HELLO, NIGHT, held, story

EVENING = parse_instant("2026-11-02T19:59:00Z")
MORNING = parse_instant("2026-11-03T09:00:00Z")


def waking_at(at: Instant, policy: dict[str, Any], **changes: Any) -> Story:
    """Somebody whose message is due at the instant, an hour after they began."""
    told = story(policy, j=a_journey(**changes))
    told.happens("Start", at - HOUR)
    return told


class TestQuietHours:
    def test_a_message_whose_late_wake_up_falls_into_them_is_held(self) -> None:
        told = waking_at(EVENING, {"quiet_hours": NIGHT})
        told.time_comes(EVENING, sending_at=EVENING + 2 * MINUTE)

        assert held(told) == [("hello", "quiet_hours", MORNING - NOON)]
        assert told.told("held")[0]["at"] == EVENING
        told.time_comes(MORNING)
        assert told.sent == [("hello", MORNING - NOON)]

    def test_one_that_is_carried_out_just_before_them_goes(self) -> None:
        told = waking_at(EVENING, {"quiet_hours": NIGHT})
        told.time_comes(EVENING, sending_at=EVENING + MINUTE - 1)

        assert told.sent == [("hello", EVENING - NOON)]

    def test_one_that_was_due_in_them_and_is_carried_out_after_them_goes(self) -> None:
        told = waking_at(EVENING + HOUR, {"quiet_hours": NIGHT})
        told.time_comes(EVENING + HOUR, sending_at=MORNING + HOUR)

        assert (told.sent, held(told)) == ([("hello", EVENING + HOUR - NOON)], [])

    def test_a_release_that_is_late_until_the_next_evening_is_held_again_or_has_expired(self) -> None:
        for expire_after, then in (("24 hours", ["expired"]), ("2 days", [])):
            told = waking_at(EVENING, {"quiet_hours": NIGHT, "expire_after": expire_after})
            told.time_comes(EVENING, sending_at=EVENING + 2 * MINUTE)
            told.time_comes(MORNING, sending_at=MORNING + 11 * HOUR)

            assert (told.sent, told.dropped()) == ([], then)
            assert [until for _, _, until in held(told)][1:] == ([] if then else [MORNING + DAY - NOON])

    @pytest.mark.parametrize(("late", "gone"), [(0, True), (2 * HOUR, True), (2 * HOUR + 1, False)])
    def test_a_released_message_expires_by_the_moment_of_sending(self, late: int, gone: bool) -> None:
        told = waking_at(EVENING + MINUTE, {"quiet_hours": NIGHT, "expire_after": "15 hours"})
        told.time_comes(EVENING + MINUTE)
        told.time_comes(MORNING, sending_at=MORNING + late)

        assert (len(told.sent), told.dropped()) == ((1, []) if gone else (0, ["expired"]))

    def test_what_policy_never_stopped_goes_however_late(self) -> None:
        told = waking_at(NOON, {"quiet_hours": NIGHT, "expire_after": "1 hour"})
        told.time_comes(NOON, sending_at=NOON + 3 * DAY)

        assert told.sent == [("hello", 0)]

    def test_transactional_messages_go_at_any_moment(self) -> None:
        told = waking_at(EVENING, {"quiet_hours": NIGHT}, purpose="transactional")
        told.time_comes(EVENING, sending_at=EVENING + 2 * MINUTE)

        assert told.sent == [("hello", EVENING - NOON)]


class TestCaps:
    def test_they_count_from_the_moment_of_sending(self) -> None:
        told = story(
            {"frequency_caps": [DAILY], "expire_after": "2 days"},
            j=a_journey(steps=[HELLO]),
            k=a_journey(enter={"on": "Later"}, steps=[BYE]),
        )
        told.take([an_event("Start", id="a")], NOON, sending_at=NOON + 3 * HOUR)
        told.happens("Later", NOON + DAY)
        told.time_comes(NOON + 3 * DAY)

        assert told.sent == [("hello", 0), ("bye", DAY + 3 * HOUR)]

    def test_a_backlog_of_hours_lets_one_go_and_holds_the_rest(self) -> None:
        told = story(
            {"frequency_caps": [DAILY], "expire_after": "9 days"},
            j=a_journey(key="properties.n", steps=[HELLO]),
        )
        backlog = [an_event("Start", id=f"m{n}", at=NOON + n * HOUR, properties={"n": n}) for n in range(4)]
        told.take(backlog, NOON + 3 * HOUR, sending_at=NOON + 8 * HOUR)

        assert (told.sent, len(held(told))) == ([("hello", 0)], 3)
        assert {until for _, _, until in held(told)} == {8 * HOUR + DAY}
        told.time_comes(NOON + 9 * DAY)
        assert [after for _, after in told.sent[1:]] == [8 * HOUR + n * DAY for n in (1, 2, 3)]


def test_what_follows_a_late_message_counts_from_its_instant() -> None:
    told = waking_at(NOON, {}, steps=[{"wait": "1 hour"}, HELLO, {"wait": "1 hour"}, BYE])
    told.time_comes(NOON, sending_at=NOON + 50 * SECOND)
    told.time_comes(NOON + HOUR)

    assert told.sent == [("hello", 0), ("bye", HOUR)]


def test_a_moment_before_the_instant_is_the_instant() -> None:
    told = waking_at(EVENING + HOUR, {"quiet_hours": NIGHT})
    told.time_comes(EVENING + HOUR, sending_at=NOON)

    assert held(told) == [("hello", "quiet_hours", MORNING - NOON)]


def a_life(starts: list[int]) -> tuple[Story, list[Event]]:
    cap = {"channels": ["email"], "purpose": "marketing", "at_most": 1, "per": "5 hours"}
    steps = [{"wait": "10 minutes"}, HELLO, {"wait": "1 hour"}, BYE]
    journeys = {"j": a_journey(key="properties.n", steps=steps), "k": a_journey(key="properties.n", priority=60)}
    told = story({"frequency_caps": [cap], "quiet_hours": NIGHT}, **journeys)
    ordered = sorted(starts)
    return told, [
        an_event("Start", id=f"m{n}", at=NOON + at * 20 * MINUTE, properties={"n": n}) for n, at in enumerate(ordered)
    ]


STARTS = st.lists(st.integers(0, 70), min_size=1, max_size=6)
"""Of one day, for which a redelivery is known."""


@settings(max_examples=60)
@given(STARTS, st.lists(st.integers(0, 30 * HOUR), min_size=1, max_size=9))
def test_however_late_everything_is_no_cap_and_no_quiet_hour_is_broken_and_nothing_is_lost(
    starts: list[int], delays: list[int]
) -> None:
    told, events = a_life(starts)
    sent: list[Instant] = []
    moment, step = NOON, 0

    def carry_out(happened: list[Event], at: Instant) -> None:
        nonlocal moment, step
        moment, step = max(moment, at + delays[step % len(delays)]), step + 1
        decision = told.take(happened, at, sending_at=moment)
        sent.extend(moment for effect in decision.effects if isinstance(effect, Message))

    for event in events:
        while told.profile.wake_at is not None and told.profile.wake_at <= event.at:
            carry_out([], told.profile.wake_at)
        carry_out([event], event.at)
    while told.profile.wake_at is not None:
        carry_out([], told.profile.wake_at)

    assert len(sent) + len(told.dropped()) == 3 * len(starts)
    assert set(told.dropped()) <= {"expired"}
    for at in sent:
        assert sum(at - 5 * HOUR < other <= at for other in sent) == 1
        assert 9 * HOUR <= at % DAY < 20 * HOUR


@settings(max_examples=60)
@given(STARTS, st.lists(st.booleans(), min_size=8, max_size=8), st.integers(0, 100))
def test_a_backlog_carried_out_in_any_batches_and_delivered_again_gives_the_same(
    starts: list[int], cuts: list[bool], hours: int
) -> None:
    told, events = a_life(starts)
    moment = events[-1].at + hours * HOUR
    together = decide(told.playbook, told.profile, events, events[-1].at, sending_at=moment)
    batches: list[list[Event]] = [[]]
    for event, is_cut in zip(events, cuts, strict=False):
        batches[-1].append(event)
        if is_cut:
            batches.append([])
    for batch in filter(None, batches):
        told.take(batch, batch[-1].at, sending_at=moment)
        again = decide(told.playbook, told.profile, batch, batch[-1].at, sending_at=moment + HOUR)
        assert (again.profile is told.profile, again.effects) == (True, ())

    assert lasting(told.profile) == lasting(together.profile)
    assert told.messages == [effect for effect in together.effects if isinstance(effect, Message)]


def test_without_a_moment_everything_is_carried_out_at_its_instant() -> None:
    told = waking_at(EVENING, {"quiet_hours": NIGHT})
    told.time_comes(EVENING + 5 * HOUR)

    assert told.sent == [("hello", EVENING - NOON)]
