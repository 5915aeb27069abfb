"""The HTTP API: throttled, logged, open to browsers of every shop front; keys are checked by the functions."""

import json
from dataclasses import dataclass

import jsii
from aws_cdk import Duration, RemovalPolicy
from aws_cdk.aws_apigateway import AccessLogFormat
from aws_cdk.aws_apigatewayv2 import (
    CorsHttpMethod,
    CorsPreflightOptions,
    HttpApi,
    HttpMethod,
    HttpStage,
    IAccessLogDestination,
    IAccessLogSettings,
    LogGroupLogDestination,
    ThrottleSettings,
)
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from aws_cdk.aws_lambda import IFunction
from aws_cdk.aws_logs import LogGroup
from constructs import Construct

from infra.constructs.acknowledgements import acknowledge
from infra.stages import Stage

ACCESS_LOG_FIELDS = {
    name: f"$context.{name}"
    for name in ("requestId", "routeKey", "status", "responseLength", "responseLatency", "integrationErrorMessage")
}
"""Neither the path, which holds link tokens, nor the caller's address."""


@jsii.implements(IAccessLogSettings)
class JsonLog:
    """Access logs as JSON lines in a log group."""

    def __init__(self, log: LogGroup) -> None:
        self._destination = LogGroupLogDestination(log)

    @property
    def destination(self) -> IAccessLogDestination:
        return self._destination

    @property
    def format(self) -> AccessLogFormat:
        return AccessLogFormat.custom(json.dumps(ACCESS_LOG_FIELDS))


@dataclass(frozen=True, slots=True)
class Route:
    """One way in; ``path`` may hold ``{parameters}``."""

    method: HttpMethod
    path: str


class PublicApi(Construct):
    """``url`` is known before the routes are, so that functions can be told it."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage) -> None:
        super().__init__(scope, id_)
        self.api = HttpApi(
            self,
            "Api",
            api_name=stage.prefix,
            description="Carillon: events in, opt-outs in",
            create_default_stage=False,
            cors_preflight=CorsPreflightOptions(
                # Write keys are public and no cookie is read, so any page may call. Which pages may use which key, the
                # function tells them: a preflight request does not say its key.
                allow_origins=["*"],
                allow_methods=[CorsHttpMethod.GET, CorsHttpMethod.POST],
                allow_headers=["authorization", "content-type", "content-encoding", "x-retry-count"],
                expose_headers=["retry-after"],
                max_age=Duration.days(1),
            ),
        )
        log = LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/apigateway/{stage.prefix}",
            retention=stage.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        HttpStage(
            self,
            "Stage",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=ThrottleSettings(rate_limit=stage.requests_per_second, burst_limit=stage.request_burst),
            access_log_settings=JsonLog(log),
        )
        self.url = self.api.api_endpoint

    def serve(self, function: IFunction, *routes: Route) -> None:
        """Lead the routes to the function."""
        integration = HttpLambdaIntegration(f"{function.node.id}Integration", function, scope_permission_to_route=False)
        for route in routes:
            for added in self.api.add_routes(path=route.path, methods=[route.method], integration=integration):
                acknowledge(
                    added,
                    {
                        "APIG4": "Segment's clients send a write key by Basic authentication or in the body, and mail "
                        "programs a signed link, Shopify a signature: the function checks each, in constant time."
                    },
                )
