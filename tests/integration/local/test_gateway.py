"""The gateway, asked by AWS's own clients."""

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from infra.local.attribution import Attribution
from infra.local.aws_clients import aws_client
from infra.local.gateway import ENDPOINTS, Gateway
from infra.local.outbox import Outbox, OutboxMessage
from infra.local.servers import Servers, listen
from shared.adapters.channels.end_user_messaging import EndUserMessagingSender, TextSettings
from shared.adapters.channels.pinpoint import PinpointSender
from shared.adapters.channels.ses import SesSender
from shared.adapters.channels.sns import SnsSender
from shared.adapters.channels.whatsapp import WhatsAppSender
from shared.adapters.sources import sms_receipts, whatsapp_events
from shared.domain.channels.content import (
    Attachment,
    Content,
    EmailContent,
    Outgoing,
    PushContent,
    SmsContent,
    WhatsAppContent,
)
from shared.domain.consent.words import Channel
from shared.domain.delivery import DeliveryKind
from shared.errors import PermanentError, ThrottledError
from tests.builders import NOON, a_message

CALLS = 3
"""How often these clients try what may work later."""


class Feedback:
    """Remembers what was put on the bus; ``complete`` is set after ``awaited`` events."""

    def __init__(self, awaited: int = 2) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.receipts: list[dict[str, Any]] = []
        self._awaited = awaited
        self.complete = threading.Event()

    def publish(self, detail_type: str, detail: dict[str, Any]) -> None:
        self.events.append((detail_type, detail))
        if len(self.events) >= self._awaited:
            self.complete.set()


class Receipts:
    """Remembers what was put on the topic, beside what was put on the bus."""

    def __init__(self, feedback: Feedback) -> None:
        self._feedback = feedback

    def publish(self, receipt: dict[str, Any]) -> None:
        self._feedback.receipts.append(receipt)
        if len(self._feedback.receipts) == 2:
            self._feedback.complete.set()


class Running:
    def __init__(self, outbox: Outbox, feedback: Feedback, url: str) -> None:
        self.outbox = outbox
        self.feedback = feedback
        self.url = url

    def client(self, service: str) -> Any:
        variable = f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"
        return aws_client(service, self.url + ENDPOINTS[variable])

    def only(self) -> OutboxMessage:
        pause = threading.Event()
        for _ in range(200):
            if self.outbox.messages():
                break
            pause.wait(0.02)
        (message,) = self.outbox.messages()
        return message

    def order(self, **fault: Any) -> httpx.Response:
        return httpx.post(f"{self.url}/control/faults", json=fault)


class Ledger:
    """The table, as far as attribution reads it."""

    def get_item(self, *, Key: dict[str, str], **_: Any) -> dict[str, Any]:  # noqa: N803
        message = a_message()
        if Key["pk"] != f"MESSAGE#{message.id}":
            return {}
        return {"Item": {"journey": message.journey, "name": message.name, "profile_id": message.profile_id}}


@pytest.fixture
def gateway() -> Iterator[Running]:
    outbox, feedback = Outbox(), Feedback()
    attribution = Attribution(outbox, Ledger())
    application = Gateway(
        outbox=outbox,
        feedback=feedback,
        receipts=Receipts(feedback),
        attribute=attribution.attribute,
        now=lambda: NOON,
    )
    with listen(0) as listener, Servers([(listener, application.application())], before_stop=outbox.close):
        yield Running(outbox, feedback, f"http://127.0.0.1:{listener.getsockname()[1]}")


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
