"""``fallback_after``: what nobody answers goes on the next channel, once, unless something made it pointless."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.consent.words import USUAL_ORDER, Channel
from shared.domain.decide import decide
from shared.domain.delivery import DeliveryEvent, DeliveryKind, feedback_event, outcome_event
from shared.domain.events import Event, Trust
from shared.domain.journeys.fallbacks import latest
from shared.domain.journeys.program import Send
from shared.domain.journeys.versions import followed, with_former
from shared.domain.ledger import LedgerEntry, MessageStatus
from shared.domain.messages import Message
from shared.domain.playbook import Playbook, read_playbook
from shared.domain.profiles import MAX_ENTRIES_SIZE, MAX_FALLBACKS, MAX_FALLBACKS_SIZE, Device, Profile
from shared.domain.timing import DAY, HOUR, MINUTE, SECOND, Duration
from tests.builders import NOON, a_profile, an_event
from tests.explained import explained
from tests.stories import MESSAGES, TOPICS, Story, a_journey, plain_playbook

EMAIL, PUSH, SMS, *_ = USUAL_ORDER
HEARD = {"tracking": {"taps": True}}
EVERYWHERE = a_profile(
    traits={"firstName": "Ana", "email": "ana@example.com", "phone": "+353861234567"},
    devices={"token1": Device("ios", NOON)},
)
STEP = {"send": "hello", "via": ["push", "email", "sms"], "fallback_after": "4 hours"}
AFTER = 4 * HOUR
QUIET: dict[str, Any] = {"quiet_hours": {"email": {"from": "15:00", "until": "20:00"}}}


def reading(
    *steps: Any,
    policy: dict[str, Any] | None = None,
    brand: dict[str, Any] | None = None,
    messages: Any = MESSAGES,
    **changes: Any,
) -> tuple[Playbook, list[tuple[str, str]]]:
    journeys = {"j": a_journey(steps=[*steps], **changes)}
    plain = plain_playbook(
        journeys,
        policy={"topics": TOPICS} | (policy or {}),
        brand=HEARD if brand is None else brand,
        messages=messages,
    )
    playbook, found = read_playbook(plain)
    return playbook, [(".".join(finding.path), finding.message) for _, finding in found]


def story(*steps: Any, profile: Profile = EVERYWHERE, **changes: Any) -> Story:
    playbook, found = reading(*(steps or (STEP,)), **changes)
    assert not found, found
    return Story(playbook, profile)


def entry_of(message: Message, channel: str, status: MessageStatus = MessageStatus.SENT, **changes: Any) -> LedgerEntry:
    known = {name: getattr(message, name) for name in ("id", "profile_id", "journey", "name", "purpose")}
    return LedgerEntry(**known, status=status, channel=Channel(channel), **changes)


def is_sent(told: Story, after: Duration = 0, *, channel: str | None = None, arrives: Duration | None = None) -> Event:
    """The latest message was handed over, so long after it was decided."""
    message = told.messages[-1]
    at = message.decided_at + after
    now = at if arrives is None else message.decided_at + arrives
    event = outcome_event(entry_of(message, channel or message.channels[0], at=at, sent_at=at), now)
    told.take([event], now)
    return event


def hears(told: Story, kind: DeliveryKind, at: int, *, message: int = -1, **changes: Any) -> Event:
    """What a provider tells of a message."""
    of = told.messages[message]
    channel = Channel(changes.pop("channel", of.channels[0]))
    delivery = DeliveryEvent(kind=kind, message_id=of.id, channel=channel, at=at, provider_id="p", **changes)
    event = feedback_event(entry_of(of, channel, at=at, sent_at=at), delivery, at)
    told.take([event], at)
    return event


def runs_on(told: Story, until: int) -> None:
    """Time passes, and every message that is ordered is sent at once."""
    sent = len(told.messages)
    while told.profile.wake_at is not None and told.profile.wake_at <= until:
        told.time_comes(told.profile.wake_at)
        if len(told.messages) > sent:
            sent = len(told.messages)
            is_sent(told)


def went(told: Story) -> list[tuple[str, Duration]]:
    return [(message.channels[0].value, message.decided_at - NOON) for message in told.messages]


class TestSilence:
    def test_a_message_that_nobody_answers_goes_on_each_next_channel_at_its_instant_and_the_run_goes_on(self) -> None:
        told = story()
        told.happens("Start")
        is_sent(told, MINUTE)
        assert told.exits() == [("completed", 0)]
        assert told.profile.wake_at == NOON + MINUTE + AFTER
        runs_on(told, NOON + 3 * DAY)

        assert went(told) == [("push", 0), ("email", MINUTE + AFTER), ("sms", MINUTE + 2 * AFTER)]
        assert len({message.id for message in told.messages}) == 3
        assert [message.instead_of for message in told.messages] == ["", *(m.id for m in told.messages[:2])]
        assert [(one["channel"], one["reason"]) for one in told.told("fell_back")] == [
            ("push", "silence"),
            ("email", "silence"),
        ]
        assert told.profile.fallbacks == {}
        assert [touch.channel for touch in told.profile.touches] == [PUSH, EMAIL, SMS]

    def test_what_its_templates_read_goes_along_though_the_run_is_over(self) -> None:
        messages = MESSAGES | {"hello": {**MESSAGES["hello"], "entry_fields": [["properties", "price"]]}}
        told = story(messages=messages)
        told.happens("Start", price=20)
        is_sent(told)
        runs_on(told, NOON + AFTER)

        assert [message.entry["properties"] for message in told.messages] == [{"price": 20}] * 2

    def test_nothing_falls_back_that_was_never_sent(self) -> None:
        told = story()
        told.happens("Start")
        told.time_comes(NOON + 3 * DAY)
        assert (went(told), told.profile.wake_at) == ([("push", 0)], None)
        told.happens("Other", NOON + 14 * DAY)

        assert told.profile.fallbacks == {}

    def test_it_counts_from_the_channel_that_took_it(self) -> None:
        told = story()
        told.happens("Start")
        is_sent(told, channel="email")
        runs_on(told, NOON + DAY)

        assert went(told) == [("push", 0), ("sms", AFTER)]

    def test_news_of_the_sending_that_comes_late_is_acted_on_at_once(self) -> None:
        told = story()
        told.happens("Start")
        is_sent(told, arrives=AFTER + HOUR)

        assert went(told) == [("push", 0), ("email", AFTER + HOUR)]

    @pytest.mark.parametrize(
        ("late", "changes", "goes"),
        [
            (DAY, {}, True),
            (DAY + 1, {}, False),
            (3 * DAY, {"purpose": "transactional", "topic": None}, True),
            (3 * HOUR, {"policy": {"expire_after": "2 hours"}}, False),
        ],
    )
    @pytest.mark.parametrize("is_read_late", [False, True], ids=["arrives late", "waited in the queue"])
    def test_but_marketing_goes_no_later_than_it_is_worth_waiting(
        self, late: Duration, changes: dict[str, Any], goes: bool, is_read_late: bool
    ) -> None:
        told = story(**changes)
        told.happens("Start")
        [message] = told.messages
        sent = outcome_event(entry_of(message, "push", at=NOON, sent_at=NOON), NOON)
        read_at = NOON + AFTER + late
        if is_read_late:
            told.take([sent], NOON, sending_at=read_at)
            told.time_comes(NOON + AFTER, sending_at=read_at)
        else:
            told.take([replace(sent, received_at=read_at)], read_at)

        assert len(told.messages) == 1 + goes
        assert len(told.profile.fallbacks) == goes

    def test_what_comes_again_changes_nothing(self) -> None:
        told = story()
        told.happens("Start")
        event = is_sent(told)
        again = replace(event, received_at=NOON + HOUR)
        told.take([again], NOON + HOUR)
        told.take([replace(again, id="other", received_at=NOON + 2 * HOUR)], NOON + 2 * HOUR)
        runs_on(told, NOON + AFTER)
        told.take([replace(again, id="another", received_at=NOON + 5 * HOUR)], NOON + 5 * HOUR)
        told.time_comes(NOON + AFTER)

        assert went(told) == [("push", 0), ("email", AFTER)]

    def test_an_unusable_channel_is_passed_over_and_where_none_is_left_that_is_told(self) -> None:
        told = story(profile=replace(EVERYWHERE, traits={"email": "ana@example.com"}))
        told.happens("Start")
        is_sent(told)
        told.says(False, NOON + HOUR, channel="email")
        runs_on(told, NOON + DAY)

        assert went(told) == [("push", 0)]
        assert [(one["channel"], one["reason"]) for one in told.told("dropped")] == [(None, "no_consent")]

    def test_the_best_of_what_is_left_is_next(self) -> None:
        told = story(STEP | {"via": "best"})
        told.happens("Start")
        is_sent(told)
        runs_on(told, NOON + DAY)

        assert [channel for channel, _ in went(told)] == ["email", "push", "sms"]

    def test_a_message_may_say_it_for_all_its_sends_and_a_step_says_otherwise(self) -> None:
        said = {"hello": {**MESSAGES["hello"], "fallback_after": "1 hour"}}
        step = {"send": "hello", "via": ["email", "sms"]}
        for own, after in ({}, HOUR), ({"fallback_after": "2 hours"}, 2 * HOUR):
            told = story(step | own, messages=said)
            told.happens("Start")
            is_sent(told)
            runs_on(told, NOON + DAY)

            assert went(told) == [("email", 0), ("sms", after)]

    def test_the_messages_own_condition_is_asked_again(self) -> None:
        told = story(STEP | {"if": {"did_not": {"event": "Seen"}}})
        told.happens("Start")
        is_sent(told)
        told.happens("Seen", NOON + HOUR)
        runs_on(told, NOON + DAY)

        assert [(channel, told.dropped()) for channel, _ in went(told)] == [("push", ["condition"])]

    @pytest.mark.parametrize(("brand", "sent"), [(HEARD, ["push", "email"]), ({}, ["push"])], ids=["heard", "deaf"])
    def test_silence_that_nobody_could_break_is_none(self, brand: dict[str, Any], sent: list[str]) -> None:
        told = story(brand=brand)
        told.happens("Start")
        is_sent(told)
        runs_on(told, NOON + AFTER)

        assert [channel for channel, _ in went(told)] == sent


class TestAnswers:
    @pytest.mark.parametrize("after", [1, AFTER - 1])
    @pytest.mark.parametrize("kind", [DeliveryKind.OPENED, DeliveryKind.CLICKED])
    def test_what_is_answered_in_time_goes_nowhere_else(self, kind: DeliveryKind, after: Duration) -> None:
        told = story({**STEP, "via": ["email", "sms"]})
        told.happens("Start")
        is_sent(told)
        hears(told, kind, NOON + after)
        runs_on(told, NOON + 3 * DAY)

        assert went(told) == [("email", 0)]
        assert told.profile.fallbacks == {}

    def test_an_answer_at_the_instant_or_that_arrives_later_comes_too_late(self) -> None:
        told = story({**STEP, "via": ["email", "sms"]})
        told.happens("Start")
        is_sent(told)
        hears(told, DeliveryKind.OPENED, NOON + AFTER)

        assert went(told) == [("email", 0), ("sms", AFTER)]

    def test_a_machine_answers_nothing(self) -> None:
        told = story({**STEP, "via": ["email", "sms"]})
        told.happens("Start")
        is_sent(told)
        hears(told, DeliveryKind.OPENED, NOON + HOUR, flags={"isMachine": True})
        runs_on(told, NOON + AFTER)

        assert went(told) == [("email", 0), ("sms", AFTER)]

    def test_a_tap_that_the_app_tells_of_is_an_answer(self) -> None:
        told = story()
        told.happens("Start")
        is_sent(told)
        id_ = told.messages[0].id
        told.happens("Push Notification Tapped", NOON + HOUR, trust=Trust.PUBLIC, message_id=id_)
        runs_on(told, NOON + DAY)

        assert went(told) == [("push", 0)]

    def test_an_answer_that_overtakes_the_news_of_the_sending_counts(self) -> None:
        told = story({**STEP, "via": ["email", "sms"]})
        told.happens("Start")
        hears(told, DeliveryKind.CLICKED, NOON + MINUTE)
        is_sent(told, arrives=2 * MINUTE)
        runs_on(told, NOON + DAY)

        assert went(told) == [("email", 0)]

    def test_a_late_answer_on_the_first_channel_keeps_it_from_a_third(self) -> None:
        told = story()
        told.happens("Start")
        is_sent(told)
        runs_on(told, NOON + AFTER)
        told.happens("Push Notification Tapped", NOON + AFTER + HOUR, message_id=told.messages[0].id)
        runs_on(told, NOON + 3 * DAY)

        assert [channel for channel, _ in went(told)] == ["push", "email"]

    @pytest.mark.parametrize(
        ("name", "changes", "is_off"),
        [
            ("Message Opened", {"trust": Trust.SYSTEM, "message": "hello"}, True),
            ("Message Opened", {"trust": Trust.SYSTEM, "message": "hello", "channel": "push"}, True),
            ("Message Opened", {"trust": Trust.SYSTEM, "message": "bye"}, False),
            ("Message Opened", {"trust": Trust.SYSTEM, "message": "hello", "channel": "whatsapp"}, False),
            ("Message Opened", {"trust": Trust.PUBLIC, "message": "hello"}, False),
            ("Message Opened", {"trust": Trust.SYSTEM, "message_id": "0" * 32, "message": "hello"}, False),
        ],
    )
    def test_whose_answer_it_is(self, name: str, changes: dict[str, Any], is_off: bool) -> None:
        told = story()
        told.happens("Start")
        is_sent(told)
        told.happens(name, NOON + HOUR, **changes)
        runs_on(told, NOON + AFTER)

        assert (len(went(told)) == 1) is is_off


class TestNoes:
    @pytest.mark.parametrize("name", ["Unsubscribed", "Message Complained"])
    def test_a_no_that_came_through_the_message_ends_it_on_every_channel(self, name: str) -> None:
        told = story()
        told.happens("Start")
        is_sent(told)
        id_ = told.messages[0].id
        told.happens(name, NOON + HOUR, trust=Trust.SYSTEM, message_id=id_, channel="push", topic="offers")
        runs_on(told, NOON + DAY)

        assert went(told) == [("push", 0)]

    @pytest.mark.parametrize("of", [{"channel": "email"}, {"topic": "news"}, {}], ids=str)
    def test_consent_is_that_of_the_moment(self, of: dict[str, Any]) -> None:
        told = story({**STEP, "via": ["push", "email"]})
        told.happens("Start")
        is_sent(told)
        told.says(False, NOON + HOUR, **of)
        runs_on(told, NOON + DAY)

        assert went(told) == [("push", 0)]
        assert told.dropped() == ["no_consent"]


class TestEnds:
    @pytest.mark.parametrize("steps", [(STEP,), (STEP, {"wait": "2 days"}, {"send": "bye", "via": ["email"]})])
    def test_what_ends_the_journey_ends_it_whether_the_run_lives_or_not(self, steps: Sequence[Any]) -> None:
        told = story(*steps)
        told.happens("Start")
        is_sent(told)
        told.happens("Stop", NOON + HOUR)
        runs_on(told, NOON + DAY)

        assert went(told) == [("push", 0)]
        assert told.profile.fallbacks == {}

    @pytest.mark.parametrize(("key", "is_off"), [("1", True), ("2", False)])
    @pytest.mark.parametrize("name", ["Stop", "Bought"])
    def test_with_a_key_only_the_same_ones_end_or_goal_counts(self, name: str, key: str, is_off: bool) -> None:
        told = story(key="properties.n", goal={"on": "Bought", "within": "5 days"})
        told.happens("Start", n="1")
        is_sent(told)
        told.happens(name, NOON + HOUR, n=key)
        runs_on(told, NOON + AFTER)

        assert (len(went(told)) == 1) is is_off

    def test_an_older_end_ends_nothing(self) -> None:
        told = story()
        told.happens("Start")
        is_sent(told)
        told.happens("Stop", NOON - HOUR, arrives=NOON + HOUR)
        runs_on(told, NOON + AFTER)

        assert len(went(told)) == 2

    def test_an_exit_condition_is_looked_at_when_it_is_due(self) -> None:
        told = story(exit={"if": {"traits.vip": True}})
        told.happens("Start")
        is_sent(told)
        told.identify(NOON + HOUR, vip=True)
        runs_on(told, NOON + DAY)

        assert went(told) == [("push", 0)]

    def test_a_journey_that_is_gone_takes_it_along(self) -> None:
        told = story()
        told.happens("Start")
        is_sent(told)
        told.playbook = replace(told.playbook, journeys={})
        runs_on(told, NOON + DAY)

        assert went(told) == [("push", 0)]

    def test_it_follows_the_version_that_its_run_entered(self) -> None:
        told = story()
        told.happens("Start")
        is_sent(told)
        former = told.playbook.journeys["j"]
        newer, _ = reading(STEP | {"fallback_after": "9 hours", "via": ["push", "sms"]})
        assert followed(newer, told.profile) == {("j", former.version)}
        told.playbook = with_former(newer, {("j", former.version): former.source})
        runs_on(told, NOON + 2 * AFTER)

        assert went(told)[1] == ("email", AFTER)

    def test_who_is_held_out_hears_nothing_on_any_channel(self) -> None:
        told = story(holdout="100%")
        told.happens("Start")

        assert (went(told), told.profile.fallbacks) == ([], {})


class TestFailure:
    @pytest.mark.parametrize(
        ("kind", "changes", "fell_back"),
        [
            (DeliveryKind.BOUNCED, {"is_hard": True, "address": "ana@example.com"}, True),
            (DeliveryKind.BOUNCED, {"is_hard": False}, False),
            (DeliveryKind.BOUNCED, {"is_hard": True, "channel": "push", "address": "token1"}, False),
            (DeliveryKind.FAILED, {}, True),
        ],
        ids=str,
    )
    def test_what_never_arrived_goes_elsewhere_at_once(
        self, kind: DeliveryKind, changes: dict[str, Any], fell_back: bool
    ) -> None:
        told = story({**STEP, "via": ["email", "sms"]})
        told.happens("Start")
        is_sent(told)
        hears(told, kind, NOON + HOUR, **changes)

        assert went(told)[1:] == [("sms", HOUR)] * fell_back
        assert [one["reason"] for one in told.told("fell_back")] == ["failure"] * fell_back

    @pytest.mark.parametrize("status", [MessageStatus.FAILED, MessageStatus.DROPPED, MessageStatus.UNKNOWN])
    def test_what_no_channel_took_goes_on_one_that_was_not_offered(self, status: MessageStatus) -> None:
        quiet = {"quiet_hours": {"email": {"from": "11:00", "until": "14:00"}}}
        told = story({**STEP, "via": ["push", "email"]}, policy=quiet)
        told.happens("Start")
        assert told.messages[0].channels == (PUSH,)
        entry = LedgerEntry(
            **{name: getattr(told.messages[0], name) for name in ("id", "profile_id", "journey", "name", "purpose")},
            status=status,
            at=NOON,
        )
        told.take([outcome_event(entry, NOON + SECOND)], NOON + SECOND)
        runs_on(told, NOON + DAY)

        assert went(told)[1:] == [("email", 2 * HOUR)] * (status is MessageStatus.FAILED)


class TestNoChannelIsLeft:
    STEP = STEP | {"via": ["email", "push"]}

    def test_what_every_channel_refused_goes_nowhere(self) -> None:
        told = story(self.STEP)
        told.happens("Start")
        [message] = told.messages
        assert message.channels == (EMAIL, PUSH)
        known = {name: getattr(message, name) for name in ("id", "profile_id", "journey", "name", "purpose")}
        failed = LedgerEntry(**known, status=MessageStatus.FAILED, at=NOON)
        told.take([outcome_event(failed, NOON)], NOON)

        assert (len(told.messages), told.profile.fallbacks, told.profile.wake_at) == (1, {}, None)

    def test_nor_does_what_bounced_on_the_last_before_its_sending_is_known(self) -> None:
        told = story(STEP | {"via": ["push", "email"]})
        told.happens("Start")
        hears(told, DeliveryKind.BOUNCED, NOON, channel="email", is_hard=True, address="ana@example.com")

        assert (len(told.messages), told.profile.fallbacks, told.profile.wake_at) == (1, {}, None)

    @pytest.mark.parametrize(
        ("policy", "dropped"),
        [({}, []), ({"quiet_hours": {"sms": {"from": "11:00", "until": "23:00"}}}, [("sms", "no_content")])],
        ids=["waiting", "held"],
    )
    def test_nor_does_what_lost_its_content_on_the_last_while_it_waited(self, policy: Any, dropped: Any) -> None:
        told = story(STEP | {"via": ["email", "sms"]}, policy=policy)
        told.happens("Start")
        is_sent(told)
        if dropped:
            told.time_comes(NOON + AFTER)
        [former] = told.playbook.journeys.values()
        placed = former.program["0"]
        assert isinstance(placed.step, Send)
        program = {**former.program, "0": replace(placed, step=replace(placed.step, channels=(EMAIL,)))}
        told.playbook = replace(told.playbook, journeys={"j": replace(former, program=program)})
        told.time_comes(NOON + 11 * HOUR)

        assert went(told) == [("email", 0)]
        assert (told.profile.fallbacks, told.profile.wake_at) == ({}, None)
        assert [(one["channel"], one["reason"]) for one in told.told("dropped")] == dropped

    def test_a_step_without_any_channel_is_dropped_for_want_of_content(self) -> None:
        told = story({"wait": "1 hour"}, STEP)
        told.happens("Start")
        [former] = told.playbook.journeys.values()
        program = {
            at: replace(placed, step=replace(placed.step, channels=())) if isinstance(placed.step, Send) else placed
            for at, placed in former.program.items()
        }
        told.playbook = replace(told.playbook, journeys={"j": replace(former, program=program)})
        told.time_comes(NOON + HOUR)

        assert told.dropped() == ["no_content"]


class TestPolicy:
    def test_quiet_hours_hold_it_and_it_is_looked_at_again(self) -> None:
        told = story({**STEP, "via": ["push", "email"]}, policy=QUIET)
        told.happens("Start")
        is_sent(told)
        runs_on(told, NOON + DAY)

        assert [(one["channel"], one["until"] - NOON) for one in told.told("held")] == [("email", 8 * HOUR)]
        assert went(told) == [("push", 0), ("email", 8 * HOUR)]
        assert len(told.told("fell_back")) == 1

    @pytest.mark.parametrize(
        ("name", "reason"), [("Push Notification Tapped", "answered"), ("Stop", "run_ended")], ids=str
    )
    def test_what_makes_it_pointless_while_it_is_held_drops_it(self, name: str, reason: str) -> None:
        told = story({**STEP, "via": ["push", "email"]}, policy=QUIET)
        told.happens("Start")
        is_sent(told)
        told.time_comes(NOON + AFTER)
        told.happens(name, NOON + AFTER + HOUR, message_id=told.messages[0].id)
        runs_on(told, NOON + DAY)

        assert went(told) == [("push", 0)]
        assert [(one["channel"], one["reason"]) for one in told.told("dropped")] == [("email", reason)]

    def test_it_expires_where_it_is_held_for_too_long(self) -> None:
        told = story({**STEP, "via": ["push", "email"]}, policy=QUIET | {"expire_after": "2 hours"})
        told.happens("Start")
        is_sent(told)
        runs_on(told, NOON + DAY)

        assert [(one["channel"], one["reason"]) for one in told.told("dropped")] == [("email", "expired")]

    def test_it_counts_for_caps_and_stands_in_line_by_priority(self) -> None:
        cap = {"channels": ["email"], "at_most": 1, "per": "3 hours"}
        journeys = {
            "j": a_journey(steps=[{**STEP, "via": ["push", "email"]}], priority=10),
            "k": a_journey(steps=[{"wait": "4 hours"}, {"send": "bye", "via": ["email"]}], priority=90),
        }
        policy = {"topics": TOPICS, "frequency_caps": [cap]}
        playbook, found = read_playbook(plain_playbook(journeys, policy=policy, brand=HEARD))
        assert not found
        told = Story(playbook, EVERYWHERE)
        told.happens("Start")
        is_sent(told)
        runs_on(told, NOON + DAY)

        assert [(m.name, m.decided_at - NOON) for m in told.messages] == [
            ("hello", 0),
            ("bye", AFTER),
            ("hello", AFTER + 3 * HOUR),
        ]

    def test_rerouted_it_does_not_wait_for_quiet_hours(self) -> None:
        told = story(STEP | {"reroute": True}, policy=QUIET)
        told.happens("Start")
        is_sent(told)
        runs_on(told, NOON + AFTER)

        assert went(told) == [("push", 0), ("sms", AFTER)]


class TestTwoProfiles:
    def test_a_fallback_comes_along_and_hears_what_happened_to_the_other(self) -> None:
        for bought, sent in (True, []), (False, [("email", AFTER)]):
            visitor = story(profile=replace(EVERYWHERE, id="anon:a1", traits={"email": "ana@example.com"}))
            visitor.happens("Start")
            is_sent(visitor)
            known = story(profile=replace(EVERYWHERE, id="u1"))
            stop = an_event("Stop", id="stop", at=NOON + MINUTE)
            known.take([stop] if bought else [], NOON + MINUTE)
            alias = an_event("User Identified", id="i", at=NOON + HOUR, anonymous_id="a1")
            identify = replace(alias, type=type(alias.type).IDENTIFY)
            known.profile = decide(
                known.playbook,
                known.profile,
                [identify],
                NOON + HOUR,
                others={"anon:a1": visitor.profile},
            ).profile
            assert len(known.profile.fallbacks) == (not bought)
            runs_on(known, NOON + AFTER)

            assert went(known) == sent


def test_there_are_never_more_than_a_profile_has_room_for() -> None:
    told = story(key="properties.n", policy={"frequency_caps": []})
    for n in range(MAX_FALLBACKS + 5):
        told.happens("Start", NOON + n, n=str(n))

    assert len(told.profile.fallbacks) == MAX_FALLBACKS
    assert len(told.messages) == MAX_FALLBACKS + 5


NOTED: dict[str, Any] = {"hello": {**MESSAGES["hello"], "entry_fields": [["properties", "note"]]}}


def test_they_remember_a_share_of_entry_events_and_keep_no_journey_from_beginning() -> None:
    told = story(key="properties.n", messages=NOTED)
    for n in range(12):
        told.happens("Start", NOON + n, n=str(n), note="n" * (MAX_FALLBACKS_SIZE // 3))

    assert (told.skipped(), len(told.messages), len(told.profile.fallbacks)) == ([], 12, 2)


def test_what_runs_remember_takes_none_of_their_share() -> None:
    told = story(STEP, {"wait": "9 days"}, STEP, key="properties.n", messages=NOTED)
    for n in range(5):
        told.happens("Start", NOON + n, n=str(n), note="n" * (MAX_ENTRIES_SIZE // 6))
    told.happens("Start", NOON + 5, n="5", note="n" * (MAX_FALLBACKS_SIZE // 3))

    assert [one.ordered_at - NOON for one in told.profile.fallbacks.values()] == [0, 5]


def test_of_two_people_who_are_one_the_latest_are_kept_as_far_as_there_is_room() -> None:
    each = []
    for size in (MAX_FALLBACKS_SIZE // 4, MAX_FALLBACKS_SIZE // 3):
        told = story(key="properties.n", messages=NOTED, profile=replace(EVERYWHERE, id=f"u{size}"))
        told.happens("Start", NOON + size, n="1", note="n" * size)
        told.happens("Start", NOON + size + 1, n="2", note="n" * size)
        each.append(told.profile.fallbacks)

    kept = latest({**each[0], **each[1]})
    assert [*kept] == [[*each[0]][1], *each[1]]
    many = {f"{n:02}": replace(one, entry={}, ordered_at=n) for n, one in enumerate([*each[0].values()] * 15)}
    assert [*latest(many)] == [f"{n:02}" for n in range(10, 30)]


def test_explain_says_what_will_be_and_why() -> None:
    told = story({**STEP, "via": ["push", "email"]})
    told.happens("Start")
    sent = outcome_event(entry_of(told.messages[0], "push", at=NOON, sent_at=NOON), NOON)
    armed = decide(told.playbook, told.profile, [sent], NOON, explaining=True)
    late = decide(told.playbook, armed.profile, [], NOON + AFTER, explaining=True)
    tap = an_event("Push Notification Tapped", id="t", at=NOON + 1, properties={"message_id": told.messages[0].id})
    off = decide(told.playbook, armed.profile, [tap], NOON + 1, explaining=True)

    assert any("hello goes by email unless answered by " in line for line in explained(armed.trace))
    assert "→ hello was not answered by push: on to another channel" in explained(late.trace)
    assert "hello goes on no other channel: it was answered" in explained(off.trace)


@pytest.mark.parametrize(
    ("step", "path", "message"),
    [
        ({"via": "all"}, "steps.0.fallback_after", 'with "via: all" it goes on all at once'),
        ({"via": ["email"]}, "steps.0.fallback_after", "there is no second channel"),
        ({"fallback_after": "soon"}, "steps.0.fallback_after", "expected a duration"),
        ({"via": ["sms", "email"]}, "steps.0.fallback_after", 'nobody would hear of an answer by "sms"'),
        ({"fallback_afte": "1 hour"}, "steps.0", 'did you mean "fallback_after"?'),
    ],
    ids=str,
)
def test_a_faulty_one_is_told_where_and_how(step: dict[str, Any], path: str, message: str) -> None:
    known = {"send": "hello", "via": ["email", "sms"]} | (
        {} if "fallback_afte" in step else {"fallback_after": "1 hour"}
    )
    _, found = reading(known | step)
    assert [(where, message in said) for where, said in found] == [(path, True)]


@settings(max_examples=60)
@given(
    via=st.sampled_from([["email", "push"], ["push", "email"], ["push", "sms"], ["email", "push", "sms"]]),
    news=st.lists(
        st.tuples(
            st.sampled_from(["Message Sent", "Message Failed", "Message Bounced"]),
            st.sampled_from(["email", "push", "sms", "whatsapp", None]),
            st.sampled_from(["failed", "dropped"]),
            st.integers(0, 5 * HOUR),
        ),
        max_size=6,
    ),
)
def test_whatever_is_heard_of_the_sending_is_survived_and_no_channel_hears_twice(
    via: list[str], news: list[tuple[str, str | None, str, Duration]]
) -> None:
    told = story(STEP | {"via": via})
    told.happens("Start")
    now = NOON
    for name, channel, outcome, later in news:
        now += later
        said: dict[str, Any] = {"message_id": told.messages[-1].id, "outcome": outcome, "hard": True}
        if channel is not None:
            said["channel"] = channel
        told.happens(name, now, trust=Trust.SYSTEM, **said)
    told.time_comes(now + DAY)

    firsts = [message.channels[0] for message in told.messages]
    assert len(set(firsts)) == len(firsts)


@settings(max_examples=60)
@given(
    order=st.permutations(range(4)),
    delays=st.lists(st.integers(0, 9 * HOUR), min_size=4, max_size=4),
    batches=st.booleans(),
)
def test_it_goes_on_each_channel_once_however_what_is_heard_arrives(
    order: Sequence[int], delays: Sequence[int], batches: bool
) -> None:
    told = story({**STEP, "via": ["email", "sms"]})
    told.happens("Start")
    [message] = told.messages
    entry = entry_of(message, "email", at=NOON, sent_at=NOON)
    kinds = (DeliveryKind.DELIVERED, DeliveryKind.OPENED, DeliveryKind.CLICKED)
    heard = [outcome_event(entry, NOON)]
    heard += [
        feedback_event(
            entry, DeliveryEvent(kind=kind, message_id=message.id, channel=EMAIL, at=NOON, provider_id="p"), NOON
        )
        for kind in kinds
    ]
    arrivals = sorted((NOON + delays[n], n) for n in order)
    answered_at = min(at for at, n in arrivals if n > 1)
    sent_at = next(at for at, n in arrivals if n == 0)
    for at, n in arrivals:
        events = [replace(heard[n], received_at=at)] * (2 if batches else 1)
        while told.profile.wake_at is not None and told.profile.wake_at <= at:
            told.time_comes(told.profile.wake_at)
        told.take(events, at)
    while told.profile.wake_at is not None:
        told.time_comes(told.profile.wake_at)

    fell_due = max(sent_at, NOON + AFTER)
    assert len({one.id for one in told.messages}) == len(told.messages)
    if fell_due != answered_at:
        assert len(told.messages) == 1 + (fell_due < answered_at)
