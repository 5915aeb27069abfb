"""Receipts of texts as AWS documents them, every type of them, and what is no receipt of ours."""

import json
from decimal import Decimal
from typing import Any

import pytest
from botocore.session import get_session

from shared.adapters.sources.sms_receipts import KINDS, is_receipt, message_of, parse
from shared.domain.consent.words import Channel
from shared.domain.delivery import DeliveryEvent, DeliveryKind
from shared.errors import InvalidInputError

RECEIPT: dict[str, Any] = {
    "eventType": "TEXT_DELIVERED",
    "eventVersion": "1.0",
    "eventTimestamp": 1793620800123,
    "isFinal": True,
    "originationPhoneNumber": "+12065550152",
    "destinationPhoneNumber": "+14255550156",
    "isoCountryCode": "US",
    "mcc": "310",
    "mnc": "800",
    "messageId": "862a8790-60c0-4430-9b2b-658bdexample",
    "messageRequestTimestamp": 1793620800000,
    "messageEncoding": "GSM",
    "messageType": "PROMOTIONAL",
    "messageStatus": "DELIVERED",
    "messageStatusDescription": "Message has been accepted by phone",
    "context": {"message": "m1", "journey": "cart"},
    "totalMessageParts": 2,
    "totalMessagePrice": 0.01162,
    "totalCarrierFee": 0.006,
}


def a_receipt(**changes: Any) -> dict[str, Any]:
    return {**RECEIPT, **changes}


def test_a_receipt_is_read_whole() -> None:
    body = message_of({"Type": "Notification", "Message": json.dumps(RECEIPT)})
    assert is_receipt(body)
    assert parse(body) == DeliveryEvent(
        kind=DeliveryKind.DELIVERED,
        message_id="m1",
        channel=Channel.SMS,
        at=1793620800123,
        provider_id="862a8790-60c0-4430-9b2b-658bdexample",
        address="+14255550156",
        parts=2,
        price="0.01762",
    )


@pytest.mark.parametrize(
    ("kind", "means", "is_hard", "reason"),
    [
        ("TEXT_QUEUED", DeliveryKind.SENT, False, None),
        ("TEXT_SENT", DeliveryKind.SENT, False, None),
        ("TEXT_PENDING", DeliveryKind.SENT, False, None),
        ("TEXT_SUCCESSFUL", DeliveryKind.DELIVERED, False, None),
        ("TEXT_DELIVERED", DeliveryKind.DELIVERED, False, None),
        ("TEXT_INVALID", DeliveryKind.BOUNCED, True, "TEXT_INVALID"),
        ("TEXT_UNREACHABLE", DeliveryKind.BOUNCED, False, "TEXT_UNREACHABLE"),
        ("TEXT_CARRIER_UNREACHABLE", DeliveryKind.BOUNCED, False, "TEXT_CARRIER_UNREACHABLE"),
        ("TEXT_BLOCKED", DeliveryKind.BOUNCED, False, "TEXT_BLOCKED"),
        ("TEXT_TTL_EXPIRED", DeliveryKind.BOUNCED, False, "TEXT_TTL_EXPIRED"),
        ("TEXT_INVALID_MESSAGE", DeliveryKind.FAILED, False, "TEXT_INVALID_MESSAGE"),
        ("TEXT_CARRIER_BLOCKED", DeliveryKind.FAILED, False, "TEXT_CARRIER_BLOCKED"),
        ("TEXT_SPAM", DeliveryKind.FAILED, False, "TEXT_SPAM"),
        ("TEXT_PROTECT_BLOCKED", DeliveryKind.FAILED, False, "TEXT_PROTECT_BLOCKED"),
        ("TEXT_UNKNOWN", DeliveryKind.UNKNOWN, False, "TEXT_UNKNOWN"),
        ("TEXT_BY_PIGEON", DeliveryKind.UNKNOWN, False, "TEXT_BY_PIGEON"),
    ],
)
def test_each_type_is_understood(kind: str, means: DeliveryKind, *, is_hard: bool, reason: str | None) -> None:
    read = parse(a_receipt(eventType=kind))
    assert read is not None
    assert (read.kind, read.is_hard, read.reason) == (means, is_hard, reason)


def test_every_type_that_aws_declares_is_in_the_table() -> None:
    shape: Any = get_session().get_service_model("pinpoint-sms-voice-v2").shape_for("EventType")
    assert {kind for kind in shape.enum if kind.startswith("TEXT_")} - {"TEXT_ALL"} == set(KINDS)


@pytest.mark.parametrize("context", [None, {}, {"message": ""}, {"message": 3}, {"message": "m" * 201}, "message"])
def test_a_text_that_was_not_ours_is_none(context: object) -> None:
    assert parse(a_receipt(context=context)) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("eventTimestamp", "now"),
        ("eventTimestamp", -1),
        ("eventTimestamp", True),
        ("messageId", 1),
        ("messageId", "m" * 201),
    ],
)
def test_what_cannot_be_read_is_told_by_its_field(field: str, value: object) -> None:
    with pytest.raises(InvalidInputError) as raised:
        parse(a_receipt(**{field: value}))
    assert [fault.path for fault in raised.value.faults] == [field]


@pytest.mark.parametrize(
    ("price", "fee", "total"),
    [
        (Decimal("0.00581"), Decimal("0.003"), "0.00881"),
        (0, 0, "0"),
        (Decimal("0.1"), None, "0.1"),
        (None, None, None),
        ("much", "more", None),
        (Decimal("NaN"), Decimal(-1), None),
    ],
)
def test_price_and_carriers_fee_are_one(price: object, fee: object, total: str | None) -> None:
    read = parse(a_receipt(totalMessagePrice=price, totalCarrierFee=fee))
    assert read is not None
    assert read.price == total


@pytest.mark.parametrize("message", [None, "", "[]", "3", "{", "[" * 100_000])
def test_what_is_no_json_object_is_no_receipt(message: object) -> None:
    assert not is_receipt(message_of({"Message": message}))
