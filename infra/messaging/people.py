"""What people may do about themselves, and what staff may do for them: preferences, rights, erasure."""

from aws_cdk import Duration
from aws_cdk.aws_apigatewayv2 import HttpMethod
from aws_cdk.aws_lambda import Function

from infra.constructs.functions import allow, allow_items
from infra.constructs.http_api import Route
from infra.constructs.sources import consume
from infra.data_stack import DAYS_KEPT, EXPORTS_PREFIX
from infra.messaging.ground import ERASE_TIME, REQUEST_TIME, Ground
from shared.settings.erase_profiles import ErasureSettings
from shared.settings.manage_preferences import PreferencesSettings
from shared.settings.serve_profiles import ProfilesSettings

EXPORT_TIME = Duration.seconds(29)
"""For ten years of a person; the API gives up a second later."""

PAGES = ("unsubscribe", "preferences", "confirm", "address")
"""The pages behind signed links, by how their addresses begin."""


def manage_preferences(ground: Ground) -> None:
    preferences = ground.functions.add(
        "manage_preferences",
        PreferencesSettings(
            table_name=ground.data.table.table_name,
            events_queue_url=ground.events.queue_url,
            link_secret=ground.data.link_secret.secret_arn,
            digest_secret=ground.data.digest_secret.secret_arn,
            public_url=ground.public_url,
            **ground.clock,
        ),
        purpose="The pages behind signed links: preferences, opt-outs, confirmations",
        work_time=REQUEST_TIME,
        memory_mb=512,
    )
    ground.events.grant(preferences, "sqs:SendMessage")
    allow_items(preferences, ground.data.table, "dynamodb:GetItem", of=["PROFILE"])
    for secret in (ground.data.link_secret, ground.data.digest_secret):
        allow(preferences, "secretsmanager:GetSecretValue", on=[secret.secret_arn])
    methods = (HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST)
    ground.api.serve(preferences, *(Route(method, f"/v1/{page}/{{token}}") for page in PAGES for method in methods))


def serve_profiles(ground: Ground) -> None:
    serve = ground.functions.add(
        "serve_profiles",
        ProfilesSettings(
            table_name=ground.data.table.table_name,
            exports_bucket=ground.data.failures.bucket_name,
            erasures_queue_url=ground.queues["erasures"].queue.queue_url,
            secret_key_secret=ground.data.secret_key.secret_arn,
            digest_secret=ground.data.digest_secret.secret_arn,
            shopify_secret=ground.data.shopify_secret.secret_arn,
            **ground.clock,
        ),
        purpose="HTTP: people as staff see them, all that is held of one, and Shopify's privacy webhooks",
        work_time=EXPORT_TIME,
        memory_mb=1_024,
    )
    allow_items(serve, ground.data.table, "dynamodb:GetItem", of=["PROFILE", "MESSAGE"])
    allow_items(serve, ground.data.table, "dynamodb:Query", of=["PROFILE", "COUPONS"])
    allow_items(serve, ground.data.table, "dynamodb:BatchGetItem", of=["ALIAS"])
    allow_items(serve, ground.data.table, "dynamodb:GetItem", "dynamodb:PutItem", of=["ERASURE"])
    ground.queues["erasures"].queue.grant(serve, "sqs:SendMessage")
    for secret in (ground.data.secret_key, ground.data.digest_secret, ground.data.shopify_secret):
        allow(serve, "secretsmanager:GetSecretValue", on=[secret.secret_arn])
    allow(
        serve,
        "s3:PutObject",
        "s3:GetObject",
        on=[f"{ground.data.failures_arn}/{EXPORTS_PREFIX}*"],
        wildcard_because="Each export is an object of its own; a link to it has the function's own rights.",
    )
    person = "/v1/profiles/{id}"
    ground.api.serve(
        serve,
        *(Route(HttpMethod.GET, f"{person}{rest}") for rest in ("", "/timeline", "/messages", "/export")),
        Route(HttpMethod.POST, "/v1/profiles/search"),
        Route(HttpMethod.DELETE, person),
        Route(HttpMethod.GET, "/v1/erasures/{id}"),
        Route(HttpMethod.POST, "/v1/webhooks/shopify"),
    )


def erase_profiles(ground: Ground) -> None:
    dead_letters = [*(work.dead_letters for work in ground.queues.values()), ground.wake_ups.dead_letters]
    queue = ground.queues["erasures"].queue
    erase = ground.functions.add(
        "erase_profiles",
        ErasureSettings(
            table_name=ground.data.table.table_name,
            failures_bucket=ground.data.failures.bucket_name,
            erasures_queue_url=queue.queue_url,
            dead_letter_urls=" ".join(letters.queue_url for letters in dead_letters),
            schedule_group=ground.wake_ups.group_name,
            bus_name=ground.bus.event_bus_name,
            digest_secret=ground.data.digest_secret.secret_arn,
            **ground.clock,
        ),
        purpose="Erases people who ask for it, and prepares copies of all that is held of them",
        work_time=ERASE_TIME,
        memory_mb=1_024,
    )
    consume(erase, queue, concurrency=2)
    queue.grant(erase, "sqs:SendMessage")
    for letters in dead_letters:
        letters.grant(erase, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility")
    table = ground.data.table
    allow_items(erase, table, "dynamodb:GetItem", of=["PROFILE", "MESSAGE", "ERASED", "ERASURE"])
    allow_items(erase, table, "dynamodb:Query", of=["PROFILE", "COUPONS"])
    allow_items(erase, table, "dynamodb:BatchGetItem", of=["ALIAS"])
    allow_items(erase, table, "dynamodb:DeleteItem", of=["PROFILE", "ALIAS", "SEGMENT", "ERASURE"])
    allow_items(erase, table, "dynamodb:BatchWriteItem", of=["PROFILE", "MESSAGE", "LINK", "COUPON", "COUPONS"])
    allow_items(erase, table, "dynamodb:PutItem", of=["PROFILE", "COUPON", "ERASURE"])
    allow_items(erase, table, "dynamodb:UpdateItem", of=["ERASED", "ERASURE", "SUPPRESSED"])
    allow(erase, "secretsmanager:GetSecretValue", on=[ground.data.digest_secret.secret_arn])
    allow(erase, "events:PutEvents", on=[ground.bus.event_bus_arn])
    ground.wake_ups.let_remove(erase)
    _let_empty(ground, erase)


def _let_empty(ground: Ground, erase: Function) -> None:
    """Rewriting what was kept of several people, and removing what is left of one."""
    allow(erase, "s3:ListBucket", on=[ground.data.failures_arn])
    allow(
        erase,
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        on=[f"{ground.data.failures_arn}/{prefix}*" for prefix in DAYS_KEPT],
        wildcard_because="What is kept of a person may stand in any object.",
    )
