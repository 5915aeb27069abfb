"""What follows from what people say: noes and yeses of every scope, pauses, lapses, defaults by channel and country."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.consent.rules import Basis, ChannelRule, Consent, Said, rule_of, ruling
from shared.domain.consent.words import (
    ANY,
    Channel,
    Pause,
    Statement,
    Unconfirmed,
    is_within,
    merged,
    merged_pause,
    merged_unconfirmed,
    record,
)
from shared.domain.timing import DAY, HOUR
from tests.builders import NOON

EMAIL, SMS = Channel.EMAIL, Channel.SMS
EMAIL_NEWS: Final = ("email", "news")

scopes = st.tuples(st.sampled_from(["email", "sms", ANY]), st.sampled_from(["news", "offers", ANY]))
statements = st.builds(Statement, st.booleans(), st.integers(0, 5).map(lambda n: NOON + n), st.just("page"))
spoken = st.lists(st.tuples(scopes, statements), max_size=8)


def told(*said: tuple[str, str, str]) -> dict[tuple[str, str], Statement]:
    """Statements of ``yes`` or ``no`` about a channel and topic, one a minute."""
    kept: dict[tuple[str, str], Statement] = {}
    for minute, (word, channel, topic) in enumerate(said):
        kept = record(kept, channel, topic, Statement(word == "yes", NOON + minute, "page"))
    return kept


def may(said: dict[tuple[str, str], Statement], channel: str, topic: str, *, default: bool = False) -> bool:
    return ruling(Said(said), ChannelRule(), channel, topic, NOON + HOUR, default=default).is_granted


ALL: Final = [(channel, topic) for channel in ("email", "sms") for topic in ("news", "offers")]


@pytest.mark.parametrize(
    ("said", "granted"),
    [
        ([("no", ANY, ANY)], []),
        ([("no", ANY, ANY), ("yes", "email", "news")], [EMAIL_NEWS]),
        ([("no", ANY, ANY), ("yes", "email", ANY)], [EMAIL_NEWS, ("email", "offers")]),
        ([("no", ANY, ANY), ("yes", ANY, "news")], [EMAIL_NEWS, ("sms", "news")]),
        ([("no", ANY, ANY), ("yes", ANY, ANY)], ALL),
        ([("yes", "email", "news"), ("no", ANY, ANY)], []),
        ([("no", "sms", ANY), ("yes", ANY, "news")], [EMAIL_NEWS, ("email", "offers")]),
        ([("no", "sms", ANY), ("yes", ANY, ANY)], [EMAIL_NEWS, ("email", "offers")]),
        ([("no", "sms", ANY), ("yes", "sms", ANY)], ALL),
        ([("no", "sms", ANY), ("yes", "sms", "news")], [EMAIL_NEWS, ("email", "offers"), ("sms", "news")]),
        ([("no", ANY, "news"), ("yes", "sms", ANY)], [("email", "offers"), ("sms", "offers")]),
        ([("no", "email", "news"), ("no", ANY, ANY), ("yes", "email", ANY)], [("email", "offers")]),
        ([("no", "email", "news"), ("yes", ANY, ANY)], [("email", "offers"), ("sms", "news"), ("sms", "offers")]),
    ],
)
def test_a_no_ends_only_for_what_is_asked_for_by_name(said: Any, granted: Any) -> None:
    kept = told(*said)
    assert [scope for scope in ALL if may(kept, *scope, default=True)] == granted


def test_at_one_instant_the_no_wins_whatever_is_said_of_less() -> None:
    kept = {("email", ANY): Statement(False, NOON, "page"), EMAIL_NEWS: Statement(True, NOON, "page")}
    assert not may(kept, *EMAIL_NEWS)


@given(spoken, st.randoms())
def test_in_any_order_the_same_is_kept(said: list[Any], chance: Any) -> None:
    def all_of(every: list[Any]) -> dict[tuple[str, str], Statement]:
        kept: dict[tuple[str, str], Statement] = {}
        for (channel, topic), statement in every:
            kept = record(kept, channel, topic, statement)
        return kept

    shuffled = [*said, *said[:2]]
    chance.shuffle(shuffled)
    middle = chance.randrange(len(said) + 1)
    assert all_of(shuffled) == all_of(said)
    assert merged(all_of(said[:middle]), all_of(said[middle:])) == all_of(said)
    assert merged(all_of(said[middle:]), all_of(said[:middle])) == all_of(said)


@given(spoken, scopes, st.booleans())
def test_a_no_later_than_all_else_stops_all_that_it_speaks_of(said: Any, scope: tuple[str, str], default: bool) -> None:
    kept: dict[tuple[str, str], Statement] = {}
    for (channel, topic), statement in said:
        kept = record(kept, channel, topic, statement)
    kept = record(kept, *scope, Statement(False, NOON + HOUR, "page"))
    assert not any(may(kept, *one, default=default) for one in ALL if is_within(one, scope))


@given(spoken, scopes)
def test_a_yes_grants_nothing_that_it_does_not_speak_of(said: Any, scope: tuple[str, str]) -> None:
    kept: dict[tuple[str, str], Statement] = {}
    for (channel, topic), statement in said:
        kept = record(kept, channel, topic, statement)
    before = {one for one in ALL if may(kept, *one)}
    kept = record(kept, *scope, Statement(True, NOON + HOUR, "page"))
    gained = {one for one in ALL if may(kept, *one)} - before
    assert all(is_within(one, scope) for one in gained)


def test_a_pause_stops_everything_and_ends_at_its_instant() -> None:
    said = Said(told(("yes", "email", ANY)), pause=Pause(NOON, NOON + DAY))
    paused = ruling(said, ChannelRule(), "email", "news", NOON + DAY - 1, default=False)
    assert (paused.is_granted, paused.basis, paused.changes_at) == (False, Basis.PAUSED, NOON + DAY)
    after = ruling(said, ChannelRule(), "email", "news", NOON + DAY, default=False)
    assert (after.is_granted, after.basis, after.changes_at) == (True, Basis.YES, None)


def test_of_what_the_person_refused_a_pause_changes_nothing() -> None:
    said = Said(told(("no", "email", ANY)), pause=Pause(NOON, NOON + DAY))
    assert ruling(said, ChannelRule(), "email", "news", NOON + 1, default=True).basis is Basis.NO


@pytest.mark.parametrize(("kept_at", "lapses_at"), [(0, NOON + DAY), (NOON + HOUR, NOON + HOUR + DAY)])
def test_a_yes_lapses_to_the_millisecond(kept_at: int, lapses_at: int) -> None:
    said = Said({EMAIL_NEWS: Statement(True, NOON, "page", kept_at)})
    rule = ChannelRule(lapses_after=DAY)
    last = ruling(said, rule, "email", "news", lapses_at - 1, default=True)
    assert (last.is_granted, last.changes_at) == (True, lapses_at)
    lapsed = ruling(said, rule, "email", "news", lapses_at, default=True)
    assert (lapsed.is_granted, lapsed.basis) == (False, Basis.LAPSED)


def test_when_a_yes_lapses_the_no_that_it_ended_holds_again() -> None:
    said = Said(told(("no", "email", ANY), ("yes", "email", "news")))
    assert ruling(said, ChannelRule(lapses_after=DAY), "email", "news", NOON + 2 * DAY, default=True).basis is Basis.NO


def test_what_waits_to_be_confirmed_is_not_granted_by_default_either() -> None:
    said = Said({}, {EMAIL_NEWS: Unconfirmed(NOON)})
    assert ruling(said, ChannelRule(), "email", "news", NOON, default=True).basis is Basis.UNCONFIRMED
    assert ruling(said, ChannelRule(), "email", "offers", NOON, default=True).is_granted


def test_who_said_yes_before_keeps_it_while_another_one_waits() -> None:
    said = Said(told(("yes", "email", ANY)), {EMAIL_NEWS: Unconfirmed(NOON + 1)})
    assert ruling(said, ChannelRule(), "email", "news", NOON + 1, default=False).is_granted


@pytest.mark.parametrize(
    ("rule", "default", "granted"),
    [
        (ChannelRule(), True, True),
        (ChannelRule(), False, False),
        (ChannelRule(default=False), True, False),
        (ChannelRule(default=False), False, False),
    ],
)
def test_a_rule_takes_from_a_topics_default_and_never_adds(rule: ChannelRule, *, default: bool, granted: bool) -> None:
    assert ruling(Said({}), rule, "email", "news", NOON, default=default).is_granted is granted


@pytest.mark.parametrize(
    ("traits", "default"),
    [
        ({}, True),
        ({"country": "FR"}, True),
        ({"country": "CA"}, False),
        ({"address": {"country": "CA"}}, False),
        ({"phone": "+14165550123"}, False),
        ({"country": "FR", "phone": "+14165550123"}, True),
    ],
)
def test_a_country_has_rules_of_its_own(traits: dict[str, Any], *, default: bool) -> None:
    rules = {EMAIL: Consent(ChannelRule(), {"CA": ChannelRule(default=False)})}
    assert rule_of(rules, EMAIL, traits).default is default
    assert rule_of(rules, SMS, traits).default


@given(st.lists(st.builds(Pause, st.integers(0, 3), st.integers(4, 9)), min_size=1, max_size=4), st.randoms())
def test_of_pauses_the_latest_stands_in_any_order(pauses: list[Pause], chance: Any) -> None:
    shuffled = pauses[:]
    chance.shuffle(shuffled)
    first: Pause | None = None
    second: Pause | None = None
    for one, other in zip(pauses, shuffled, strict=True):
        first, second = merged_pause(first, one), merged_pause(second, other)
    assert first == second == max(pauses, key=lambda pause: (pause.at, pause.until))


def test_of_two_requests_the_later_waits() -> None:
    early, late = {EMAIL_NEWS: Unconfirmed(NOON, "v1")}, {EMAIL_NEWS: Unconfirmed(NOON + 1, "v2")}
    assert merged_unconfirmed(early, late) == merged_unconfirmed(late, early) == late
