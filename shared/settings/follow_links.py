"""The environment of ``follow_links``."""

from dataclasses import dataclass

from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowSettings(Settings):
    """What ``follow_links`` is told."""

    table_name: str
    feedback_queue_url: str
