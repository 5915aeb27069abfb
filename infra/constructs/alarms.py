"""Alarms: one topic, and one short sentence for whoever is woken."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk.aws_cloudwatch import Alarm, ComparisonOperator, IMetric, Metric, TreatMissingData
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_lambda import Function
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sns_subscriptions import EmailSubscription
from aws_cdk.aws_sqs import IQueue
from constructs import Construct

from infra.stages import Stage

MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)

BOUNCE_RATE = 0.05
COMPLAINT_RATE = 0.001
"""The rates at which SES puts an account under review, and mailbox providers stop believing it."""


class Alarms(Construct):
    """All alarms of a stage; ``topic`` tells people of them."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage) -> None:
        super().__init__(scope, id_)
        self._stage = stage
        self.topic = Topic(self, "Topic", topic_name=f"{stage.prefix}-alarms", enforce_ssl=True)
        if stage.alarm_email:
            self.topic.add_subscription(EmailSubscription(stage.alarm_email))
        self._action = SnsAction(self.topic)
        self.all: list[Alarm] = []

    def _raise(self, id_: str, metric: IMetric, meaning: str, *, reaches: float, periods: int = 1) -> None:
        alarm = Alarm(
            self,
            id_,
            alarm_name=f"{self._stage.prefix}-{id_}",
            alarm_description=meaning,
            metric=metric,
            threshold=reaches,
            comparison_operator=ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            evaluation_periods=periods,
            treat_missing_data=TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)
        self.all.append(alarm)

    def on_dead_letters(self, queues: Mapping[str, IQueue]) -> None:
        """Something failed for good and waits for a person."""
        for name, queue in queues.items():
            self._raise(
                f"{name}-dead-letters",
                queue.metric_approximate_number_of_messages_visible(period=MINUTE, statistic="Maximum"),
                f"Messages that failed {name} for good wait in its dead-letter queue; nothing is lost. See their "
                "reasons in the function's log, then redrive them.",
                reaches=1,
            )

    def on_waiting(self, queues: Mapping[str, IQueue], longest: Mapping[str, Duration]) -> None:
        """A queue is not kept up with."""
        for name, queue in queues.items():
            self._raise(
                f"{name}-age",
                queue.metric_approximate_age_of_oldest_message(period=MINUTE, statistic="Maximum"),
                f"The oldest message of the queue {name} has waited {longest[name].to_human_string()}.",
                reaches=longest[name].to_seconds(),
                periods=3,
            )

    def on_functions(self, functions: Mapping[str, Function]) -> None:
        """A function fails, or is refused a place to run."""
        for name, function in functions.items():
            self._raise(
                f"{name}-errors",
                function.metric_errors(period=FIVE_MINUTES),
                f"{name} raised. What it was given comes again, and goes to the dead letters if it keeps failing.",
                reaches=1,
            )
            self._raise(
                f"{name}-throttles",
                function.metric_throttles(period=FIVE_MINUTES),
                f"{name} is refused by Lambda: the account's concurrency is used up.",
                reaches=1,
                periods=3,
            )

    def on_stream(self, function: Function, mapping_id: str) -> None:
        """Effects are late, or were given up on."""
        self._raise(
            "effects-age",
            function.metric("IteratorAge", period=MINUTE, statistic="Maximum"),
            "Decided messages and wake-ups have not been carried out for five minutes: see relay_effects' log.",
            reaches=FIVE_MINUTES.to_milliseconds(),
            periods=3,
        )
        self._raise(
            "effects-given-up",
            Metric(
                namespace="AWS/Lambda",
                metric_name="OnFailureDestinationDeliveredEventCount",
                dimensions_map={"FunctionName": function.function_name, "EventSourceMappingUUID": mapping_id},
                period=FIVE_MINUTES,
                statistic="Sum",
            ),
            "Effects were given up on; the whole records are in the failures bucket.",
            reaches=1,
        )

    def on_api(self, faults: IMetric) -> None:
        """Clients are answered with our own faults."""
        self._raise("api-faults", faults, "The API answers with 5xx: clients must repeat their events.", reaches=1)

    def on_coupons(self) -> None:
        """A pool of coupons is nearly empty: messages that need one will not go."""
        self._raise(
            "coupon-pools-low",
            Metric(
                namespace="Carillon",
                metric_name="CouponPoolsLow",
                dimensions_map={"service": "dispatch_message"},
                period=FIVE_MINUTES,
                statistic="Sum",
            ),
            "A pool of coupons has fewer than 25 codes left; without one, its messages do not go. Add codes with "
            "`carillon coupons add`; `carillon coupons list` tells which pool.",
            reaches=1,
        )

    def on_reputation(self) -> None:
        """Mail bounces or is complained about, by the whole account's figures."""
        for name, metric_name, rate in (
            ("bounce-rate", "Reputation.BounceRate", BOUNCE_RATE),
            ("complaint-rate", "Reputation.ComplaintRate", COMPLAINT_RATE),
        ):
            self._raise(
                name,
                Metric(namespace="AWS/SES", metric_name=metric_name, period=Duration.hours(1), statistic="Maximum"),
                f"SES counts a {name.replace('-', ' ')} of {rate:.1%} or more and may pause the account's sending: "
                "hold campaigns and look at what was sent to whom.",
                reaches=rate,
            )
