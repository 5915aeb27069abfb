"""How long a failed message stays away."""

import boto3
import pytest

from shared.adapters.redelivery import LONGEST_DELAY, SqsRedelivery, delay_after
from shared.domain.timing import MINUTE, SECOND
from shared.errors import RetryableError


@pytest.mark.parametrize(
    ("receives", "most"),
    [
        (1, 15 * SECOND),
        (2, 30 * SECOND),
        (3, MINUTE),
        (4, 2 * MINUTE),
        (6, 8 * MINUTE),
        (7, LONGEST_DELAY),
        (1_000, LONGEST_DELAY),
    ],
)
def test_the_delay_doubles_up_to_a_bound_and_spreads_a_crowd(receives: int, most: int) -> None:
    delays = [delay_after(receives, f"receipt-{index}") for index in range(200)]
    assert most // 2 <= min(delays) < most * 0.6
    assert most * 0.9 < max(delays) <= most


def test_a_postponed_message_is_hidden_for_its_delay(aws: None) -> None:
    sqs = boto3.client("sqs")
    queue_url = sqs.create_queue(QueueName="marketing", Attributes={"VisibilityTimeout": "0"})["QueueUrl"]
    other_url = sqs.create_queue(QueueName="transactional")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.send_message(QueueUrl=queue_url, MessageBody="{}")
    [message] = sqs.receive_message(QueueUrl=queue_url, VisibilityTimeout=30)["Messages"]
    SqsRedelivery(sqs, queue_urls=[other_url, queue_url]).postpone(arn, message["ReceiptHandle"], receives=1)
    assert "Messages" not in sqs.receive_message(QueueUrl=queue_url)


def test_a_queue_that_cannot_be_asked_is_an_error_of_ours(aws: None) -> None:
    redelivery = SqsRedelivery(boto3.client("sqs"), queue_urls=["https://sqs.eu-west-1.amazonaws.com/1/marketing"])
    with pytest.raises(RetryableError):
        redelivery.postpone("arn:aws:sqs:eu-west-1:1:marketing", "receipt", receives=1)
