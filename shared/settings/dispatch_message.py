"""The environment of ``dispatch_message``."""

from dataclasses import dataclass

from shared.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchSettings(Settings):
    """What ``dispatch_message`` is told."""

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
