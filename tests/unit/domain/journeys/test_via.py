"""``via: best``, which follows the person's own answers, and ``via: all``, of which each channel has its own fate."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.behaviour.engagement import by_engagement
from shared.domain.consent.words import USUAL_ORDER, Channel
from shared.domain.decide import decide
from shared.domain.events import Trust
from shared.domain.journeys.program import Send, Via
from shared.domain.journeys.versions import with_former
from shared.domain.messages import Message
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.profiles import MAX_TOUCHES, Device, Profile, Touch
from shared.domain.records import changed
from shared.domain.timing import DAY, HOUR, MINUTE
from tests.builders import NOON, a_profile, an_event
from tests.explained import explained
from tests.stories import TOPICS, Story, a_journey, plain_playbook

EMAIL, PUSH, SMS, WHATSAPP, _ = USUAL_ORDER
MESSAGES: dict[str, Any] = {
    "hello": {"channels": ["sms", "push", "email"]},
    "empty": {"channels": []},
    "bye": {"channels": ["email"]},
}
EVERYWHERE = a_profile(
    traits={"firstName": "Ana", "email": "ana@example.com", "phone": "+353861234567"},
    devices={"token1": Device("ios", NOON)},
)
NIGHT = {"sms": {"from": "20:00", "until": "09:00"}, "push": {"from": "22:00", "until": "08:00"}}
BYE = {"send": "bye", "via": ["email"]}


HEARD = {"tracking": {"taps": True}}


def reading(
    policy: dict[str, Any], steps: list[Any], *, brand: dict[str, Any] | None = None, **changes: Any
) -> tuple[Playbook, list[tuple[str, str]]]:
    journeys = {"j": a_journey(steps=steps, **changes)}
    plain = plain_playbook(journeys, policy={"topics": TOPICS} | policy, messages=MESSAGES, brand=brand or {})
    playbook, found = read_playbook(plain)
    return playbook, [(".".join(finding.path), finding.message) for _, finding in found]


def story(
    via: Any,
    policy: dict[str, Any] | None = None,
    *after: Any,
    profile: Profile = EVERYWHERE,
    key: str | None = None,
    brand: dict[str, Any] | None = None,
) -> Story:
    playbook, found = reading(policy or {}, [{"send": "hello", "via": via}, *after], key=key, brand=brand)
    assert not found, found
    return Story(playbook, profile)


def went(told: Story) -> list[tuple[str, str, int]]:
    return [(message.name, message.channels[0].value, message.decided_at - NOON) for message in told.messages]


def rows(told: Story, kind: str) -> list[tuple[str | None, str]]:
    return [(one["channel"], one["reason"]) for one in told.told(kind)]


def touches(**answers: str) -> tuple[Touch, ...]:
    """Of a channel one message a letter, days ago: ``a`` answered, ``-`` not."""
    return tuple(
        Touch(Channel(name), "marketing", NOON - (2 + n) * DAY, "hello", "j", f"{name}{n}", letter == "a")
        for name, letters in answers.items()
        for n, letter in enumerate(letters)
    )


class TestAll:
    def test_one_message_goes_on_every_channel_with_an_id_of_its_own(self) -> None:
        told = story("all")
        told.happens("Start")

        assert went(told) == [("hello", "email", 0), ("hello", "push", 0), ("hello", "sms", 0)]
        assert [message.channels for message in told.messages] == [(EMAIL,), (PUSH,), (SMS,)]
        assert len({message.id for message in told.messages}) == 3
        assert [one["channel"] for one in told.told("send")] == ["email", "push", "sms"]

    def test_what_may_not_be_used_is_dropped_with_a_reason_of_its_own(self) -> None:
        told = story("all", None, BYE, profile=replace(EVERYWHERE, devices={}))
        told.says(False, channel="sms")
        told.happens("Start")

        assert went(told) == [("hello", "email", 0), ("bye", "email", 0)]
        assert rows(told, "dropped") == [("push", "no_address"), ("sms", "no_consent")]

    def test_the_run_stays_until_every_channels_is_sent_and_nothing_goes_twice(self) -> None:
        told = story("all", {"quiet_hours": NIGHT}, BYE)
        told.happens("Start", NOON + 11 * HOUR)
        assert rows(told, "held") == [("push", "quiet_hours"), ("sms", "quiet_hours")]
        told.time_comes(NOON + 3 * DAY)

        assert went(told) == [
            ("hello", "email", 11 * HOUR),
            ("hello", "push", 20 * HOUR),
            ("hello", "sms", 21 * HOUR),
            ("bye", "email", 21 * HOUR),
        ]
        assert len(told.told("held")) == 2

    def test_each_is_looked_at_again_at_its_own_release(self) -> None:
        told = story("all", {"quiet_hours": NIGHT}, BYE)
        told.happens("Start", NOON + 11 * HOUR)
        told.says(False, NOON + 12 * HOUR, channel="push")
        told.time_comes(NOON + 20 * HOUR)
        assert rows(told, "dropped") == [("push", "no_consent")]
        assert told.profile.runs[told.messages[0].run_id].held == {"sms": NOON + 21 * HOUR}
        told.time_comes(NOON + 3 * DAY)

        assert [channel for _, channel, _ in went(told)] == ["email", "sms", "email"]

    def test_an_exit_drops_what_is_still_held_on_each_channel(self) -> None:
        told = story("all", {"quiet_hours": NIGHT})
        told.happens("Start", NOON + 11 * HOUR)
        told.happens("Stop", NOON + 12 * HOUR)
        told.time_comes(NOON + 3 * DAY)

        assert [channel for _, channel, _ in went(told)] == ["email"]
        assert rows(told, "dropped") == [("push", "run_ended"), ("sms", "run_ended")]

    def test_a_cap_counts_each(self) -> None:
        cap = {"channels": ["email", "push", "sms"], "at_most": 2, "per": "5 hours"}
        told = story("all", {"frequency_caps": [cap]}, BYE)
        told.happens("Start")
        assert rows(told, "held") == [("sms", "frequency_cap")]
        told.time_comes(NOON + DAY)

        assert went(told)[2:] == [("hello", "sms", 5 * HOUR), ("bye", "email", 5 * HOUR)]

    def test_each_expires_by_itself(self) -> None:
        told = story("all", {"quiet_hours": NIGHT, "expire_after": "9 hours"}, BYE)
        told.happens("Start", NOON + 11 * HOUR)
        told.time_comes(NOON + 3 * DAY)

        assert rows(told, "dropped") == [("sms", "expired")]
        assert [channel for _, channel, _ in went(told)] == ["email", "push", "email"]

    def test_a_condition_that_turned_drops_what_is_still_held(self) -> None:
        step = {"send": "hello", "via": "all", "if": {"did_not": {"event": "Order Completed"}}}
        told = Story(reading({"quiet_hours": NIGHT}, [step, BYE])[0], EVERYWHERE)
        told.happens("Start", NOON + 11 * HOUR)
        told.happens("Order Completed", NOON + 12 * HOUR)
        told.time_comes(NOON + 20 * HOUR)

        assert rows(told, "dropped") == [("push", "condition"), ("sms", "condition")]
        assert went(told)[1:] == [("bye", "email", 20 * HOUR)]

    def test_a_channel_whose_words_went_meanwhile_is_dropped(self) -> None:
        told = story("all", {"quiet_hours": NIGHT})
        told.happens("Start", NOON + 11 * HOUR)
        journey = told.playbook.journeys["j"]
        shorter = changed(journey.program["0"], step=Send("hello", (EMAIL, SMS), via=Via.ALL))
        told.playbook = replace(told.playbook, journeys={"j": replace(journey, program={"0": shorter})})
        told.time_comes(NOON + 3 * DAY)

        assert rows(told, "dropped") == [("push", "no_content")]
        assert [channel for _, channel, _ in went(told)] == ["email", "sms"]

    @pytest.mark.parametrize(
        ("via", "went_to"), [(["email", "sms"], ["email", "push", "sms"]), ("all", ["email", "push", "sms"])]
    )
    def test_a_journey_that_moves_its_people_sends_nothing_again_that_went(self, via: Any, went_to: list[str]) -> None:
        told = story("all", {"quiet_hours": NIGHT})
        told.happens("Start", NOON + 9 * HOUR)
        former = told.playbook.journeys["j"]
        steps = [{"send": "hello", "via": via}, BYE]
        moved, found = reading({"quiet_hours": NIGHT}, steps, in_flight="migrate")
        assert not found
        told.playbook = with_former(moved, {("j", former.version): former.source})
        told.time_comes(NOON + 3 * DAY)

        assert [channel for name, channel, _ in went(told) if name == "hello"] == went_to


class TestBest:
    @pytest.mark.parametrize(
        ("answers", "order"),
        [
            ({}, ["email", "push", "sms"]),
            ({"sms": "a"}, ["sms", "email", "push"]),
            ({"sms": "-"}, ["email", "push", "sms"]),
            ({"email": "--"}, ["push", "sms", "email"]),
            ({"email": "aa-", "push": "a-"}, ["email", "push", "sms"]),
            ({"email": "a--", "push": "a-", "sms": "--"}, ["push", "email", "sms"]),
            ({"email": "-", "push": "-"}, ["sms", "email", "push"]),
            ({"email": "a-a-", "push": "a-"}, ["email", "push", "sms"]),
        ],
        ids=str,
    )
    def test_the_channel_that_is_answered_most_goes_first(self, answers: dict[str, str], order: list[str]) -> None:
        told = story("best", profile=replace(EVERYWHERE, touches=touches(**answers)), brand=HEARD)
        told.happens("Start")

        [message] = told.messages
        assert [channel.value for channel in message.channels] == order

    @pytest.mark.parametrize(("days", "first"), [(2, "push"), (47, "push"), (48, "email"), (2_000, "email")])
    def test_what_is_long_past_counts_ever_less_so_that_a_channel_gets_another_chance(
        self, days: int, first: str
    ) -> None:
        unanswered = Touch(EMAIL, "marketing", NOON - days * DAY, "hello", "j")
        told = story("best", profile=replace(EVERYWHERE, touches=(unanswered,)))
        told.happens("Start")

        assert told.messages[0].channels[0] == first

    @pytest.mark.parametrize(
        ("answers", "heard", "first"),
        [
            ({"push": "---", "email": "-"}, False, "push"),
            ({"push": "---", "email": "-"}, True, "sms"),
            ({"push": "a---", "email": "-"}, False, "push"),
            ({"push": "a---------", "email": "-"}, False, "sms"),
        ],
        ids=str,
    )
    def test_silence_says_nothing_of_a_channel_on_which_nobody_would_hear_an_answer(
        self, answers: dict[str, str], heard: bool, first: str
    ) -> None:
        profile = replace(EVERYWHERE, touches=touches(**answers))
        told = story("best", profile=profile, brand=HEARD if heard else {})
        told.happens("Start")

        assert told.messages[0].channels[0] == first

    @pytest.mark.parametrize(
        ("changes", "counts"),
        [
            ({}, True),
            ({"trust": Trust.SECRET}, True),
            ({"message_id": "0" * 32}, False),
            ({"message_id": None, "message": "hello"}, False),
        ],
        ids=str,
    )
    def test_the_app_may_tell_of_a_tap_by_the_messages_id(self, changes: dict[str, Any], counts: bool) -> None:
        told = story(["push"])
        told.happens("Start")
        tap = {"message_id": told.messages[0].id, "trust": Trust.PUBLIC} | changes
        told.happens("Push Notification Tapped", NOON + MINUTE, **tap)

        assert [touch.is_answered for touch in told.profile.touches] == [counts]

    def test_what_is_younger_than_a_day_and_unanswered_says_nothing(self) -> None:
        told = story("best")
        for n in range(4):
            told.happens("Start", NOON + n * 10 * HOUR)

        assert [channel for _, channel, _ in went(told)] == ["email", "email", "email", "push"]

    @pytest.mark.parametrize(("after", "answered"), [(30 * DAY - 1, 1), (30 * DAY, 0)])
    def test_an_answer_counts_within_a_month(self, after: int, answered: int) -> None:
        told = story(["push"])
        told.happens("Start")
        told.happens("Message Opened", NOON + after, trust=Trust.SYSTEM, message_id=told.messages[0].id, channel="push")

        assert sum(touch.is_answered for touch in told.profile.touches) == answered

    def test_a_message_is_known_by_its_mark_as_long_as_an_answer_may_arrive(self) -> None:
        told = story(["push"])
        for days in (0, 1, 31, 32):
            told.happens("Start", NOON + days * DAY)

        assert [bool(touch.mark) for touch in told.profile.touches] == [False, False, True, True]

    @pytest.mark.parametrize("name", ["Message Opened", "Message Clicked"])
    @pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
    def test_answers_count_in_whatever_order_they_arrive_and_once_each(self, name: str, order: Sequence[int]) -> None:
        told = story(["push"])
        for n in range(3):
            told.happens("Start", NOON + n * MINUTE)
        ids = [message.id for message in told.messages]
        for n in order:
            for again in range(2):
                at = NOON + HOUR + again
                told.happens(name, at, trust=Trust.SYSTEM, message_id=ids[n], channel="push", message="hello")

        assert [touch.is_answered for touch in told.profile.touches] == [True] * 3
        assert by_engagement(told.profile.touches, USUAL_ORDER, NOON)[0][:3] == (PUSH, 3, 3)

    @pytest.mark.parametrize(
        ("changes", "counts"),
        [
            ({}, True),
            ({"flags": {"isMachine": True}}, False),
            ({"flags": {"isMachine": False}}, True),
            ({"machine": True}, False),
            ({"machine": False}, True),
            ({"flags": "isMachine"}, True),
            ({"channel": "email"}, False),
            ({"message_id": "0000000000000000"}, False),
            ({"message_id": None}, True),
            ({"message_id": None, "message": "other"}, False),
            ({"trust": Trust.PUBLIC}, False),
            ({"trust": Trust.SECRET}, False),
        ],
        ids=str,
    )
    def test_only_what_the_person_opened_counts(self, changes: dict[str, Any], counts: bool) -> None:
        told = story(["push"])
        told.happens("Start")
        properties = {"message_id": told.messages[0].id, "channel": "push", "message": "hello", "trust": Trust.SYSTEM}
        told.happens("Message Opened", NOON + 1, **(properties | changes))

        assert [touch.is_answered for touch in told.profile.touches] == [counts]

    def test_an_answer_without_an_id_is_to_the_latest_message_before_it(self) -> None:
        told = story(["push"])
        for n in range(3):
            told.happens("Start", NOON + n * HOUR)
        told.happens("Message Clicked", NOON + HOUR, arrives=NOON + DAY, trust=Trust.SYSTEM, message="hello")

        assert [touch.is_answered for touch in told.profile.touches] == [False, True, False]

    def test_where_the_best_cannot_be_used_the_next_is(self) -> None:
        told = story("best", profile=replace(EVERYWHERE, touches=touches(sms="aa", push="aa-")))
        told.says(False, channel="sms")
        told.happens("Start")

        assert [message.channels for message in told.messages] == [(PUSH, EMAIL)]

    @pytest.mark.parametrize(("reroute", "sent"), [(False, []), (True, [("hello", "push", 9 * HOUR)])])
    def test_it_waits_for_the_best_or_is_rerouted(self, reroute: bool, sent: list[Any]) -> None:
        step = {"send": "hello", "via": "best", "reroute": reroute}
        profile = replace(EVERYWHERE, touches=touches(sms="aa", push="aa-"))
        told = Story(reading({"quiet_hours": NIGHT}, [step])[0], profile)
        told.happens("Start", NOON + 9 * HOUR)

        assert went(told) == sent
        assert rows(told, "held") == [("sms", "quiet_hours")] * (not reroute)

    def test_explain_says_why(self) -> None:
        told = story("best", profile=replace(EVERYWHERE, touches=touches(sms="aa-", email="--")))
        trace = decide(
            told.playbook, told.profile, [an_event("Start", properties={"n": 1})], NOON, explaining=True
        ).trace
        lines = explained(trace)

        why = "sms 46% (2 of 3 answered), push 30% (nothing known), email 20% (0 of 2 answered)"
        assert f"hello goes where the person is likeliest to answer: {why}" in lines

    def test_explain_says_what_became_of_each_channel(self) -> None:
        profile = replace(EVERYWHERE, devices={})
        decision = decide(story("all").playbook, profile, [an_event("Start")], NOON, explaining=True)
        lines = explained(decision.trace)

        assert "→ does not send hello by push: there is no usable address" in lines
        assert "→ sends hello by sms (step 0)" in lines


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(USUAL_ORDER), st.booleans()), max_size=2 * MAX_TOUCHES))
def test_the_order_is_of_every_channel_and_by_the_share_that_was_answered(answers: list[tuple[Channel, bool]]) -> None:
    kept = [Touch(channel, "marketing", NOON - 2 * DAY, "m", is_answered=is_) for channel, is_ in answers]
    ordered = by_engagement(kept, USUAL_ORDER, NOON)

    assert sorted(one.channel for one in ordered) == sorted(USUAL_ORDER)
    assert [one.rate for one in ordered] == sorted((one.rate for one in ordered), reverse=True)
    assert ordered == by_engagement(kept[::-1], USUAL_ORDER[::-1], NOON)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.sampled_from(USUAL_ORDER), st.integers(0, 400), st.booleans()), max_size=MAX_TOUCHES),
    st.integers(0, 5_000),
)
def test_the_share_is_between_nothing_and_all_and_with_time_goes_back_to_what_is_assumed_of_everybody(
    answers: list[tuple[Channel, int, bool]], later: int
) -> None:
    kept = [Touch(channel, "marketing", NOON - days * DAY, "m", is_answered=is_) for channel, days, is_ in answers]
    assumed = {one.channel: one.rate for one in by_engagement([], USUAL_ORDER, NOON)}
    now = {one.channel: one.rate for one in by_engagement(kept, USUAL_ORDER, NOON + DAY)}
    then = {one.channel: one.rate for one in by_engagement(kept, USUAL_ORDER, NOON + DAY + later * DAY)}

    for channel in USUAL_ORDER:
        assert 0 < now[channel] < 1
        assert abs(then[channel] - assumed[channel]) <= abs(now[channel] - assumed[channel]) + 1e-8


@settings(max_examples=80)
@given(
    starts=st.lists(st.integers(0, 100), min_size=1, max_size=6),
    at_most=st.integers(1, 4),
    quiet=st.booleans(),
    delay=st.integers(0, 3 * HOUR),
)
def test_of_all_every_channels_message_is_sent_or_dropped_once(
    starts: list[int], at_most: int, quiet: bool, delay: int
) -> None:
    cap = {"channels": ["email", "push", "sms"], "at_most": at_most, "per": "7 hours"}
    told = story("all", {"frequency_caps": [cap]} | ({"quiet_hours": NIGHT} if quiet else {}), BYE, key="properties.n")
    sent: list[tuple[int, str]] = []

    def carry_out(events: Sequence[Any], at: int) -> None:
        moment = at + delay
        effects = told.take(events, at, sending_at=moment).effects
        sent.extend((moment, effect.channels[0].value) for effect in effects if isinstance(effect, Message))

    for n, start in enumerate(sorted(starts)):
        at = NOON + start * 20 * MINUTE
        while told.profile.wake_at is not None and told.profile.wake_at <= at:
            carry_out([], told.profile.wake_at)
        carry_out([an_event("Start", id=f"m{n}", at=at, properties={"n": n})], at)
    while told.profile.wake_at is not None:
        carry_out([], told.profile.wake_at)

    ended = [(one["run"], one["message"], one["channel"]) for kind in ("send", "dropped") for one in told.told(kind)]
    assert len(ended) == len(set(ended)) == 4 * len(starts)
    assert len({message.id for message in told.messages}) == len(told.messages)
    for at, _ in sent:
        assert sum(at - 7 * HOUR < other <= at for other, _ in sent) <= at_most


@pytest.mark.parametrize(
    ("step", "path", "message"),
    [
        ({"via": "bst"}, "steps.0.via", 'expected one of "best", "all", found "bst", did you mean "best"?'),
        ({"via": "email"}, "steps.0.via", 'expected a list of channels, found "email", did you mean [email]?'),
        ({"via": {"best": 1}}, "steps.0.via", "expected a list of channels, found a mapping"),
        ({"via": "all", "send": "empty"}, "steps.0.via", 'message "empty" has no content for any channel'),
        ({"via": "best", "send": "empty"}, "steps.0.via", 'message "empty" has no content for any channel'),
        ({"via": "all", "reroute": True}, "steps.0.reroute", 'means nothing with "via: all"'),
        ({"via": "best", "send": "helo"}, "steps.0.send", 'there is no message "helo", did you mean "hello"?'),
    ],
    ids=str,
)
def test_a_faulty_one_is_told_where_and_how(step: dict[str, Any], path: str, message: str) -> None:
    _, found = reading({}, [{"send": "hello"} | step])
    assert [(where, message in said) for where, said in found] == [(path, True)]
