"""Events in: our own bus for other systems, the mail service's feedback, and the texts that people send."""

from aws_cdk import RemovalPolicy, Stack
from aws_cdk.aws_events import EventBus, EventPattern, IEventBus, Match, Rule
from aws_cdk.aws_events_targets import SqsQueue
from aws_cdk.aws_iam import PolicyStatement, ServicePrincipal
from aws_cdk.aws_kms import Key
from aws_cdk.aws_ses import (
    ConfigurationSet,
    ConfigurationSetEventDestination,
    ConfigurationSetTlsPolicy,
    EmailSendingEvent,
    EventDestination,
    SuppressionReasons,
)
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sns_subscriptions import SqsSubscription
from constructs import Construct

from infra.constructs.queues import WorkQueue
from infra.stages import Stage
from shared.domain.intake.bus_envelope import OWN_SOURCE

NUMBERS = "sms-voice.amazonaws.com"
SOCIAL = "social-messaging.amazonaws.com"


class ChannelBus(Construct):
    """The bus on which any system may put canonical events; they reach ``queue``."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, queue: WorkQueue) -> None:
        super().__init__(scope, id_)
        self.bus = EventBus(self, "Bus", event_bus_name=stage.prefix)
        lead(self, "Inbound", bus=self.bus, to=queue, pattern=EventPattern(source=Match.anything_but(OWN_SOURCE)))


class MailFeedback(Construct):
    """The configuration set that every mail is sent with; what becomes of the mail reaches ``queue``."""

    EVENTS = (
        EmailSendingEvent.DELIVERY,
        EmailSendingEvent.DELIVERY_DELAY,
        EmailSendingEvent.OPEN,
        EmailSendingEvent.CLICK,
        EmailSendingEvent.BOUNCE,
        EmailSendingEvent.COMPLAINT,
        EmailSendingEvent.REJECT,
        EmailSendingEvent.RENDERING_FAILURE,
        EmailSendingEvent.SUBSCRIPTION,
    )

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, queue: WorkQueue) -> None:
        super().__init__(scope, id_)
        self.name = stage.prefix
        self.configuration_set = ConfigurationSet(
            self,
            "ConfigurationSet",
            configuration_set_name=self.name,
            reputation_metrics=True,
            suppression_reasons=SuppressionReasons.BOUNCES_AND_COMPLAINTS,
            tls_policy=ConfigurationSetTlsPolicy.REQUIRE,
        )
        # SES publishes to the account's default bus only.
        default_bus = EventBus.from_event_bus_name(self, "DefaultBus", "default")
        ConfigurationSetEventDestination(
            self,
            "ToBus",
            configuration_set=self.configuration_set,
            destination=EventDestination.event_bus(default_bus),
            configuration_set_event_destination_name=f"{self.name}-feedback",
            events=list(self.EVENTS),
        )
        lead(
            self,
            "Feedback",
            bus=default_bus,
            to=queue,
            pattern=EventPattern(
                source=["aws.ses"],
                # Of this stage's mail only: the account may send other mail, or hold another stage.
                detail={"mail": {"tags": {"ses:configuration-set": [self.name]}}},
            ),
        )


class InboundTexts(Construct):
    """The topic that a number's two-way messaging is pointed at; what people text reaches ``queue``.

    WhatsApp's events come by it too, where the stage has WhatsApp.

    A key of our own: the one that AWS keeps for SNS does not let another service publish to an encrypted topic.
    """

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, queue: WorkQueue) -> None:
        super().__init__(scope, id_)
        key = Key(
            self,
            "Key",
            description=f"Carillon {stage.name}: texts from people, on their way to us",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.DESTROY,  # nothing rests under it
        )
        self.topic = Topic(self, "Topic", topic_name=f"{stage.prefix}-inbound-texts", master_key=key, enforce_ssl=True)
        services = [NUMBERS, SOCIAL] if stage.whatsapp_phone_number_id else [NUMBERS]
        for service in services:
            self.topic.add_to_resource_policy(self._for(service, "sns:Publish", on=self.topic.topic_arn))
            key.add_to_resource_policy(self._for(service, "kms:GenerateDataKey", "kms:Decrypt", on="*"))
        self.topic.add_subscription(SqsSubscription(queue.queue, dead_letter_queue=queue.dead_letters))

    def _for(self, service: str, *actions: str, on: str) -> PolicyStatement:
        """For End User Messaging, on behalf of this account's numbers alone."""
        return PolicyStatement(
            actions=list(actions),
            principals=[ServicePrincipal(service)],
            resources=[on],
            conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}},
        )


def lead(scope: Construct, id_: str, *, bus: IEventBus, to: WorkQueue, pattern: EventPattern) -> None:
    """Send matching events to the queue; those that cannot be delivered wait beside what could not be handled."""
    Rule(
        scope,
        id_,
        event_bus=bus,
        event_pattern=pattern,
        targets=[SqsQueue(to.queue, dead_letter_queue=to.dead_letters)],
    )
