"""The two functions of the sending end on moto: their table, queues and secret, and the deliveries they are given."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from shutil import copytree
from tempfile import mkdtemp
from typing import Any, Final

import boto3
import pytest

from functions.dispatch_message import handler as dispatch_handler
from functions.record_feedback import handler as feedback_handler
from infra.playbook.build import build_playbook
from shared.adapters.clock import SystemClock
from shared.adapters.dynamodb.catalogue import DynamoCatalogue
from shared.adapters.dynamodb.coupons import DynamoCoupons
from shared.adapters.dynamodb.ledger import LEASE, DynamoLedger
from shared.adapters.dynamodb.profiles import DynamoProfiles
from shared.adapters.dynamodb.purchases import DynamoPurchases
from shared.adapters.message_queue import message_body
from shared.adapters.redelivery import HELD
from shared.bootstrap import dispatch_message, record_feedback
from shared.domain.consent.words import ANY, Channel, Purpose, Statement
from shared.domain.events import Event, event_from_dict
from shared.domain.ledger import LedgerEntry
from shared.domain.messages import Message, Purchase
from shared.domain.profiles import Device, Profile
from shared.domain.shop.products import Product
from shared.settings.dispatch_message import DispatchSettings
from shared.settings.record_feedback import FeedbackSettings
from shared.tables import pace_key
from tests.aws import pretended_aws
from tests.builders import NOON, a_message, a_profile
from tests.conftest import create_table
from tests.crashes import Killed
from tests.integration.lambda_events import FakeLambdaContext, failures, returned, sqs_event
from tests.integration.providers import Providers

ROOT: Final = Path(__file__).parents[2]
SHAPE: Final = json.loads((ROOT / "tests" / "events" / "sqs_from_eventbridge.json").read_text())["Records"][0]
CONTENT: Final = {"properties": {"name": "Kilkenny mug", "price": 34.5, "quantity": 2, "currency": "EUR"}}

ANA: Final = a_profile(
    traits={"firstName": "Ana", "email": "ana@example.com", "phone": "+353871234567"},
    devices={"token1": Device("ios", NOON)},
    consent={(Channel.SMS, ANY): Statement(subscribed=True, at=NOON, source="checkout")},
)
MARKETING: Final = a_message(entry=CONTENT, channels=(Channel.EMAIL,))
TRANSACTIONAL: Final = replace(MARKETING, purpose=Purpose.TRANSACTIONAL, topic=None)


BESIDE: Final = {
    "coupons.yaml": "welcome10: {title: 10 % off, prefix: HELLO}\nspring: {title: Spring, kind: pool}\n",
    "messages/voucher/message.yaml": "title: Voucher\n",
    "messages/voucher/example.json": '{"traits": {}, "entry": {}}',
    "messages/voucher/sms.txt": "Yours: {{ coupon('spring').code }}",
    "messages/greeting/message.yaml": "title: Greeting\n",
    "messages/greeting/example.json": '{"traits": {}, "entry": {}}',
    "messages/greeting/sms.txt": "{{ coupon('welcome10').title }}: {{ coupon('welcome10').code }}",
    "messages/ideas/message.yaml": "title: Ideas\n",
    "messages/ideas/example.json": '{"traits": {}, "entry": {}}',
    "messages/ideas/sms.txt": "Yours?{% for it in recommendations(2) %} {{ it.title | default(it.sku) }}{% endfor %}",
}


@cache
def shipped_playbook() -> Path:
    """The shipped playbook, compiled once; and messages that none of its flows needs, with coupons or ideas."""
    source = Path(mkdtemp()) / "templates"
    copytree(ROOT / "templates", source)
    for name, text in BESIDE.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text, "utf-8")
    build_playbook(source, source.parent / "playbook")
    return source.parent / "playbook"


@dataclass
class SendingEnd:
    """Everything that the functions touch, and a wall clock that moves when told."""

    table_name: str
    queue_urls: dict[str, str]
    providers: Providers = field(default_factory=Providers)
    wall: int = NOON

    def begin(self, lane: str = "email") -> None:
        """Forget what another test left in memory and on the stream, and what was taken of the lane's pace."""
        self.providers = Providers()
        self.wall = NOON
        pk, sk = pace_key(lane)  # time stands still from test to test, and what was taken is not earned again
        boto3.client("dynamodb").delete_item(TableName=self.table_name, Key={"pk": {"S": pk}, "sk": {"S": sk}})
        self.events()
        forget_instances()

    def know(self, profile: Profile) -> None:
        DynamoProfiles(boto3.client("dynamodb"), table=self.table_name).save(profile, ())

    @property
    def coupons(self) -> DynamoCoupons:
        return DynamoCoupons(boto3.client("dynamodb"), table=self.table_name)

    def count(self, purchase: Purchase) -> None:
        DynamoPurchases(boto3.client("dynamodb"), table=self.table_name, clock=SystemClock()).count(purchase)

    def sell(self, product: Product) -> None:
        DynamoCatalogue(boto3.client("dynamodb"), table=self.table_name, clock=SystemClock()).put(product)

    def ordered(self, message: Message, *, id_: str = "1", held: int = 0) -> dict[str, Any]:
        """The message as its queue delivers it; ``held``: how often it was put back."""
        body = message_body(message)
        if held:
            body = json.dumps({**json.loads(body), HELD: held})
        return self.delivered(message.purpose.value, body, id_=id_)

    def waiting(self, queue: str) -> int:
        """How many messages the queue keeps back for later."""
        answer = boto3.client("sqs").get_queue_attributes(QueueUrl=self.queue_urls[queue], AttributeNames=["All"])
        return int(answer["Attributes"]["ApproximateNumberOfMessagesDelayed"])

    def reported(self, envelope: Any, *, id_: str = "1") -> dict[str, Any]:
        """What EventBridge brings of SES, as its queue delivers it."""
        return self.delivered("feedback", json.dumps(envelope), id_=id_)

    def delivered(self, queue: str, body: str, *, id_: str = "1") -> dict[str, Any]:
        sqs, queue_url = boto3.client("sqs"), self.queue_urls[queue]
        sqs.send_message(QueueUrl=queue_url, MessageBody=body)
        [message] = sqs.receive_message(QueueUrl=queue_url, VisibilityTimeout=3_600)["Messages"]
        record: dict[str, Any] = json.loads(json.dumps(SHAPE))
        record |= {
            "messageId": id_,
            "receiptHandle": message["ReceiptHandle"],
            "body": body,
            "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{queue_url.rsplit('/', 1)[-1]}",
        }
        record["attributes"]["SentTimestamp"] = str(self.wall)
        return record

    def dispatch(self, *records: dict[str, Any], remaining: int = 20_000) -> list[str]:
        """The ids of the messages that are delivered again."""
        with self.providers.standing_in():
            return self.dispatch_watched(*records, remaining=remaining)

    def dispatch_watched(self, *records: dict[str, Any], remaining: int = 20_000) -> list[str]:
        """The same, where the providers stand in already, behind whoever watches the calls."""
        answer = dispatch_handler.lambda_handler(sqs_event(*records), FakeLambdaContext(remaining=remaining))
        return failures(answer)

    def record_feedback(self, *records: dict[str, Any]) -> list[str]:
        answer = feedback_handler.lambda_handler(sqs_event(*records), FakeLambdaContext())
        return failures(answer)

    def until_done(self, handle: Callable[..., list[str]], records: Sequence[dict[str, Any]]) -> int:
        """Deliver, and again what failed, until nothing is left; a process that was killed is a new one then."""
        for delivery in range(1, 8):
            try:
                failed = handle(*records)
            except Killed:
                forget_instances()
                failed = [record["messageId"] for record in records]
            records = returned(sqs_event(*records), {"batchItemFailures": [{"itemIdentifier": id_} for id_ in failed]})[
                "Records"
            ]
            if not records:
                return delivery
            self.wall += LEASE
        raise AssertionError("it comes again for ever")

    def entry(self, message_id: str = MARKETING.id) -> LedgerEntry | None:
        return DynamoLedger(boto3.client("dynamodb"), table=self.table_name, clock=SystemClock()).find(message_id)

    def events(self) -> list[Event]:
        """What the persons' stream was told, taken from it."""
        sqs, told = boto3.client("sqs"), []
        while batch := sqs.receive_message(QueueUrl=self.queue_urls["events"], MaxNumberOfMessages=10).get("Messages"):
            for message in batch:
                told.append(event_from_dict(json.loads(message["Body"])))
                sqs.delete_message(QueueUrl=self.queue_urls["events"], ReceiptHandle=message["ReceiptHandle"])
        return told


def forget_instances() -> None:
    for factory in (
        dispatch_message.dispatcher,
        dispatch_message.redelivery,
        record_feedback.feedback_recorder,
        record_feedback.redelivery,
        record_feedback.text_receiver,
    ):
        factory.cache_clear()


@contextmanager
def lasting_end(playbook: Path | None = None) -> Iterator[SendingEnd]:
    """The same for many tests, each with a message of its own: setting up takes longer than most of them."""
    with pretended_aws(), sending_end(create_table("lasting"), playbook) as house:
        yield house


@contextmanager
def sending_end(table_name: str, playbook: Path | None = None) -> Iterator[SendingEnd]:
    """Both functions, as if deployed; ``playbook``: another than the one that ships, compiled."""
    sqs = boto3.client("sqs")
    queue_urls = {
        name: sqs.create_queue(QueueName=f"{table_name}-{name}")["QueueUrl"]
        for name in ("transactional", "marketing", "feedback")
    }
    events = sqs.create_queue(QueueName=f"{table_name}-events.fifo", Attributes={"FifoQueue": "true"})
    queue_urls["events"] = events["QueueUrl"]
    secret = boto3.client("secretsmanager").create_secret(Name=f"{table_name}-links", SecretString="signing")
    digests = boto3.client("secretsmanager").create_secret(Name=f"{table_name}-digests", SecretString="digest-secret")
    settings = DispatchSettings(
        table_name=table_name,
        digest_secret=digests["ARN"],
        events_queue_url=queue_urls["events"],
        transactional_queue_url=queue_urls["transactional"],
        marketing_queue_url=queue_urls["marketing"],
        link_secret=secret["ARN"],
        public_url="https://carillon.example",
        configuration_set="carillon-test",
        email_from="hello@shop.example",
        push_application_id="app1",
        webhook_secrets=f"{table_name}/webhooks/",
    )
    feedback = FeedbackSettings(
        table_name=table_name,
        digest_secret=digests["ARN"],
        events_queue_url=queue_urls["events"],
        feedback_queue_url=queue_urls["feedback"],
    )
    house = SendingEnd(table_name, queue_urls)
    house.know(ANA)
    with pytest.MonkeyPatch.context() as environment:
        told = settings.to_env() | feedback.to_env() | {"PLAYBOOK_DIR": str(playbook or shipped_playbook())}
        for name, value in told.items():
            environment.setenv(name, value)
        environment.setattr(SystemClock, "wall", lambda _: house.wall)
        forget_instances()
        yield house
        forget_instances()
