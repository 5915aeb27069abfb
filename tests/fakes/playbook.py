"""What is kept of playbooks, in memory."""

from typing import Any

from shared.domain.behaviour.counting import NOTHING_COUNTED, Counting
from shared.errors import ConflictError


class FakeCountings:
    def __init__(self) -> None:
        self.agreed = NOTHING_COUNTED

    def load(self) -> Counting:
        return self.agreed

    def save(self, counting: Counting, *, over: Counting) -> None:
        if self.agreed != over:
            raise ConflictError("another deployment agreed first")
        self.agreed = counting


class FakeJourneyVersions:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}

    def keep(self, journey: str, version: str, source: Any) -> None:
        self.kept.setdefault((journey, version), source)

    def load(self, journey: str, version: str) -> Any:
        return self.kept.get((journey, version))
