"""The environment of ``erase_profiles``."""

from dataclasses import dataclass

from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureSettings(Settings):
    """What ``erase_profiles`` is told."""

    table_name: str
    failures_bucket: str
    erasures_queue_url: str
    dead_letter_urls: str
    """Of every queue, with a space between two."""
    schedule_group: str
    bus_name: str
    digest_secret: str
