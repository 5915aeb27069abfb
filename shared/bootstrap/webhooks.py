"""Who tells partners by webhook: read when the playbook has some, so that whoever has none does not pay for it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from shared.adapters.channels.https_posts import HttpsPosts
from shared.adapters.channels.webhook_gateway import GatewayPosts
from shared.adapters.channels.webhooks import WebhookSender
from shared.adapters.secrets import CachedSecret
from shared.domain.channels.webhooks import Partner
from shared.ports.clock import Clock
from shared.settings.dispatch_message import DispatchSettings

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


def webhook_sender(
    settings: DispatchSettings, partners: Mapping[str, Partner], secrets_manager: "SecretsManagerClient", clock: Clock
) -> WebhookSender:
    """``partners`` by their names."""
    kept = {
        partner.secret: CachedSecret(secrets_manager, settings.webhook_secrets + partner.secret, clock=clock)
        for partner in partners.values()
    }

    def secrets_of(partner: Partner) -> Sequence[str]:
        return kept[partner.secret].values()

    posts = GatewayPosts(settings.webhook_gateway) if settings.webhook_gateway else HttpsPosts()
    return WebhookSender(partners, posts=posts, secrets=secrets_of, clock=clock)
