"""What people's rights need, in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.domain.timing import Instant


@dataclass
class FakeExports:
    kept: dict[str, bytes] = field(default_factory=dict)

    def keep(self, name: str, content: Iterator[bytes]) -> None:
        self.kept[name] = b"".join(content)

    def link(self, name: str) -> str:
        return f"https://exports.example/{name}"


class FakeErasedPeople:
    def __init__(self) -> None:
        self.marks: dict[str, Instant] = {}

    def mark(self, profile_id: str, at: Instant) -> None:
        self.marks[profile_id] = max(at, self.marks.get(profile_id, at))

    def erased_at(self, profile_id: str) -> Instant | None:
        return self.marks.get(profile_id)
