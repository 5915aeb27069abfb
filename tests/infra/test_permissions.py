"""What each function may do, all of it: a grant that is not in this table does not pass, nor one that is missing."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.infra.synthesis import Synthesised, spell

QUEUE_READING = {
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:ReceiveMessage",
}
STREAM_READING = {
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
}
QUEUES = ("Events", "Inbound", "Feedback", "Transactional", "Marketing", "Erasures")
OWN_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}

Grants = Mapping[str, set[str]]

MAY: Mapping[str, Grants] = {
    "IngestEvents": {
        "Table of ALIAS#*": {"dynamodb:BatchGetItem"},
        "Table of KEY#*, QUALITY#*": {"dynamodb:UpdateItem"},
        "EventsQueue": {"sqs:SendMessage"},
        "carillon-prod-failures-arn/quarantine/*": {"s3:PutObject"},
        "WriteKey": {"secretsmanager:GetSecretValue"},
        "SecretKey": {"secretsmanager:GetSecretValue"},
        "DigestSecret": {"secretsmanager:GetSecretValue"},
    },
    "NormalizeEvents": {
        "InboundQueue": QUEUE_READING,
        "Table of ALIAS#*": {"dynamodb:BatchGetItem"},
        "EventsQueue": {"sqs:SendMessage"},
        "carillon-prod-failures-arn/quarantine/*": {"s3:PutObject"},
        "Table of QUALITY#*": {"dynamodb:UpdateItem"},
        "DigestSecret": {"secretsmanager:GetSecretValue"},
    },
    "EvaluateEvents": {
        "Table of ERASED#*": {"dynamodb:GetItem"},
        "DigestSecret": {"secretsmanager:GetSecretValue"},
        "EventsQueue": QUEUE_READING | {"sqs:SendMessage"},
        "Table of ALIAS#*": {"dynamodb:GetItem"},
        "Table of PROFILE#*, PLAYBOOK#*, JOURNEY#*": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "Table of PROFILE#*": {"dynamodb:Query", "dynamodb:BatchWriteItem", "dynamodb:DeleteItem"},
        "Table of QUALITY#*": {"dynamodb:UpdateItem"},
    },
    "RelayEffects": {
        "Table": STREAM_READING,
        "carillon-prod-failures-arn/aws/lambda/*": {"s3:PutObject"},
        "carillon-prod-failures-arn": {"s3:ListBucket"},
        "Table of ALIAS#*, SEGMENT#*": {"dynamodb:PutItem"},
        "Table of PROFILE#*": {"dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem"},
        "Table of ERASED#*": {"dynamodb:GetItem"},
        "Table of PRODUCT#*": {"dynamodb:BatchGetItem"},
        "Table of BOUGHT#*, POPULAR#*, COUNTED#*": {"dynamodb:BatchGetItem", "dynamodb:PutItem"},
        "Table of SUPPRESSED#*": {"dynamodb:UpdateItem"},
        "DigestSecret": {"secretsmanager:GetSecretValue"},
        "TransactionalQueue": {"sqs:SendMessage"},
        "MarketingQueue": {"sqs:SendMessage"},
        "ChannelBus": {"events:PutEvents"},
        "arn:<Partition>:scheduler:<Region>:<AccountId>:schedule/carillon-prod/*": {
            "scheduler:CreateSchedule",
            "scheduler:DeleteSchedule",
        },
        "WakeUpsRole": {"iam:PassRole"},
    },
    "DispatchMessage": {
        "TransactionalQueue": QUEUE_READING | {"sqs:SendMessage"},
        "MarketingQueue": QUEUE_READING | {"sqs:SendMessage"},
        "Table of PROFILE#*, MESSAGE#*, SUPPRESSED#*": {"dynamodb:GetItem"},
        "Table of SUPPRESSED#*": {"dynamodb:UpdateItem"},
        "DigestSecret": {"secretsmanager:GetSecretValue"},
        "Table of MESSAGE#*": {"dynamodb:DeleteItem", "dynamodb:UpdateItem"},
        "Table of PACE#*": {"dynamodb:UpdateItem"},
        "Table of LINK#*": {"dynamodb:PutItem"},
        "Table of PRODUCT#*, BOUGHT#*, POPULAR#*": {"dynamodb:BatchGetItem"},
        "Table of COUPONS#*": {"dynamodb:GetItem"},
        "Table of COUPON#*": {"dynamodb:UpdateItem", "dynamodb:ConditionCheckItem"},
        "Table of COUPON#*, COUPONS#*, POOL#*": {"dynamodb:DeleteItem", "dynamodb:PutItem"},
        "Table of POOL#*": {"dynamodb:Query"},
        "EventsQueue": {"sqs:SendMessage"},
        "LinkSecret": {"secretsmanager:GetSecretValue"},
        "arn:<Partition>:ses:<Region>:<AccountId>:configuration-set/carillon-prod": {"ses:SendEmail"},
        "arn:<Partition>:ses:<Region>:<AccountId>:identity/shop.example": {"ses:SendEmail"},
        "*": {"ses:GetAccount", "sns:Publish"},
        "not arn:<Partition>:sns:<Region>:<AccountId>:*": {"sns:Publish"},
    },
    "RecordFeedback": {
        "Table of ALIAS#*": {"dynamodb:GetItem"},
        "Table of SUPPRESSED#*": {"dynamodb:UpdateItem"},
        "DigestSecret": {"secretsmanager:GetSecretValue"},
        "FeedbackQueue": QUEUE_READING,
        "Table of MESSAGE#*": {"dynamodb:UpdateItem"},
        "EventsQueue": {"sqs:SendMessage"},
    },
    "FollowLinks": {
        "Table of LINK#*": {"dynamodb:GetItem"},
        "FeedbackQueue": {"sqs:SendMessage"},
    },
    "ServeProfiles": {
        "Table of PROFILE#*, MESSAGE#*": {"dynamodb:GetItem"},
        "Table of PROFILE#*, COUPONS#*": {"dynamodb:Query"},
        "Table of ALIAS#*": {"dynamodb:BatchGetItem"},
        "Table of ERASURE#*": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "ErasuresQueue": {"sqs:SendMessage"},
        "SecretKey": {"secretsmanager:GetSecretValue"},
        "DigestSecret": {"secretsmanager:GetSecretValue"},
        "ShopifySecret": {"secretsmanager:GetSecretValue"},
        "carillon-prod-failures-arn/exports/*": {"s3:GetObject", "s3:PutObject"},
    },
    "ServeShop": {
        "Table of PRODUCT#*": {"dynamodb:BatchGetItem", "dynamodb:PutItem"},
        "Table of COUPON#*": {"dynamodb:GetItem", "dynamodb:UpdateItem"},
        "EventsQueue": {"sqs:SendMessage"},
        "SecretKey": {"secretsmanager:GetSecretValue"},
    },
    "EraseProfiles": {
        "ErasuresQueue": QUEUE_READING | {"sqs:SendMessage"},
        **{
            f"{name}DeadLetters": {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"}
            for name in (*(f"{queue}Queue" for queue in QUEUES), "WakeUps")
        },
        "Table of PROFILE#*, MESSAGE#*, ERASED#*, ERASURE#*": {"dynamodb:GetItem"},
        "Table of PROFILE#*, COUPONS#*": {"dynamodb:Query"},
        "Table of ALIAS#*": {"dynamodb:BatchGetItem"},
        "Table of PROFILE#*, ALIAS#*, SEGMENT#*, ERASURE#*": {"dynamodb:DeleteItem"},
        "Table of PROFILE#*, MESSAGE#*, LINK#*, COUPON#*, COUPONS#*": {"dynamodb:BatchWriteItem"},
        "Table of PROFILE#*, COUPON#*, ERASURE#*": {"dynamodb:PutItem"},
        "Table of ERASED#*, ERASURE#*, SUPPRESSED#*": {"dynamodb:UpdateItem"},
        "DigestSecret": {"secretsmanager:GetSecretValue"},
        "ChannelBus": {"events:PutEvents"},
        "*": {"scheduler:ListSchedules"},
        "arn:<Partition>:scheduler:<Region>:<AccountId>:schedule/carillon-prod/*": {"scheduler:DeleteSchedule"},
        "carillon-prod-failures-arn": {"s3:ListBucket"},
        **{
            f"carillon-prod-failures-arn/{prefix}/*": {"s3:DeleteObject", "s3:GetObject", "s3:PutObject"}
            for prefix in ("quarantine", "aws/lambda", "exports")
        },
    },
    "ManagePreferences": {
        "Table of PROFILE#*": {"dynamodb:GetItem"},
        "EventsQueue": {"sqs:SendMessage"},
        "LinkSecret": {"secretsmanager:GetSecretValue"},
        "DigestSecret": {"secretsmanager:GetSecretValue"},
    },
}


@pytest.mark.parametrize("name", MAY)
def test_a_function_may_do_just_this(prod: Synthesised, name: str) -> None:
    assert grants_of(prod, f"Functions{name}Role") == {f"Functions{name}Log": OWN_LOG, **MAY[name]}


def test_every_function_has_a_role_of_its_own_in_the_table(prod: Synthesised) -> None:
    roles = [spell(function["Role"]) for function in prod.resources("AWS::Lambda::Function").values()]

    assert sorted(roles) == sorted(f"Functions{name}Role" for name in MAY)


def test_nothing_is_granted_by_a_managed_policy(every: Synthesised) -> None:
    assert not [role for role in every.resources("AWS::IAM::Role").values() if "ManagedPolicyArns" in role]


def test_no_grant_names_its_actions_by_pattern(every: Synthesised) -> None:
    actions = {action for statement in statements(every) for action in as_list(statement["Action"])}

    assert not {action for action in actions if "*" in action}


def test_wake_ups_may_be_sent_and_set_aside_and_nothing_else(prod: Synthesised) -> None:
    assert grants_of(prod, "WakeUpsRole") == {
        "EventsQueue": {"sqs:SendMessage"},
        "WakeUpsDeadLetters": {"sqs:SendMessage"},
    }


def test_a_wake_ups_role_goes_to_the_scheduler_alone(prod: Synthesised) -> None:
    (passing,) = [statement for statement in statements(prod) if statement["Action"] == "iam:PassRole"]

    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}}


def grants_of(stage: Synthesised, role: str) -> dict[str, set[str]]:
    """What the role may do, by what it may do it to."""
    grants: dict[str, set[str]] = {}
    for policy in stage.resources("AWS::IAM::Policy").values():
        if role in map(spell, policy["Roles"]):
            for statement in policy["PolicyDocument"]["Statement"]:
                for resource in as_list(statement["Resource"]):
                    grants.setdefault(what(statement, resource), set()).update(as_list(statement["Action"]))
    return grants


def what(statement: Mapping[str, Any], resource: Any) -> str:
    keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")
    kinds = f" of {', '.join(as_list(keys))}" if keys else ""
    return ("not " if statement["Effect"] == "Deny" else "") + spell(resource) + kinds


def statements(stage: Synthesised) -> list[Mapping[str, Any]]:
    policies = stage.resources("AWS::IAM::Policy").values()
    return [statement for policy in policies for statement in policy["PolicyDocument"]["Statement"]]


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
