"""What each person's events mean, and how that is carried out."""

from aws_cdk import Duration

from infra.constructs.functions import allow, allow_items
from infra.constructs.queues import RECEIVES
from infra.constructs.sources import consume, follow_effects
from infra.messaging.ground import WORK_TIME, Ground
from shared.settings.evaluate_events import EvaluateSettings
from shared.settings.relay_effects import RelaySettings

RELAY_TIME = Duration.seconds(60)

STATE = ("PROFILE", "PLAYBOOK", "JOURNEY")
"""What deciding reads and writes, by how the keys begin."""


def evaluate_events(ground: Ground) -> None:
    evaluate = ground.functions.add(
        "evaluate_events",
        EvaluateSettings(
            table_name=ground.data.table.table_name,
            digest_secret=ground.data.digest_secret.secret_arn,
            events_queue_url=ground.events.queue_url,
            timeline_days=str(ground.stage.timeline_days),
            max_receives=str(RECEIVES),
            **ground.clock,
        ),
        purpose="Decides what each person's events mean, and writes it with the effects ordered",
        work_time=WORK_TIME,
        memory_mb=1_024,
    )
    consume(evaluate, ground.events)
    allow_items(evaluate, ground.data.table, "dynamodb:GetItem", "dynamodb:PutItem", of=STATE)
    # What is undone of a join leaves the survivor's partition.
    for_parting = ("dynamodb:Query", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem")
    allow_items(evaluate, ground.data.table, *for_parting, of=["PROFILE"])
    allow_items(evaluate, ground.data.table, "dynamodb:UpdateItem", of=["QUALITY"])
    allow_items(evaluate, ground.data.table, "dynamodb:GetItem", of=["ERASED"])
    allow(evaluate, "secretsmanager:GetSecretValue", on=[ground.data.digest_secret.secret_arn])
    allow_items(evaluate, ground.data.table, "dynamodb:GetItem", of=["ALIAS"])
    ground.events.grant(evaluate, "sqs:SendMessage")


def relay_effects(ground: Ground) -> str:
    """The id of what leads the table's stream to it."""
    transactional, marketing = (ground.queues[name].queue for name in ("transactional", "marketing"))
    relay = ground.functions.add(
        "relay_effects",
        RelaySettings(
            table_name=ground.data.table.table_name,
            digest_secret=ground.data.digest_secret.secret_arn,
            transactional_queue_url=transactional.queue_url,
            marketing_queue_url=marketing.queue_url,
            bus_name=ground.bus.event_bus_name,
            schedule_group=ground.wake_ups.group_name,
            schedule_role_arn=ground.wake_ups.role.role_arn,
            schedule_dead_letter_arn=ground.wake_ups.dead_letters.queue_arn,
            events_queue_arn=ground.events.queue_arn,
            **ground.clock,
        ),
        purpose="Carries out what was decided: messages, wake-ups, announcements, segments",
        work_time=RELAY_TIME,
        memory_mb=512,
    )
    source = follow_effects(relay, ground.data.table, failures_arn=ground.data.failures_arn)
    transactional.grant(relay, "sqs:SendMessage")
    marketing.grant(relay, "sqs:SendMessage")
    allow(relay, "events:PutEvents", on=[ground.bus.event_bus_arn])
    ground.wake_ups.let_arrange(relay, "scheduler:CreateSchedule", "scheduler:DeleteSchedule")
    allow_items(relay, ground.data.table, "dynamodb:PutItem", of=["ALIAS", "SEGMENT"])
    writes = ("dynamodb:PutItem", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem")
    allow_items(relay, ground.data.table, *writes, of=["PROFILE"])
    allow_items(relay, ground.data.table, "dynamodb:GetItem", of=["ERASED"])
    allow_items(relay, ground.data.table, "dynamodb:BatchGetItem", of=["PRODUCT"])
    counting = ("dynamodb:BatchGetItem", "dynamodb:PutItem")
    allow_items(relay, ground.data.table, *counting, of=["BOUGHT", "POPULAR", "COUNTED"])
    ground.let_suppress(relay)
    return source.event_source_mapping_id
