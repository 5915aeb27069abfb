"""``carillon send-test``: the folder's message reaches one verified address, through the stage's own senders."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from botocore.stub import Stubber
from typer.testing import CliRunner

from infra.cli import app
from infra.errors import CommandError
from infra.local.aws_clients import aws_client
from infra.operations.cloud import Cloud
from infra.operations.trial import Trial
from shared.adapters.clock import SystemClock
from shared.domain.consent.words import Channel
from shared.errors import CarillonError
from shared.settings.dispatch_message import DispatchSettings
from tests.integration.local.recording import Running, recording_gateway
from tests.unit.infra.playbook_folder import write_playbook

SETTINGS = DispatchSettings(
    table_name="", digest_secret="", events_queue_url="", transactional_queue_url="", marketing_queue_url="",
    link_secret="", public_url="https://carillon.example", configuration_set="counted",
    email_from="Kilkenny <hello@shop.example>", push_application_id="app1",
)  # fmt: skip
BRAND = "name: Example\nlocale: en-IE\nfrom: Example <hello@shop.example>\npostal_address: Kilkenny\n"
MAIL = """\
<mjml><mj-head><mj-title>Hello</mj-title></mj-head><mj-body><mj-section><mj-column>
<mj-text>{{ text.greeting }} {{ traits.firstName }} <a href="{{ links.unsubscribe }}">Unsubscribe</a></mj-text>
</mj-column></mj-section></mj-body></mjml>
"""
WORDS = """\
greeting: {0}
subject: {0}
preheader: {0}
push:
  title: {0}
  body: "{{{{ traits.firstName }}}}"
"""


class Functions:
    """What Lambda says of the deployed dispatcher."""

    def get_function_configuration(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        assert FunctionName == "carillon-test-dispatch-message"
        return {"Environment": {"Variables": SETTINGS.to_env()}}


def cloud_of(sender: Callable[[str], Any]) -> Cloud:
    return Cloud(
        stage="test", dynamodb=None, sqs=None, functions=Functions(), table="", queue_url="", clock=SystemClock(),
        sender=sender,
    )  # fmt: skip


@pytest.fixture(scope="module")
def playbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_playbook(
        tmp_path_factory.mktemp("playbook"),
        {
            "brand.yaml": BRAND,
            "journeys/hello.yaml": "purpose: marketing\ntopic: news\nenter: {on: Product Added}\n"
            "steps: [{send: hello, via: [email, sms, push]}]\n",
            "messages/hello/email.mjml": MAIL,
            "messages/hello/sms.txt": "{{ text.greeting }} {{ traits.firstName }}\n",
            "messages/hello/push.yaml": "badge: 1\n",
            "messages/hello/languages/en.yaml": WORDS.format("Hello"),
            "messages/hello/languages/de.yaml": WORDS.format("Hallo"),
        },
    )


@pytest.fixture
def gateway() -> Iterator[Running]:
    with recording_gateway() as running, patch("infra.operations.cloud.connect", lambda *_: cloud_of(running.client)):
        yield running


def send_test(playbook: Path, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["send-test", *words, "--playbook", str(playbook), "--stage", "test"])
    if isinstance(result.exception, CarillonError | CommandError):
        return result.exit_code, str(result.exception)
    return result.exit_code, " ".join(result.output.replace("│", " ").split())


def test_a_mail_arrives_as_the_stage_would_send_it_and_says_that_it_is_a_test(gateway: Running, playbook: Path) -> None:
    code, said = send_test(playbook, "hello", "--to", "Ana@Shop.example", "--language", "de")
    mail = gateway.only()

    assert (code, said) == (0, f"hello went to Ana@shop.example by email in de: {mail.id}")
    assert (mail.to, mail.sender) == ("Ana@shop.example", "Kilkenny <hello@shop.example>")
    assert mail.subject == "[Test] Hallo"
    assert mail.html is not None
    assert "Hallo Ana" in mail.html
    assert mail.headers["List-Unsubscribe"] == "<https://carillon.example/v1/unsubscribe/test>"
    assert "https://carillon.example/v1/unsubscribe/test" in mail.html
    assert not gateway.feedback.events


@pytest.mark.parametrize(
    ("words", "channel", "to", "text"),
    [
        (["--to", "+353 87 123 4567"], "sms", "+353871234567", "Hello Ana"),
        (["--to", "token-of-ana", "--platform", "ios"], "push", "token-of-ana", "Ana"),
        (["--to", "+353871234567", "--channel", "sms", "--language", "de"], "sms", "+353871234567", "Hallo Ana"),
    ],
)
def test_an_address_tells_the_channel(
    gateway: Running, playbook: Path, words: list[str], channel: str, to: str, text: str
) -> None:
    assert send_test(playbook, "hello", *words)[0] == 0
    message = gateway.only()

    assert (message.channel, message.to, message.text) == (channel, to, text)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["helo", "--to", "ana@shop.example"], 'no message "helo", did you mean "hello"?'),
        (["hello", "--to", "ana@shop.example", "--language", "fr"], "hello does not speak fr; it speaks en, de"),
        (["hello", "--to", "ana@shop", "--channel", "email"], "--to is no mail address"),
        (["hello", "--to", "+12", "--channel", "sms"], "--to is no phone number"),
        (["hello", "--to", "token"], "--platform"),
        (["hello", "--to", "+353871234567", "--channel", "whatsapp"], "hello has nothing for whatsapp; it has"),
    ],
)
def test_what_cannot_be_sent_is_told_before_anything_is(
    gateway: Running, playbook: Path, words: list[str], said: str
) -> None:
    code, answer = send_test(playbook, *words)

    assert code == 2
    assert said in answer
    assert not gateway.outbox.messages()


def test_what_the_provider_refuses_is_told_by_its_code(gateway: Running, playbook: Path) -> None:
    gateway.order(service="ses", code="MessageRejected", status=400, message="no")
    code, said = send_test(playbook, "hello", "--to", "ana@shop.example")

    assert code == 1
    assert "MessageRejected" in said


@pytest.mark.parametrize(
    ("answers", "is_fine"),
    [
        ([{"VerifiedForSendingStatus": True}], True),
        ([None, {"VerifiedForSendingStatus": True}], True),
        ([{"VerifiedForSendingStatus": False}, None], False),
        ([None, None], False),
    ],
)
def test_a_mail_goes_to_who_or_whose_domain_is_verified(answers: list[dict[str, Any] | None], is_fine: bool) -> None:
    ses = aws_client("sesv2", "http://127.0.0.1:9")
    with Stubber(ses) as stubber:
        for identity, answer in zip(("ana@shop.example", "shop.example"), answers, strict=False):
            if answer is None:
                stubber.add_client_error(
                    "get_email_identity", "NotFoundException", expected_params={"EmailIdentity": identity}
                )
            else:
                stubber.add_response("get_email_identity", answer, {"EmailIdentity": identity})
        trial = Trial(cloud_of(lambda service: ses if service == "sesv2" else None), {"name": "Example"})

        if is_fine:
            trial.require_verified(Channel.EMAIL, "ana@shop.example")
        else:
            with pytest.raises(CommandError, match="create-email-identity"):
                trial.require_verified(Channel.EMAIL, "ana@shop.example")
        stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    ("numbers", "is_fine"),
    [
        ([{"DestinationPhoneNumber": "+353871234567", "Status": "VERIFIED"}], True),
        ([{"DestinationPhoneNumber": "+353871234567", "Status": "PENDING"}], False),
        (None, False),
    ],
)
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WHATSAPP])
def test_a_text_goes_to_a_verified_number(
    channel: Channel, numbers: list[dict[str, Any]] | None, is_fine: bool
) -> None:
    texts = aws_client("pinpoint-sms-voice-v2", "http://127.0.0.1:9")
    with Stubber(texts) as stubber:
        expected = {"DestinationPhoneNumbers": ["+353871234567"]}
        if numbers is None:
            stubber.add_client_error(
                "describe_verified_destination_numbers", "ResourceNotFoundException", expected_params=expected
            )
        else:
            needed = {"VerifiedDestinationNumberArn": "arn", "VerifiedDestinationNumberId": "id", "CreatedTimestamp": 0}
            answer = {"VerifiedDestinationNumbers": [number | needed for number in numbers]}
            stubber.add_response("describe_verified_destination_numbers", answer, expected)
        trial = Trial(cloud_of(lambda service: texts if service == "pinpoint-sms-voice-v2" else None), {"name": "E"})

        if is_fine:
            trial.require_verified(channel, "+353871234567")
        else:
            with pytest.raises(CommandError, match="create-verified-destination-number"):
                trial.require_verified(channel, "+353871234567")
        stubber.assert_no_pending_responses()


def test_who_may_not_ask_whether_an_address_is_verified_is_told_what_to_be_given() -> None:
    ses = aws_client("sesv2", "http://127.0.0.1:9")
    with Stubber(ses) as stubber:
        stubber.add_client_error("get_email_identity", "AccessDeniedException", http_status_code=403)
        trial = Trial(cloud_of(lambda service: ses if service == "sesv2" else None), {"name": "Example"})

        with pytest.raises(CommandError, match="ses:GetEmailIdentity"):
            trial.require_verified(Channel.EMAIL, "ana@shop.example")
