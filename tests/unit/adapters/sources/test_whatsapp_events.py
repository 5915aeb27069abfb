"""WhatsApp's notifications as AWS passes them on: what became of ours, what people write, and what is neither."""

import json
from typing import Any

import pytest

from shared.adapters.sources.whatsapp_events import is_whatsapp, parse
from shared.domain.consent.words import ANY, Channel
from shared.domain.delivery import DeliveryEvent, DeliveryKind
from shared.domain.intake.inbound_texts import InboundText
from shared.errors import InvalidInputError

AT = 1_793_620_800_000
METADATA = {"display_phone_number": "12065550100", "phone_number_id": "321010217760100"}
STATUS: dict[str, Any] = {
    "id": "wamid.1",
    "status": "delivered",
    "timestamp": "1793620800",
    "recipient_id": "353871234567",
    "biz_opaque_callback_data": "m1",
}
WRITTEN: dict[str, Any] = {
    "from": "353871234567",
    "id": "wamid.2",
    "timestamp": "1793620800",
    "type": "text",
    "text": {"body": "Is it blue?"},
}


def told(**value: Any) -> dict[str, Any]:
    entry = {
        "id": "365731266123456",
        "changes": [{"value": {"messaging_product": "whatsapp", "metadata": METADATA, **value}, "field": "messages"}],
    }
    return {"context": {}, "whatsAppWebhookEntry": json.dumps(entry), "aws_account_id": "1", "messageId": "a"}


def a_status(**changes: Any) -> dict[str, Any]:
    return told(statuses=[STATUS | changes])


def a_message(**changes: Any) -> dict[str, Any]:
    return told(messages=[WRITTEN | changes])


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("sent", DeliveryKind.SENT),
        ("delivered", DeliveryKind.DELIVERED),
        ("read", DeliveryKind.OPENED),
        ("failed", DeliveryKind.FAILED),
        ("warped", DeliveryKind.UNKNOWN),
    ],
)
def test_each_status_is_understood(status: str, kind: DeliveryKind) -> None:
    expected = DeliveryEvent(kind=kind, message_id="m1", channel=Channel.WHATSAPP, at=AT, provider_id="wamid.1")
    assert is_whatsapp(a_status())
    assert parse(a_status(status=status)) == ([expected], [])


def test_a_failure_keeps_metas_code() -> None:
    ([event], _) = parse(a_status(status="failed", errors=[{"code": 131026, "title": "Message undeliverable"}]))
    assert (event.kind, event.reason) == (DeliveryKind.FAILED, "failed/131026")


def test_who_stopped_marketing_at_whatsapp_has_opted_out_here() -> None:
    ([failed, stopped], _) = parse(a_status(status="failed", errors=[{"code": 131050}]))
    assert failed.kind is DeliveryKind.FAILED
    assert (stopped.kind, stopped.opted_out, stopped.channel) == (DeliveryKind.PREFERENCE, (ANY,), Channel.WHATSAPP)


@pytest.mark.parametrize("ours", [None, "", 3, "m" * 300])
def test_the_status_of_a_message_that_was_not_ours_is_passed_over(ours: object) -> None:
    assert parse(a_status(biz_opaque_callback_data=ours)) == ([], [])


def test_what_a_person_writes_is_read() -> None:
    expected = InboundText(
        id="wamid.2",
        at=AT,
        sender="+353871234567",
        receiver="12065550100",
        text="Is it blue?",
        answers="wamid.1",
        channel=Channel.WHATSAPP,
    )
    assert parse(a_message(context={"id": "wamid.1"})) == ([], [expected])


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ({"type": "button", "text": None, "button": {"text": "Stop", "payload": "x"}}, "Stop"),
        ({"type": "interactive", "text": None, "interactive": {"button_reply": {"id": "1", "title": "Yes"}}}, "Yes"),
        ({"type": "interactive", "text": None, "interactive": {"list_reply": {"id": "1", "title": "Blue"}}}, "Blue"),
        ({"type": "image", "text": None, "image": {"id": "1", "caption": "This one"}}, "This one"),
        ({"type": "sticker", "text": None}, ""),
    ],
)
def test_whatever_they_answer_with_has_its_words(said: dict[str, Any], text: str) -> None:
    (_, [read]) = parse(a_message(**said))
    assert read.text == text


def test_one_notification_may_tell_of_several() -> None:
    statuses, texts = parse(told(statuses=[STATUS, STATUS | {"status": "read"}], messages=[WRITTEN]))
    assert ([event.kind for event in statuses], len(texts)) == ([DeliveryKind.DELIVERED, DeliveryKind.OPENED], 1)


def test_nobodys_number_is_passed_over() -> None:
    assert parse(a_message(**{"from": "shop"})) == ([], [])


@pytest.mark.parametrize(
    "body",
    [
        {"whatsAppWebhookEntry": "{"},
        {"whatsAppWebhookEntry": "[]"},
        {"whatsAppWebhookEntry": None},
        a_status(timestamp="soon"),
        a_status(timestamp="9" * 40),
        a_message(id=""),
        a_message(id=7),
    ],
)
def test_what_cannot_be_read_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        parse(body)
