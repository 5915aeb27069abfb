"""Where people's wake-ups live: a group of one-time schedules that fire into ``events.fifo``."""

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk.aws_iam import PolicyStatement, Role, ServicePrincipal
from aws_cdk.aws_lambda import Function
from aws_cdk.aws_scheduler import ScheduleGroup
from aws_cdk.aws_sqs import IQueue
from constructs import Construct

from infra.constructs.functions import allow
from infra.constructs.queues import dead_letter_queue
from infra.stages import Stage


class WakeUps(Construct):
    """The group, the role by which EventBridge Scheduler writes to ``events``, and where its failures go."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, events: IQueue) -> None:
        super().__init__(scope, id_)
        self.group_name = stage.prefix
        ScheduleGroup(self, "Group", schedule_group_name=self.group_name, removal_policy=RemovalPolicy.DESTROY)
        # Scheduler takes standard queues only for this, although its target is a FIFO queue.
        self.dead_letters = dead_letter_queue(self, "DeadLetters", name=f"{stage.prefix}-wake-ups-dead-letters")
        self.role = Role(
            self,
            "Role",
            assumed_by=ServicePrincipal(
                "scheduler.amazonaws.com", conditions={"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
            ),
            description="By which people's wake-ups reach their queue",
        )
        self.role.add_to_policy(
            PolicyStatement(actions=["sqs:SendMessage"], resources=[events.queue_arn, self.dead_letters.queue_arn])
        )

    def let_arrange(self, function: Function, *actions: str) -> None:
        """Let the function make and change schedules of this group, which act by ``role`` alone."""
        allow(function, *actions, on=[self._schedules], wildcard_because="A schedule is named after its person.")
        allow(
            function,
            "iam:PassRole",
            on=[self.role.role_arn],
            conditions={"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}},
        )

    def let_remove(self, function: Function) -> None:
        """Let the function find schedules, which nothing narrower than all can be granted for, and delete this
        group's."""
        allow(function, "scheduler:ListSchedules", on=["*"], wildcard_because="Listing knows no resource.")
        allow(
            function,
            "scheduler:DeleteSchedule",
            on=[self._schedules],
            wildcard_because="A schedule is named after its person.",
        )

    @property
    def _schedules(self) -> str:
        return Stack.of(self).format_arn(
            service="scheduler",
            resource="schedule",
            resource_name=f"{self.group_name}/*",
            arn_format=ArnFormat.SLASH_RESOURCE_NAME,
        )
