"""The environment of ``serve_profiles``."""

from dataclasses import dataclass

from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilesSettings(Settings):
    """What ``serve_profiles`` is told."""

    table_name: str
    exports_bucket: str
    erasures_queue_url: str
    secret_key_secret: str
    digest_secret: str
    shopify_secret: str
