"""The local cloud's clock: how far it was ahead at any of its own times."""

import pytest

from shared.adapters.clock import SystemClock
from tests.builders import NOON


@pytest.mark.parametrize(("speed", "ahead"), [(1, 0), (2, 50_000), (100, 99_000)])
def test_how_far_a_fast_clock_was_ahead_is_known_afterwards(speed: float, ahead: int) -> None:
    assert SystemClock(speed=speed, epoch=NOON).ahead_at(NOON + 100_000) == ahead
