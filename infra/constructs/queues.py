"""Queues of work, each with a dead-letter queue that keeps what failed too often."""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk.aws_sqs import (
    DeadLetterQueue,
    DeduplicationScope,
    FifoThroughputLimit,
    IQueue,
    Queue,
    QueueEncryption,
)
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge

RECEIVES = 5
RECEIVES_WITH_BACKOFF = 12
"""Where the function itself postpones what it could not do, longer each time: an hour or so in all
(``shared.adapters.redelivery``), so that a provider that throttles costs no message."""
KEPT = Duration.days(14)
"""The longest that SQS keeps anything: an outage of a long weekend loses nothing."""


class WorkQueue(Construct):
    """A queue for one function; ``work_time`` is that function's timeout.

    A message stays hidden six times as long, as AWS advises, so that a slow attempt is not overtaken by the next.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        work_time: Duration,
        receives: int = RECEIVES,
        fifo: bool = False,
    ) -> None:
        super().__init__(scope, id_)
        suffix = ".fifo" if fifo else ""
        self.dead_letters = dead_letter_queue(self, "DeadLetters", name=f"{name}-dead-letters{suffix}", fifo=fifo)
        self.queue: IQueue = Queue(
            self,
            "Queue",
            queue_name=f"{name}{suffix}",
            encryption=QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEPT,
            visibility_timeout=Duration.seconds(6 * int(work_time.to_seconds())),
            dead_letter_queue=DeadLetterQueue(queue=self.dead_letters, max_receive_count=receives),
            removal_policy=RemovalPolicy.DESTROY,
            fifo=True if fifo else None,
            content_based_deduplication=True if fifo else None,
            deduplication_scope=DeduplicationScope.MESSAGE_GROUP if fifo else None,
            fifo_throughput_limit=FifoThroughputLimit.PER_MESSAGE_GROUP_ID if fifo else None,
        )


def dead_letter_queue(scope: Construct, id_: str, *, name: str, fifo: bool = False) -> Queue:
    """A queue where failures wait for a person."""
    queue = Queue(
        scope,
        id_,
        queue_name=name,
        encryption=QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        retention_period=KEPT,
        removal_policy=RemovalPolicy.DESTROY,
        fifo=True if fifo else None,
    )
    acknowledge(queue, {"SQS3": "This is a dead-letter queue: what fails ends here, watched by an alarm."})
    return queue
