"""The environment of ``relay_effects``."""

from dataclasses import dataclass

from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings(Settings):
    """What ``relay_effects`` is told."""

    table_name: str
    digest_secret: str
    transactional_queue_url: str
    marketing_queue_url: str
    bus_name: str
    schedule_group: str
    schedule_role_arn: str
    schedule_dead_letter_arn: str
    events_queue_arn: str
