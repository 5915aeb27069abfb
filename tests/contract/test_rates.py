"""What every ``Rates`` does: never lets more of a key through than its rate and its burst, whoever asks."""

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.adapters.dynamodb.rates import DynamoRates
from shared.domain.intake.client_keys import RateLimit
from shared.domain.timing import MINUTE, SECOND
from shared.errors import RetryableError
from shared.ports.intake import Rates
from tests.builders import NOON
from tests.fakes.intake import FakeRates

LIMIT = RateLimit(per_second=10, burst=20)


@pytest.fixture(params=["fake", "dynamodb"])
def rates(request: pytest.FixtureRequest) -> Rates:
    if request.param == "fake":
        return FakeRates()
    return DynamoRates(boto3.client("dynamodb"), table=request.getfixturevalue("table_name"))


def test_after_a_pause_the_burst_may_be_taken_and_not_one_more(rates: Rates) -> None:
    waits = [rates.take("web", 5, LIMIT, NOON) for _ in range(5)]
    assert waits == [0, 0, 0, 0, 500]


def test_what_was_taken_is_earned_again_evenly(rates: Rates) -> None:
    rates.take("web", 20, LIMIT, NOON)
    waits = [rates.take("web", 1, LIMIT, NOON + after) for after in (0, 99, 100, 100, 300, 300, 300)]
    assert waits == [100, 1, 0, 100, 0, 0, 100]


def test_nothing_gathers_beyond_the_burst(rates: Rates) -> None:
    rates.take("web", 20, LIMIT, NOON)
    later = NOON + 10 * MINUTE
    assert [rates.take("web", 20, LIMIT, later), rates.take("web", 1, LIMIT, later)] == [0, 100]


def test_keys_do_not_share(rates: Rates) -> None:
    rates.take("web", 20, LIMIT, NOON)
    assert rates.take("app", 20, LIMIT, NOON) == 0


def test_a_clock_that_is_behind_takes_no_more(rates: Rates) -> None:
    rates.take("web", 20, LIMIT, NOON)
    assert rates.take("web", 1, LIMIT, NOON - SECOND) == 1_100


def test_a_slow_rate_is_exact(rates: Rates) -> None:
    slow = RateLimit(per_second=0.01, burst=1)
    assert [rates.take("web", 1, slow, NOON + after) for after in (0, 1, 99_999, 100_000)] == [0, 99_999, 1, 0]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.integers(0, 700), st.integers(1, 20)), min_size=1, max_size=25))
def test_both_count_alike_and_keep_within_any_window(table_name: str, steps: list[tuple[int, int]]) -> None:
    stored, fake = DynamoRates(boto3.client("dynamodb"), table=table_name), FakeRates()
    now, taken = NOON, []
    name = f"web-{hash(tuple(steps))}"
    for pause, requests in steps:
        now += pause
        wait = fake.take(name, requests, LIMIT, now)
        assert stored.take(name, requests, LIMIT, now) == wait
        if not wait:
            taken.append((now, requests))
    for start, _ in taken:
        for end, _ in taken:
            passed = sum(requests for at, requests in taken if start <= at <= end)
            assert passed <= LIMIT.burst + (max(end - start, 0)) * LIMIT.per_second / SECOND


def test_where_the_table_cannot_be_asked_that_is_said(aws: None) -> None:
    with pytest.raises(RetryableError):
        DynamoRates(boto3.client("dynamodb"), table="missing").take("web", 1, LIMIT, NOON)
