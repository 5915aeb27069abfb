"""What lies behind the handlers, in memory."""

from collections.abc import Iterator
from unittest.mock import patch

import pytest

from functions.ingest_events import handler
from shared.bootstrap.ingest_events import Ingest
from tests.doors import a_gate, a_quality_watch, an_intake
from tests.fakes.clock import FakeClock
from tests.fakes.intake import FakeQualityCounts, FakeQuarantine, FakeRates
from tests.fakes.queues import FakeEventQueue
from tests.fakes.secrets import FakeKeys


class Inside:
    """Behind ``ingest_events``."""

    def __init__(self) -> None:
        self.queue, self.quarantine = FakeEventQueue(), FakeQuarantine()
        self.keys, self.rates, self.clock, self.counts = FakeKeys(), FakeRates(), FakeClock(), FakeQualityCounts()
        quality = a_quality_watch(counts=self.counts)
        intake = an_intake(queue=self.queue, quarantine=self.quarantine, quality=quality)
        self.ingest = Ingest(gate=a_gate(self.keys, self.rates, self.clock), intake=intake, quality=quality)


@pytest.fixture
def inside() -> Iterator[Inside]:
    inside = Inside()
    with patch.object(handler, "ingest", lambda: inside.ingest):
        yield inside
