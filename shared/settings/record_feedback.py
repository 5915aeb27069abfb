"""The environment of ``record_feedback``."""

from dataclasses import dataclass

from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackSettings(Settings):
    """What ``record_feedback`` is told."""

    table_name: str
    digest_secret: str
    events_queue_url: str
    feedback_queue_url: str
