"""The stateless house: which function reads what, writes what, and is woken by what. Composition only."""

from aws_cdk import CfnOutput, Duration, Stack
from constructs import Construct

from infra.constructs.alarms import Alarms
from infra.constructs.channel_events import ChannelBus, InboundTexts, MailFeedback
from infra.constructs.dashboard import add_dashboard
from infra.constructs.functions import Functions
from infra.constructs.http_api import PublicApi
from infra.constructs.queues import RECEIVES, RECEIVES_WITH_BACKOFF, WorkQueue
from infra.constructs.text_receipts import TextReceipts
from infra.constructs.wake_ups import WakeUps
from infra.data_stack import DataStack
from infra.messaging.deciding import evaluate_events, relay_effects
from infra.messaging.ground import ERASE_TIME, WORK_TIME, Ground
from infra.messaging.intake import ingest_events, normalize_events
from infra.messaging.people import erase_profiles, manage_preferences, serve_profiles
from infra.messaging.sending import dispatch_message, follow_links, record_feedback
from infra.messaging.shop import serve_shop
from infra.stages import Stage

LONGEST_WAIT = {
    "events": Duration.minutes(5),
    "inbound": Duration.minutes(5),
    "feedback": Duration.minutes(15),
    "transactional": Duration.minutes(2),
    "marketing": Duration.hours(2),
    "erasures": Duration.hours(2),
}
"""How long a queue may keep people waiting before someone is told."""

POSTPONED = {"feedback", "transactional", "marketing"}
"""Queues whose function asks for a later delivery where that may help."""


class MessagingStack(Stack):
    """Everything between an event and its message."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, data: DataStack) -> None:
        super().__init__(scope, id_, description="Carillon: from events to messages")
        queues = {
            name: WorkQueue(
                self,
                f"{name.title()}Queue",
                name=f"{stage.prefix}-{name}",
                work_time=ERASE_TIME if name == "erasures" else WORK_TIME,
                receives=RECEIVES_WITH_BACKOFF if name in POSTPONED else RECEIVES,
                fifo=name == "events",
            )
            for name in LONGEST_WAIT
        }
        api = PublicApi(self, "PublicApi", stage=stage)
        bus = ChannelBus(self, "ChannelBus", stage=stage, queue=queues["inbound"]).bus
        mail = MailFeedback(self, "MailFeedback", stage=stage, queue=queues["feedback"])
        texts = InboundTexts(self, "InboundTexts", stage=stage, queue=queues["feedback"])
        text_configuration_set = stage.texts.configuration_set if stage.texts else ""
        if stage.texts and not text_configuration_set:
            text_configuration_set = TextReceipts(self, "TextReceipts", stage=stage, topic=texts.topic).name
        ground = Ground(
            stage=stage,
            data=data,
            queues=queues,
            api=api,
            bus=bus,
            mail=mail,
            text_configuration_set=text_configuration_set,
            wake_ups=WakeUps(self, "WakeUps", stage=stage, events=queues["events"].queue),
            public_url=stage.public_url or api.url,
            functions=Functions(self, "Functions", stage=stage),
        )
        ingest_events(ground)
        normalize_events(ground)
        evaluate_events(ground)
        relay_source = relay_effects(ground)
        dispatch_message(ground)
        record_feedback(ground)
        follow_links(ground)
        manage_preferences(ground)
        serve_profiles(ground)
        serve_shop(ground)
        erase_profiles(ground)
        self._observe(ground, relay_source)
        self._outputs(ground, texts)

    def _observe(self, ground: Ground, relay_source: str) -> None:
        queues = {name: work.queue for name, work in ground.queues.items()}
        functions = ground.functions.all
        alarms = Alarms(self, "Alarms", stage=ground.stage)
        alarms.on_dead_letters(
            {name: work.dead_letters for name, work in ground.queues.items()}
            | {"wake-ups": ground.wake_ups.dead_letters}
        )
        alarms.on_waiting(queues, LONGEST_WAIT)
        alarms.on_functions(functions)
        alarms.on_stream(functions["relay_effects"], relay_source)
        api = ground.api.api
        alarms.on_api(api.metric_server_error(period=Duration.minutes(5)))
        alarms.on_reputation()
        alarms.on_coupons()
        add_dashboard(
            self,
            "Dashboard",
            stage=ground.stage,
            requests=[api.metric_count(), api.metric_client_error(), api.metric_server_error()],
            queues=queues,
            functions=functions,
            alarms=alarms.all,
        )

    def _outputs(self, ground: Ground, texts: InboundTexts) -> None:
        region = self.region
        outputs = {
            "ApiUrl": ground.api.url,
            "ApiId": ground.api.api.api_id,
            "TableName": ground.data.table.table_name,
            "EventsQueueUrl": ground.events.queue_url,
            "BusName": ground.bus.event_bus_name,
            "WriteKeySecretArn": ground.data.write_key.secret_arn,
            "SecretKeySecretArn": ground.data.secret_key.secret_arn,
            "LinkSecretArn": ground.data.link_secret.secret_arn,
            "DigestSecretArn": ground.data.digest_secret.secret_arn,
            "ShopifySecretArn": ground.data.shopify_secret.secret_arn,
            "QuarantineBucketName": ground.data.failures.bucket_name,
            "InboundTextsTopicArn": texts.topic.topic_arn,
            "DashboardUrl": f"https://{region}.console.aws.amazon.com/cloudwatch/home"
            f"?region={region}#dashboards/dashboard/{ground.stage.prefix}",
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
