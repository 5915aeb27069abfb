"""The environment of ``ingest_events``."""

from dataclasses import dataclass

from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSettings(Settings):
    """What ``ingest_events`` is told."""

    table_name: str
    events_queue_url: str
    quarantine_bucket: str
    write_key_secret: str
    secret_key_secret: str
    digest_secret: str
    public_keys: str = ""
    """What each named public key may do (``client_keys.write_rules``)."""
