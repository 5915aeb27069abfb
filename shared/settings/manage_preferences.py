"""The environment of ``manage_preferences``."""

from dataclasses import dataclass

from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesSettings(Settings):
    """What ``manage_preferences`` is told."""

    table_name: str
    events_queue_url: str
    link_secret: str
    digest_secret: str
    public_url: str
