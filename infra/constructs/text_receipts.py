"""The configuration set that texts are sent with by AWS End User Messaging: what becomes of them reaches a topic."""

from aws_cdk.aws_smsvoice import CfnConfigurationSet
from aws_cdk.aws_sns import ITopic
from constructs import Construct

from infra.stages import Stage
from shared.adapters.sources.sms_receipts import KINDS


class TextReceipts(Construct):
    """``name`` is what the sender names. By a topic, since what the bus gets lacks the context that we sent along."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, topic: ITopic) -> None:
        super().__init__(scope, id_)
        self.name = stage.prefix
        CfnConfigurationSet(
            self,
            "ConfigurationSet",
            configuration_set_name=self.name,
            event_destinations=[
                CfnConfigurationSet.EventDestinationProperty(
                    enabled=True,
                    event_destination_name=f"{self.name}-receipts",
                    matching_event_types=sorted(KINDS),
                    sns_destination=CfnConfigurationSet.SnsDestinationProperty(topic_arn=topic.topic_arn),
                )
            ],
        )
