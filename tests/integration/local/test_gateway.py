"""The gateway, asked by AWS's own clients."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from standardwebhooks import Webhook

from infra.local.gateway import WEBHOOKS
from infra.local.outbox import OutboxMessage
from shared.adapters.channels.end_user_messaging import EndUserMessagingSender, TextSettings
from shared.adapters.channels.pinpoint import PinpointSender
from shared.adapters.channels.ses import SesSender
from shared.adapters.channels.sns import SnsSender
from shared.adapters.channels.webhook_gateway import GatewayPosts
from shared.adapters.channels.webhooks import WebhookSender
from shared.adapters.channels.whatsapp import WhatsAppSender
from shared.adapters.clock import SystemClock
from shared.adapters.sources import sms_receipts, whatsapp_events
from shared.domain.channels.content import (
    Attachment,
    Content,
    EmailContent,
    Outgoing,
    PushContent,
    SmsContent,
    WebhookContent,
    WhatsAppContent,
)
from shared.domain.channels.webhooks import Partner
from shared.domain.consent.words import Channel
from shared.domain.delivery import DeliveryKind
from shared.errors import PermanentError, ThrottledError
from tests.builders import a_message
from tests.integration.local.recording import Running, recording_gateway

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
CALLS = 3
"""How often these clients try what may work later."""


@pytest.fixture
def gateway() -> Iterator[Running]:
    with recording_gateway() as running:
        yield running


def outgoing(channel: Channel, content: Content, *addresses: str) -> Outgoing:
    return Outgoing(
        message=a_message(),
        channel=channel,
        addresses=addresses,
        content=content,
        platforms=dict.fromkeys(addresses, "android"),
        unsubscribe_url="https://shop.example/v1/unsubscribe/t" if channel is Channel.EMAIL else None,
    )


def send_mail(gateway: Running, to: str = "ana@example.com") -> str:
    sender = SesSender(gateway.client("sesv2"), sender="Shop <hello@shop.example>", configuration_set="carillon-local")
    return sender.send(outgoing(Channel.EMAIL, EmailContent("Hello", "<b>Hello</b>", "Hello"), to)).provider_id


def test_a_mail_is_kept_whole_and_known_by_its_ledger_id(gateway: Running) -> None:
    provider_id = send_mail(gateway)

    kept = gateway.only()
    assert (kept.id, kept.to, kept.subject, kept.html) == (provider_id, "ana@example.com", "Hello", "<b>Hello</b>")
    assert kept.headers["List-Unsubscribe"] == "<https://shop.example/v1/unsubscribe/t>"
    assert kept.at == "2026-11-02T12:00:00.000Z"
    assert (kept.profile, kept.journey, kept.message) == ("u1", "cart_abandonment", "cart_reminder")


def test_a_mail_with_files_is_kept_as_it_would_be_read(gateway: Running) -> None:
    sender = SesSender(
        gateway.client("sesv2"), sender="Köhler <hello@shop.example>", configuration_set="carillon-local"
    )
    content = EmailContent(
        "Grüße", "<b>Grüße</b>\n", "Grüße\n", attachments=(Attachment("Größe.pdf", "application/pdf", b"%PDF"),)
    )
    sender.send(outgoing(Channel.EMAIL, content, "ana@example.com"))

    kept = gateway.only()
    assert (kept.to, kept.subject, kept.html, kept.text) == ("ana@example.com", "Grüße", "<b>Grüße</b>\n", "Grüße\n")
    assert kept.attachments == ("Größe.pdf",)
    assert kept.headers["List-Unsubscribe"] == "<https://shop.example/v1/unsubscribe/t>"
    assert kept.ledger_id == a_message().id


def test_a_mails_own_pictures_are_shown_in_it(gateway: Running) -> None:
    sender = SesSender(gateway.client("sesv2"), sender="hello@shop.example", configuration_set="carillon-local")
    picture = Attachment("qr.png", "image/png", b"\x89PNG", "qr-1@carillon")
    content = EmailContent("Hello", '<img src="cid:qr-1@carillon">\n', "Hello\n", attachments=(picture,))
    sender.send(outgoing(Channel.EMAIL, content, "ana@example.com"))

    kept = gateway.only()
    assert kept.html == '<img src="data:image/png;base64,iVBORw==">\n'
    assert kept.attachments == ()


@pytest.mark.parametrize(
    ("to", "then"),
    [
        ("ana@example.com", ["Email Sent", "Email Delivered"]),
        ("bounce+7@simulator.amazonses.com", ["Email Sent", "Email Bounced"]),
        ("suppressionlist@simulator.amazonses.com", ["Email Sent", "Email Bounced"]),
    ],
)
def test_ses_tells_what_became_of_a_mail(gateway: Running, to: str, then: list[str]) -> None:
    provider_id = send_mail(gateway, to)

    assert gateway.feedback.complete.wait(10)
    assert [kind for kind, _ in gateway.feedback.events] == then
    for _, detail in gateway.feedback.events:
        assert detail["mail"]["messageId"] == provider_id
        assert detail["mail"]["tags"]["ses:configuration-set"] == ["carillon-local"]
        assert detail["mail"]["tags"]["message"] == [a_message().id]


def test_a_text_is_kept_with_its_sender_and_person(gateway: Running) -> None:
    sender = SnsSender(gateway.client("sns"), sender="ALDER")
    receipt = sender.send(outgoing(Channel.SMS, SmsContent("Grüße & more"), "+353871234567"))

    kept = gateway.only()
    assert (kept.id, kept.channel, kept.to, kept.text) == (receipt.provider_id, "sms", "+353871234567", "Grüße & more")
    assert (kept.sender, kept.profile) == ("ALDER", "u1")


def test_every_device_shows_a_push_message(gateway: Running) -> None:
    sender = PinpointSender(gateway.client("pinpoint"), application_id="local")
    content = PushContent("Your basket", "is waiting", "https://shop.example/cart")
    gateway.order(service="push", code="PERMANENT_FAILURE", to="gone")

    receipt = sender.send(outgoing(Channel.PUSH, content, "token", "gone"))

    assert receipt.dead_addresses == ("gone",)
    kept = gateway.only()
    assert (kept.to, kept.subject, kept.text) == ("token", "Your basket", "is waiting")
    assert (kept.link, kept.profile) == ("https://shop.example/cart", "u1")


@pytest.mark.parametrize(
    ("number", "kinds"),
    [
        ("+353871234567", [DeliveryKind.SENT, DeliveryKind.DELIVERED]),
        ("+14254147167", [DeliveryKind.SENT, DeliveryKind.BOUNCED]),
    ],
)
def test_end_user_messaging_keeps_a_text_and_tells_what_became_of_it(
    gateway: Running, number: str, kinds: list[DeliveryKind]
) -> None:
    settings = TextSettings(origination="pool-1", configuration_set="carillon-local")
    sender = EndUserMessagingSender(gateway.client("pinpoint-sms-voice-v2"), settings)
    receipt = sender.send(outgoing(Channel.SMS, SmsContent("Hello"), number))

    kept = gateway.only()
    assert (kept.id, kept.channel, kept.text, kept.profile) == (receipt.provider_id, "sms", "Hello", "u1")
    assert gateway.feedback.complete.wait(10)
    read = [sms_receipts.parse(body) for body in gateway.feedback.receipts]
    assert [event and event.kind for event in read] == kinds
    assert {event and (event.message_id, event.provider_id) for event in read} == {(a_message().id, kept.id)}


def test_a_webhook_is_kept_instead_of_reaching_its_partner(gateway: Running) -> None:
    partner = Partner(name="mailhouse", url="https://api.mailhouse.example/v1/letters", secret="mailhouse")
    sender = WebhookSender(
        {"mailhouse": partner},
        posts=GatewayPosts(f"{gateway.url}{WEBHOOKS}"),
        secrets=lambda _: [SECRET],
        clock=SystemClock(),
    )
    told = outgoing(Channel.WEBHOOK, WebhookContent("mailhouse", '{"name":"Zoë"}'), "partner")
    gateway.order(service="webhook", code="Busy", status=503)
    with pytest.raises(ThrottledError):
        sender.send(told)
    sender.send(told)

    kept = gateway.only()
    assert (kept.channel, kept.to, kept.subject) == ("webhook", partner.url, "POST /v1/letters")
    assert (json.loads(kept.text), kept.profile, kept.feedback) == ({"name": "Zoë"}, "u1", ("delivered",))
    assert Webhook(SECRET).verify('{"name":"Zoë"}', dict(kept.headers)) == {"name": "Zoë"}


def test_whatsapp_is_kept_too(gateway: Running) -> None:
    sender = WhatsAppSender(gateway.client("socialmessaging"), phone_number_id="phone-number-id-1")
    content = WhatsAppContent("reminder", "en", (("1", "Ana"),), ("image", "https://shop.example/mug.jpg"))
    receipt = sender.send(outgoing(Channel.WHATSAPP, content, "+353871234567"))

    kept = gateway.only()
    assert (kept.id, kept.channel, kept.to) == (receipt.provider_id, "whatsapp", "+353871234567")
    assert (kept.text, kept.image, kept.profile) == ("reminder · Ana", "https://shop.example/mug.jpg", "u1")
    assert gateway.feedback.complete.wait(10)
    statuses = [status for body in gateway.feedback.receipts for status in whatsapp_events.parse(body)[0]]
    assert [(status.kind, status.message_id) for status in statuses] == [
        (DeliveryKind.SENT, a_message().id),
        (DeliveryKind.DELIVERED, a_message().id),
    ]


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [("TooManyRequestsException", 429, ThrottledError), ("MessageRejected", 400, PermanentError)],
)
def test_a_refusal_is_given_as_often_as_ordered(
    gateway: Running, code: str, status: int, error: type[Exception]
) -> None:
    gateway.order(service="ses", code=code, status=status, times=CALLS if error is ThrottledError else 1)

    with pytest.raises(error):
        send_mail(gateway)
    assert gateway.outbox.messages() == []
    assert send_mail(gateway) == gateway.only().id


def test_sns_refuses_in_its_own_words(gateway: Running) -> None:
    gateway.order(service="sns", code="OptedOut", status=400)

    with pytest.raises(ClientError, match="OptedOut"):
        gateway.client("sns").publish(PhoneNumber="+353871234567", Message="Hello")


def test_an_order_that_is_none_is_told(gateway: Running) -> None:
    assert gateway.order(service="fax").status_code == 422
    assert gateway.order(colour="red").status_code == 422


def test_what_the_gateway_does_not_stand_for_is_refused(gateway: Running) -> None:
    with pytest.raises(ClientError, match="UnknownOperation"):
        gateway.client("sesv2").list_contact_lists()


@pytest.mark.parametrize(
    ("channel", "text", "counted"),
    [
        ("sms", "Hello", {"encoding": "GSM-7", "units": 5, "parts": 1}),
        ("sms", "Olá 🎁", {"encoding": "UCS-2", "units": 6, "parts": 1}),
        ("whatsapp", "Hello", {}),
    ],
)
def test_the_outbox_counts_what_a_text_is_charged_by(channel: str, text: str, counted: dict[str, Any]) -> None:
    shown = OutboxMessage(
        id="1", channel=channel, to="+353871234567", text=text, at="2026-11-02T12:00:00.000Z"
    ).to_json()
    assert {name: shown[name] for name in ("encoding", "units", "parts") if name in shown} == counted
