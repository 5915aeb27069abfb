"""What the functions stand on, and what several of them are granted alike."""

from collections.abc import Mapping
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk.aws_events import EventBus
from aws_cdk.aws_lambda import Function
from aws_cdk.aws_sqs import IQueue

from infra.constructs.channel_events import MailFeedback
from infra.constructs.functions import Functions, allow, allow_items
from infra.constructs.http_api import PublicApi
from infra.constructs.queues import WorkQueue
from infra.constructs.wake_ups import WakeUps
from infra.data_stack import DataStack
from infra.stages import Stage

REQUEST_TIME = Duration.seconds(10)
"""What a client waits for at most; the API gives up after 30."""
WORK_TIME = Duration.seconds(20)
"""For a batch from a queue. Six times as long, a message that failed stays hidden, and its person's others wait."""
ERASE_TIME = Duration.minutes(5)
"""For one sweep, or the part of it that is left for the next attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """All that functions are added to and made of; ``queues`` by their names."""

    stage: Stage
    data: DataStack
    functions: Functions
    queues: Mapping[str, WorkQueue]
    api: PublicApi
    bus: EventBus
    wake_ups: WakeUps
    mail: MailFeedback
    text_configuration_set: str
    public_url: str

    @property
    def clock(self) -> dict[str, str]:
        return {"clock_speed": self.stage.clock_speed, "clock_epoch": self.stage.clock_epoch}

    @property
    def events(self) -> IQueue:
        return self.queues["events"].queue

    def let_suppress(self, function: Function) -> None:
        """Note addresses that must not be written to, under digests."""
        allow_items(function, self.data.table, "dynamodb:UpdateItem", of=["SUPPRESSED"])
        allow(function, "secretsmanager:GetSecretValue", on=[self.data.digest_secret.secret_arn])
