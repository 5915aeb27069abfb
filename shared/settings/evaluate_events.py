"""The environment of ``evaluate_events``."""

from dataclasses import dataclass

from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateSettings(Settings):
    """What ``evaluate_events`` is told."""

    table_name: str
    digest_secret: str
    events_queue_url: str
    timeline_days: str = "730"
    max_receives: str = "5"
    """How often the queue hands over an event before it sets it aside."""
