"""How GitHub deploys a stage: a role for one repository and one environment, without any stored key."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk.aws_iam import OidcProviderNative, PolicyStatement, Role, WebIdentityPrincipal
from constructs import Construct

from infra.stages import GitHubDeployment, Stage

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"
BOOTSTRAP_QUALIFIER = "hnb659fds"


class DeploymentStack(Stack):
    """The role that the deploy workflow takes on; it may do nothing but take on the CDK's own roles."""

    def __init__(self, scope: Construct, id_: str, *, stage: Stage, github: GitHubDeployment) -> None:
        super().__init__(scope, id_, description="Carillon: deployment from GitHub")
        role = Role(
            self,
            "DeployRole",
            role_name=f"{stage.prefix}-deploy",
            description=f"GitHub's environment {stage.name} of {github.repository}",
            max_session_duration=Duration.hours(1),
            assumed_by=WebIdentityPrincipal(
                self._provider(github),
                conditions={
                    "StringEquals": {
                        f"{ISSUER}:aud": AUDIENCE,
                        f"{ISSUER}:sub": f"repo:{github.repository}:environment:{stage.name}",
                    }
                },
            ),
        )
        role.add_to_policy(
            PolicyStatement(
                actions=["sts:AssumeRole"],
                resources=[
                    self.format_arn(
                        service="iam",
                        region="",
                        resource="role",
                        resource_name=f"cdk-{BOOTSTRAP_QUALIFIER}-{purpose}-role-{self.account}-{self.region}",
                    )
                    for purpose in ("deploy", "file-publishing", "lookup")
                ],
            )
        )
        CfnOutput(self, "DeployRoleArn", value=role.role_arn)

    def _provider(self, github: GitHubDeployment) -> str:
        if github.creates_provider:
            provider = OidcProviderNative(self, "GitHub", url=f"https://{ISSUER}", client_ids=[AUDIENCE])
            return provider.oidc_provider_arn
        return self.format_arn(service="iam", region="", resource="oidc-provider", resource_name=ISSUER)
