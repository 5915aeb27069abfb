"""The environment of ``normalize_events``."""

from dataclasses import dataclass

from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalizeSettings(Settings):
    """What ``normalize_events`` is told."""

    table_name: str
    events_queue_url: str
    quarantine_bucket: str
    digest_secret: str
