"""The one dashboard: what comes in, what waits, what fails, what becomes of mail."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk.aws_cloudwatch import (
    Alarm,
    AlarmStatusWidget,
    Dashboard,
    GraphWidget,
    IMetric,
    Metric,
    PeriodOverride,
)
from aws_cdk.aws_lambda import Function
from aws_cdk.aws_sqs import IQueue
from constructs import Construct

from infra.constructs.functions import METRICS_NAMESPACE
from infra.stages import Stage

WHOLE_WIDTH = 24
WATCHING = ("ingest_events", "normalize_events", "evaluate_events")
"""The functions that count what is wrong with what comes in (docs/quality.md)."""
MAIL_FACTS = ("Send", "Delivery", "Bounce", "Complaint", "Reject")


def add_dashboard(
    scope: Construct,
    id_: str,
    *,
    stage: Stage,
    requests: Sequence[IMetric],
    queues: Mapping[str, IQueue],
    functions: Mapping[str, Function],
    alarms: Sequence[Alarm],
) -> Dashboard:
    """Four rows, the alarms first."""
    dashboard = Dashboard(
        scope,
        id_,
        dashboard_name=stage.prefix,
        default_interval=Duration.hours(3),
        period_override=PeriodOverride.AUTO,
    )
    dashboard.add_widgets(AlarmStatusWidget(alarms=list(alarms), title="Alarms", width=WHOLE_WIDTH, height=4))
    dashboard.add_widgets(
        graph("Requests", requests),
        graph("Waiting", [queue.metric_approximate_number_of_messages_visible() for queue in queues.values()]),
        graph(
            "Oldest waiting, seconds", [queue.metric_approximate_age_of_oldest_message() for queue in queues.values()]
        ),
    )
    dashboard.add_widgets(
        graph("Invocations", [function.metric_invocations() for function in functions.values()]),
        graph("Errors", [function.metric_errors() for function in functions.values()]),
        graph("Duration, p95", [function.metric_duration(statistic="p95") for function in functions.values()]),
    )
    dashboard.add_widgets(
        graph(
            "Faulty events",
            [
                Metric(
                    namespace=METRICS_NAMESPACE,
                    metric_name="FaultyEvents",
                    dimensions_map={"service": name},
                    statistic="Sum",
                    label=name,
                )
                for name in WATCHING
            ],
        ),
        graph("Mail", [Metric(namespace="AWS/SES", metric_name=name, statistic="Sum") for name in MAIL_FACTS]),
        graph(
            "Mail reputation",
            [
                Metric(namespace="AWS/SES", metric_name=f"Reputation.{name}Rate", statistic="Maximum")
                for name in ("Bounce", "Complaint")
            ],
        ),
    )
    return dashboard


def graph(title: str, metrics: Sequence[IMetric]) -> GraphWidget:
    """A third of a row."""
    return GraphWidget(title=title, left=list(metrics), width=WHOLE_WIDTH // 3)
