"""What the stages promise: nothing is lost, nothing is open, and someone is told."""

import json
import re
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk.aws_s3 import Bucket

from infra.app import FEATURES, build, chosen_stage
from infra.stages import PROD, STAGES, GitHubDeployment
from shared.adapters.dead_letters import HIDDEN_FOR
from shared.adapters.dynamodb.members import LEFT_KEPT_FOR
from shared.domain.timing import DAY
from shared.tables import EFFECTS, EXPIRY
from tests.infra.synthesis import Synthesised, offline_app, spell, stage_of, synthesise

ROOT = Path(__file__).resolve().parents[2]
STATEFUL = ("AWS::DynamoDB::GlobalTable", "AWS::S3::Bucket", "AWS::SecretsManager::Secret")


def test_the_rules_for_solutions_find_nothing(every: Synthesised) -> None:
    assert not every.findings


def test_the_rules_are_really_asked(tmp_path: Path) -> None:
    app = offline_app(str(tmp_path))
    build(app, PROD)
    Bucket(Stack(app, "Careless"), "OpenBucket")

    _, findings = synthesise(app, tmp_path)

    assert any("AwsSolutions-S10" in finding for finding in findings)


def test_cloud_formations_own_rules_find_nothing(tmp_path: Path) -> None:
    app = App(context={**FEATURES, "aws:cdk:bundling-stacks": []}, outdir=str(tmp_path))
    build(app, PROD)

    assert synthesise(app, tmp_path)[1] == []


def test_stages_differ_in_settings_only() -> None:
    """Whatever deploys locally deploys to AWS: the same resources, but for who may deploy and who is mailed."""
    of_some_stages = {"AWS::IAM::OIDCProvider", "AWS::SNS::Subscription"}

    assert len({frozenset(stage_of(name).kinds - of_some_stages) for name in STAGES}) == 1


def test_nothing_uses_pinpoint_resources(every: Synthesised) -> None:
    """Its console and engagement ended on 30 October 2026; the push channel is called, never made."""
    assert not {kind for kind in every.kinds if kind.startswith("AWS::Pinpoint")}


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (r"(\d+) secrets", "AWS::SecretsManager::Secret"),
        (r"(\d+) alarms", "AWS::CloudWatch::Alarm"),
        (r"(\d+) idle queues", "AWS::Lambda::EventSourceMapping"),
    ],
)
def test_an_idle_stage_costs_what_the_docs_count(prod: Synthesised, words: str, kind: str) -> None:
    """Of the sources that functions are woken by, all but the table's stream are queues."""
    [counted] = re.findall(words, (ROOT / "docs/cost.md").read_text())

    assert int(counted) == len(prod.whole(kind)) - (kind == "AWS::Lambda::EventSourceMapping")


class TestData:
    def test_prod_keeps_its_data_when_its_stack_goes(self, prod: Synthesised) -> None:
        kept = {
            name: (resource["DeletionPolicy"], resource["UpdateReplacePolicy"])
            for kind in STATEFUL
            for name, resource in prod.whole(kind).items()
        }

        assert len(kept) == 7
        assert set(kept.values()) == {("Retain", "Retain")}

    def test_prods_table_refuses_to_be_deleted(self, prod: Synthesised) -> None:
        (replica,) = prod.only("AWS::DynamoDB::GlobalTable")["Properties"]["Replicas"]

        assert replica["DeletionProtectionEnabled"] is True

    def test_the_table_is_encrypted_restorable_streamed_and_expires(self, every: Synthesised) -> None:
        table = every.only("AWS::DynamoDB::GlobalTable")["Properties"]
        (replica,) = table["Replicas"]

        assert table["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
        assert replica["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
        assert table["TimeToLiveSpecification"] == {"AttributeName": EXPIRY, "Enabled": True}
        assert table["BillingMode"] == "PAY_PER_REQUEST"

    def test_who_left_a_segment_is_remembered_for_longer_than_any_older_change_may_wait(
        self, every: Synthesised
    ) -> None:
        rules = every.only("AWS::S3::Bucket")["Properties"]["LifecycleConfiguration"]["Rules"]
        in_bucket = max(rule["ExpirationInDays"] for rule in rules)
        queues = every.resources("AWS::SQS::Queue").values()
        among_dead_letters = max(queue.get("MessageRetentionPeriod", 0) for queue in queues) // 86_400

        assert among_dead_letters == 14
        assert (in_bucket + among_dead_letters) * DAY < LEFT_KEPT_FOR

    def test_the_bucket_is_encrypted_closed_and_empties_itself(self, every: Synthesised) -> None:
        bucket = every.only("AWS::S3::Bucket")["Properties"]

        assert "BucketEncryption" in bucket
        assert all(bucket["PublicAccessBlockConfiguration"].values())
        assert {rule["Prefix"]: rule["ExpirationInDays"] for rule in bucket["LifecycleConfiguration"]["Rules"]} == {
            "quarantine/": 90,
            "aws/lambda/": 90,
            "exports/": 7,
        }

    def test_secrets_are_generated(self, every: Synthesised) -> None:
        secrets = every.resources("AWS::SecretsManager::Secret").values()

        assert [secret["GenerateSecretString"]["PasswordLength"] for secret in secrets] == [43] * 5

    def test_buckets_and_queues_and_topics_refuse_plain_http(self, every: Synthesised) -> None:
        policies = [
            policy
            for kind in ("AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")
            for policy in every.resources(kind).values()
        ]
        guarded = [policy for policy in policies if '"aws:SecureTransport": "false"' in json.dumps(policy)]

        assert len(guarded) == len(policies)
        assert len(guarded) == len(every.whole("AWS::SQS::Queue")) + 3


class TestQueues:
    def test_every_queue_of_work_sets_aside_what_failed_too_often(self, every: Synthesised) -> None:
        queues = every.resources("AWS::SQS::Queue")
        work = {name: queue for name, queue in queues.items() if "DeadLetters" not in name}

        assert len(work) == 6
        assert {
            queue["QueueName"].split("-")[-1]: queue["RedrivePolicy"]["maxReceiveCount"] for queue in work.values()
        } == {"events.fifo": 5, "inbound": 5, "feedback": 12, "transactional": 12, "marketing": 12, "erasures": 5}
        assert len({spell(queue["RedrivePolicy"]["deadLetterTargetArn"]) for queue in work.values()}) == 6

    def test_every_queue_is_encrypted_and_keeps_for_the_longest(self, every: Synthesised) -> None:
        for queue in every.resources("AWS::SQS::Queue").values():
            assert queue["SqsManagedSseEnabled"] is True
            assert queue["MessageRetentionPeriod"] == 14 * 86_400

    def test_events_are_in_order_a_person_and_fast_across_people(self, every: Synthesised) -> None:
        (events,) = [
            queue
            for queue in every.resources("AWS::SQS::Queue").values()
            if queue.get("QueueName", "").endswith("-events.fifo")
        ]

        assert events["FifoQueue"] is True
        assert events["ContentBasedDeduplication"] is True
        assert events["DeduplicationScope"] == "messageGroup"
        assert events["FifoThroughputLimit"] == "perMessageGroupId"

    def test_a_message_stays_hidden_longer_than_its_function_may_work(self, every: Synthesised) -> None:
        timeouts = {name: function["Timeout"] for name, function in every.resources("AWS::Lambda::Function").items()}
        for mapping in every.resources("AWS::Lambda::EventSourceMapping").values():
            queue = every.resources("AWS::SQS::Queue").get(mapping["EventSourceArn"].get("Fn::GetAtt", [""])[0])
            if queue:
                assert queue["VisibilityTimeout"] >= 6 * timeouts[mapping["FunctionName"]["Ref"]]

    def test_an_erasure_that_was_killed_comes_again_when_the_letters_it_looked_at_show_again(
        self, every: Synthesised
    ) -> None:
        """Sooner, and the letters that the dead attempt had in hand would be passed over."""
        (erasures,) = [
            queue
            for queue in every.resources("AWS::SQS::Queue").values()
            if queue.get("QueueName", "").endswith("-erasures")
        ]

        assert erasures["VisibilityTimeout"] > HIDDEN_FOR


class TestFunctions:
    def test_each_has_a_handler_of_its_own_on_graviton(self, prod: Synthesised) -> None:
        functions = prod.resources("AWS::Lambda::Function").values()

        assert sorted(function["Handler"] for function in functions) == [
            f"functions.{name}.handler.lambda_handler"
            for name in (
                "dispatch_message",
                "erase_profiles",
                "evaluate_events",
                "follow_links",
                "ingest_events",
                "manage_preferences",
                "normalize_events",
                "record_feedback",
                "relay_effects",
                "serve_profiles",
                "serve_shop",
            )
        ]
        assert {(function["Runtime"], *function["Architectures"]) for function in functions} == {
            ("python3.13", "arm64")
        }

    def test_logs_end(self, every: Synthesised) -> None:
        logs = every.resources("AWS::Logs::LogGroup").values()

        assert len(logs) == len(every.whole("AWS::Lambda::Function")) + 1
        assert all(log["RetentionInDays"] > 0 for log in logs)

    def test_batches_are_answered_message_by_message(self, every: Synthesised) -> None:
        mappings = every.resources("AWS::Lambda::EventSourceMapping").values()

        assert all(mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for mapping in mappings)

    def test_effects_are_read_from_the_stream_until_they_are_carried_out_or_kept(self, every: Synthesised) -> None:
        (source,) = [
            mapping
            for mapping in every.resources("AWS::Lambda::EventSourceMapping").values()
            if "FilterCriteria" in mapping
        ]

        assert [json.loads(item["Pattern"]) for item in source["FilterCriteria"]["Filters"]] == [
            {"dynamodb": {"NewImage": {EFFECTS: [{"exists": True}]}}}
        ]
        assert source["BisectBatchOnFunctionError"] is True
        assert 0 < source["MaximumRetryAttempts"] <= 50
        assert 0 < source["MaximumRecordAgeInSeconds"] < 86_400
        assert source["StartingPosition"] == "TRIM_HORIZON"
        assert spell(source["DestinationConfig"]["OnFailure"]["Destination"]).endswith("-failures-arn")

    def test_campaigns_leave_places_for_order_confirmations(self, prod: Synthesised) -> None:
        most = {
            spell(mapping["EventSourceArn"]): mapping["ScalingConfig"]["MaximumConcurrency"]
            for mapping in prod.resources("AWS::Lambda::EventSourceMapping").values()
            if "ScalingConfig" in mapping
        }

        assert most.keys() == {"TransactionalQueue", "MarketingQueue", "ErasuresQueue"}
        assert most["MarketingQueue"] < most["TransactionalQueue"]


class TestWaysIn:
    def test_the_api_is_throttled_and_logged(self, every: Synthesised) -> None:
        stage = every.only("AWS::ApiGatewayV2::Stage")["Properties"]

        assert stage["DefaultRouteSettings"] == {
            "ThrottlingRateLimit": every.stage.requests_per_second,
            "ThrottlingBurstLimit": every.stage.request_burst,
        }
        assert "path" not in stage["AccessLogSettings"]["Format"].lower()

    def test_the_api_answers_browsers_of_every_shop_front(self, every: Synthesised) -> None:
        cors = every.only("AWS::ApiGatewayV2::Api")["Properties"]["CorsConfiguration"]

        assert cors["AllowOrigins"] == ["*"]
        assert "authorization" in cors["AllowHeaders"]

    def test_the_routes_are_these(self, every: Synthesised) -> None:
        routes = {route["RouteKey"] for route in every.resources("AWS::ApiGatewayV2::Route").values()}

        assert routes == {
            *(f"POST /v1/{name}" for name in ("track", "identify", "alias", "page", "screen", "group", "batch")),
            *(f"POST /v1/{name}" for name in ("t", "i", "a", "p", "s", "g", "b", "import")),
            "GET /v1/health",
            "GET /openapi.json",
            *(
                f"{method} /v1/{page}/{{token}}"
                for method in ("GET", "HEAD", "POST")
                for page in ("unsubscribe", "preferences", "confirm", "address")
            ),
            *(f"GET /v1/profiles/{{id}}{rest}" for rest in ("", "/timeline", "/messages", "/export")),
            "POST /v1/profiles/search",
            "DELETE /v1/profiles/{id}",
            "GET /v1/erasures/{id}",
            "POST /v1/webhooks/shopify",
            "POST /v1/products",
            "GET /v1/products/{sku}",
            "GET /l/{place}",
            "HEAD /l/{place}",
            "GET /v1/coupons/{code}",
            "POST /v1/coupons/{code}/redeem",
        }

    def test_the_buses_lead_in_and_what_cannot_be_led_is_kept(self, every: Synthesised) -> None:
        rules = every.resources("AWS::Events::Rule").values()
        patterns = [rule["EventPattern"] for rule in rules]

        assert {"source": [{"anything-but": ["carillon"]}]} in patterns
        assert {
            "source": ["aws.ses"],
            "detail": {"mail": {"tags": {"ses:configuration-set": [f"carillon-{every.stage.name}"]}}},
        } in patterns
        assert all("DeadLetterConfig" in target for rule in rules for target in rule["Targets"])


class TestAlarms:
    def test_every_dead_letter_queue_has_one(self, every: Synthesised) -> None:
        watched = {
            spell(alarm["Dimensions"][0]["Value"])
            for alarm in every.resources("AWS::CloudWatch::Alarm").values()
            if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        }

        assert watched == {spell({"Ref": name}) for name in every.whole("AWS::SQS::Queue") if "DeadLetters" in name}

    @pytest.mark.parametrize(
        ("metric", "kind"),
        [
            ("Errors", "AWS::Lambda::Function"),
            ("Throttles", "AWS::Lambda::Function"),
        ],
    )
    def test_every_function_has_them(self, prod: Synthesised, metric: str, kind: str) -> None:
        alarms = [alarm for alarm in prod.resources("AWS::CloudWatch::Alarm").values() if alarm["MetricName"] == metric]

        assert len(alarms) == len(prod.whole(kind))

    def test_ages_and_reputation_have_them(self, prod: Synthesised) -> None:
        metrics = [alarm["MetricName"] for alarm in prod.resources("AWS::CloudWatch::Alarm").values()]

        assert metrics.count("ApproximateAgeOfOldestMessage") == 6
        for single in (
            "IteratorAge",
            "OnFailureDestinationDeliveredEventCount",
            "Reputation.BounceRate",
            "Reputation.ComplaintRate",
            "5xx",
        ):
            assert metrics.count(single) == 1

    def test_someone_is_told(self, prod: Synthesised) -> None:
        subscriptions = prod.resources("AWS::SNS::Subscription").values()

        assert [one["Endpoint"] for one in subscriptions if one["Protocol"] == "email"] == [prod.stage.alarm_email]
        assert all(alarm["AlarmActions"] for alarm in prod.resources("AWS::CloudWatch::Alarm").values())


class TestDeployment:
    def test_only_the_repositorys_environment_may_deploy(self, prod: Synthesised) -> None:
        role = prod.templates["carillon-prod-deployment"]["Resources"]
        (trust,) = [
            found["Properties"]["AssumeRolePolicyDocument"]
            for found in role.values()
            if found["Type"] == "AWS::IAM::Role"
        ]
        (statement,) = trust["Statement"]

        assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
        assert statement["Condition"]["StringEquals"] == {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": "repo:your-shop/carillon:environment:prod",
        }

    def test_and_only_by_the_cdks_own_roles(self, prod: Synthesised) -> None:
        policies = prod.templates["carillon-prod-deployment"]["Resources"].values()
        (policy,) = [found["Properties"]["PolicyDocument"] for found in policies if found["Type"] == "AWS::IAM::Policy"]
        (statement,) = policy["Statement"]

        assert statement["Action"] == "sts:AssumeRole"
        assert all(":role/cdk-" in spell(resource) for resource in statement["Resource"])

    def test_nobody_may_unless_a_repository_is_named(self) -> None:
        assert chosen_stage({"stage": "prod"}).github is None

    def test_an_account_has_one_provider_for_all_its_stages(self) -> None:
        stage = chosen_stage({"stage": "dev", "github_repository": "shop/carillon", "github_provider": "existing"})

        assert stage.github == GitHubDeployment(repository="shop/carillon", creates_provider=False)

    def test_what_is_no_repository_is_told(self) -> None:
        with pytest.raises(SystemExit, match="owner/name"):
            chosen_stage({"stage": "prod", "github_repository": "*"})


class TestContext:
    def test_it_chooses_another_playbook_than_the_projects(self) -> None:
        assert chosen_stage({"stage": "local", "playbook": "/somewhere/else"}).playbook == "/somewhere/else"
        assert chosen_stage({"stage": "local"}).playbook == ""

    def test_it_chooses_the_stage_and_the_local_clock(self) -> None:
        stage = chosen_stage({"stage": "local", "clock_speed": "3600", "clock_epoch": "7", "public_url": "http://x"})

        assert (stage.name, stage.clock_speed, stage.clock_epoch, stage.public_url) == (
            "local",
            "3600",
            "7",
            "http://x",
        )

    def test_an_unknown_stage_is_told(self) -> None:
        with pytest.raises(SystemExit, match="one of local, dev, prod"):
            chosen_stage({"stage": "production"})

    def test_a_real_stage_has_no_clock_of_its_own(self) -> None:
        with pytest.raises(SystemExit, match="clock"):
            chosen_stage({"stage": "prod", "clock_speed": "60"})
