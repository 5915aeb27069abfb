"""A stage whose texts go by End User Messaging: what is made for it, and what its dispatcher may do."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from infra.stages import PROD, EndUserMessaging
from shared.adapters.sources.sms_receipts import KINDS
from tests.infra.synthesis import Synthesised, spell, synthesised
from tests.infra.test_permissions import MAY, OWN_LOG, grants_of

ARN = "arn:<Partition>:sms-voice:<Region>:<AccountId>"
DISPATCH = {on: rest for on, actions in MAY["DispatchMessage"].items() if (rest := actions - {"sns:Publish"})}
SEND = {"sms-voice:SendTextMessage"}


@pytest.fixture(scope="module")
def stage() -> Synthesised:
    texts = EndUserMessaging(origination="pool-1", max_price="0.10", time_to_live=600)
    return synthesised(replace(PROD, texts=texts))


def test_its_dispatcher_may_text_from_that_pool_and_publish_to_nobody(stage: Synthesised) -> None:
    assert grants_of(stage, "FunctionsDispatchMessageRole") == {
        "FunctionsDispatchMessageLog": OWN_LOG,
        **DISPATCH,
        f"{ARN}:pool/pool-1": SEND,
        f"{ARN}:configuration-set/carillon-prod": SEND,
    }


def test_every_kind_of_receipt_is_led_to_the_topic_of_texts(stage: Synthesised) -> None:
    made = stage.only("AWS::SMSVOICE::ConfigurationSet")["Properties"]
    (destination,) = made["EventDestinations"]
    assert made["ConfigurationSetName"] == "carillon-prod"
    assert destination["MatchingEventTypes"] == sorted(KINDS)
    assert spell(destination["SnsDestination"]["TopicArn"]) == "InboundTextsTopic"


def test_the_dispatcher_is_told_how_to_send(stage: Synthesised) -> None:
    told: Mapping[str, str] = next(
        function["Environment"]["Variables"]
        for function in stage.resources("AWS::Lambda::Function").values()
        if function["Handler"].startswith("functions.dispatch_message.")
    )
    assert {name: value for name, value in told.items() if name.startswith("SMS_")} == {
        "SMS_SENDER": "",
        "SMS_PER_SECOND": "",
        "SMS_ORIGINATION": "pool-1",
        "SMS_CONFIGURATION_SET": "carillon-prod",
        "SMS_MAX_PRICE": "0.10",
        "SMS_TIME_TO_LIVE": "600",
        "SMS_PROTECT_CONFIGURATION": "",
    }


def test_it_breaks_no_rule(stage: Synthesised) -> None:
    assert stage.findings == []


def test_without_it_there_is_nothing_of_the_kind(prod: Synthesised) -> None:
    assert "AWS::SMSVOICE::ConfigurationSet" not in prod.kinds


def test_a_configuration_set_that_is_there_is_taken() -> None:
    texts = EndUserMessaging(
        origination="arn:aws:sms-voice:eu-west-1:1:sender-id/SHOP/IE",
        configuration_set="ours",
        protect_configuration="protect-1",
    )
    stage = synthesised(replace(PROD, texts=texts))
    granted = grants_of(stage, "FunctionsDispatchMessageRole")
    assert {on for on, actions in granted.items() if actions == SEND} == {
        texts.origination,
        f"{ARN}:configuration-set/ours",
        f"{ARN}:protect-configuration/protect-1",
    }
    assert "AWS::SMSVOICE::ConfigurationSet" not in stage.kinds


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"origination": "SHOP"}, "neither a pool's id"),
        ({"origination": "pool-1", "time_to_live": 4}, "5 to 259,200 seconds"),
        ({"origination": "pool-1", "max_price": "a lot"}, "no price like 0.10"),
    ],
)
def test_settings_that_aws_would_refuse_are_refused_here(settings: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        EndUserMessaging(**settings)  # type: ignore[arg-type]


def test_documents_are_read_where_the_shop_keeps_them_and_nowhere_else() -> None:
    stage = synthesised(replace(PROD, documents_bucket="alder-and-oat-documents"))
    granted = grants_of(stage, "FunctionsDispatchMessageRole")
    assert granted == {
        "FunctionsDispatchMessageLog": OWN_LOG,
        **MAY["DispatchMessage"],
        "arn:<Partition>:s3:::alder-and-oat-documents/*": {"s3:GetObject"},
    }
    assert stage.findings == []


def test_whatsapp_may_be_sent_from_its_number_and_its_events_reach_the_topic() -> None:
    stage = synthesised(replace(PROD, whatsapp_phone_number_id="phone-number-id-976c72a7"))
    granted = grants_of(stage, "FunctionsDispatchMessageRole")
    assert granted == {
        "FunctionsDispatchMessageLog": OWN_LOG,
        **MAY["DispatchMessage"],
        "arn:<Partition>:social-messaging:<Region>:<AccountId>:phone-number-id/976c72a7": {
            "social-messaging:SendWhatsAppMessage"
        },
    }
    policies = [*stage.resources("AWS::SNS::TopicPolicy").values(), *stage.resources("AWS::KMS::Key").values()]
    assert sum("social-messaging.amazonaws.com" in str(policy) for policy in policies) == 2
    assert stage.findings == []
