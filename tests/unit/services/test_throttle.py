"""Holding keys to their rates: exact across functions, and next to no questions asked."""

import pytest

from shared.domain.events import Trust
from shared.domain.intake.client_keys import Key, KeyRules, RateLimit
from shared.domain.timing import MINUTE, SECOND, Duration
from shared.errors import RetryableError
from shared.services.throttle import HELD_FOR, UNKNOWN_FOR, Throttle, lease_of
from tests.fakes.clock import FakeClock
from tests.fakes.intake import FakeRates


def a_key(per_second: float, burst: int, name: str = "web") -> Key:
    return Key(Trust.PUBLIC, name, KeyRules(rate=RateLimit(per_second=per_second, burst=burst)))


class Functions:
    """So many that serve at once, over one count."""

    def __init__(self, number: int) -> None:
        self.clock, self.rates = FakeClock(), FakeRates()
        self.throttles = [Throttle(self.rates, self.clock) for _ in range(number)]

    def come(self, key: Key, requests: int, over: Duration) -> int:
        """Requests evenly spread over time and functions; how many went through."""
        began, went = self.clock.at, 0
        for number in range(requests):
            self.clock.at = began + number * over // requests
            went += self.throttles[number % len(self.throttles)].wait_of(key) == 0
        self.clock.at = began + over
        return went


@pytest.mark.parametrize("functions", [1, 7, 30])
@pytest.mark.parametrize("limit", [(100, 200), (10, 10), (2, 5)])
def test_a_flood_gets_through_at_the_keys_rate_whoever_serves_it(functions: int, limit: tuple[int, int]) -> None:
    per_second, burst = limit
    key, world = a_key(per_second, burst), Functions(functions)
    went = world.come(key, 20_000, 20 * SECOND)
    most = burst + 20 * per_second
    assert most - functions * lease_of(key.rules.rate or RateLimit(per_second=1, burst=1)) - 20 <= went <= most


def test_a_flood_asks_little() -> None:
    world = Functions(10)
    world.come(a_key(100, 200), 20_000, 20 * SECOND)
    assert world.rates.calls <= 20 * 100 / 10 + 10 * 20 * 10 * 2


def test_traffic_within_the_rate_asks_once_in_a_lease() -> None:
    world = Functions(1)
    assert world.come(a_key(100, 200), 1_000, 20 * SECOND) == 1_000
    assert world.rates.calls == 100


def test_who_is_refused_is_refused_from_memory_until_there_is_something_to_take() -> None:
    world, key = Functions(1), a_key(1, 1)
    (throttle,) = world.throttles
    assert [throttle.wait_of(key) for _ in range(100)] == [0, *[1_000] * 99]
    assert world.rates.calls == 2
    world.clock.at += 1_000
    assert throttle.wait_of(key) == 0


def test_a_lease_that_was_not_used_comes_on_top_of_no_later_burst() -> None:
    world, key = Functions(5), a_key(100, 100)
    for throttle in world.throttles:
        throttle.wait_of(key)
    world.clock.at += HELD_FOR + MINUTE
    assert world.come(key, 1_000, 1) <= 101


def test_a_key_without_a_rate_asks_nothing() -> None:
    world = Functions(1)
    assert world.come(Key(Trust.PUBLIC), 50, SECOND) == 50
    assert world.rates.calls == 0


class Broken(FakeRates):
    def take(self, *_: object) -> Duration:
        self.calls += 1
        raise RetryableError("no")


def test_where_the_count_cannot_be_asked_requests_go_through_and_it_is_asked_once_a_second() -> None:
    rates, clock = Broken(), FakeClock()
    throttle = Throttle(rates, clock)
    for _ in range(500):
        assert throttle.wait_of(a_key(1, 1)) == 0
    assert rates.calls == 1
    clock.at += UNKNOWN_FOR
    throttle.wait_of(a_key(1, 1))
    assert rates.calls == 2


@pytest.mark.parametrize(
    ("per_second", "burst", "lease"), [(5, 5, 1), (100, 50, 5), (1_000, 1_000, 100), (0.5, 100, 1)]
)
def test_a_lease_is_a_tenth_of_a_second_or_of_the_burst(per_second: float, burst: int, lease: int) -> None:
    assert lease_of(RateLimit(per_second=per_second, burst=burst)) == lease
