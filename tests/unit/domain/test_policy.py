"""Quiet hours, caps and expiry: what is held, until when, who goes first, and what is dropped instead."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.messages import Message
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.profiles import MAX_TOUCHES
from shared.domain.timing import DAY, HOUR, MINUTE, parse_instant
from tests.builders import NOON, a_profile
from tests.stories import MESSAGES, TOPICS, Story, a_journey, plain_playbook

HELLO = {"send": "hello", "via": ["email"]}
BYE = {"send": "bye", "via": ["email"]}
DAILY = {"channels": ["email"], "purpose": "marketing", "at_most": 1, "per": "1 day"}
NIGHT = {"email": {"from": "20:00", "until": "09:00"}}


def playbook_of(policy: dict[str, Any], **journeys: Any) -> Playbook:
    playbook, found = read_playbook(plain_playbook(journeys, policy={"topics": TOPICS} | policy))
    assert not found, found
    return playbook


def story(policy: dict[str, Any], **journeys: Any) -> Story:
    return Story(playbook_of(policy, **journeys), a_profile())


def faults_of(policy: dict[str, Any]) -> list[str]:
    plain = {"policy": {"topics": TOPICS} | policy, "messages": MESSAGES, "journeys": {}, "segments": {}}
    return [".".join(finding.path) for _, finding in read_playbook(plain)[1]]


def held(told: Story) -> list[tuple[str, str, int]]:
    return [(one["message"], one["reason"], one["until"] - NOON) for one in told.told("held")]


class TestQuietHours:
    @pytest.mark.parametrize(
        ("at", "sent_at"),
        [
            ("2026-11-02T19:59:59.999Z", "2026-11-02T19:59:59.999Z"),
            ("2026-11-02T20:00:00Z", "2026-11-03T09:00:00Z"),
            ("2026-11-03T00:00:00Z", "2026-11-03T09:00:00Z"),
            ("2026-11-03T08:59:59.999Z", "2026-11-03T09:00:00Z"),
            ("2026-11-03T09:00:00Z", "2026-11-03T09:00:00Z"),
        ],
        ids=["just before", "at from", "past midnight", "last moment", "at until"],
    )
    def test_from_is_inclusive_and_until_exclusive(self, at: str, sent_at: str) -> None:
        told = story({"quiet_hours": NIGHT}, j=a_journey(steps=[HELLO]))
        told.happens("Start", parse_instant(at))
        told.time_comes(NOON + 3 * DAY)

        assert told.sent == [("hello", parse_instant(sent_at) - NOON)]
        assert [reason for _, reason, _ in held(told)] == ["quiet_hours"] * (at != sent_at)

    @pytest.mark.parametrize(
        ("traits", "sent_at"),
        [
            ({}, "2026-11-03T09:00:00Z"),
            ({"timezone": "America/New_York"}, "2026-11-02T21:00:00Z"),
            ({"country": "FR"}, "2026-11-02T21:00:00Z"),
            ({"country": "US", "state": "fl", "timezone": "America/New_York"}, "2026-11-02T21:30:00Z"),
            ({"country": "DE", "state": "FL", "timezone": "Etc/UTC"}, "2026-11-03T09:00:00Z"),
        ],
        ids=["brand's zone", "own zone", "country", "state", "a state of elsewhere"],
    )
    def test_they_are_the_persons_own(self, traits: dict[str, Any], sent_at: str) -> None:
        quiet = NIGHT["email"] | {
            "countries": {"FR": {"from": "23:00", "until": "07:00"}},
            "us_states": {"FL": {"from": "15:00", "until": "16:30"}},
        }
        told = story({"quiet_hours": {"email": quiet}}, j=a_journey(steps=[HELLO]))
        told.identify(NOON, **traits)
        told.happens("Start", parse_instant("2026-11-02T21:00:00Z"))
        told.time_comes(NOON + 3 * DAY)

        assert told.sent == [("hello", parse_instant(sent_at) - NOON)]

    def test_a_change_of_clocks_moves_the_end(self) -> None:
        told = story({"quiet_hours": NIGHT}, j=a_journey(steps=[HELLO]))
        told.identify(parse_instant("2026-03-28T12:00:00Z"), timezone="Europe/Dublin")
        told.happens("Start", parse_instant("2026-03-28T22:00:00Z"))
        told.time_comes(parse_instant("2026-03-30T12:00:00Z"))

        assert [message.decided_at for message in told.messages] == [parse_instant("2026-03-29T08:00:00Z")]

    def test_transactional_messages_ignore_them(self) -> None:
        told = story(
            {"quiet_hours": NIGHT, "frequency_caps": [DAILY]}, j=a_journey(purpose="transactional", steps=[HELLO, BYE])
        )
        told.happens("Start", NOON + 10 * HOUR)

        assert told.sent == [("hello", 10 * HOUR), ("bye", 10 * HOUR)]

    def test_what_follows_counts_from_the_sending(self) -> None:
        told = story({"quiet_hours": NIGHT}, j=a_journey(steps=[HELLO, {"wait": "1 hour"}, BYE]))
        told.happens("Start", NOON + 10 * HOUR)
        told.time_comes(NOON + 3 * DAY)

        assert told.sent == [("hello", 21 * HOUR), ("bye", 22 * HOUR)]

    def test_what_is_held_when_its_run_ends_is_dropped(self) -> None:
        told = story({"quiet_hours": NIGHT}, j=a_journey(steps=[HELLO]))
        told.happens("Start", NOON + 10 * HOUR)
        told.happens("Stop", NOON + 11 * HOUR)
        told.time_comes(NOON + 3 * DAY)

        assert (told.sent, told.dropped(), told.exits()) == ([], ["run_ended"], [("exit_event", 11 * HOUR)])

    def test_consent_is_asked_again_at_the_release(self) -> None:
        told = story({"quiet_hours": NIGHT}, j=a_journey(steps=[HELLO]))
        told.happens("Start", NOON + 10 * HOUR)
        told.says(False, NOON + 11 * HOUR)
        told.time_comes(NOON + 3 * DAY)

        assert (told.sent, told.dropped()) == ([], ["no_consent"])


class TestCaps:
    def two(self, **changes: Any) -> Story:
        low = a_journey(priority=10, steps=[HELLO])
        high = a_journey(priority=90, steps=[BYE])
        return story({"frequency_caps": [DAILY], "expire_after": "3 days"} | changes, a_low=low, z_high=high)

    def test_the_higher_priority_goes_and_the_other_is_held_until_the_window_ends(self) -> None:
        told = self.two()
        told.happens("Start")
        told.time_comes(NOON + 5 * DAY)

        assert told.sent == [("bye", 0), ("hello", DAY)]
        assert held(told) == [("hello", "frequency_cap", DAY)]

    def test_at_a_release_they_compete_again(self) -> None:
        told = self.two()
        told.happens("Start")
        told.happens("Start", NOON + DAY - 1, key="again")
        told.time_comes(NOON + 5 * DAY)

        assert told.sent == [("bye", 0), ("bye", DAY), ("hello", 2 * DAY)]

    def test_of_equal_priority_the_one_due_for_longer_goes_first(self) -> None:
        policy = {"frequency_caps": [DAILY], "expire_after": "9 days"}
        first, second = a_journey(steps=[BYE]), a_journey(enter={"on": "Later"}, steps=[HELLO])
        told = story(policy, z=first, a=second)
        told.happens("Start")
        told.happens("Start", NOON + HOUR)
        told.happens("Later", NOON + 2 * HOUR)
        told.time_comes(NOON + 9 * DAY)

        assert told.sent == [("bye", 0), ("bye", DAY), ("hello", 2 * DAY)]

    def test_a_message_that_would_wait_too_long_is_dropped_at_once(self) -> None:
        told = self.two(expire_after="23 hours")
        told.happens("Start")

        assert (told.sent, told.dropped()) == ([("bye", 0)], ["expired"])

    def test_exactly_as_long_as_it_may_is_not_too_long(self) -> None:
        told = self.two(expire_after="24 hours")
        told.happens("Start")
        told.time_comes(NOON + DAY)

        assert told.sent == [("bye", 0), ("hello", DAY)]

    @pytest.mark.parametrize("emails", [0, MAX_TOUCHES + 10])
    def test_what_goes_on_one_channel_lets_no_more_go_on_another(self, emails: int) -> None:
        monthly = {"channels": ["sms"], "purpose": "marketing", "at_most": 2, "per": "30 days"}
        texts = a_journey(enter={"on": "Text"}, steps=[{"send": "bye", "via": ["sms"]}])
        told = story({"frequency_caps": [monthly]}, mail=a_journey(steps=[HELLO]), text=texts)
        told.identify(phone="+4915112345678")
        for _ in range(2):
            told.happens("Text")
        for number in range(emails):
            told.happens("Start", NOON + number)
        told.happens("Text", NOON + DAY)

        assert told.dropped() == ["expired"]
        assert len(told.profile.touches) <= MAX_TOUCHES

    def test_transactional_messages_count_against_no_cap_of_marketing(self) -> None:
        journeys = {
            "receipt": a_journey(purpose="transactional", enter={"on": "Bought"}, steps=[HELLO]),
            "offer": a_journey(steps=[BYE]),
        }
        counted = story({"frequency_caps": [DAILY]}, **journeys)
        of_any = story({"frequency_caps": [{k: v for k, v in DAILY.items() if k != "purpose"}]}, **journeys)
        for told in (counted, of_any):
            told.happens("Bought")
            told.happens("Start", NOON + MINUTE)

        assert counted.sent == [("hello", 0), ("bye", MINUTE)]
        assert of_any.sent == [("hello", 0)]

    def test_reroute_takes_a_channel_that_is_free(self) -> None:
        steps = [HELLO, {"send": "bye", "via": ["email", "sms"], "reroute": True}]
        told = story({"frequency_caps": [DAILY]}, j=a_journey(steps=steps))
        told.identify(phone="+353861234567")
        told.happens("Start")

        assert [(message.name, message.channels[0].value) for message in told.messages] == [
            ("hello", "email"),
            ("bye", "sms"),
        ]

    def test_without_reroute_the_preferred_channel_is_waited_for(self) -> None:
        told = story({"frequency_caps": [DAILY]}, j=a_journey(steps=[HELLO, {"send": "bye", "via": ["email", "sms"]}]))
        told.identify(phone="+353861234567")
        told.happens("Start")

        assert (told.sent, held(told)) == ([("hello", 0)], [("bye", "frequency_cap", DAY)])

    def test_quiet_hours_and_caps_hold_together(self) -> None:
        quiet = {"email": {"from": "11:00", "until": "14:00"}}
        told = story(
            {"frequency_caps": [DAILY], "quiet_hours": quiet, "expire_after": "3 days"}, j=a_journey(steps=[HELLO, BYE])
        )
        told.happens("Start", NOON - 2 * HOUR)
        told.time_comes(NOON + 3 * DAY)

        assert told.sent == [("hello", -2 * HOUR), ("bye", DAY - 2 * HOUR)]


@settings(max_examples=150)
@given(
    starts=st.lists(st.integers(0, 200), min_size=1, max_size=12),
    at_most=st.integers(1, 3),
    hours=st.integers(1, 30),
    quiet=st.booleans(),
)
def test_no_cap_and_no_quiet_hour_is_ever_broken_and_no_message_is_lost(
    starts: list[int], at_most: int, hours: int, quiet: bool
) -> None:
    cap = {"channels": ["email"], "purpose": "marketing", "at_most": at_most, "per": f"{hours} hours"}
    journeys = {
        name: a_journey(
            key="properties.n", priority=priority, steps=[{"wait": "10 minutes"}, HELLO, {"wait": "1 hour"}, BYE]
        )
        for name, priority in (("a", 50), ("b", 60))
    }
    told = story({"frequency_caps": [cap]} | ({"quiet_hours": NIGHT} if quiet else {}), **journeys)
    for number, start in enumerate(sorted(starts)):
        at = NOON + start * 20 * MINUTE
        while told.profile.wake_at is not None and told.profile.wake_at <= at:
            told.time_comes(told.profile.wake_at)
        told.happens("Start", at, n=number)
    while told.profile.wake_at is not None:
        told.time_comes(told.profile.wake_at)

    sent = sorted(message.decided_at for message in told.effects if isinstance(message, Message))
    for at in sent:
        assert sum(at - hours * HOUR < other <= at for other in sent) <= at_most
        assert not quiet or 9 * HOUR <= at % DAY < 20 * HOUR
    assert len(sent) + len(told.dropped()) == 4 * len(starts)
    assert set(told.dropped()) <= {"expired"}


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        ({"quiet_hours": {"mail": {"from": "20:00", "until": "09:00"}}}, "quiet_hours.mail"),
        ({"quiet_hours": {"sms": {"from": "20:00"}}}, "quiet_hours.sms.until"),
        ({"quiet_hours": {"sms": {"from": "20:00", "until": "20:00"}}}, "quiet_hours.sms"),
        ({"quiet_hours": {"sms": {"from": "8 pm", "until": "09:00"}}}, "quiet_hours.sms.from"),
        (
            {"quiet_hours": {"sms": {"from": "20:00", "until": "09:00", "countries": {"france": {}}}}},
            "quiet_hours.sms.countries.france",
        ),
        ({"frequency_caps": {}}, "frequency_caps"),
        ({"frequency_caps": [{**DAILY, "at_most": 0}]}, "frequency_caps.0.at_most"),
        ({"frequency_caps": [{**DAILY, "channels": ["mail"]}]}, "frequency_caps.0.channels"),
        ({"frequency_caps": [{**DAILY, "purpose": "fun"}]}, "frequency_caps.0.purpose"),
        ({"expire_after": "soon"}, "expire_after"),
        ({"attribution": {"window": "soon"}}, "attribution.window"),
        ({"attribution": "7 days"}, "attribution"),
    ],
)
def test_a_faulty_policy_is_told_where(policy: dict[str, Any], path: str) -> None:
    assert path in faults_of(policy)
