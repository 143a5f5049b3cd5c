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
from staygreen.core.config.tables.github import ISSUER, GitHub

AUDIENCE = "sts.amazonaws.com"
WORKFLOW = ".github/workflows/deployed.yml"
"""The only workflow that may take the role."""


class GitHubStack(Stack):
    """A role for pull requests of one repository, without a secret: GitHub vouches for the workflow (OpenID Connect).

    Pull requests from forks get no such token, so they cannot take the role. Those from the repository itself can, and
    only in the reusable workflow as it stands on the default branch: a pull request that changes it, or another
    workflow, presents another `job_workflow_ref`.
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
                {"StringEquals": {f"{ISSUER}:{claim}": value for claim, value in _claims(config.github).items()}},
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


def _claims(github: GitHub) -> dict[str, str | list[str]]:
    """What GitHub must vouch for: claim and value.

    The subject has two forms: with names alone, or with names and numbers where the repository was made, renamed or
    transferred since 2026-07-15 (GitHub changelog of 2026-04-23; the delimiter by github/docs, pull request 45221; both
    read 2026-12-01). Where the numbers are known both forms are taken, of that repository alone: whoever takes over a
    name that was given up has another number. AWS compares `job_workflow_ref` and `repository_id` since January 2026
    (users' accounts of its announcement, read 2026-12-01).
    """
    owner, _, name = github.repository.partition("/")
    subject = f"repo:{github.repository}:pull_request"
    claims: dict[str, str | list[str]] = {
        "aud": AUDIENCE,
        "sub": subject,
        "job_workflow_ref": f"{github.repository}/{WORKFLOW}@refs/heads/{github.branch}",
    }
    if github.repository_id:
        claims["sub"] = [subject, f"repo:{owner}@{github.owner_id}/{name}@{github.repository_id}:pull_request"]
        claims["repository_id"] = str(github.repository_id)
    return claims
