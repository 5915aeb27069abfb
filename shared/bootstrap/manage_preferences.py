"""What ``manage_preferences`` is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3

from shared.adapters.clock import SystemClock
from shared.adapters.compiled_playbook import load
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.event_queue import SqsEventQueue
from shared.adapters.playbook_artefact import load_plain, playbook_directory
from shared.adapters.renderer import JinjaRenderer
from shared.adapters.secrets import CachedSecret, DigestSecret, LinkSecrets
from shared.bootstrap.aws import CALLS
from shared.domain.playbook import Playbook
from shared.domain.policy import ADDRESS_CHANGE
from shared.errors import CarillonError
from shared.ports.clock import Clock
from shared.ports.people import Profiles
from shared.ports.secrets import DigestKey
from shared.ports.sending import Pages
from shared.services.address_changes import AddressDesk
from shared.services.confirmations import ConfirmationDesk
from shared.services.find_survivor import survivor_of
from shared.services.manage_preferences import PreferenceDesk
from shared.services.preference_centre import PreferenceCentre
from shared.settings.manage_preferences import PreferencesSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The desks, the preference centre, and what their pages need; ``timezone`` is the brand's."""

    desk: PreferenceDesk
    centre: PreferenceCentre
    confirmations: ConfirmationDesk
    addresses: AddressDesk
    may_change_address: bool
    pages: Pages
    profiles: Profiles
    digest_key: DigestKey
    clock: Clock
    public_url: str
    timezone: str

    def traits_of(self, profile_id: str) -> Mapping[str, Any]:
        """What tells the person's language; nothing where they cannot be looked up, for the way out stays open."""
        try:
            return survivor_of(self.profiles, self.profiles.load(profile_id)).traits
        except CarillonError:
            return {}


@cache
def preferences() -> Preferences:
    settings = PreferencesSettings.from_env()
    clock = SystemClock(speed=float(settings.clock_speed), epoch=int(settings.clock_epoch))
    secrets = boto3.client("secretsmanager", config=CALLS)
    links = LinkSecrets(CachedSecret(secrets, settings.link_secret, clock=clock))
    profiles = DynamoProfiles(boto3.client("dynamodb", config=CALLS), table=settings.table_name)
    events = SqsEventQueue(boto3.client("sqs", config=CALLS), queue_url=settings.events_queue_url)
    plain = load_plain(playbook_directory())
    return Preferences(
        desk=PreferenceDesk(events=events, secrets=links, clock=clock),
        centre=PreferenceCentre(profiles=profiles, events=events, secrets=links, clock=clock, playbook=_playbook),
        confirmations=ConfirmationDesk(profiles=profiles, events=events, secrets=links, clock=clock),
        addresses=AddressDesk(profiles=profiles, events=events, secrets=links, clock=clock),
        may_change_address=ADDRESS_CHANGE in plain["policy"],
        pages=JinjaRenderer(playbook_directory(), playbook=plain),
        profiles=profiles,
        digest_key=DigestSecret(CachedSecret(secrets, settings.digest_secret, clock=clock)),
        clock=clock,
        public_url=settings.public_url,
        timezone=str(plain["brand"].get("timezone") or "Etc/UTC"),
    )


@cache
def _playbook() -> Playbook:
    return load(playbook_directory())
