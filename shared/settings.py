"""What each function is told, as types: written into its environment by the CDK, read from there in Lambda.

Plain ``str`` where the CDK passes tokens. A missing variable fails type checks and synthesis, not the night.
"""

import os
from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel


class Settings(BaseModel, frozen=True):
    """Base: the clock that every function shares. ``CLOCK_SPEED`` is 1 but in the local cloud."""

    clock_speed: str = "1"
    clock_epoch: str = "0"
    """Milliseconds: the instant at which the local clock began to run at its speed."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Self:
        names = cls.model_fields
        return cls.model_validate({name: env[name.upper()] for name in names if name.upper() in env})

    def to_env(self) -> dict[str, str]:
        return {name.upper(): str(value) for name, value in self.model_dump().items()}


class IngestSettings(Settings):
    table_name: str
    events_queue_url: str
    quarantine_bucket: str
    write_key_secret: str
    secret_key_secret: str
    public_url: str


class NormalizeSettings(Settings):
    table_name: str
    events_queue_url: str
    quarantine_bucket: str


class EvaluateSettings(Settings):
    table_name: str
    timeline_days: str = "730"
    max_receives: str = "5"
    """How often the queue hands over an event before it sets it aside."""


class RelaySettings(Settings):
    table_name: str
    transactional_queue_url: str
    marketing_queue_url: str
    bus_name: str
    schedule_group: str
    schedule_role_arn: str
    schedule_dead_letter_arn: str
    events_queue_arn: str


class DispatchSettings(Settings):
    table_name: str
    events_queue_url: str
    transactional_queue_url: str
    marketing_queue_url: str
    link_secret: str
    public_url: str
    configuration_set: str
    email_from: str
    push_application_id: str
    sms_sender: str = ""


class FeedbackSettings(Settings):
    table_name: str
    events_queue_url: str
    feedback_queue_url: str


class PreferencesSettings(Settings):
    events_queue_url: str
    link_secret: str
    public_url: str
