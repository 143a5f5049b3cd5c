"""What lets a workflow on GitHub compare a pull request with what is deployed: one role that reads templates."""

from __future__ import annotations

from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

from stacks.constructs.acknowledgement import acknowledge
from stacks.constructs.naming import arn
from stacks.constructs.statement import allow
from staygreen.core.config.config import Config

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"


class GitHubStack(Stack):
    """A role for pull requests of one repository, without a secret: GitHub vouches for the workflow (OpenID Connect).

    Pull requests from forks get no such token, so they cannot take the role. One from the repository itself can, also
    with a workflow that it changes: the trust names the repository, not the workflow.
    """

    def __init__(self, scope: Construct, id: str, *, config: Config, **kwargs: Any) -> None:
        super().__init__(scope, id, description="staygreen: reviews on GitHub read deployed templates", **kwargs)
        provider = config.github.provider or self._provider()
        role = iam.Role(
            self,
            "Review",
            role_name=config.names.role("review", config.sender.region),
            description=f"Lets pull requests of {config.github.repository} read what is deployed",
            assumed_by=iam.FederatedPrincipal(
                provider,
                {
                    "StringEquals": {
                        f"{ISSUER}:aud": AUDIENCE,
                        f"{ISSUER}:sub": f"repo:{config.github.repository}:pull_request",
                    }
                },
                "sts:AssumeRoleWithWebIdentity",
            ),
            max_session_duration=Duration.hours(1),
        )
        stacks = arn(self, "cloudformation", f"stack/{config.names.any_stack}/*")
        role.add_to_policy(
            allow("ReadDeployedTemplates", ("cloudformation:DescribeStacks", "cloudformation:GetTemplate"), stacks)
        )
        acknowledge(role, f"IAM5[Resource::{stacks}]", "Every stack of this sender, by name; ids are chosen by AWS.")
        CfnOutput(self, "ReviewRole", value=role.role_arn, description="The repository variable STAYGREEN_REVIEW_ROLE")

    def _provider(self) -> str:
        made = iam.CfnOIDCProvider(self, "Provider", url=f"https://{ISSUER}", client_id_list=[AUDIENCE])
        return made.attr_arn
