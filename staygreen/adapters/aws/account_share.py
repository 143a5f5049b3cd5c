"""What of SES is a deployed sender's, and who else lives in its account and region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from staygreen.adapters.aws.settings import document
from staygreen.core.account_share import WHOLE, AccountShare, from_document
from staygreen.core.naming import ResourceNames, deployment_of

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.client import CloudFormationClient
    from mypy_boto3_ssm import SSMClient

WITHOUT_RESOURCES = frozenset({"DELETE_COMPLETE", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE"})
"""States of stacks that were deleted, not begun, or rolled back at their creation."""


def deployed_share(client: SSMClient, names: ResourceNames) -> AccountShare:
    """Read the share of a deployment; everything where `sender.only` was absent when it was deployed.

    Raises:
        SourceUnavailable: The parameter holds no JSON object.
        ClientError: AWS did not let it be read.
    """
    try:
        return read_share(client, names.only_parameter)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ParameterNotFound":
            return WHOLE
        raise


def read_share(client: SSMClient, parameter: str) -> AccountShare:
    """Read a share from the parameter that holds it.

    Raises:
        SourceUnavailable: The parameter holds no JSON object.
        ClientError: There is no such parameter, or AWS did not let it be read.
    """
    return from_document(document(client, parameter))


def other_deployments(client: CloudFormationClient, own: ResourceNames) -> tuple[ResourceNames, ...]:
    """Find the deployments of staygreen beside our own, by the names of their stacks.

    `ListStacks` gives names and states alone: no template, parameter or output of another sender is read.
    """
    pages = client.get_paginator("list_stacks").paginate()
    stacks = (stack for page in pages for stack in page.get("StackSummaries", ()))
    found = {deployment_of(stack["StackName"]) for stack in stacks if stack["StackStatus"] not in WITHOUT_RESOURCES}
    others = [names for names in found if names is not None and names != own]
    return tuple(sorted(others, key=str))
