"""The Lambda functions: one shape for all, one role each, nothing granted but its own log until said so."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk.aws_dynamodb import ITableV2
from aws_cdk.aws_iam import PolicyStatement, Role, ServicePrincipal
from aws_cdk.aws_lambda import (
    Architecture,
    Code,
    Function,
    IFunction,
    LayerVersion,
    LoggingFormat,
    Runtime,
    RuntimeFamily,
)
from aws_cdk.aws_logs import LogGroup
from constructs import Construct

from infra import packaging
from infra.constructs.acknowledgements import acknowledge, acknowledge_wildcard
from infra.stages import Stage
from shared.settings import Settings

METRICS_NAMESPACE = "Carillon"


class Functions(Construct):
    """Makes functions from one code asset and one layer of dependencies; ``all`` holds them by name."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage) -> None:
        super().__init__(scope, id_)
        self._stage = stage
        self._code: Code = packaging.application(self, stage.target, stage.playbook)
        self._architecture = Architecture.ARM_64 if stage.target.machine == "aarch64" else Architecture.X86_64
        self._runtime = Runtime(f"python{stage.target.python}", RuntimeFamily.PYTHON)
        self._layer = LayerVersion(
            self,
            "Dependencies",
            layer_version_name=f"{stage.prefix}-dependencies",
            description="The Python packages that the functions import",
            code=packaging.dependencies(self, stage.target),
            compatible_architectures=[self._architecture],
            compatible_runtimes=[self._runtime],
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.all: dict[str, Function] = {}

    def add(self, name: str, settings: Settings, *, purpose: str, work_time: Duration, memory_mb: int) -> Function:
        """The function of the folder ``functions/<name>``."""
        full_name = f"{self._stage.prefix}-{name.replace('_', '-')}"
        identifier = "".join(word.title() for word in name.split("_"))
        log = LogGroup(
            self,
            f"{identifier}Log",
            log_group_name=f"/aws/lambda/{full_name}",
            retention=self._stage.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        role = Role(
            self,
            f"{identifier}Role",
            assumed_by=ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {full_name} may do",
        )
        log.grant(role, "logs:CreateLogStream", "logs:PutLogEvents")
        function = Function(
            self,
            identifier,
            function_name=full_name,
            description=purpose,
            code=self._code,
            handler=f"functions.{name}.handler.lambda_handler",
            runtime=self._runtime,
            architecture=self._architecture,
            layers=[self._layer],
            role=role,
            memory_size=memory_mb,
            timeout=work_time,
            environment={
                **settings.to_env(),
                "POWERTOOLS_SERVICE_NAME": name,
                "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
            },
            log_group=log,
            logging_format=LoggingFormat.TEXT,  # Powertools writes JSON itself.
        )
        acknowledge(
            function,
            {
                "L1": "The layer is built and byte-compiled for one Python; it is raised for all functions at once, "
                "in infra/stages.py, when the dependencies have wheels for the next."
            },
        )
        self.all[name] = function
        return function


def allow(
    function: IFunction,
    *actions: str,
    on: Sequence[str],
    conditions: Mapping[str, Mapping[str, str | list[str]]] | None = None,
    wildcard_because: str = "",
) -> None:
    """Grant named actions where a resource's own ``grant`` cannot; a resource with ``*`` needs its reason."""
    function.add_to_role_policy(PolicyStatement(actions=list(actions), resources=list(on), conditions=conditions))
    if wildcard_because and (role := function.role):
        for resource in on:
            acknowledge_wildcard(role, resource, wildcard_because)


def allow_items(function: IFunction, table: ITableV2, *actions: str, of: Sequence[str]) -> None:
    """Grant actions on the table's items of some kinds only, by how their partition keys begin (shared.tables)."""
    allow(
        function,
        *actions,
        on=[table.table_arn],
        conditions={"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [f"{kind}#*" for kind in of]}},
    )
