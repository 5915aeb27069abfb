"""What should have arrived beside what did."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from infra.demo.script import Scene, expectations
from infra.demo.watch import Message

Key = tuple[str, str, str]
"""(person, message, channel)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Messages that did not come, and messages that should not have; each with how many."""

    expected: Counter[Key]
    arrived: Counter[Key]

    @property
    def missing(self) -> Counter[Key]:
        return self.expected - self.arrived

    @property
    def extra(self) -> Counter[Key]:
        return self.arrived - self.expected

    @property
    def is_right(self) -> bool:
        return self.expected == self.arrived

    def of(self, people: Iterable[str]) -> "Verdict":
        """The same for some of the people."""
        chosen = set(people)
        return Verdict(_only(self.expected, chosen), _only(self.arrived, chosen))


def judge(scenes: Sequence[Scene], messages: Iterable[Message]) -> Verdict:
    """A message of nobody known counts as extra, under the address it went to."""
    arrived = Counter(
        (message["profile"] or message["to"], message["message"] or "?", message["channel"]) for message in messages
    )
    return Verdict(expectations(scenes), arrived)


def _only(counted: Counter[Key], people: set[str]) -> Counter[Key]:
    return Counter({key: count for key, count in counted.items() if key[0] in people})
