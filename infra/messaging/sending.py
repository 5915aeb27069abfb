"""The sending end: messages out by every channel, and what is heard of them."""

from aws_cdk.aws_apigatewayv2 import HttpMethod

from infra.constructs.functions import allow, allow_items
from infra.constructs.http_api import Route
from infra.constructs.sources import consume
from infra.messaging.channels import let_send, text_settings
from infra.messaging.ground import REQUEST_TIME, WORK_TIME, Ground
from infra.operations.webhook_secrets import webhook_secrets
from shared.settings.dispatch_message import DispatchSettings
from shared.settings.follow_links import FollowSettings
from shared.settings.record_feedback import FeedbackSettings


def dispatch_message(ground: Ground) -> None:
    transactional, marketing = (ground.queues[name].queue for name in ("transactional", "marketing"))
    dispatch = ground.functions.add(
        "dispatch_message",
        DispatchSettings(
            table_name=ground.data.table.table_name,
            digest_secret=ground.data.digest_secret.secret_arn,
            events_queue_url=ground.events.queue_url,
            transactional_queue_url=ground.queues["transactional"].queue.queue_url,
            marketing_queue_url=ground.queues["marketing"].queue.queue_url,
            link_secret=ground.data.link_secret.secret_arn,
            public_url=ground.public_url,
            configuration_set=ground.mail.name,
            email_from=ground.stage.email_from,
            email_identity=ground.stage.email_identity,
            email_tenant=ground.stage.email_tenant,
            documents_bucket=ground.stage.documents_bucket,
            sms_per_second=f"{ground.stage.sms_per_second:g}" if ground.stage.sms_per_second else "",
            push_per_second=f"{ground.stage.push_per_second:g}" if ground.stage.push_per_second else "",
            push_application_id=ground.stage.push_application_id,
            whatsapp_phone_number_id=ground.stage.whatsapp_phone_number_id,
            sms_sender=ground.stage.sms_sender,
            webhook_secrets=webhook_secrets(ground.stage.prefix),
            webhook_gateway=ground.stage.webhook_gateway,
            **text_settings(ground),
            **ground.clock,
        ),
        purpose="Claims, checks, renders and sends one message",
        work_time=WORK_TIME,
        memory_mb=1_024,
    )
    # Two queues, each with its own most: a campaign never takes the places of order confirmations.
    consume(dispatch, transactional, concurrency=ground.stage.transactional_concurrency)
    consume(dispatch, marketing, concurrency=ground.stage.marketing_concurrency)
    allow_items(dispatch, ground.data.table, "dynamodb:GetItem", of=["PROFILE", "MESSAGE", "SUPPRESSED"])
    allow_items(dispatch, ground.data.table, "dynamodb:UpdateItem", "dynamodb:DeleteItem", of=["MESSAGE"])
    allow_items(dispatch, ground.data.table, "dynamodb:BatchGetItem", of=["PRODUCT", "BOUGHT", "POPULAR"])
    allow_items(dispatch, ground.data.table, "dynamodb:UpdateItem", of=["PACE"])
    allow_items(dispatch, ground.data.table, "dynamodb:PutItem", of=["LINK"])
    for queue in (transactional, marketing, ground.events):
        queue.grant(dispatch, "sqs:SendMessage")
    allow_items(dispatch, ground.data.table, "dynamodb:GetItem", of=["COUPONS"])
    allow_items(dispatch, ground.data.table, "dynamodb:UpdateItem", "dynamodb:ConditionCheckItem", of=["COUPON"])
    given = ("dynamodb:PutItem", "dynamodb:DeleteItem")
    allow_items(dispatch, ground.data.table, *given, of=["COUPON", "COUPONS", "POOL"])
    allow_items(dispatch, ground.data.table, "dynamodb:Query", of=["POOL"])
    allow(dispatch, "secretsmanager:GetSecretValue", on=[ground.data.link_secret.secret_arn])
    ground.let_suppress(dispatch)
    let_send(ground, dispatch)


def record_feedback(ground: Ground) -> None:
    feedback_queue = ground.queues["feedback"].queue
    feedback = ground.functions.add(
        "record_feedback",
        FeedbackSettings(
            table_name=ground.data.table.table_name,
            digest_secret=ground.data.digest_secret.secret_arn,
            events_queue_url=ground.events.queue_url,
            feedback_queue_url=ground.queues["feedback"].queue.queue_url,
            **ground.clock,
        ),
        purpose="Notes what became of each message, and takes the texts that people send",
        work_time=WORK_TIME,
        memory_mb=512,
    )
    consume(feedback, feedback_queue)
    allow_items(feedback, ground.data.table, "dynamodb:UpdateItem", of=["MESSAGE"])
    ground.events.grant(feedback, "sqs:SendMessage")
    allow_items(feedback, ground.data.table, "dynamodb:GetItem", of=["ALIAS"])
    ground.let_suppress(feedback)


def follow_links(ground: Ground) -> None:
    feedback = ground.queues["feedback"].queue
    follow = ground.functions.add(
        "follow_links",
        FollowSettings(
            table_name=ground.data.table.table_name,
            feedback_queue_url=feedback.queue_url,
            **ground.clock,
        ),
        purpose="Our own links in messages: leads on, and tells of the click",
        work_time=REQUEST_TIME,
        memory_mb=512,
    )
    allow_items(follow, ground.data.table, "dynamodb:GetItem", of=["LINK"])
    feedback.grant(follow, "sqs:SendMessage")
    ground.api.serve(follow, *(Route(method, "/l/{place}") for method in (HttpMethod.GET, HttpMethod.HEAD)))
