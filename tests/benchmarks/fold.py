"""Folding, beside deciding: what the rest of ``evaluate_events`` takes of the processor, without the calls to AWS."""

import json
from collections.abc import Callable
from typing import Any, Final

from functions.evaluate_events.records import read_delivery
from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.packing import PROFILES_2026, pack, unpack
from shared.adapters.dynamodb.profile_codec import APART, state_from_plain, state_to_plain
from shared.domain.decide import decide
from shared.domain.draft import is_known
from shared.domain.events import event_to_dict
from shared.domain.timing import MINUTE
from shared.services.evaluate_events import EventEvaluator
from tests.benchmarks.capacity import viewed
from tests.benchmarks.decide import a_customer, read_with_dead_journeys
from tests.benchmarks.measure import Table, microseconds
from tests.builders import NOON
from tests.fakes.people import FakeProfiles, FakeTimeline
from tests.fakes.rights import FakeErasedPeople
from tests.playbooks import a_count_keeper, a_people_joiner, a_people_parter, a_version_keeper

BATCH: Final = 10


def run(rounds: int) -> list[Table]:
    return [_parts(rounds), _batch(rounds)]


def _parts(rounds: int) -> Table:
    playbook, person, events = read_with_dead_journeys(0), a_customer(), viewed(1)
    plain_events = [event_to_dict(event) for event in events]
    stored, apart = pack(state_to_plain(person), PROFILES_2026), {name: getattr(person, name) for name in APART}
    record = _record(0)
    if state_from_plain(unpack(stored), **apart) != person:
        raise ValueError("the profile was to come back")
    contenders: dict[str, Callable[[], Any]] = {
        "decide": lambda: decide(playbook, person, events, NOON + MINUTE),
        "read the delivery": lambda: read_delivery(record),
        "read the profile": lambda: state_from_plain(unpack(stored), **apart),
        "write the profile": lambda: pack(state_to_plain(person), PROFILES_2026),
        "write the timeline page": lambda: pack(plain_events),
    }
    return Table("Folding one event of a typical customer, by part", "µs", microseconds(contenders, rounds))


def _batch(rounds: int) -> Table:
    playbook, person, events = read_with_dead_journeys(0), a_customer(), viewed(BATCH)
    deliveries = [read_delivery(_record(index)) for index in range(BATCH)]

    def fold() -> None:
        profiles = FakeProfiles()
        profiles.stored[deliveries_of] = person
        timeline = FakeTimeline()
        evaluator = EventEvaluator(
            decide=decide,
            is_known=is_known,
            profiles=profiles,
            timeline=timeline,
            people=a_people_joiner(profiles, timeline),
            parter=a_people_parter(profiles, timeline, playbook, profiles),
            counts=a_count_keeper(playbook, timeline),
            versions=a_version_keeper(playbook),
            erased=FakeErasedPeople(),
            clock=SystemClock(),
            max_receives=5,
        )
        evaluator.evaluate(deliveries)

    deliveries_of = events[0].profile_id

    contenders: dict[str, Callable[[], Any]] = {
        "decide": lambda: decide(playbook, person, events, NOON + MINUTE),
        "the use case, among fakes": fold,
    }
    return Table(f"Folding {BATCH} events of a person at once", "µs", microseconds(contenders, rounds))


def _record(index: int) -> dict[str, Any]:
    event = viewed(index + 1)[index]
    return {
        "messageId": f"message-{index}",
        "body": json.dumps(event_to_dict(event)),
        "attributes": {"MessageGroupId": "group", "ApproximateReceiveCount": "1"},
    }
