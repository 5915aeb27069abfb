"""The environment of ``serve_shop``."""

from dataclasses import dataclass

from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSettings(Settings):
    """What ``serve_shop`` is told."""

    table_name: str
    events_queue_url: str
    secret_key_secret: str
