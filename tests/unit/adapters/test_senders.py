"""Each channel's request as AWS gets it, to the letter, and each of its answers as the dispatcher understands it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.session import get_session
from botocore.stub import Stubber

from shared.adapters.channels import end_user_messaging, pinpoint, ses, ses_quota, sns, whatsapp
from shared.adapters.channels.end_user_messaging import EndUserMessagingSender, TextSettings
from shared.adapters.channels.pinpoint import PinpointSender
from shared.adapters.channels.ses import SesSender, tag
from shared.adapters.channels.sns import SnsSender
from shared.adapters.channels.whatsapp import WhatsAppSender
from shared.bootstrap.senders import own_mailbox
from shared.domain.channels.content import Attachment, EmailContent, Outgoing, PushContent, SmsContent, WhatsAppContent
from shared.domain.channels.push_payloads import apple, google
from shared.domain.consent.words import Channel, Purpose
from shared.domain.ledger import Receipt
from shared.errors import (
    AmbiguousError,
    DeadAddressError,
    OptedOutError,
    PermanentError,
    RetryableError,
    ThrottledError,
)
from shared.ports.sending import Sender
from tests.builders import a_message

ADDRESS = "ana@example.com"
LINK = "https://shop.example/v1/unsubscribe/token"


def an_email(**changes: Any) -> Outgoing:
    email = Outgoing(
        message=a_message(),
        channel=Channel.EMAIL,
        addresses=(ADDRESS,),
        content=EmailContent("Grüße", "<p>Hallo</p>", "Hallo"),
        unsubscribe_url=LINK,
    )
    return replace(email, **changes)


def a_text(purpose: Purpose = Purpose.MARKETING) -> Outgoing:
    return Outgoing(
        message=a_message(purpose=purpose),
        channel=Channel.SMS,
        addresses=("+353871234567",),
        content=SmsContent("Still there"),
    )


def a_push(**changes: Any) -> Outgoing:
    push = Outgoing(
        message=a_message(),
        channel=Channel.PUSH,
        addresses=("apple", "droid"),
        platforms={"apple": "ios", "droid": "android"},
        content=PushContent("Your basket", "It waits", "https://shop.example/cart", "https://shop.example/mug.jpg"),
    )
    return replace(push, **changes)


def stubbed(service: str) -> tuple[Any, Stubber]:
    client = boto3.client(service)  # type: ignore[call-overload]
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber


@pytest.fixture
def email() -> Iterator[tuple[Sender, Stubber]]:
    client, stubber = stubbed("sesv2")
    sender = SesSender(
        client, sender="Köhler & Sohn <hello@shop.example>", reply_to="care@shop.example", configuration_set="carillon"
    )
    yield sender, stubber
    stubber.assert_no_pending_responses()


@pytest.fixture
def text() -> Iterator[tuple[Sender, Stubber]]:
    client, stubber = stubbed("sns")
    yield SnsSender(client, sender="MyShop"), stubber
    stubber.assert_no_pending_responses()


@pytest.fixture
def eum() -> Iterator[tuple[Sender, Stubber]]:
    client, stubber = stubbed("pinpoint-sms-voice-v2")
    yield EndUserMessagingSender(client, TextSettings(origination="pool-1")), stubber
    stubber.assert_no_pending_responses()


@pytest.fixture
def social() -> Iterator[tuple[Sender, Stubber]]:
    client, stubber = stubbed("socialmessaging")
    yield WhatsAppSender(client, phone_number_id="phone-number-id-1"), stubber
    stubber.assert_no_pending_responses()


@pytest.fixture
def push() -> Iterator[tuple[Sender, Stubber]]:
    client, stubber = stubbed("pinpoint")
    yield PinpointSender(client, application_id="app1"), stubber
    stubber.assert_no_pending_responses()


EMAIL_REQUEST: Mapping[str, Any] = {
    "FromEmailAddress": "=?utf-8?q?K=C3=B6hler_=26_Sohn?= <hello@shop.example>",
    "ReplyToAddresses": ["care@shop.example"],
    "Destination": {"ToAddresses": [ADDRESS]},
    "Content": {
        "Simple": {
            "Subject": {"Data": "Grüße", "Charset": "UTF-8"},
            "Body": {
                "Html": {"Data": "<p>Hallo</p>", "Charset": "UTF-8"},
                "Text": {"Data": "Hallo", "Charset": "UTF-8"},
            },
            "Headers": [
                {"Name": "List-Unsubscribe", "Value": f"<{LINK}>"},
                {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
            ],
        }
    },
    "EmailTags": [
        {"Name": "message", "Value": a_message().id},
        {"Name": "journey", "Value": "cart_abandonment"},
        {"Name": "name", "Value": "cart_reminder"},
        {"Name": "purpose", "Value": "marketing"},
        {"Name": "ses:feedback-id-a", "Value": "cart_reminder"},
        {"Name": "ses:feedback-id-b", "Value": "cart_abandonment"},
    ],
    "ConfigurationSetName": "carillon",
}

PAIR = {"List-Unsubscribe": f"<{LINK}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def sent_by(sender_options: Mapping[str, Any], outgoing: Outgoing) -> dict[str, Any]:
    """The request that SES gets."""
    client, stubber = stubbed("sesv2")
    asked: dict[str, Any] = {}
    client.meta.events.register("provide-client-params.sesv2.SendEmail", lambda params, **_: asked.update(params))
    stubber.add_response("send_email", {"MessageId": "ses-1"})
    options = {"sender": "Shop <hello@shop.example>", "configuration_set": "carillon", **sender_options}
    SesSender(client, **options).send(outgoing)
    return asked


def said(**changes: Any) -> EmailContent:
    return EmailContent("Grüße", "<p>Hallo</p>", "Hallo", **changes)


def headers_of(request: Mapping[str, Any]) -> dict[str, str]:
    """Of either form."""
    content = request["Content"]
    if "Simple" in content:
        return {header["Name"]: header["Value"] for header in content["Simple"]["Headers"]}
    return {name: str(value) for name, value in message_from_bytes(content["Raw"]["Data"], policy=default).items()}


GUIDE = Attachment("guide.pdf", "application/pdf", b"%PDF-1.7")


@pytest.mark.parametrize("attachments", [(), (GUIDE,)], ids=["simple", "raw"])
def test_every_marketing_mail_has_the_pair_that_opts_out_in_one_click(attachments: tuple[Attachment, ...]) -> None:
    content = said(attachments=attachments, headers={"X-Entity-Ref-ID": "7"})
    marketing = sent_by({}, an_email(content=content))
    assert headers_of(marketing).items() >= {**PAIR, "X-Entity-Ref-ID": "7"}.items()
    assert ("Raw" in marketing["Content"]) is bool(attachments)
    transactional = sent_by({}, an_email(content=content, unsubscribe_url=None))
    assert not headers_of(transactional).keys() & PAIR.keys()


def test_what_a_message_says_in_a_header_stays_there_and_does_not_take_the_place_of_ours() -> None:
    headers = {"Keywords": "Öl und Essig " * 8, "List-Unsubscribe": "<https://elsewhere.example>"}
    sent = headers_of(sent_by({}, an_email(content=said(headers=headers))))
    assert sent["List-Unsubscribe"] == PAIR["List-Unsubscribe"]
    assert sent["Keywords"].isascii()
    assert "\n" not in sent["Keywords"]
    assert str(make_header(decode_header(sent["Keywords"]))) == headers["Keywords"]


@pytest.mark.parametrize("attachments", [(), (GUIDE,)], ids=["simple", "raw"])
@pytest.mark.parametrize(
    ("changes", "sender", "reply_to"),
    [
        ({}, "Shop <hello@shop.example>", "care@shop.example"),
        ({"from_name": "Ana, of Shop"}, '"Ana, of Shop" <hello@shop.example>', "care@shop.example"),
        ({"sender": "orders"}, "Orders <orders@xn--bcher-kva.example>", "care@shop.example"),
        ({"sender": "orders", "from_name": "Ana"}, "Ana <orders@xn--bcher-kva.example>", "care@shop.example"),
        ({"reply_to": "ana@shop.example"}, "Shop <hello@shop.example>", "ana@shop.example"),
    ],
)
def test_a_message_may_say_whom_it_comes_from_and_who_hears_the_answer(
    changes: dict[str, str], sender: str, reply_to: str, attachments: tuple[Attachment, ...]
) -> None:
    options = {"reply_to": "care@shop.example", "senders": {"orders": "Orders <orders@bücher.example>"}}
    request = sent_by(options, an_email(content=said(**changes, attachments=attachments)))
    assert request["FromEmailAddress"] == sender
    if attachments:
        assert "ReplyToAddresses" not in request
        assert headers_of(request).items() >= {"From": sender, "Reply-To": reply_to, "To": ADDRESS}.items()
    else:
        assert request["ReplyToAddresses"] == [reply_to]


def test_a_sender_that_the_brand_no_longer_has_is_refused_without_asking(email: tuple[Sender, Stubber]) -> None:
    with pytest.raises(PermanentError) as refused:
        email[0].send(an_email(content=said(sender="orders")))
    assert refused.value.code == "NoSender"


def test_a_mail_counts_for_the_stages_tenant_where_it_has_one() -> None:
    assert sent_by({"tenant": "shop"}, an_email())["TenantName"] == "shop"
    assert "TenantName" not in sent_by({}, an_email())


def test_a_mail_of_no_journey_has_no_empty_tag() -> None:
    tags = sent_by({}, an_email(message=a_message(journey="")))["EmailTags"]
    assert "journey" not in {tag["Name"] for tag in tags}
    assert all(tag["Value"] for tag in tags)


@pytest.mark.parametrize(
    ("mailbox", "identity", "expected"),
    [
        ("Care <care@shop.example>", "shop.example", "Care <care@shop.example>"),
        ("Care <care@mail.shop.example>", "Shop.example", "Care <care@mail.shop.example>"),
        ("care@shop.example", "shop.example", "Shop <care@shop.example>"),
        ("Care <care@shop.example>", "dev.shop.example", "Care <hello@dev.shop.example>"),
        ("Care <care@myshop.example>", "shop.example", "Care <hello@dev.shop.example>"),
        ("Care <care@shop.example>", "care@shop.example", "Care <care@shop.example>"),
        ("Care <care@shop.example>", "", "Care <hello@dev.shop.example>"),
    ],
)
def test_a_sender_writes_from_its_own_address_where_that_is_verified(
    mailbox: str, identity: str, expected: str
) -> None:
    assert own_mailbox(mailbox, identity, "Shop <hello@dev.shop.example>") == expected


def test_a_marketing_mail_can_be_unsubscribed_from_in_the_mail_program(email: tuple[Sender, Stubber]) -> None:
    sender, stubber = email
    stubber.add_response("send_email", {"MessageId": "ses-1"}, EMAIL_REQUEST)
    assert sender.send(an_email()) == Receipt("ses-1")


def test_a_transactional_mail_has_no_unsubscribe_headers(email: tuple[Sender, Stubber]) -> None:
    sender, stubber = email
    simple = {**EMAIL_REQUEST["Content"]["Simple"], "Headers": []}
    stubber.add_response("send_email", {"MessageId": "ses-1"}, {**EMAIL_REQUEST, "Content": {"Simple": simple}})
    sender.send(an_email(unsubscribe_url=None))


def test_a_mail_goes_out_without_reply_address_when_the_brand_has_none() -> None:
    client, stubber = stubbed("sesv2")
    expected = {**EMAIL_REQUEST, "FromEmailAddress": "hello@shop.example", "ReplyToAddresses": []}
    stubber.add_response("send_email", {"MessageId": "ses-1"}, expected)
    SesSender(client, sender="hello@shop.example", configuration_set="carillon").send(an_email())


def test_an_international_domain_is_written_as_ses_takes_it(email: tuple[Sender, Stubber]) -> None:
    sender, stubber = email
    expected = {**EMAIL_REQUEST, "Destination": {"ToAddresses": ["ana@xn--bcher-kva.example"]}}
    stubber.add_response("send_email", {"MessageId": "ses-1"}, expected)
    sender.send(an_email(addresses=("ana@bücher.example",)))


def test_a_domain_is_not_written_as_the_one_that_it_resembled_twenty_years_ago(email: tuple[Sender, Stubber]) -> None:
    sender, stubber = email
    expected = {**EMAIL_REQUEST, "Destination": {"ToAddresses": ["ana@xn--strae-oqa.example"]}}
    stubber.add_response("send_email", {"MessageId": "ses-1"}, expected)
    sender.send(an_email(addresses=("ana@straße.example",)))


@pytest.mark.parametrize("address", ["jörg@example.com", f"ana@{'x' * 64}.example"])
def test_an_address_that_ses_cannot_spell_is_refused_without_asking(
    email: tuple[Sender, Stubber], address: str
) -> None:
    with pytest.raises(PermanentError) as refused:
        email[0].send(an_email(addresses=(address,)))
    assert refused.value.code == "NonAsciiAddress"
    assert address not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("cart_reminder", "cart_reminder"), ("Été à Paris!", "_t____Paris_"), ("x" * 300, "x" * 256)],
)
def test_tags_keep_to_the_characters_and_length_of_ses(text: str, expected: str) -> None:
    assert tag(text) == expected


@pytest.mark.parametrize(
    ("purpose", "sms_type"), [(Purpose.MARKETING, "Promotional"), (Purpose.TRANSACTIONAL, "Transactional")]
)
def test_a_text_says_who_sends_it_and_what_for(text: tuple[Sender, Stubber], purpose: Purpose, sms_type: str) -> None:
    sender, stubber = text
    expected = {
        "PhoneNumber": "+353871234567",
        "Message": "Still there",
        "MessageAttributes": {
            "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": sms_type},
            "AWS.SNS.SMS.SenderID": {"DataType": "String", "StringValue": "MyShop"},
            "carillon.message": {"DataType": "String", "StringValue": a_message().id},
        },
    }
    stubber.add_response("publish", {"MessageId": "sns-1"}, expected)
    assert sender.send(a_text(purpose)) == Receipt("sns-1", parts=1)


def test_a_text_comes_from_the_accounts_number_where_one_is_named() -> None:
    client, stubber = stubbed("sns")
    attributes = {
        "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Promotional"},
        "AWS.MM.SMS.OriginationNumber": {"DataType": "String", "StringValue": "+353209150142"},
        "carillon.message": {"DataType": "String", "StringValue": a_message().id},
    }
    expected = {"PhoneNumber": "+353871234567", "Message": "Still there", "MessageAttributes": attributes}
    stubber.add_response("publish", {"MessageId": "sns-1"}, expected)
    assert SnsSender(client, sender="+353209150142").send(a_text()) == Receipt("sns-1", parts=1)


def test_a_text_without_sender_leaves_it_to_the_account(aws: None) -> None:
    assert SnsSender(boto3.client("sns")).send(a_text()).provider_id


@pytest.mark.parametrize(
    ("purpose", "message_type"), [(Purpose.MARKETING, "PROMOTIONAL"), (Purpose.TRANSACTIONAL, "TRANSACTIONAL")]
)
def test_a_text_by_end_user_messaging_takes_its_limits_and_its_origin_along(
    purpose: Purpose, message_type: str
) -> None:
    client, stubber = stubbed("pinpoint-sms-voice-v2")
    settings = TextSettings(
        origination="pool-1",
        configuration_set="carillon-prod",
        max_price="0.10",
        time_to_live=600,
        protect_configuration="protect-1",
    )
    expected = {
        "DestinationPhoneNumber": "+353871234567",
        "OriginationIdentity": "pool-1",
        "MessageBody": "Still there",
        "MessageType": message_type,
        "TimeToLive": 600,
        "Context": {"message": a_message().id, "name": "cart_reminder", "journey": "cart_abandonment"},
        "ConfigurationSetName": "carillon-prod",
        "MaxPrice": "0.10",
        "ProtectConfigurationId": "protect-1",
    }
    stubber.add_response("send_text_message", {"MessageId": "eum-1"}, expected)
    assert EndUserMessagingSender(client, settings).send(a_text(purpose)) == Receipt("eum-1", parts=1)


def test_a_text_by_end_user_messaging_says_nothing_of_what_nobody_set(eum: tuple[Sender, Stubber]) -> None:
    sender, stubber = eum
    expected = {
        "DestinationPhoneNumber": "+353871234567",
        "OriginationIdentity": "pool-1",
        "MessageBody": "Still there",
        "MessageType": "PROMOTIONAL",
        "TimeToLive": 3600,
        "Context": {"message": a_message().id, "name": "cart_reminder"},
    }
    stubber.add_response("send_text_message", {"MessageId": "eum-1"}, expected)
    sender.send(replace(a_text(), message=a_message(journey="")))


@pytest.mark.parametrize(
    ("code", "reason", "error"),
    [
        ("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT", OptedOutError),
        ("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED", PermanentError),
        ("ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", PermanentError),
        ("ConflictException", "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE", PermanentError),
        ("ConflictException", "NUMBER_CAPABILITIES_MISMATCH", PermanentError),
        ("ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND", RetryableError),
        ("ConflictException", "MESSAGE_TYPE_MISMATCH", RetryableError),
        ("ConflictException", "RESOURCE_NOT_ACTIVE", RetryableError),
        ("ValidationException", "PRICE_OVER_THRESHOLD", PermanentError),
        ("ValidationException", "COUNTRY_NOT_ENABLED", PermanentError),
        ("ValidationException", "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", PermanentError),
        ("ValidationException", "RESOURCE_NOT_ACCESSIBLE", RetryableError),
        ("ValidationException", "INVALID_ARN", RetryableError),
        ("ValidationException", "CHANNEL_NOT_ENABLED", RetryableError),
        ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", RetryableError),
        ("AccessDeniedException", "ACCOUNT_DISABLED", RetryableError),
    ],
)
def test_the_reason_of_a_refusal_decides_and_is_kept(
    eum: tuple[Sender, Stubber], code: str, reason: str, error: type[Exception]
) -> None:
    model: Any = get_session().get_service_model("pinpoint-sms-voice-v2").shape_for(code)
    assert reason in model.members["Reason"].enum
    sender, stubber = eum
    stubber.add_client_error("send_text_message", code, "…", modeled_fields={"Reason": reason})
    with pytest.raises(error) as raised:
        sender.send(a_text())
    assert type(raised.value) is error
    assert getattr(raised.value, "code", None) or raised.value.context["code"] == reason  # type: ignore[attr-defined]


def test_every_reason_in_the_table_is_one_of_awss() -> None:
    model: Any = get_session().get_service_model("pinpoint-sms-voice-v2")
    for said in end_user_messaging.ANSWERS:
        code, _, reason = said.partition("/")
        assert not reason or reason in model.shape_for(code).members["Reason"].enum


def a_whatsapp(content: WhatsAppContent | None = None) -> Outgoing:
    return Outgoing(
        message=a_message(),
        channel=Channel.WHATSAPP,
        addresses=("+353871234567",),
        content=content or WhatsAppContent("cart_reminder", "pt_BR"),
    )


IMAGE = ("image", "https://shop.example/mug.jpg")
TEMPLATE = {"name": "cart_reminder", "language": {"code": "pt_BR"}}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (WhatsAppContent("cart_reminder", "pt_BR"), {"type": "template", "template": TEMPLATE}),
        (
            WhatsAppContent("cart_reminder", "pt_BR", (("1", "Ana"), ("2", "mug")), IMAGE),
            {
                "type": "template",
                "template": {
                    **TEMPLATE,
                    "components": [
                        {"type": "header", "parameters": [{"type": "image", "image": {"link": IMAGE[1]}}]},
                        {
                            "type": "body",
                            "parameters": [{"type": "text", "text": "Ana"}, {"type": "text", "text": "mug"}],
                        },
                    ],
                },
            },
        ),
        (
            WhatsAppContent("cart_reminder", "pt_BR", (("name", "Ana"),)),
            {
                "type": "template",
                "template": {
                    **TEMPLATE,
                    "components": [
                        {"type": "body", "parameters": [{"type": "text", "text": "Ana", "parameter_name": "name"}]}
                    ],
                },
            },
        ),
        (WhatsAppContent("cart_reminder", "pt_BR", text="Hi"), {"type": "text", "text": {"body": "Hi"}}),
        (WhatsAppContent(media=IMAGE, text="Hi"), {"type": "image", "image": {"link": IMAGE[1], "caption": "Hi"}}),
    ],
    ids=["template", "places and header", "names", "free words", "media with words"],
)
def test_a_whatsapp_message_is_what_meta_takes(
    social: tuple[Sender, Stubber], content: WhatsAppContent, said: dict[str, Any]
) -> None:
    sender, stubber = social
    message = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+353871234567",
        "biz_opaque_callback_data": a_message().id,
        **said,
    }
    expected = {
        "originationPhoneNumberId": "phone-number-id-1",
        "message": json.dumps(message, separators=(",", ":")).encode(),
        "metaApiVersion": whatsapp.META_API,
    }
    stubber.add_response("send_whatsapp_message", {"messageId": "wa-1"}, expected)
    assert sender.send(a_whatsapp(content)) == Receipt("wa-1")


def test_a_template_with_a_blank_is_refused_without_asking(social: tuple[Sender, Stubber]) -> None:
    with pytest.raises(PermanentError) as refused:
        social[0].send(a_whatsapp(WhatsAppContent("cart_reminder", "en", (("1", ""),))))
    assert refused.value.code == "EmptyVariable"


def a_result(status: str, code: int = 200, **more: Any) -> dict[str, Any]:
    return {"DeliveryStatus": status, "StatusCode": code, **more}


def results(**by_token: Any) -> dict[str, Any]:
    return {"MessageResponse": {"ApplicationId": "app1", "RequestId": "request-1", "Result": by_token}}


OK = a_result("SUCCESSFUL")

FACTS = {"message_id": a_message().id, "link": "https://shop.example/cart", "image": "https://shop.example/mug.jpg"}


def push_request(apns: dict[str, Any], gcm: dict[str, Any], **headers: dict[str, Any]) -> dict[str, Any]:
    """``apns`` and ``gcm``: the payloads; ``headers``: what stands beside them."""
    raw = {"apns": json.dumps(apns, separators=(",", ":")), "gcm": json.dumps(gcm, separators=(",", ":"))}
    return {
        "ApplicationId": "app1",
        "MessageRequest": {
            "Addresses": {"apple": {"ChannelType": "APNS"}, "droid": {"ChannelType": "GCM"}},
            "MessageConfiguration": {
                "APNSMessage": {"APNSPushType": "alert", "RawContent": raw["apns"], **headers["apns_headers"]},
                "GCMMessage": {"RawContent": raw["gcm"], **headers["gcm_headers"]},
            },
            "TraceId": a_message().id,
        },
    }


PUSH_REQUEST: Mapping[str, Any] = push_request(
    {
        "aps": {"alert": {"title": "Your basket", "body": "It waits"}, "sound": "default", "mutable-content": 1},
        **FACTS,
    },
    {
        "fcmV1Message": {
            "message": {
                "notification": {"title": "Your basket", "body": "It waits", "image": "https://shop.example/mug.jpg"},
                "data": FACTS,
                "android": {"priority": "NORMAL", "notification": {"sound": "default"}},
            }
        }
    },
    apns_headers={"Priority": "5"},
    gcm_headers={"Priority": "normal"},
)


def test_a_notification_says_whose_it_is() -> None:
    content = PushContent("Title", "body", icon="https://shop.example/icon.png", color="#abc")
    told = json.loads(google(content, "m1", is_urgent=False))["fcmV1Message"]["message"]

    assert told["android"]["notification"]["color"] == "#aabbcc"
    assert told["data"]["icon"] == json.loads(apple(content, "m1"))["icon"] == "https://shop.example/icon.png"


def test_a_push_says_all_that_its_message_says_of_it(push: tuple[Sender, Stubber]) -> None:
    sender, stubber = push
    content = PushContent(
        "Shipped", "On its way", "myshop://orders/1", badge=3, collapse="order-1", time_to_live=3_600, sound="bell.caf"
    )
    facts = {"message_id": a_message().id, "link": "myshop://orders/1"}
    aps = {"alert": {"title": "Shipped", "body": "On its way"}, "sound": "bell.caf", "badge": 3, "thread-id": "order-1"}
    android = {
        "priority": "HIGH",
        "notification": {"sound": "bell.caf", "notification_count": 3, "tag": "order-1"},
        "ttl": "3600s",
        "collapse_key": "order-1",
    }
    shown = {"title": "Shipped", "body": "On its way"}
    expected = push_request(
        {"aps": aps, **facts},
        {"fcmV1Message": {"message": {"notification": shown, "data": facts, "android": android}}},
        apns_headers={"Priority": "10", "TimeToLive": 3_600, "CollapseId": "order-1"},
        gcm_headers={"Priority": "high", "TimeToLive": 3_600, "CollapseKey": "order-1"},
    )
    stubber.add_response("send_messages", results(apple=OK, droid=OK), expected)
    sender.send(a_push(content=content, message=a_message(purpose=Purpose.TRANSACTIONAL)))


@pytest.mark.parametrize(("length", "fits"), [(1_850, True), (2_000, False)])
def test_a_push_that_is_too_large_is_refused_without_asking(
    push: tuple[Sender, Stubber], length: int, *, fits: bool
) -> None:
    sender, stubber = push
    outgoing = a_push(content=PushContent("Title", "я" * length))
    if fits:
        stubber.add_response("send_messages", results(apple=OK, droid=OK))
        sender.send(outgoing)
        return
    with pytest.raises(PermanentError) as refused:
        sender.send(outgoing)
    assert refused.value.code == "PayloadTooLarge"


def test_a_push_goes_to_every_device_in_its_platforms_words(push: tuple[Sender, Stubber]) -> None:
    sender, stubber = push
    stubber.add_response("send_messages", results(apple=OK, droid=OK), PUSH_REQUEST)
    assert sender.send(a_push()) == Receipt("request-1")


GONE = a_result("PERMANENT_FAILURE", 410, StatusMessage='{"errorMessage":"Unregistered or expired token"}')
WRONG_APP = a_result("PERMANENT_FAILURE", 410, StatusMessage='{"pushProviderError":"DeviceTokenNotForTopic"}')
REFUSED = a_result("PERMANENT_FAILURE", 400)
THROTTLED = a_result("THROTTLED", 429)
LATER = a_result("TEMPORARY_FAILURE", 503)
DOUBTFUL = a_result("UNKNOWN_FAILURE", 500)


@pytest.mark.parametrize(
    ("answer", "receipt"),
    [
        ({"apple": OK, "droid": GONE}, Receipt("request-1", ("droid",))),
        ({"apple": OK, "droid": WRONG_APP}, Receipt("request-1")),
        ({"apple": OK, "droid": THROTTLED}, Receipt("request-1")),
        ({"apple": OK, "droid": DOUBTFUL}, Receipt("request-1")),
        (
            {"apple": OK, "droid": {**OK, "UpdatedToken": "droid2"}},
            Receipt("request-1", ("droid",), {"droid": "droid2"}),
        ),
    ],
    ids=["one gone", "wrong app", "one throttled", "one doubtful", "token renewed"],
)
def test_one_device_that_took_it_is_enough(
    push: tuple[Sender, Stubber], answer: dict[str, Any], receipt: Receipt
) -> None:
    sender, stubber = push
    stubber.add_response("send_messages", results(**answer))
    assert sender.send(a_push()) == receipt


@pytest.mark.parametrize(
    ("answer", "error", "dead"),
    [
        ({"apple": GONE, "droid": GONE}, DeadAddressError, ("apple", "droid")),
        ({"apple": REFUSED, "droid": GONE}, DeadAddressError, ("droid",)),
        ({"apple": REFUSED, "droid": WRONG_APP}, PermanentError, ()),
        ({"apple": GONE, "droid": LATER}, RetryableError, ()),
        ({"apple": LATER, "droid": THROTTLED}, ThrottledError, ()),
        ({"apple": THROTTLED, "droid": DOUBTFUL}, AmbiguousError, ()),
        ({"apple": REFUSED, "droid": a_result("TIMEOUT")}, AmbiguousError, ()),
        ({"apple": REFUSED, "droid": a_result("NEVER_HEARD_OF")}, AmbiguousError, ()),
        ({}, AmbiguousError, ()),
    ],
)
def test_where_no_device_took_it_the_most_open_result_decides(
    push: tuple[Sender, Stubber], answer: dict[str, Any], error: type[Exception], dead: tuple[str, ...]
) -> None:
    sender, stubber = push
    stubber.add_response("send_messages", results(**answer))
    with pytest.raises(error) as raised:
        sender.send(a_push())
    assert type(raised.value) is error
    assert getattr(raised.value, "addresses", ()) == dead
    assert not any(token in str(raised.value) for token in ("apple", "droid"))


def test_every_delivery_status_of_pinpoint_is_understood() -> None:
    result: Any = get_session().get_service_model("pinpoint").shape_for("MessageResult")
    assert set(result.members["DeliveryStatus"].enum) - set(pinpoint.RESULTS) == {pinpoint.ACCEPTED}


CHANNELS: list[tuple[str, str, str, str, Callable[[], Outgoing], Mapping[str, Any]]] = [
    ("email", "sesv2", "SendEmail", "send_email", an_email, ses.ANSWERS),
    ("text", "sns", "Publish", "publish", a_text, sns.ANSWERS),
    ("eum", "pinpoint-sms-voice-v2", "SendTextMessage", "send_text_message", a_text, end_user_messaging.ANSWERS),
    ("social", "socialmessaging", "SendWhatsAppMessage", "send_whatsapp_message", a_whatsapp, whatsapp.ANSWERS),
    ("push", "pinpoint", "SendMessages", "send_messages", a_push, pinpoint.ANSWERS),
]


DECLARED = [
    *((service, operation, answers) for _, service, operation, _, _, answers in CHANNELS),
    ("sesv2", "GetAccount", ses_quota.ANSWERS),
]


@pytest.mark.parametrize(("service", "operation", "answers"), DECLARED)
def test_every_error_that_aws_declares_is_understood(service: str, operation: str, answers: Mapping[str, type]) -> None:
    shapes: list[Any] = get_session().get_service_model(service).operation_model(operation).error_shapes
    assert shapes
    assert {shape.error_code for shape in shapes} <= set(answers)


UNDECLARED: list[tuple[str, int, type[Exception]]] = [
    ("Throttling", 400, ThrottledError),
    ("ThrottlingException", 400, ThrottledError),
    ("ServiceUnavailable", 503, RetryableError),
    ("InternalFailure", 500, AmbiguousError),
    ("502", 502, AmbiguousError),
    ("ExpiredTokenException", 403, RetryableError),
    ("AccessDeniedException", 403, RetryableError),
    ("ValidationError", 400, PermanentError),
    ("NeverHeardOf", 400, RetryableError),
]

CASES = [
    (fixture, method, outgoing, code, status, error)
    for fixture, _, _, method, outgoing, answers in CHANNELS
    for code, status, error in [
        *((code, 400, error) for code, error in answers.items() if "/" not in code),
        *UNDECLARED,
    ]
]


@pytest.mark.parametrize(("fixture", "method", "outgoing", "code", "status", "error"), CASES)
def test_every_answer_becomes_the_error_that_says_what_to_do(
    request: pytest.FixtureRequest,
    fixture: str,
    method: str,
    outgoing: Callable[[], Outgoing],
    code: str,
    status: int,
    error: type[Exception],
) -> None:
    sender, stubber = request.getfixturevalue(fixture)
    stubber.add_client_error(method, code, f"about {ADDRESS}", http_status_code=status)
    with pytest.raises(error) as raised:
        sender.send(outgoing())
    assert type(raised.value) is error
    assert code in str(raised.value)
    assert ADDRESS not in str(raised.value)


@pytest.mark.parametrize(("fixture", "service", "operation", "method", "outgoing", "answers"), CHANNELS)
@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (ConnectTimeoutError(endpoint_url="e"), RetryableError),
        (EndpointConnectionError(endpoint_url="e"), RetryableError),
        (ReadTimeoutError(endpoint_url="e"), AmbiguousError),
        (ConnectionClosedError(endpoint_url="e"), AmbiguousError),
    ],
    ids=lambda case: getattr(case, "__name__", type(case).__name__),
)
def test_a_lost_connection_is_a_doubt_only_once_it_was_made(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    fixture: str,
    service: str,
    operation: str,
    method: str,
    outgoing: Callable[[], Outgoing],
    answers: Mapping[str, type],
    failure: Exception,
    error: type[Exception],
) -> None:
    sender, _ = request.getfixturevalue(fixture)

    def fail(**_: Any) -> None:
        raise failure

    monkeypatch.setattr(sender._client, method, fail)
    with pytest.raises(error) as raised:
        sender.send(outgoing())
    assert type(raised.value) is error
