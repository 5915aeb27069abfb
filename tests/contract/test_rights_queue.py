"""What every ``RightsQueue`` does: hands on whole what somebody asked for, also later."""

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from shared.adapters.rights_queue import SqsRightsQueue
from shared.domain.rights.erasure import SECOND_SWEEP_AFTER, RightsKind, RightsOrder, next_sweep, order_from_dict
from shared.domain.timing import SECOND
from shared.errors import ThrottledError
from shared.ports.rights import RightsQueue
from tests.aws import own_client
from tests.fakes.rights import FakeRightsQueue

FIRST = RightsOrder(kind=RightsKind.ERASE, receipt="r1", references=("email:ana@example.com", "u 1 / Ø"))
ORDERS = (
    FIRST,
    next_sweep(FIRST),
    RightsOrder(kind=RightsKind.ERASE, receipt="r2", references=("u2",), after="quarantine/2026/11/02/a.json"),
    RightsOrder(kind=RightsKind.EXPORT, receipt="r3", references=("shopify:4711",)),
    RightsOrder(kind=RightsKind.SHOP, receipt="r4", references=("tea.myshopify.com",)),
)

Both = tuple[RightsQueue, Callable[[], list[RightsOrder]]]


@pytest.fixture(params=["fake", "sqs"])
def queue_and_reader(request: pytest.FixtureRequest) -> Both:
    """The second reads all that was put."""
    if request.param == "fake":
        fake = FakeRightsQueue()
        return fake, lambda: fake.orders
    request.getfixturevalue("aws")
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="erasures")["QueueUrl"]

    def read() -> list[RightsOrder]:
        found: list[Any] = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        return [order_from_dict(json.loads(message["Body"])) for message in found]

    return SqsRightsQueue(sqs, queue_url=url), read


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.kind} {order.sweep}")
def test_an_order_arrives_as_it_was_put(queue_and_reader: Both, order: RightsOrder) -> None:
    queue, read = queue_and_reader
    queue.put(order)
    assert read() == [order]


def test_every_order_arrives(queue_and_reader: Both) -> None:
    queue, read = queue_and_reader
    for order in ORDERS:
        queue.put(order)
    assert sorted(read(), key=str) == sorted(ORDERS, key=str)


def test_the_longest_delay_that_is_asked_for_is_one_that_the_queue_takes(aws: None) -> None:
    client = own_client("sqs")
    with Stubber(client) as stubber:
        stubber.add_response(
            "send_message",
            {"MessageId": "1"},
            {"QueueUrl": "https://queue", "MessageBody": ANY, "DelaySeconds": 900},
        )
        SqsRightsQueue(client, queue_url="https://queue").put(next_sweep(FIRST), delay=SECOND_SWEEP_AFTER)
        stubber.assert_no_pending_responses()
    assert SECOND_SWEEP_AFTER <= 900 * SECOND


def test_a_throttled_call_is_told_as_such(aws: None) -> None:
    client = own_client("sqs")
    with Stubber(client) as stubber:
        stubber.add_client_error("send_message", "ThrottlingException")
        with pytest.raises(ThrottledError):
            SqsRightsQueue(client, queue_url="https://queue").put(FIRST)
