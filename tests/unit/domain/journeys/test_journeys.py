"""The playbook's rules for journeys, one by one: who enters, what ends a run, when it goes on, what is sent."""

import math
from typing import Any

import pytest

from shared.domain.consent.words import Channel, SuppressionReason
from shared.domain.events import EventType, Trust
from shared.domain.messages import Message, Wake
from shared.domain.profiles import MAX_ENTRIES_SIZE, MAX_LIVE_RUNS, Device, Suppression
from shared.domain.timing import DAY, HOUR, MINUTE, Duration
from tests.builders import NOON, a_profile
from tests.stories import Story, a_journey, a_playbook

SEND = {"send": "hello", "via": ["email"]}
AT_ONCE = [SEND]


def a_story(profile: Any = None, **changes: Any) -> Story:
    """A person under one journey: ``Start`` begins it, ``Stop`` ends it, a message after an hour."""
    return Story(a_playbook(j=a_journey(**changes)), profile or a_profile())


# --- waiting and sending ---------------------------------------------------------------------------------------------


def test_a_message_goes_when_its_wait_is_over_to_the_millisecond() -> None:
    story = a_story()
    story.happens("Start")
    assert story.profile.wake_at == NOON + HOUR
    story.time_comes(NOON + HOUR - 1)
    assert story.sent == []
    story.time_comes(NOON + HOUR)
    assert story.sent == [("hello", HOUR)]
    assert story.exits() == [("completed", HOUR)]
    assert story.profile.wake_at is None


def test_a_timer_that_comes_late_decides_as_of_its_instant() -> None:
    story = a_story(steps=[{"wait": "1 hour"}, SEND, {"wait": "1 hour"}, {"send": "bye", "via": ["email"]}])
    story.happens("Start")
    story.time_comes(NOON + HOUR + 70_000)
    assert story.sent == [("hello", HOUR)]
    assert story.profile.wake_at == NOON + 2 * HOUR


@pytest.mark.parametrize(
    ("late", "sent"),
    [
        (0, [("hello", HOUR), ("bye", 2 * HOUR)]),
        (HOUR - 1, [("hello", HOUR), ("bye", 2 * HOUR)]),
        (HOUR, [("hello", HOUR), ("bye", 2 * HOUR)]),
        (3 * HOUR, [("hello", 3 * HOUR), ("bye", 4 * HOUR)]),
        (24 * HOUR, [("hello", 24 * HOUR), ("bye", 25 * HOUR)]),
        (24 * HOUR + 1, []),
    ],
)
def test_a_wait_that_is_over_continues_at_once_and_what_follows_a_send_counts_from_then(
    late: Duration, sent: list[tuple[str, Duration]]
) -> None:
    story = a_story(steps=[{"wait": "1 hour"}, SEND, {"wait": "1 hour"}, {"send": "bye", "via": ["email"]}])
    story.happens("Start", NOON, arrives=NOON + late)
    story.time_comes(NOON + 3 * DAY)
    assert story.sent == sent


def test_waits_without_a_send_between_them_count_from_the_entry() -> None:
    story = a_story(steps=[{"wait": "1 hour"}, {"if": {"traits.a": 1}, "then": AT_ONCE}, {"wait": "1 hour"}, SEND])
    story.happens("Start", NOON, arrives=NOON + 90 * MINUTE)
    story.time_comes(NOON + DAY)
    assert story.sent == [("hello", 2 * HOUR)]


def test_an_event_more_than_24_hours_late_starts_nothing_but_counts() -> None:
    story = Story(
        a_playbook(
            late=a_journey(),
            other=a_journey(
                enter={"on": "Other"}, steps=[{"if": {"did": {"event": "Start", "within": "2 days"}}, "then": AT_ONCE}]
            ),
        )
    )
    story.happens("Start", NOON, arrives=NOON + DAY + 1)
    assert story.skipped() == ["late"]
    story.happens("Other", NOON + DAY + 2)
    assert story.sent == [("hello", DAY + 2)]


@pytest.mark.parametrize(
    ("traits", "branch"),
    [({"plan": "gold"}, "hello"), ({"plan": "tin"}, "bye"), ({}, "bye")],
)
def test_a_branch_is_chosen_when_it_is_reached(traits: dict[str, Any], branch: str) -> None:
    story = a_story(
        steps=[
            {"wait": "1 hour"},
            {"if": {"traits.plan": "gold"}, "then": AT_ONCE, "else": [{"send": "bye", "via": ["email"]}]},
        ]
    )
    story.happens("Start")
    story.identify(NOON + MINUTE, **traits)
    story.time_comes(NOON + HOUR)
    assert [name for name, _ in story.sent] == [branch]


def test_after_a_branch_the_run_goes_on_behind_it() -> None:
    story = a_story(
        steps=[
            {"if": {"traits.absent": 1}, "then": [{"exit": "never"}]},
            {"if": {"not": {"traits.absent": 1}}, "then": [{"wait": "1 hour"}]},
            SEND,
        ]
    )
    story.happens("Start")
    story.time_comes(NOON + HOUR)
    assert story.sent == [("hello", HOUR)]


def test_an_exit_step_ends_the_run_with_its_reason() -> None:
    story = a_story(steps=[{"wait": "1 hour"}, {"if": {"traits.firstName": "Ana"}, "then": [{"exit": "known"}]}, SEND])
    story.happens("Start")
    story.time_comes(NOON + HOUR)
    assert (story.sent, story.exits()) == ([], [("known", HOUR)])


def test_steps_read_the_event_that_started_the_run() -> None:
    story = a_story(steps=[{"wait": "1 hour"}, {"if": {"entry.properties.price": {"above": 10}}, "then": AT_ONCE}])
    story.happens("Start", price=11, colour="red")
    (run,) = story.profile.runs.values()
    assert run.entry["properties"] == {"price": 11}
    story.time_comes(NOON + HOUR)
    assert story.sent == [("hello", HOUR)]
    assert story.messages[0].entry["properties"] == {"price": 11}


# --- entering --------------------------------------------------------------------------------------------------------


def test_where_tests_the_event_and_if_the_profile() -> None:
    enter = {
        "on": ["Start", "Begin"],
        "where": {"properties.price": {"at_least": 20}},
        "if": {"not": {"traits.staff": True}},
    }
    story = a_story(enter=enter, key="properties.n")
    story.happens("Start", n=1, price=19.99)
    story.happens("Begin", n=2, price=20)
    story.identify(NOON, staff=True)
    story.happens("Start", n=3, price=20)
    assert [one["key"] for one in story.told("journey_entered")] == ["2"]
    assert story.skipped() == ["condition"]


@pytest.mark.parametrize(
    ("first", "second", "runs"),
    [
        (20, 20, 1),
        (20, 20.0, 1),
        (20, "20", 2),
        (1, True, 2),
        ("a", "b", 2),
        ("a", "a", 1),
        (0, False, 2),
        ("x" * 500, "x" * 500, 1),
        ("x" * 500, "x" * 499 + "y", 2),
        (2**53, float(2**53), 1),
        (10**30, 10**30 + 1, 2),
    ],
)
def test_there_is_one_run_a_key_and_numbers_are_keys_by_value(first: Any, second: Any, runs: int) -> None:
    story = a_story(key="properties.cart")
    story.happens("Start", cart=first)
    story.happens("Start", NOON + 1, cart=second)
    assert len(story.told("journey_entered")) == runs
    assert story.skipped() == ["running"] * (2 - runs)


@pytest.mark.parametrize(
    "properties",
    [{}, {"cart": None}, {"cart": ""}, {"cart": []}, {"cart": {"id": 1}}, {"cart": math.nan}, {"cart": math.inf}],
)
def test_without_the_keys_value_no_run_starts(properties: dict[str, Any]) -> None:
    story = a_story(key="properties.cart")
    story.happens("Start", **properties)
    assert (story.told("journey_entered"), story.skipped()) == ([], ["no_key"])


def test_a_live_run_makes_another_entry_a_no_op() -> None:
    story = a_story()
    story.happens("Start")
    story.happens("Start", NOON + MINUTE)
    story.time_comes(NOON + DAY)
    assert story.sent == [("hello", HOUR)]


def test_more_runs_at_once_than_a_profile_holds_are_refused() -> None:
    story = a_story(key="properties.cart")
    for number in range(MAX_LIVE_RUNS + 1):
        story.happens("Start", cart=number)
    assert story.skipped() == ["too_many_runs"]


def test_runs_remember_no_more_of_their_entry_events_than_a_profile_holds() -> None:
    """Anyone can send large events for a person; were they all kept, nothing of theirs could be written any more."""
    wait = {"wait": "1 hour"}
    story = a_story(key="properties.cart", steps=[wait, {"if": {"entry.properties.note": "x"}, "then": [wait]}])
    for number in range(4):
        story.happens("Start", cart=number, note="n" * (MAX_ENTRIES_SIZE // 3))
    assert story.skipped() == ["too_large", "too_large"]
    story.happens("Start", cart="small", note="x")
    assert [run.key for run in story.profile.runs.values()] == ["0", "1", '"small"']

    story.happens("Stop", NOON + MINUTE, cart=0)
    story.happens("Start", NOON + HOUR // 2, cart=4, note="n" * (MAX_ENTRIES_SIZE // 3))
    assert len(story.skipped()) == 2


# --- entering again --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reenter", "after", "allowed"),
    [
        ("always", 0, True),
        ("always", DAY, True),
        ("never", DAY, False),
        ("never", 4000 * DAY, False),
        ({"after": "7 days"}, 7 * DAY - 1, False),
        ({"after": "7 days"}, 7 * DAY, True),
    ],
)
def test_reentry_counts_from_the_end_of_the_last_run(reenter: Any, after: Duration, allowed: bool) -> None:
    story = a_story(reenter=reenter)
    story.happens("Start")
    story.time_comes(NOON + HOUR)
    story.happens("Start", NOON + HOUR + after)
    assert len(story.told("journey_entered")) == 1 + allowed
    assert story.skipped() == ([] if allowed else ["reenter"])


@pytest.mark.parametrize(("after", "allowed"), [(7 * DAY - 1, False), (7 * DAY, True)])
def test_the_end_by_an_exit_event_is_the_events_timestamp(after: Duration, allowed: bool) -> None:
    story = a_story(reenter={"after": "7 days"})
    story.happens("Start")
    story.happens("Stop", NOON + MINUTE, arrives=NOON + 30 * MINUTE)
    story.happens("Start", NOON + MINUTE + after)
    assert len(story.told("journey_entered")) == 1 + allowed


def test_reentry_counts_even_for_an_entry_event_that_comes_almost_a_day_late() -> None:
    story = a_story(reenter={"after": "7 days"})
    story.happens("Start")
    story.time_comes(NOON + HOUR)
    story.happens("Something", NOON + HOUR + 7 * DAY)
    story.happens("Start", NOON + HOUR + 7 * DAY - 1, arrives=NOON + 8 * DAY)
    assert story.skipped() == ["reenter"]


def test_reentry_is_by_key() -> None:
    story = a_story(reenter="never", key="properties.cart", steps=AT_ONCE)
    for cart in ("a", "b", "a", "c", "b"):
        story.happens("Start", cart=cart)
    assert len(story.sent) == 3


def test_never_outlasts_any_number_of_other_runs() -> None:
    once = a_journey(enter={"on": "Signed Up"}, reenter="never", steps=AT_ONCE)
    orders = a_journey(purpose="transactional", key="properties.order", reenter="never", steps=AT_ONCE)
    story = Story(a_playbook(once=once, orders=orders))
    story.happens("Signed Up")
    for number in range(300):
        story.happens("Start", NOON + number * DAY, order=number)
    story.happens("Signed Up", NOON + 300 * DAY)
    assert story.skipped() == ["reenter"]


@pytest.mark.parametrize(
    ("steps", "sent"),
    [
        (AT_ONCE, 2),  # in order, too, both would have been answered
        ([{"wait": "1 hour"}, SEND], 1),  # in order, the second would have met the first's run
        ([{"wait": "5 minutes"}, SEND], 2),
        ([{"wait": "10 minutes"}, SEND], 2),
        ([{"wait": "11 minutes"}, SEND], 1),
    ],
)
def test_an_overtaken_entry_counts_as_it_would_have_in_order(steps: list[Any], sent: int) -> None:
    for arrivals in ([0, 10 * MINUTE], [10 * MINUTE, 0]):
        story = a_story(steps=steps)
        for index, at in enumerate(arrivals):
            story.happens("Start", NOON + at, arrives=NOON + (2 + index) * HOUR)
        story.time_comes(NOON + DAY)
        assert len(story.sent) == sent, arrivals


def test_an_entry_within_a_run_that_is_over_by_now_was_a_no_op() -> None:
    story = a_story()
    story.happens("Start")
    story.happens("Start", NOON + 30 * MINUTE, arrives=NOON + 2 * HOUR)
    story.time_comes(NOON + DAY)
    assert story.sent == [("hello", HOUR)]


# --- exits -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exit_at", "arrives", "sent", "exits"),
    [
        (1, 1, [], [("exit_event", 1)]),
        (HOUR - 1, HOUR - 1, [], [("exit_event", HOUR - 1)]),
        (0, 1, [], [("exit_event", 1)]),
        (0, HOUR - 1, [], [("exit_event", HOUR - 1)]),
        (-1, 1, [("hello", HOUR)], [("completed", HOUR)]),
        (-DAY, 1, [("hello", HOUR)], [("completed", HOUR)]),
        (HOUR, HOUR, [("hello", HOUR)], [("completed", HOUR)]),  # at equal instants timers come first
        (5, HOUR + 1, [("hello", HOUR)], [("completed", HOUR)]),  # too late: it has been sent
    ],
)
def test_an_exit_event_not_older_than_the_entry_ends_the_run_when_it_arrives(
    exit_at: Duration, arrives: Duration, sent: Any, exits: Any
) -> None:
    story = a_story()
    story.happens("Start")
    story.happens("Stop", NOON + exit_at, arrives=NOON + arrives)
    story.time_comes(NOON + DAY)
    assert (story.sent, story.exits()) == (sent, exits)


@pytest.mark.parametrize(
    ("exit_at", "prevents"),
    [(-1, False), (0, True), (1, True), (HOUR, True)],
)
def test_an_exit_event_that_overtakes_its_entry_prevents_it(exit_at: Duration, prevents: bool) -> None:
    story = a_story()
    story.happens("Stop", NOON + exit_at, arrives=NOON + 2 * HOUR)
    story.happens("Start", NOON, arrives=NOON + 3 * HOUR)
    assert len(story.told("journey_entered")) == 1 - prevents
    assert story.skipped() == (["exit_event"] if prevents else [])


@pytest.mark.parametrize("exit_at", [0, HOUR, DAY])
def test_an_overtaking_exit_is_remembered_as_long_as_its_entry_may_come(exit_at: Duration) -> None:
    story = a_story()
    story.happens("Stop", NOON + exit_at)
    story.happens("Something", NOON + DAY, id="in between")
    story.happens("Start", NOON, arrives=NOON + DAY)
    assert story.skipped() == ["exit_event"]


def test_a_prevented_entry_is_no_run_from_which_reentry_would_count() -> None:
    story = a_story(reenter="never")
    story.happens("Stop", NOON + 1)
    story.happens("Start", NOON, arrives=NOON + 2)
    story.happens("Start", NOON + 3)
    assert len(story.told("journey_entered")) == 1


def test_entry_and_exit_at_one_timestamp_entry_first_enters_then_exits() -> None:
    story = a_story()
    story.happens("Start")
    story.happens("Stop")
    assert [one.kind for one in story.trace] == ["journey_entered", "journey_exited"]
    assert story.exits() == [("exit_event", 0)]


@pytest.mark.parametrize(
    ("properties", "ends"),
    [({"cart": 20}, True), ({"cart": 20.0}, True), ({"cart": "20"}, False), ({"cart": 21}, False), ({}, False)],
)
def test_with_a_key_only_an_exit_event_of_that_key_ends_the_run(properties: dict[str, Any], ends: bool) -> None:
    story = a_story(key="properties.cart")
    story.happens("Start", cart=20)
    story.happens("Stop", NOON + 1, **properties)
    assert story.exits() == ([("exit_event", 1)] if ends else [])


def test_an_event_that_both_ends_and_starts_begins_anew() -> None:
    story = a_story(enter={"on": "Start"}, exit={"on": ["Start"]})
    story.happens("Start")
    story.happens("Start", NOON + 30 * MINUTE)
    story.time_comes(NOON + DAY)
    assert story.sent == [("hello", 90 * MINUTE)]


def test_an_exit_condition_ends_the_run_the_moment_it_becomes_true() -> None:
    story = a_story(exit={"if": {"traits.staff": True}})
    story.happens("Start")
    story.identify(NOON + MINUTE, staff=True)
    assert story.exits() == [("exit_condition", MINUTE)]


def test_an_exit_condition_becomes_true_by_time_alone() -> None:
    story = a_story(
        exit={"if": {"did_not": {"event": "Visit", "within": "30 minutes"}}}, steps=[{"wait": "2 hours"}, SEND]
    )
    story.happens("Visit")
    story.happens("Start", NOON + 1)
    assert story.profile.wake_at == NOON + 30 * MINUTE
    story.happens("Visit", NOON + 10 * MINUTE)
    assert story.profile.wake_at == NOON + 40 * MINUTE
    story.time_comes(NOON + 40 * MINUTE - 1)
    assert story.exits() == []
    story.time_comes(NOON + DAY)
    assert (story.sent, story.exits()) == ([], [("exit_condition", 40 * MINUTE)])


def test_an_exit_condition_that_holds_already_lets_nothing_be_sent() -> None:
    story = a_story(exit={"if": {"traits.firstName": "Ana"}}, steps=AT_ONCE)
    story.happens("Start")
    assert [one.kind for one in story.trace] == ["journey_entered", "journey_exited"]
    assert story.sent == []


def test_where_a_wait_and_an_exit_condition_meet_the_exit_comes_first() -> None:
    story = a_story(exit={"if": {"did_not": {"event": "Visit", "within": "1 hour"}}})
    story.happens("Visit")
    story.happens("Start")
    story.time_comes(NOON + DAY)
    assert (story.sent, story.exits()) == ([], [("exit_condition", HOUR)])


def test_an_exit_condition_may_look_at_the_entry() -> None:
    story = a_story(key="properties.n", exit={"if": {"traits.tier": {"is": {"path": "entry.properties.tier"}}}})
    story.happens("Start", n=1, tier="gold")
    story.happens("Start", n=2, tier="tin")
    story.identify(NOON + 1, tier="tin")
    (exited,) = story.told("journey_exited")
    assert story.profile.runs[exited["run"]].key == "2"


# --- duplicates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("after", "known"), [(0, True), (HOUR, True), (DAY, True), (DAY + 1, False)])
def test_a_duplicate_is_known_by_its_id_for_24_hours(after: Duration, known: bool) -> None:
    enter = {"on": "Start", "if": {"did": {"event": "Start", "at_least": 2}}}
    story = a_story(enter=enter, steps=AT_ONCE)
    story.happens("Start", id="same")
    story.happens("Something", NOON + after)
    story.happens("Start", NOON + after, id="same")
    assert len(story.sent) == 1 - known


def test_whether_it_is_known_does_not_depend_on_what_else_happened() -> None:
    for between in (False, True):
        story = a_story(steps=AT_ONCE)
        story.happens("Start", id="same")
        if between:
            story.happens("Something", NOON + DAY + 1)
        story.happens("Start", NOON + DAY + 2, id="same")
        assert len(story.sent) == 2


@pytest.mark.parametrize("after", [1, HOUR, DAY, DAY + 1, 2 * DAY])
def test_an_entry_event_never_starts_a_second_run(after: Duration) -> None:
    story = a_story(steps=AT_ONCE)
    story.happens("Start", id="same")
    story.happens("Start", NOON, arrives=NOON + after, id="same")
    assert len(story.sent) == 1


def test_a_run_of_an_id_that_a_client_uses_again_is_another_run() -> None:
    story = a_story(steps=AT_ONCE)
    story.happens("Start", id="1")
    story.happens("Start", NOON + 3 * DAY, id="1")
    assert len({message.id for message in story.messages}) == 2
    assert len({one["run"] for one in story.told("journey_entered")}) == 2


# --- to whom ---------------------------------------------------------------------------------------------------------

PHONE = {"phone": "+353861234567"}
SAID_NO = {"subscribed": False}


@pytest.mark.parametrize(
    ("traits", "via", "channels"),
    [
        ({"email": "a@b.ie"}, ["email", "sms"], [Channel.EMAIL]),
        (PHONE, ["email", "sms"], [Channel.SMS]),
        ({"email": "a@b.ie", **PHONE}, ["sms", "email"], [Channel.SMS, Channel.EMAIL]),
        ({"email": "not an address"}, ["email", "sms"], []),
        ({"phone": "087 1234"}, ["sms"], []),
        ({"email": 5}, ["email"], []),
    ],
)
def test_via_is_an_order_of_preference(traits: dict[str, Any], via: list[str], channels: list[Channel]) -> None:
    story = a_story(a_profile(traits=traits), steps=[{"send": "hello", "via": via}])
    story.happens("Start")
    assert [channel for message in story.messages for channel in message.channels] == channels
    assert [one["channel"] for one in story.told("send")] == [channel.value for channel in channels[:1]]
    assert story.dropped() == ([] if channels else ["no_address"])
    assert story.exits() == [("completed", 0)]


@pytest.mark.parametrize("topic", ["news", "offers"])
@pytest.mark.parametrize("purpose", ["marketing", "transactional"])
@pytest.mark.parametrize("said", [None, True, False])
@pytest.mark.parametrize("suppressed", [False, True])
def test_marketing_needs_consent_and_nothing_ignores_suppression(
    topic: str, purpose: str, said: bool | None, suppressed: bool
) -> None:
    story = a_story(steps=AT_ONCE, topic=topic, purpose=purpose)
    if said is not None:
        story.says(said, topic=topic)
    if suppressed:
        story.happens("Message Bounced", trust=Trust.SYSTEM, channel="email", address="ana@example.com", hard=True)
    story.happens("Start")
    default = topic == "news"
    allowed = purpose == "transactional" or (default if said is None else said)
    if suppressed:
        assert story.dropped() == ["suppressed"]
    elif allowed:
        assert len(story.sent) == 1
    else:
        assert story.dropped() == ["no_consent"]
    assert len(story.sent) + len(story.dropped()) == 1


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([(True, 1, {})], True),
        ([(False, 1, {})], False),
        ([(False, 1, {"topic": "other"})], True),
        ([(False, 1, {"channel": "sms"})], True),
        ([(False, 1, {"channel": "email"})], False),
        ([(False, 1, {"channel": "email", "topic": "news"})], False),
        ([(False, 1, {}), (True, 2, {"topic": "news"})], True),
        ([(True, 2, {"topic": "news"}), (False, 1, {})], True),
        ([(True, 1, {"topic": "news"}), (False, 2, {})], False),
        ([(True, 1, {"topic": "news"}), (False, 1, {})], False),
        ([(False, 1, {}), (True, 1, {})], False),
        ([(True, 1, {}), (False, 1, {})], False),
        ([(False, 1, {"channel": "email"}), (True, 1, {"topic": "news"})], False),
        ([(False, 2, {}), (True, 1, {})], False),
    ],
)
def test_the_latest_statement_decides_and_a_refusal_wins_a_tie(
    statements: list[tuple[bool, Duration, dict[str, Any]]], allowed: bool
) -> None:
    story = a_story(steps=AT_ONCE)
    for said, at, properties in statements:
        story.says(said, NOON + at, **properties)
    story.happens("Start", NOON + HOUR)
    assert bool(story.sent) is allowed
    assert story.dropped() == ([] if allowed else ["no_consent"])


def test_of_several_reasons_the_persons_will_says_most() -> None:
    via = [{"send": "hello", "via": ["push", "sms", "email"]}]
    story = a_story(a_profile(traits={"email": "a@b.ie", **PHONE}), steps=via)
    story.says(False, channel="email")
    story.happens("Message Complained", trust=Trust.SYSTEM, channel="sms", address="+353861234567")
    story.happens("Start")
    assert story.dropped() == ["no_consent"]
    assert story.told("dropped")[0]["channel"] is None


def test_consent_is_as_of_the_sending_not_of_the_entry() -> None:
    story = a_story()
    story.happens("Start")
    story.says(False, NOON + HOUR - 1)
    story.time_comes(NOON + HOUR)
    assert story.dropped() == ["no_consent"]


def test_a_device_is_enough_for_push_until_its_token_is_dead() -> None:
    profile = a_profile(devices={"t1": Device("ios", NOON)})
    story = a_story(profile, steps=[{"send": "hello", "via": ["push"]}])
    story.happens("Start")
    story.happens("Message Bounced", NOON + 1, trust=Trust.SYSTEM, channel="push", address="t1", hard=True)
    story.happens("Start", NOON + 2)
    assert (len(story.sent), story.dropped()) == (1, ["suppressed"])


# --- order -----------------------------------------------------------------------------------------------------------


def test_what_is_due_at_one_instant_goes_by_priority_then_journey() -> None:
    story = Story(
        a_playbook(
            b=a_journey(priority=50), a=a_journey(priority=50), z=a_journey(priority=90), c=a_journey(priority=10)
        )
    )
    story.happens("Start")
    story.time_comes(NOON + HOUR)
    assert [message.journey for message in story.messages] == ["z", "a", "b", "c"]


def test_a_decision_orders_one_wake_up_at_most_and_none_that_is_outstanding() -> None:
    story = a_story(key="properties.n", steps=[{"wait": "1 hour"}, SEND])
    wakes = []
    for number, minute in enumerate([0, 10, 20]):
        decision = story.happens("Start", NOON + minute * MINUTE, n=number)
        wakes.append([effect.at - NOON for effect in decision.effects if isinstance(effect, Wake)])
    decision = story.time_comes(NOON + HOUR)
    wakes.append([effect.at - NOON for effect in decision.effects if isinstance(effect, Wake)])
    assert wakes == [[HOUR], [], [], [HOUR + 10 * MINUTE]]


def test_a_wake_up_that_comes_early_or_twice_is_harmless() -> None:
    story = a_story()
    story.happens("Start")
    for at in (NOON + 1, NOON + 1, NOON + HOUR, NOON + HOUR, NOON + 2 * HOUR):
        story.happens("Timer Due", at, type=EventType.TIMER, trust=Trust.SYSTEM)
    assert story.sent == [("hello", HOUR)]
    before = story.profile
    assert story.happens("Timer Due", NOON + DAY, type=EventType.TIMER).profile is before


# --- a playbook that changed -----------------------------------------------------------------------------------------


def test_a_run_whose_journey_is_gone_ends_when_it_would_go_on() -> None:
    story = a_story()
    story.happens("Start")
    story.playbook = a_playbook(other=a_journey())
    story.time_comes(NOON + DAY)
    assert (story.sent, [reason for reason, _ in story.exits()]) == ([], ["journey_changed"])


@pytest.mark.parametrize("steps", [AT_ONCE, [SEND, {"wait": "1 hour"}]])
def test_a_run_whose_step_is_no_wait_any_more_ends_when_it_would_go_on(steps: list[Any]) -> None:
    story = a_story()
    story.happens("Start")
    story.playbook = a_playbook(j=a_journey(steps=steps))
    story.time_comes(NOON + DAY)
    assert (story.sent, [reason for reason, _ in story.exits()]) == ([], ["journey_changed"])


# --- the system's own events -----------------------------------------------------------------------------------------


def test_journeys_hear_of_each_other() -> None:
    first = a_journey(steps=[{"wait": "1 hour"}])
    second = a_journey(enter={"on": "Journey Completed", "where": {"properties.journey": "first"}}, steps=AT_ONCE)
    story = Story(a_playbook(first=first, second=second))
    story.happens("Start")
    story.time_comes(NOON + HOUR)
    assert story.sent == [("hello", HOUR)]


def test_journeys_that_start_each_other_without_end_are_cut_short() -> None:
    loop = a_journey(enter={"on": ["Start", "Journey Completed"]}, steps=[{"if": {"traits.x": 1}, "then": AT_ONCE}])
    story = Story(a_playbook(loop=loop))
    story.happens("Start")
    assert len(story.told("cascade_cut")) == 1


def test_a_suppression_or_message_is_told_of_the_person_it_concerns() -> None:
    story = a_story(a_profile(suppressed={("email", "ana@example.com"): Suppression(SuppressionReason.STOP, NOON)}))
    story.happens("Start")
    story.time_comes(NOON + HOUR)
    assert story.dropped() == ["suppressed"]
    assert not any(isinstance(effect, Message) for effect in story.effects)
