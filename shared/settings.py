"""What each function is told, as types: written into its environment by the CDK, read from there in Lambda.

Plain ``str`` where the CDK passes tokens. A missing variable fails type checks and synthesis, not the night. Plain
dataclasses, since every cold start pays for what is imported here.
"""

import os
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Base: the clock that every function shares. ``CLOCK_SPEED`` is 1 but in the local cloud."""

    clock_speed: str = "1"
    clock_epoch: str = "0"
    """Milliseconds: the instant at which the local clock began to run at its speed."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        """The settings as the environment has them.

        Raises:
            KeyError: naming every variable that is missing.
        """
        found = {field.name: env[field.name.upper()] for field in fields(cls) if field.name.upper() in env}
        missing = [f.name.upper() for f in fields(cls) if f.default is MISSING and f.name not in found]
        if missing:
            raise KeyError(f"{cls.__name__} needs {', '.join(missing)} in the environment")
        return cls(**found)

    def to_env(self) -> dict[str, str]:
        return {name.upper(): str(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSettings(Settings):
    table_name: str
    events_queue_url: str
    quarantine_bucket: str
    write_key_secret: str
    secret_key_secret: str
    digest_secret: str
    public_keys: str = ""
    """What each named public key may do (``client_keys.write_rules``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalizeSettings(Settings):
    table_name: str
    events_queue_url: str
    quarantine_bucket: str
    digest_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluateSettings(Settings):
    table_name: str
    digest_secret: str
    events_queue_url: str
    timeline_days: str = "730"
    max_receives: str = "5"
    """How often the queue hands over an event before it sets it aside."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelaySettings(Settings):
    table_name: str
    digest_secret: str
    transactional_queue_url: str
    marketing_queue_url: str
    bus_name: str
    schedule_group: str
    schedule_role_arn: str
    schedule_dead_letter_arn: str
    events_queue_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettings(Settings):
    table_name: str
    digest_secret: str
    events_queue_url: str
    transactional_queue_url: str
    marketing_queue_url: str
    link_secret: str
    public_url: str
    configuration_set: str
    email_from: str
    push_application_id: str
    email_identity: str = ""
    """The domain, or the one address, that may be written from; empty: of ``email_from`` alone."""
    email_tenant: str = ""
    documents_bucket: str = ""
    """The shop's own, with what goes along with mails; empty: there is none."""
    whatsapp_phone_number_id: str = ""
    sms_per_second: str = ""
    push_per_second: str = ""
    """What the account's provider takes; empty: as many as there are."""
    sms_sender: str = ""
    sms_origination: str = ""
    """Of End User Messaging, which sends texts then; SNS when empty."""
    sms_configuration_set: str = ""
    sms_max_price: str = ""
    sms_time_to_live: str = "3600"
    sms_protect_configuration: str = ""
    webhook_secrets: str = ""
    """How the names of the secrets begin that sign for partners."""
    webhook_gateway: str = ""
    """What records webhooks in the local cloud, instead of the partners; empty everywhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackSettings(Settings):
    table_name: str
    digest_secret: str
    events_queue_url: str
    feedback_queue_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowSettings(Settings):
    table_name: str
    feedback_queue_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilesSettings(Settings):
    table_name: str
    exports_bucket: str
    erasures_queue_url: str
    secret_key_secret: str
    digest_secret: str
    shopify_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopSettings(Settings):
    table_name: str
    events_queue_url: str
    secret_key_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureSettings(Settings):
    table_name: str
    failures_bucket: str
    erasures_queue_url: str
    dead_letter_urls: str
    """Of every queue, with a space between two."""
    schedule_group: str
    bus_name: str
    digest_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferencesSettings(Settings):
    table_name: str
    events_queue_url: str
    link_secret: str
    digest_secret: str
    public_url: str
