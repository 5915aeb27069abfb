"""What is kept of playbooks beyond the one that runs."""

from typing import Any, Protocol

from shared.domain.behaviour.counting import Counting


class Countings(Protocol):
    """What is counted of everybody, and since when."""

    def load(self) -> Counting:
        """As it was last agreed; ``NOTHING_COUNTED`` at the very first."""
        ...

    def save(self, counting: Counting, *, over: Counting) -> None:
        """Put it in the place of the one that was loaded.

        Raises:
            ConflictError: another one was agreed in between.
        """
        ...


class JourneyVersions(Protocol):
    """Journeys as their files said them, by version, for who still follows one that was replaced."""

    def keep(self, journey: str, version: str, source: Any) -> None:
        """Keep it for ever; one that is kept already stays as it was."""
        ...

    def load(self, journey: str, version: str) -> Any:
        """What was kept; ``None``: nothing was."""
        ...
