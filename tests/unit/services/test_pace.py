"""Sending at the pace that a provider takes: together, transactional first, and waiting where there is no more."""

from dataclasses import dataclass, field

import pytest

from shared.domain.channels.pace import Quota
from shared.domain.consent.words import Channel, Purpose
from shared.domain.timing import MINUTE, SECOND
from shared.errors import HeldError, RetryableError
from shared.services.pace import DAILY_QUOTA, LONGEST_REST, QUOTA_REST, RATE, REFRESHED_AFTER, RESTING, Pace
from shared.services.throttle import Throttle
from tests.fakes.clock import FakeClock
from tests.fakes.intake import FakeRates

EMAIL, SMS = Channel.EMAIL, Channel.SMS
MARKETING, TRANSACTIONAL = Purpose.MARKETING, Purpose.TRANSACTIONAL


@dataclass
class Account:
    """What the provider says; ``asked`` how often."""

    quota: Quota = field(default_factory=lambda: Quota(per_second=20, per_day=50_000))
    asked: int = 0
    is_silent: bool = False

    def read(self) -> Quota:
        self.asked += 1
        if self.is_silent:
            raise RetryableError("no answer")
        return self.quota


class Dispatchers:
    """So many functions over one count and one account."""

    def __init__(self, number: int = 1, **quota: float) -> None:
        self.clock, self.rates = FakeClock(), FakeRates()
        self.account = Account(Quota(per_second=20, per_day=50_000)) if not quota else Account(Quota(**quota))  # type: ignore[arg-type]
        self.paces = [
            Pace(
                Throttle(self.rates, self.clock),
                self.clock,
                quotas={EMAIL: self.account},
                fixed={SMS: Quota(per_second=2)},
            )
            for _ in range(number)
        ]

    def went(self, purpose: Purpose, attempts: int, over: int, channel: Channel = EMAIL) -> int:
        """How many of so many attempts, evenly spread over time and functions, were let through."""
        began, went = self.clock.at, 0
        for number in range(attempts):
            self.clock.at = began + number * over // attempts
            went += self.why(purpose, number % len(self.paces), channel) is None
        self.clock.at = began + over
        return went

    def why(self, purpose: Purpose, number: int = 0, channel: Channel = EMAIL) -> str | None:
        try:
            self.paces[number].admit(channel, purpose)
        except HeldError as held:
            return held.code if held.wait > 0 else "it should not have waited"
        return None


@pytest.mark.parametrize("functions", [1, 8, 40])
@pytest.mark.parametrize("purpose", Purpose)
def test_all_together_keep_to_the_accounts_rate(functions: int, purpose: Purpose) -> None:
    world = Dispatchers(functions)
    went = world.went(purpose, 4_000, 20 * SECOND)
    assert 20 * 20 - 2 * functions - 20 <= went <= 20 * 20 + 20


def test_a_transactional_message_finds_room_whatever_marketing_takes() -> None:
    world = Dispatchers(8)
    for _ in range(30):
        assert world.went(MARKETING, 200, SECOND) <= 36  # what it may have saved up, and a second of the rate
        assert [world.why(TRANSACTIONAL, number) for number in range(2)] == [None, None]


def test_where_a_message_a_second_goes_both_purposes_get_their_turn() -> None:
    world = Dispatchers(1, per_second=1, per_day=200)
    assert world.went(MARKETING, 100, 20 * SECOND) in range(19, 22)
    assert world.why(TRANSACTIONAL) is None


def test_other_channels_go_by_the_stages_settings_and_what_has_none_goes() -> None:
    world = Dispatchers(4)
    assert world.went(TRANSACTIONAL, 400, 10 * SECOND, SMS) in range(16, 24)
    assert world.went(MARKETING, 400, SECOND, Channel.PUSH) == 400
    assert world.account.asked == 0


def test_marketing_leaves_the_last_of_the_day_to_what_people_wait_for() -> None:
    world = Dispatchers(1, per_second=14, per_day=100, sent=89)
    assert [world.why(MARKETING), world.why(MARKETING)] == [None, DAILY_QUOTA]
    assert world.why(TRANSACTIONAL) is None
    world.account.quota = Quota(per_second=14, per_day=100, sent=100)
    world.clock.at += REFRESHED_AFTER
    assert world.why(TRANSACTIONAL) == DAILY_QUOTA
    world.account.quota = Quota(per_second=14, per_day=100, sent=20)
    world.clock.at += REFRESHED_AFTER
    assert world.why(MARKETING) is None


@pytest.mark.parametrize("quota", [Quota(per_second=14), Quota(per_second=14, per_day=None, sent=1e9)])
def test_without_a_daily_quota_no_day_ends(quota: Quota) -> None:
    world = Dispatchers()
    world.account.quota = quota
    assert world.why(MARKETING) is None


def test_looking_ahead_does_not_outlast_what_was_read() -> None:
    world = Dispatchers(1, per_second=14, per_day=100, sent=100)
    assert world.why(TRANSACTIONAL) == DAILY_QUOTA
    with pytest.raises(HeldError, match=DAILY_QUOTA):
        world.paces[0].check(EMAIL, TRANSACTIONAL)
    world.clock.at += REFRESHED_AFTER
    world.paces[0].check(EMAIL, TRANSACTIONAL)


def test_an_account_that_is_stopped_sends_nothing_and_loses_nothing() -> None:
    world = Dispatchers()
    world.account.quota = Quota(per_second=14, is_open=False)
    assert world.why(TRANSACTIONAL) == DAILY_QUOTA


def test_the_account_is_asked_now_and_then() -> None:
    world = Dispatchers()
    world.went(TRANSACTIONAL, 2_000, 10 * MINUTE)
    assert world.account.asked == 10 * MINUTE // REFRESHED_AFTER


def test_what_was_known_holds_while_the_account_cannot_be_asked_and_without_it_messages_go() -> None:
    world = Dispatchers()
    world.account.is_silent = True
    assert world.went(MARKETING, 100, SECOND) == 100
    assert world.account.asked == 1
    world.account.is_silent = False
    world.clock.at += REFRESHED_AFTER
    world.went(MARKETING, 100, SECOND)
    world.account.is_silent = True
    world.clock.at += REFRESHED_AFTER
    assert world.went(MARKETING, 400, SECOND) < 50


def test_a_provider_that_throttles_is_left_alone_longer_each_time() -> None:
    world = Dispatchers()
    (pace,) = world.paces
    rests = []
    for _ in range(12):
        pace.slow_down(EMAIL)
        assert world.why(TRANSACTIONAL) == RESTING
        with pytest.raises(HeldError) as held:
            pace.check(EMAIL, TRANSACTIONAL)
        rests.append(held.value.wait)
        world.clock.at += held.value.wait
        assert world.why(TRANSACTIONAL) is None
    assert rests[:4] == [SECOND, 2 * SECOND, 4 * SECOND, 8 * SECOND]
    assert max(rests) == LONGEST_REST
    pace.went(EMAIL)
    pace.slow_down(EMAIL)
    assert world.why(TRANSACTIONAL) == RESTING
    world.clock.at += SECOND
    assert world.why(TRANSACTIONAL) is None


def test_a_provider_that_names_a_time_is_left_alone_for_as_long_at_least() -> None:
    world = Dispatchers()
    (pace,) = world.paces
    pace.slow_down("webhook:mailhouse", MINUTE)
    with pytest.raises(HeldError) as held:
        pace.admit("webhook:mailhouse", TRANSACTIONAL)
    assert held.value.wait == MINUTE
    pace.admit("webhook:chat", TRANSACTIONAL)
    assert world.why(TRANSACTIONAL) is None


def test_the_providers_word_that_the_day_is_over_holds_for_a_while() -> None:
    world = Dispatchers()
    world.paces[0].spent(EMAIL)
    assert world.why(TRANSACTIONAL) == DAILY_QUOTA
    world.clock.at += QUOTA_REST
    assert world.why(TRANSACTIONAL) is None


def test_looking_ahead_asks_nobody_and_takes_nothing() -> None:
    world = Dispatchers(1, per_second=10, per_day=1_000)
    (pace,) = world.paces
    for _ in range(100):
        pace.check(EMAIL, MARKETING)
    assert (world.account.asked, world.rates.calls) == (0, 0)
    world.went(MARKETING, 100, 1)
    calls = world.rates.calls
    with pytest.raises(HeldError, match=RATE):
        pace.check(EMAIL, MARKETING)
    pace.check(EMAIL, TRANSACTIONAL)
    assert world.rates.calls == calls
