"""Who sends on each channel, as the stage and the brand say."""

from collections.abc import Callable, Mapping
from email.utils import formataddr, parseaddr
from typing import TYPE_CHECKING, Any

import boto3

from shared.adapters.channels.end_user_messaging import EndUserMessagingSender, TextSettings
from shared.adapters.channels.pinpoint import PinpointSender
from shared.adapters.channels.ses import SesSender
from shared.adapters.channels.sns import SnsSender
from shared.adapters.channels.whatsapp import WhatsAppSender
from shared.bootstrap.aws import SENDS
from shared.domain.consent.words import Channel
from shared.ports.sending import Sender
from shared.settings.dispatch_message import DispatchSettings

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

MakeClient = Callable[[str], Any]


def client_of(service: str) -> Any:
    """A client that sends once; see ``SENDS``."""
    return boto3.client(service, config=SENDS)  # type: ignore[call-overload]


def senders(
    settings: DispatchSettings, brand: Mapping[str, Any], *, ses: "SESV2Client", client: MakeClient = client_of
) -> dict[Channel, Sender]:
    """A sender for each channel that the stage has; ``client`` makes the others' clients, by the service's name."""
    made: dict[Channel, Sender] = {
        Channel.EMAIL: SesSender(
            ses,
            sender=email_from(settings.email_from, brand),
            configuration_set=settings.configuration_set,
            reply_to=brand.get("reply_to"),
            senders={
                name: own_mailbox(mailbox, settings.email_identity, email_from(settings.email_from, brand))
                for name, mailbox in brand.get("senders", {}).items()
            },
            tenant=settings.email_tenant,
        ),
        Channel.SMS: _text_sender(settings, brand, client),
    }
    if settings.push_application_id:
        pinpoint = client("pinpoint")
        made[Channel.PUSH] = PinpointSender(pinpoint, application_id=settings.push_application_id)
    if settings.whatsapp_phone_number_id:
        social = client("socialmessaging")
        made[Channel.WHATSAPP] = WhatsAppSender(social, phone_number_id=settings.whatsapp_phone_number_id)
    return made


def _text_sender(settings: DispatchSettings, brand: Mapping[str, Any], client: MakeClient) -> Sender:
    if not settings.sms_origination:
        sender: str = settings.sms_sender or brand.get("sms_sender", "")
        return SnsSender(client("sns"), sender=sender)
    how = TextSettings(
        origination=settings.sms_origination,
        configuration_set=settings.sms_configuration_set,
        max_price=settings.sms_max_price,
        time_to_live=int(settings.sms_time_to_live),
        protect_configuration=settings.sms_protect_configuration,
    )
    return EndUserMessagingSender(client("pinpoint-sms-voice-v2"), how)


def email_from(stage: str, brand: Mapping[str, Any]) -> str:
    """The stage's address, since that is the one verified there, under its own name or else the brand's."""
    name, address = parseaddr(stage)
    return formataddr((name or parseaddr(brand.get("from", ""))[0] or brand["name"], address))


def own_mailbox(mailbox: str, identity: str, stage: str) -> str:
    """The brand's mailbox where it is verified; where it is not, as on a trial stage, its name before the stage's."""
    name, address = parseaddr(mailbox)
    verified = identity.lower()
    is_verified = bool(verified) and (
        address.lower() == verified or f".{address.lower().rpartition('@')[2]}".endswith(f".{verified}")
    )
    own_name, own_address = parseaddr(stage)
    return formataddr((name or own_name, address if is_verified else own_address))
