"""What ``manage_preferences`` is made of."""

from dataclasses import dataclass
from functools import cache

import boto3

from shared.adapters.clock import SystemClock
from shared.adapters.compiled_playbook import playbook_directory
from shared.adapters.event_queue import SqsEventQueue
from shared.adapters.renderer import JinjaRenderer
from shared.adapters.secrets import CachedSecret, LinkSecrets
from shared.bootstrap.aws import CALLS
from shared.ports import Pages
from shared.services.manage_preferences import PreferenceDesk
from shared.settings import PreferencesSettings


@dataclass(frozen=True, slots=True)
class Preferences:
    """The desk that takes statements, and the pages it answers with."""

    desk: PreferenceDesk
    pages: Pages


@cache
def preferences() -> Preferences:
    settings = PreferencesSettings.from_env()
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    secret = CachedSecret(boto3.client("secretsmanager", config=CALLS), settings.link_secret, clock=clock)
    return Preferences(
        desk=PreferenceDesk(
            events=SqsEventQueue(boto3.client("sqs", config=CALLS), queue_url=settings.events_queue_url),
            secrets=LinkSecrets(secret),
            clock=clock,
        ),
        pages=JinjaRenderer(playbook_directory()),
    )
