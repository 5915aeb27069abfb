"""The stateless house: which function reads what, writes what, and is woken by what. Composition only."""

from aws_cdk import ArnFormat, CfnOutput, Duration, Stack
from aws_cdk.aws_apigatewayv2 import HttpMethod
from aws_cdk.aws_iam import Effect, PolicyStatement
from aws_cdk.aws_lambda import Function
from constructs import Construct

from infra.constructs.alarms import Alarms
from infra.constructs.channel_events import ChannelBus, InboundTexts, MailFeedback
from infra.constructs.dashboard import add_dashboard
from infra.constructs.functions import Functions, allow, allow_items
from infra.constructs.http_api import PublicApi, Route
from infra.constructs.queues import RECEIVES, RECEIVES_WITH_BACKOFF, WorkQueue
from infra.constructs.sources import consume, follow_effects
from infra.constructs.text_receipts import TextReceipts
from infra.constructs.wake_ups import WakeUps
from infra.data_stack import DAYS_KEPT, EXPORTS_PREFIX, QUARANTINE_PREFIX, DataStack
from infra.stages import Stage
from shared.domain.intake.client_keys import write_rules
from shared.domain.intake.segment_spec import ADDRESSES, BATCH_ADDRESSES
from shared.settings import (
    DispatchSettings,
    ErasureSettings,
    EvaluateSettings,
    FeedbackSettings,
    IngestSettings,
    NormalizeSettings,
    PreferencesSettings,
    ProfilesSettings,
    RelaySettings,
    ShopSettings,
)

REQUEST_TIME = Duration.seconds(10)
"""What a client waits for at most; the API gives up after 30."""
WORK_TIME = Duration.seconds(20)
"""For a batch from a queue. Six times as long, a message that failed stays hidden, and its person's others wait."""
RELAY_TIME = Duration.seconds(60)
ERASE_TIME = Duration.minutes(5)
"""For one sweep, or the part of it that is left for the next attempt."""
EXPORT_TIME = Duration.seconds(29)
"""For ten years of a person; the API gives up a second later."""

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

PAGES = ("unsubscribe", "preferences", "confirm", "address")
"""The pages behind signed links, by how their addresses begin."""

STATE = ("PROFILE", "PLAYBOOK", "JOURNEY")
"""What deciding reads and writes, by how the keys begin."""


class MessagingStack(Stack):
    """Everything between an event and its message."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, data: DataStack) -> None:
        super().__init__(scope, id_, description="Carillon: from events to messages")
        self._stage = stage
        self._data = data
        self._clock = {"clock_speed": stage.clock_speed, "clock_epoch": stage.clock_epoch}

        self._queues = {
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
        self._events = self._queues["events"].queue
        self._api = PublicApi(self, "PublicApi", stage=stage)
        self._bus = ChannelBus(self, "ChannelBus", stage=stage, queue=self._queues["inbound"]).bus
        self._mail = MailFeedback(self, "MailFeedback", stage=stage, queue=self._queues["feedback"])
        self._texts = InboundTexts(self, "InboundTexts", stage=stage, queue=self._queues["feedback"])
        self._text_configuration_set = stage.texts.configuration_set if stage.texts else ""
        if stage.texts and not self._text_configuration_set:
            self._text_configuration_set = TextReceipts(self, "TextReceipts", stage=stage, topic=self._texts.topic).name
        self._wake_ups = WakeUps(self, "WakeUps", stage=stage, events=self._events)
        self._public_url = stage.public_url or self._api.url

        self._functions = Functions(self, "Functions", stage=stage)
        self._ingest_events()
        self._normalize_events()
        self._evaluate_events()
        relay_source = self._relay_effects()
        self._dispatch_message()
        self._record_feedback()
        self._manage_preferences()
        self._serve_profiles()
        self._serve_shop()
        self._erase_profiles()
        self._observe(relay_source)
        self._outputs()

    def _ingest_events(self) -> None:
        ingest = self._functions.add(
            "ingest_events",
            IngestSettings(
                table_name=self._data.table.table_name,
                events_queue_url=self._events.queue_url,
                quarantine_bucket=self._data.failures.bucket_name,
                write_key_secret=self._data.write_key.secret_arn,
                secret_key_secret=self._data.secret_key.secret_arn,
                digest_secret=self._data.digest_secret.secret_arn,
                public_keys=write_rules(self._stage.public_keys),
                **self._clock,
            ),
            purpose="HTTP: checks events and puts them on their person's queue",
            work_time=REQUEST_TIME,
            memory_mb=1_024,
        )
        allow_items(ingest, self._data.table, "dynamodb:BatchGetItem", of=["ALIAS"])
        allow_items(ingest, self._data.table, "dynamodb:UpdateItem", of=["KEY", "QUALITY"])
        self._events.grant(ingest, "sqs:SendMessage")
        self._let_quarantine(ingest)
        for secret in (self._data.write_key, self._data.secret_key, self._data.digest_secret):
            allow(ingest, "secretsmanager:GetSecretValue", on=[secret.secret_arn])
        self._api.serve(
            ingest,
            *(Route(HttpMethod.POST, f"/v1/{name}") for name in (*ADDRESSES, *BATCH_ADDRESSES)),
            Route(HttpMethod.GET, "/v1/health"),
            Route(HttpMethod.GET, "/openapi.json"),
        )

    def _normalize_events(self) -> None:
        normalize = self._functions.add(
            "normalize_events",
            NormalizeSettings(
                table_name=self._data.table.table_name,
                events_queue_url=self._events.queue_url,
                quarantine_bucket=self._data.failures.bucket_name,
                digest_secret=self._data.digest_secret.secret_arn,
                **self._clock,
            ),
            purpose="EventBridge: checks events of other systems and puts them on their person's queue",
            work_time=WORK_TIME,
            memory_mb=512,
        )
        consume(normalize, self._queues["inbound"].queue)
        allow_items(normalize, self._data.table, "dynamodb:BatchGetItem", of=["ALIAS"])
        allow_items(normalize, self._data.table, "dynamodb:UpdateItem", of=["QUALITY"])
        self._events.grant(normalize, "sqs:SendMessage")
        self._let_quarantine(normalize)
        allow(normalize, "secretsmanager:GetSecretValue", on=[self._data.digest_secret.secret_arn])

    def _evaluate_events(self) -> None:
        evaluate = self._functions.add(
            "evaluate_events",
            EvaluateSettings(
                table_name=self._data.table.table_name,
                digest_secret=self._data.digest_secret.secret_arn,
                events_queue_url=self._events.queue_url,
                timeline_days=str(self._stage.timeline_days),
                max_receives=str(RECEIVES),
                **self._clock,
            ),
            purpose="Decides what each person's events mean, and writes it with the effects ordered",
            work_time=WORK_TIME,
            memory_mb=1_024,
        )
        consume(evaluate, self._events)
        allow_items(evaluate, self._data.table, "dynamodb:GetItem", "dynamodb:PutItem", of=STATE)
        # What is undone of a join leaves the survivor's partition.
        for_parting = ("dynamodb:Query", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem")
        allow_items(evaluate, self._data.table, *for_parting, of=["PROFILE"])
        allow_items(evaluate, self._data.table, "dynamodb:UpdateItem", of=["QUALITY"])
        allow_items(evaluate, self._data.table, "dynamodb:GetItem", of=["ERASED"])
        allow(evaluate, "secretsmanager:GetSecretValue", on=[self._data.digest_secret.secret_arn])
        allow_items(evaluate, self._data.table, "dynamodb:GetItem", of=["ALIAS"])
        self._events.grant(evaluate, "sqs:SendMessage")

    def _relay_effects(self) -> str:
        transactional, marketing = (self._queues[name].queue for name in ("transactional", "marketing"))
        relay = self._functions.add(
            "relay_effects",
            RelaySettings(
                table_name=self._data.table.table_name,
                digest_secret=self._data.digest_secret.secret_arn,
                transactional_queue_url=transactional.queue_url,
                marketing_queue_url=marketing.queue_url,
                bus_name=self._bus.event_bus_name,
                schedule_group=self._wake_ups.group_name,
                schedule_role_arn=self._wake_ups.role.role_arn,
                schedule_dead_letter_arn=self._wake_ups.dead_letters.queue_arn,
                events_queue_arn=self._events.queue_arn,
                **self._clock,
            ),
            purpose="Carries out what was decided: messages, wake-ups, announcements, segments",
            work_time=RELAY_TIME,
            memory_mb=512,
        )
        source = follow_effects(relay, self._data.table, failures_arn=self._data.failures_arn)
        transactional.grant(relay, "sqs:SendMessage")
        marketing.grant(relay, "sqs:SendMessage")
        allow(relay, "events:PutEvents", on=[self._bus.event_bus_arn])
        self._wake_ups.let_arrange(relay, "scheduler:CreateSchedule", "scheduler:DeleteSchedule")
        allow_items(relay, self._data.table, "dynamodb:PutItem", of=["ALIAS", "SEGMENT"])
        writes = ("dynamodb:PutItem", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem")
        allow_items(relay, self._data.table, *writes, of=["PROFILE"])
        allow_items(relay, self._data.table, "dynamodb:GetItem", of=["ERASED"])
        self._let_suppress(relay)
        return source.event_source_mapping_id

    def _dispatch_message(self) -> None:
        transactional, marketing = (self._queues[name].queue for name in ("transactional", "marketing"))
        dispatch = self._functions.add(
            "dispatch_message",
            DispatchSettings(
                table_name=self._data.table.table_name,
                digest_secret=self._data.digest_secret.secret_arn,
                events_queue_url=self._events.queue_url,
                transactional_queue_url=self._queues["transactional"].queue.queue_url,
                marketing_queue_url=self._queues["marketing"].queue.queue_url,
                link_secret=self._data.link_secret.secret_arn,
                public_url=self._public_url,
                configuration_set=self._mail.name,
                email_from=self._stage.email_from,
                email_identity=self._stage.email_identity,
                email_tenant=self._stage.email_tenant,
                push_application_id=self._stage.push_application_id,
                whatsapp_phone_number_id=self._stage.whatsapp_phone_number_id,
                sms_sender=self._stage.sms_sender,
                **self._text_settings(),
                **self._clock,
            ),
            purpose="Claims, checks, renders and sends one message",
            work_time=WORK_TIME,
            memory_mb=1_024,
        )
        # Two queues, each with its own most: a campaign never takes the places of order confirmations.
        consume(dispatch, transactional, concurrency=self._stage.transactional_concurrency)
        consume(dispatch, marketing, concurrency=self._stage.marketing_concurrency)
        allow_items(dispatch, self._data.table, "dynamodb:GetItem", of=["PROFILE", "MESSAGE", "SUPPRESSED"])
        allow_items(dispatch, self._data.table, "dynamodb:UpdateItem", "dynamodb:DeleteItem", of=["MESSAGE"])
        allow_items(dispatch, self._data.table, "dynamodb:BatchGetItem", of=["PRODUCT"])
        self._events.grant(dispatch, "sqs:SendMessage")
        allow(dispatch, "secretsmanager:GetSecretValue", on=[self._data.link_secret.secret_arn])
        self._let_suppress(dispatch)
        self._let_send(dispatch)

    def _let_send(self, dispatch: Function) -> None:
        ses = [
            self.format_arn(service="ses", resource="identity", resource_name=self._stage.email_identity),
            self.format_arn(service="ses", resource="configuration-set", resource_name=self._mail.name),
        ]
        allow(dispatch, "ses:SendEmail", on=ses)
        if self._stage.email_tenant:
            tenant = self.format_arn(service="ses", resource="tenant", resource_name=f"{self._stage.email_tenant}/*")
            because = "SES gives a tenant an id of its own, behind its name."
            allow(dispatch, "ses:SendEmail", on=[tenant], wildcard_because=because)
        self._let_text(dispatch)
        if self._stage.push_application_id:
            path = f"apps/{self._stage.push_application_id}/messages"
            allow(
                dispatch,
                "mobiletargeting:SendMessages",
                on=[self.format_arn(service="mobiletargeting", resource=path, arn_format=ArnFormat.NO_RESOURCE_NAME)],
            )

        if self._stage.whatsapp_phone_number_id:
            number = self._stage.whatsapp_phone_number_id.removeprefix("phone-number-id-")
            arn = self.format_arn(service="social-messaging", resource="phone-number-id", resource_name=number)
            allow(dispatch, "social-messaging:SendWhatsAppMessage", on=[arn])

    def _let_text(self, dispatch: Function) -> None:
        texts = self._stage.texts
        if texts is not None:
            kind = "pool" if texts.origination.startswith("pool-") else "phone-number"
            is_arn = texts.origination.startswith("arn:")
            on = [texts.origination if is_arn else self._text_arn(kind, texts.origination)]
            on.append(self._text_arn("configuration-set", self._text_configuration_set))
            if texts.protect_configuration:
                on.append(self._text_arn("protect-configuration", texts.protect_configuration))
            allow(dispatch, "sms-voice:SendTextMessage", on=on)
            return
        # A phone number has no ARN, so only what is not wanted can be named: topics, and all else that SNS has.
        allow(dispatch, "sns:Publish", on=["*"], wildcard_because="Texts go to phone numbers; topics are denied below.")
        dispatch.add_to_role_policy(
            PolicyStatement(
                effect=Effect.DENY,
                actions=["sns:Publish"],
                resources=[self.format_arn(service="sns", resource="*", arn_format=ArnFormat.NO_RESOURCE_NAME)],
            )
        )

    def _text_arn(self, kind: str, name: str) -> str:
        return self.format_arn(service="sms-voice", resource=kind, resource_name=name)

    def _text_settings(self) -> dict[str, str]:
        texts = self._stage.texts
        if texts is None:
            return {}
        return {
            "sms_origination": texts.origination,
            "sms_configuration_set": self._text_configuration_set,
            "sms_max_price": texts.max_price,
            "sms_time_to_live": str(texts.time_to_live),
            "sms_protect_configuration": texts.protect_configuration,
        }

    def _record_feedback(self) -> None:
        feedback_queue = self._queues["feedback"].queue
        feedback = self._functions.add(
            "record_feedback",
            FeedbackSettings(
                table_name=self._data.table.table_name,
                digest_secret=self._data.digest_secret.secret_arn,
                events_queue_url=self._events.queue_url,
                feedback_queue_url=self._queues["feedback"].queue.queue_url,
                **self._clock,
            ),
            purpose="Notes what became of each message, and takes the texts that people send",
            work_time=WORK_TIME,
            memory_mb=512,
        )
        consume(feedback, feedback_queue)
        allow_items(feedback, self._data.table, "dynamodb:UpdateItem", of=["MESSAGE"])
        self._events.grant(feedback, "sqs:SendMessage")
        allow_items(feedback, self._data.table, "dynamodb:GetItem", of=["ALIAS"])
        self._let_suppress(feedback)

    def _manage_preferences(self) -> None:
        preferences = self._functions.add(
            "manage_preferences",
            PreferencesSettings(
                table_name=self._data.table.table_name,
                events_queue_url=self._events.queue_url,
                link_secret=self._data.link_secret.secret_arn,
                digest_secret=self._data.digest_secret.secret_arn,
                public_url=self._public_url,
                **self._clock,
            ),
            purpose="The pages behind signed links: preferences, opt-outs, confirmations",
            work_time=REQUEST_TIME,
            memory_mb=512,
        )
        self._events.grant(preferences, "sqs:SendMessage")
        allow_items(preferences, self._data.table, "dynamodb:GetItem", of=["PROFILE"])
        for secret in (self._data.link_secret, self._data.digest_secret):
            allow(preferences, "secretsmanager:GetSecretValue", on=[secret.secret_arn])
        methods = (HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST)
        self._api.serve(preferences, *(Route(method, f"/v1/{page}/{{token}}") for page in PAGES for method in methods))

    def _serve_profiles(self) -> None:
        serve = self._functions.add(
            "serve_profiles",
            ProfilesSettings(
                table_name=self._data.table.table_name,
                exports_bucket=self._data.failures.bucket_name,
                erasures_queue_url=self._queues["erasures"].queue.queue_url,
                secret_key_secret=self._data.secret_key.secret_arn,
                digest_secret=self._data.digest_secret.secret_arn,
                shopify_secret=self._data.shopify_secret.secret_arn,
                **self._clock,
            ),
            purpose="HTTP: people as staff see them, all that is held of one, and Shopify's privacy webhooks",
            work_time=EXPORT_TIME,
            memory_mb=1_024,
        )
        allow_items(serve, self._data.table, "dynamodb:GetItem", of=["PROFILE", "MESSAGE"])
        allow_items(serve, self._data.table, "dynamodb:Query", of=["PROFILE"])
        allow_items(serve, self._data.table, "dynamodb:BatchGetItem", of=["ALIAS"])
        allow_items(serve, self._data.table, "dynamodb:GetItem", "dynamodb:PutItem", of=["ERASURE"])
        self._queues["erasures"].queue.grant(serve, "sqs:SendMessage")
        for secret in (self._data.secret_key, self._data.digest_secret, self._data.shopify_secret):
            allow(serve, "secretsmanager:GetSecretValue", on=[secret.secret_arn])
        allow(
            serve,
            "s3:PutObject",
            "s3:GetObject",
            on=[f"{self._data.failures_arn}/{EXPORTS_PREFIX}*"],
            wildcard_because="Each export is an object of its own; a link to it has the function's own rights.",
        )
        person = "/v1/profiles/{id}"
        self._api.serve(
            serve,
            *(Route(HttpMethod.GET, f"{person}{rest}") for rest in ("", "/timeline", "/messages", "/export")),
            Route(HttpMethod.POST, "/v1/profiles/search"),
            Route(HttpMethod.DELETE, person),
            Route(HttpMethod.GET, "/v1/erasures/{id}"),
            Route(HttpMethod.POST, "/v1/webhooks/shopify"),
        )

    def _serve_shop(self) -> None:
        shop = self._functions.add(
            "serve_shop",
            ShopSettings(
                table_name=self._data.table.table_name,
                secret_key_secret=self._data.secret_key.secret_arn,
                **self._clock,
            ),
            purpose="HTTP: the catalogue, as the shop's own servers keep it",
            work_time=REQUEST_TIME,
            memory_mb=512,
        )
        allow_items(shop, self._data.table, "dynamodb:BatchGetItem", "dynamodb:PutItem", of=["PRODUCT"])
        allow(shop, "secretsmanager:GetSecretValue", on=[self._data.secret_key.secret_arn])
        self._api.serve(shop, Route(HttpMethod.POST, "/v1/products"), Route(HttpMethod.GET, "/v1/products/{sku}"))

    def _erase_profiles(self) -> None:
        dead_letters = [*(work.dead_letters for work in self._queues.values()), self._wake_ups.dead_letters]
        queue = self._queues["erasures"].queue
        erase = self._functions.add(
            "erase_profiles",
            ErasureSettings(
                table_name=self._data.table.table_name,
                failures_bucket=self._data.failures.bucket_name,
                erasures_queue_url=queue.queue_url,
                dead_letter_urls=" ".join(letters.queue_url for letters in dead_letters),
                schedule_group=self._wake_ups.group_name,
                bus_name=self._bus.event_bus_name,
                digest_secret=self._data.digest_secret.secret_arn,
                **self._clock,
            ),
            purpose="Erases people who ask for it, and prepares copies of all that is held of them",
            work_time=ERASE_TIME,
            memory_mb=1_024,
        )
        consume(erase, queue, concurrency=2)
        queue.grant(erase, "sqs:SendMessage")
        for letters in dead_letters:
            letters.grant(erase, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
        table = self._data.table
        allow_items(erase, table, "dynamodb:GetItem", of=["PROFILE", "MESSAGE", "ERASED", "ERASURE"])
        allow_items(erase, table, "dynamodb:Query", of=["PROFILE"])
        allow_items(erase, table, "dynamodb:BatchGetItem", of=["ALIAS"])
        allow_items(erase, table, "dynamodb:DeleteItem", of=["PROFILE", "ALIAS", "SEGMENT", "ERASURE"])
        allow_items(erase, table, "dynamodb:BatchWriteItem", of=["PROFILE", "MESSAGE"])
        allow_items(erase, table, "dynamodb:PutItem", of=["PROFILE", "ERASURE"])
        allow_items(erase, table, "dynamodb:UpdateItem", of=["ERASED", "ERASURE", "SUPPRESSED"])
        allow(erase, "secretsmanager:GetSecretValue", on=[self._data.digest_secret.secret_arn])
        allow(erase, "events:PutEvents", on=[self._bus.event_bus_arn])
        self._wake_ups.let_remove(erase)
        self._let_empty(erase)

    def _let_empty(self, erase: Function) -> None:
        """Rewriting what was kept of several people, and removing what is left of one."""
        allow(erase, "s3:ListBucket", on=[self._data.failures_arn])
        allow(
            erase,
            "s3:GetObject",
            "s3:PutObject",
            "s3:DeleteObject",
            on=[f"{self._data.failures_arn}/{prefix}*" for prefix in DAYS_KEPT],
            wildcard_because="What is kept of a person may stand in any object.",
        )

    def _let_suppress(self, function: Function) -> None:
        """Note addresses that must not be written to, under digests."""
        allow_items(function, self._data.table, "dynamodb:UpdateItem", of=["SUPPRESSED"])
        allow(function, "secretsmanager:GetSecretValue", on=[self._data.digest_secret.secret_arn])

    def _let_quarantine(self, function: Function) -> None:
        """Writing alone: whoever may put there may not read what others sent."""
        allow(
            function,
            "s3:PutObject",
            on=[f"{self._data.failures_arn}/{QUARANTINE_PREFIX}*"],
            wildcard_because="Each quarantined event is an object of its own.",
        )

    def _observe(self, relay_source: str) -> None:
        queues = {name: work.queue for name, work in self._queues.items()}
        functions = self._functions.all
        alarms = Alarms(self, "Alarms", stage=self._stage)
        alarms.on_dead_letters(
            {name: work.dead_letters for name, work in self._queues.items()} | {"wake-ups": self._wake_ups.dead_letters}
        )
        alarms.on_waiting(queues, LONGEST_WAIT)
        alarms.on_functions(functions)
        alarms.on_stream(functions["relay_effects"], relay_source)
        api = self._api.api
        alarms.on_api(api.metric_server_error(period=Duration.minutes(5)))
        alarms.on_reputation()
        self._dashboard = add_dashboard(
            self,
            "Dashboard",
            stage=self._stage,
            requests=[api.metric_count(), api.metric_client_error(), api.metric_server_error()],
            queues=queues,
            functions=functions,
            alarms=alarms.all,
        )

    def _outputs(self) -> None:
        region = self.region
        outputs = {
            "ApiUrl": self._api.url,
            "ApiId": self._api.api.api_id,
            "TableName": self._data.table.table_name,
            "EventsQueueUrl": self._events.queue_url,
            "BusName": self._bus.event_bus_name,
            "WriteKeySecretArn": self._data.write_key.secret_arn,
            "SecretKeySecretArn": self._data.secret_key.secret_arn,
            "LinkSecretArn": self._data.link_secret.secret_arn,
            "DigestSecretArn": self._data.digest_secret.secret_arn,
            "ShopifySecretArn": self._data.shopify_secret.secret_arn,
            "QuarantineBucketName": self._data.failures.bucket_name,
            "InboundTextsTopicArn": self._texts.topic.topic_arn,
            "DashboardUrl": f"https://{region}.console.aws.amazon.com/cloudwatch/home"
            f"?region={region}#dashboards/dashboard/{self._stage.prefix}",
        }
        for name, value in outputs.items():
            CfnOutput(self, name, value=value)
