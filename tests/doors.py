"""The ways in, among fakes: say only which of them a test looks into."""

from shared.ports.clock import Clock
from shared.services.accept_events import EventIntake
from shared.services.admit_clients import ClientGate
from shared.services.throttle import Throttle
from shared.services.watch_quality import QualityWatch
from tests.fakes.clock import FakeClock
from tests.fakes.intake import FakeQualityCounts, FakeQuarantine, FakeRates
from tests.fakes.people import FakeAliases
from tests.fakes.queues import FakeEventQueue
from tests.fakes.secrets import FakeDigestKey, FakeKeys


def a_gate(keys: FakeKeys | None = None, rates: FakeRates | None = None, clock: FakeClock | None = None) -> ClientGate:
    """The door of clients."""
    return ClientGate(keys=keys or FakeKeys(), throttle=Throttle(rates or FakeRates(), clock or FakeClock()))


def an_intake(
    *,
    aliases: FakeAliases | None = None,
    queue: FakeEventQueue | None = None,
    quarantine: FakeQuarantine | None = None,
    clock: Clock | None = None,
    quality: QualityWatch | None = None,
) -> EventIntake:
    clock = clock or FakeClock()
    return EventIntake(
        aliases=aliases or FakeAliases(),
        queue=queue or FakeEventQueue(),
        quarantine=quarantine or FakeQuarantine(),
        clock=clock,
        digest_key=FakeDigestKey(),
        quality=quality or a_quality_watch(clock=clock),
    )


def a_quality_watch(*, counts: FakeQualityCounts | None = None, clock: Clock | None = None) -> QualityWatch:
    return QualityWatch(counts=counts or FakeQualityCounts(), clock=clock or FakeClock())
