"""SES's feedback, read: every kind it can send, and what is none of ours."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from botocore.session import get_session

from shared.adapters.sources.ses_events import DETAILS, KINDS, parse
from shared.domain.behaviour.machines import Signal
from shared.domain.consent.words import ANY, Channel
from shared.domain.delivery import DeliveryEvent, DeliveryKind
from shared.domain.timing import parse_instant
from shared.errors import InvalidInputError

EVENTS: dict[str, Any] = {
    event["detail"]["eventType"]: event
    for event in json.loads((Path(__file__).parents[3] / "events" / "ses_feedback.json").read_text())
}


def at(time: str) -> dict[str, Any]:
    return {"at": parse_instant(f"2026-11-02T{time}Z")}


EXPECTED: dict[str, dict[str, Any]] = {
    "Send": {"kind": DeliveryKind.SENT, **at("12:00:00")},
    "Delivery": {"kind": DeliveryKind.DELIVERED, **at("12:00:02.500")},
    "DeliveryDelay": {"kind": DeliveryKind.DELAYED, "reason": "MailboxFull", **at("12:10:00")},
    "Open": {"kind": DeliveryKind.OPENED, **at("12:30:00")},
    "Click": {"kind": DeliveryKind.CLICKED, "link": "https://shop.example/cart", **at("12:31:00")},
    "Bounce": {"kind": DeliveryKind.BOUNCED, "is_hard": True, "reason": "Permanent/General", **at("12:00:03")},
    "Complaint": {"kind": DeliveryKind.COMPLAINED, "reason": "abuse", **at("13:00:00")},
    "Reject": {"kind": DeliveryKind.FAILED, "reason": "Bad content", **at("12:00:00")},
    "Rendering Failure": {"kind": DeliveryKind.FAILED, "reason": "rendering_failure", **at("12:00:00")},
    "Subscription": {"kind": DeliveryKind.PREFERENCE, "opted_out": (ANY,), **at("14:00:00")},
}


def an_envelope(kind: str = "Delivery", **detail: Any) -> dict[str, Any]:
    envelope: dict[str, Any] = copy.deepcopy(EVENTS[kind])
    envelope["detail"] |= detail
    return envelope


def read(envelope: dict[str, Any]) -> DeliveryEvent:
    delivery = parse(envelope)
    assert delivery is not None
    return delivery


@pytest.mark.parametrize("kind", EVENTS)
def test_each_kind_is_read(kind: str) -> None:
    assert read(EVENTS[kind]) == DeliveryEvent(
        **{
            "message_id": "0123456789abcdef0123456789abcdef",
            "channel": Channel.EMAIL,
            "provider_id": "0102019a-ses-message-id-000000",
            "address": "ana@example.com",
            **EXPECTED[kind],
        }
    )


def test_every_kind_that_ses_publishes_is_known_and_tried() -> None:
    shape: Any = get_session().get_service_model("sesv2").shape_for("EventType")
    published = {name.replace("_", "").lower() for name in shape.enum}
    assert {name.replace(" ", "").lower() for name in KINDS} == published
    assert set(KINDS) == set(DETAILS) == set(EVENTS) == set(EXPECTED)


@pytest.mark.parametrize(
    ("bounce_type", "is_hard"), [("Permanent", True), ("Transient", False), ("Undetermined", False), (None, False)]
)
def test_only_a_permanent_bounce_is_hard(bounce_type: str | None, is_hard: bool) -> None:
    assert read(an_envelope("Bounce", bounce={"bounceType": bounce_type})).is_hard is is_hard


@pytest.mark.parametrize(
    ("bounce_type", "subtype", "is_hard"),
    [
        ("Undetermined", "Undetermined", False),
        ("Permanent", "General", True),
        ("Permanent", "NoEmail", True),
        ("Permanent", "Suppressed", True),
        ("Permanent", "OnAccountSuppressionList", True),
        ("Permanent", "OnTenantSuppressionList", True),
        ("Permanent", "EmailValidationSuppressed", True),
        ("Permanent", "UnsubscribedRecipient", False),
        ("Transient", "General", False),
        ("Transient", "MailboxFull", False),
        ("Transient", "MessageTooLarge", False),
        ("Transient", "ContentRejected", False),
        ("Transient", "AttachmentRejected", False),
    ],
)
def test_what_a_bounce_says_of_the_address(bounce_type: str, subtype: str, is_hard: bool) -> None:
    bounce = {**EVENTS["Bounce"]["detail"]["bounce"], "bounceType": bounce_type, "bounceSubType": subtype}
    delivery = read(an_envelope("Bounce", bounce=bounce))
    assert (delivery.kind, delivery.is_hard) == (DeliveryKind.BOUNCED, is_hard)
    assert delivery.reason == f"{bounce_type}/{subtype}"


@pytest.mark.parametrize(
    ("subtype", "feedback", "kind", "reason"),
    [
        (None, None, DeliveryKind.COMPLAINED, None),
        (None, "abuse", DeliveryKind.COMPLAINED, "abuse"),
        (None, "fraud", DeliveryKind.COMPLAINED, "fraud"),
        (None, "virus", DeliveryKind.COMPLAINED, "virus"),
        (None, "other", DeliveryKind.COMPLAINED, "other"),
        ("OnAccountSuppressionList", None, DeliveryKind.COMPLAINED, "OnAccountSuppressionList"),
        (None, "not-spam", DeliveryKind.REPORTED, "not-spam"),
        (None, "auth-failure", DeliveryKind.REPORTED, "auth-failure"),
    ],
)
def test_a_report_is_a_complaint_where_somebody_wants_to_be_rid_of_us(
    subtype: str | None, feedback: str | None, kind: DeliveryKind, reason: str | None
) -> None:
    told = {"complaintSubType": subtype, "complaintFeedbackType": feedback}
    delivery = read(an_envelope("Complaint", complaint={**EVENTS["Complaint"]["detail"]["complaint"], **told}))
    assert (delivery.kind, delivery.reason) == (kind, reason)


PEOPLE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


@pytest.mark.parametrize("kind", ["Open", "Click"])
@pytest.mark.parametrize(
    ("facts", "machine"),
    [
        ({"userAgent": PEOPLE}, None),
        ({"userAgent": "(via ggpht.com GoogleImageProxy)", "timestamp": "2026-11-02T12:00:01Z"}, None),
        ({"userAgent": "Mozilla/5.0"}, Signal.PRIVACY_PROXY),
        ({"userAgent": PEOPLE, "timestamp": "2026-11-02T12:00:04.999Z"}, Signal.TOO_SOON),
        ({"userAgent": PEOPLE, "timestamp": "2026-11-02T12:00:05Z"}, None),
        ({"userAgent": PEOPLE, "isMachine": True}, Signal.PROVIDER),
        ({"userAgent": ""}, Signal.NO_PROGRAM),
        ({"userAgent": 7}, None),
    ],
)
def test_what_a_machine_does_is_told_from_what_a_person_does(
    kind: str, facts: dict[str, Any], machine: Signal | None
) -> None:
    name = DETAILS[kind]
    assert read(an_envelope(kind, **{name: {**EVENTS[kind]["detail"][name], **facts}})).machine is machine


def refusing(*topics: Any) -> dict[str, Any]:
    return {"unsubscribeAll": False, "topicSubscriptionStatus": [*topics]}


def a_topic(name: Any, status: str = "OptOut") -> dict[str, Any]:
    return {"topicName": name, "subscriptionStatus": status}


@pytest.mark.parametrize(
    ("before", "now", "opted_out"),
    [
        (refusing(), refusing(a_topic("offers"), a_topic("news", "OptIn")), ("offers",)),
        (refusing(a_topic("offers")), refusing(a_topic("offers"), a_topic("news")), ("news",)),
        (refusing(a_topic("offers")), refusing(a_topic("offers", "OptIn")), ()),
        (None, refusing(a_topic("offers"), a_topic(7), a_topic(""), a_topic("x" * 101), "offers"), ("offers",)),
        (None, {"unsubscribeAll": "yes", "topicSubscriptionStatus": {}}, ()),
        (None, None, ()),
    ],
)
def test_of_a_change_in_ses_s_lists_what_is_wanted_no_more_is_taken(
    before: Any, now: Any, opted_out: tuple[str, ...]
) -> None:
    changed = {"oldTopicPreferences": before, "newTopicPreferences": now}
    assert read(an_envelope("Subscription", subscription=changed)).opted_out == opted_out


def test_a_kind_of_tomorrow_is_no_error() -> None:
    assert read(an_envelope(eventType="Telepathy")).kind is DeliveryKind.UNKNOWN


def test_what_ses_notes_of_an_opening_is_kept() -> None:
    opening = {"timestamp": "2026-11-02T12:30:00Z", "isMachine": True, "userAgent": "Bot"}
    assert read(an_envelope("Open", open=opening)).flags == {"isMachine": True}


def test_a_link_is_kept_within_bounds() -> None:
    assert read(an_envelope("Click", click={"link": "https://shop.example/" + "x" * 9_000})).link == (
        "https://shop.example/" + "x" * 1_979
    )


@pytest.mark.parametrize(
    ("destination", "address"),
    [
        (["Ana@Example.COM"], "Ana@example.com"),
        (["ana@xn--bcher-kva.example"], "ana@bücher.example"),
        (["ana@xn--.example"], None),
        (["one@example.com", "two@example.com"], None),
        ([], None),
        (None, None),
        (["no address"], None),
    ],
)
def test_the_address_is_the_one_we_wrote_to_as_profiles_spell_it(destination: Any, address: str | None) -> None:
    bounced = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "forwarded@elsewhere.example"}]}
    envelope = an_envelope("Bounce", bounce=bounced)
    envelope["detail"]["mail"] = {**envelope["detail"]["mail"], "destination": destination}
    assert read(envelope).address == address


@pytest.mark.parametrize("tags", [None, {}, {"message": []}, {"message": "text"}, {"other": ["x"]}])
def test_mail_without_an_id_of_ours_is_not_ours(tags: Any) -> None:
    envelope = an_envelope()
    envelope["detail"]["mail"] = {**envelope["detail"]["mail"], "tags": tags}
    assert parse(envelope) is None


@pytest.mark.parametrize(
    ("envelope", "path"),
    [
        ([], ""),
        ("text", ""),
        ({}, "detail"),
        ({"detail": "text"}, "detail"),
        ({"detail": {"eventType": "Send"}}, "detail.mail"),
        (
            {"detail": {"eventType": "Send", "mail": {"tags": {"message": ["m"]}, "timestamp": "ana@example.com"}}},
            "detail.mail.timestamp",
        ),
    ],
)
def test_what_is_no_feedback_is_refused_by_the_field_and_quotes_nothing(envelope: object, path: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parse(envelope)
    assert [fault.path for fault in refused.value.faults] == [path]
    assert "ana" not in str(refused.value)
