"""What ``explain`` says of a trace, for tests of what it is to say."""

from collections.abc import Iterable

from infra.replay.explanation import told
from infra.replay.person_clock import PersonClock
from shared.domain.decide import Occurrence
from tests.stories import a_playbook


def explained(occurrences: Iterable[Occurrence]) -> list[str]:
    return [
        line.text for one in occurrences if one.kind != "happened" for line in told(one, PersonClock(), a_playbook())
    ]
