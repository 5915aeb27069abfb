"""The ways in: over HTTP, and from other systems by the bus."""

from aws_cdk.aws_apigatewayv2 import HttpMethod
from aws_cdk.aws_lambda import Function

from infra.constructs.functions import allow, allow_items
from infra.constructs.http_api import Route
from infra.constructs.sources import consume
from infra.data_stack import QUARANTINE_PREFIX
from infra.messaging.ground import REQUEST_TIME, WORK_TIME, Ground
from shared.domain.intake.client_keys import write_rules
from shared.domain.intake.segment_spec import ADDRESSES, BATCH_ADDRESSES
from shared.settings.ingest_events import IngestSettings
from shared.settings.normalize_events import NormalizeSettings


def ingest_events(ground: Ground) -> None:
    ingest = ground.functions.add(
        "ingest_events",
        IngestSettings(
            table_name=ground.data.table.table_name,
            events_queue_url=ground.events.queue_url,
            quarantine_bucket=ground.data.failures.bucket_name,
            write_key_secret=ground.data.write_key.secret_arn,
            secret_key_secret=ground.data.secret_key.secret_arn,
            digest_secret=ground.data.digest_secret.secret_arn,
            public_keys=write_rules(ground.stage.public_keys),
            **ground.clock,
        ),
        purpose="HTTP: checks events and puts them on their person's queue",
        work_time=REQUEST_TIME,
        memory_mb=1_024,
    )
    allow_items(ingest, ground.data.table, "dynamodb:BatchGetItem", of=["ALIAS"])
    allow_items(ingest, ground.data.table, "dynamodb:UpdateItem", of=["KEY", "QUALITY"])
    ground.events.grant(ingest, "sqs:SendMessage")
    _let_quarantine(ground, ingest)
    for secret in (ground.data.write_key, ground.data.secret_key, ground.data.digest_secret):
        allow(ingest, "secretsmanager:GetSecretValue", on=[secret.secret_arn])
    ground.api.serve(
        ingest,
        *(Route(HttpMethod.POST, f"/v1/{name}") for name in (*ADDRESSES, *BATCH_ADDRESSES)),
        Route(HttpMethod.GET, "/v1/health"),
        Route(HttpMethod.GET, "/openapi.json"),
    )


def normalize_events(ground: Ground) -> None:
    normalize = ground.functions.add(
        "normalize_events",
        NormalizeSettings(
            table_name=ground.data.table.table_name,
            events_queue_url=ground.events.queue_url,
            quarantine_bucket=ground.data.failures.bucket_name,
            digest_secret=ground.data.digest_secret.secret_arn,
            **ground.clock,
        ),
        purpose="EventBridge: checks events of other systems and puts them on their person's queue",
        work_time=WORK_TIME,
        memory_mb=512,
    )
    consume(normalize, ground.queues["inbound"].queue)
    allow_items(normalize, ground.data.table, "dynamodb:BatchGetItem", of=["ALIAS"])
    allow_items(normalize, ground.data.table, "dynamodb:UpdateItem", of=["QUALITY"])
    ground.events.grant(normalize, "sqs:SendMessage")
    _let_quarantine(ground, normalize)
    allow(normalize, "secretsmanager:GetSecretValue", on=[ground.data.digest_secret.secret_arn])


def _let_quarantine(ground: Ground, function: Function) -> None:
    """Writing alone: whoever may put there may not read what others sent."""
    allow(
        function,
        "s3:PutObject",
        on=[f"{ground.data.failures_arn}/{QUARANTINE_PREFIX}*"],
        wildcard_because="Each quarantined event is an object of its own.",
    )
