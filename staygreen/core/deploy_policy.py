"""The policy of a person who deploys: the roles that `cdk bootstrap` made, and what `make deploy` does beside them.

The person changes nothing directly: CloudFormation does, with the role that bootstrapping gave it. What that role may
do is another question (`cdk bootstrap --cloudformation-execution-policies`).
Source: AWS CDK Developer Guide, "Bootstrapping your environment" (roles and their names; read 2026-12-01).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from staygreen.core.config.config import Config
from staygreen.core.naming import INCIDENTS, REPLIES, SNDS

QUALIFIER = "hnb659fds"
"""Of bootstrapping where nobody chose another."""
_ROLES = ("deploy", "file-publishing")
_TABLES = (INCIDENTS, REPLIES, SNDS)
"""Those that `staygreen protect` protects against deletion."""


def deploy_policy(config: Config, qualifier: str = QUALIFIER) -> Mapping[str, Any]:
    """Return the IAM policy document.

    Args:
        config: The sender.
        qualifier: Of the account's bootstrapping.
    """
    account, region = config.sender.account, config.sender.region
    stacks = f"arn:aws:cloudformation:{region}:{account}:stack/{config.names.prefix}-*/*"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "DeployByTheCdk",
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Resource": [
                    f"arn:aws:iam::{account}:role/cdk-{qualifier}-{role}-role-{account}-{region}" for role in _ROLES
                ],
            },
            {
                "Sid": "FindStacks",
                "Effect": "Allow",
                "Action": "cloudformation:DescribeStacks",
                # of all stacks at once, to find the sender's
                "Resource": "*",
            },
            {
                "Sid": "ProtectStacks",
                "Effect": "Allow",
                "Action": ["cloudformation:ListStackResources", "cloudformation:UpdateTerminationProtection"],
                "Resource": stacks,
            },
            {
                "Sid": "ProtectTables",
                "Effect": "Allow",
                "Action": ["dynamodb:DescribeTable", "dynamodb:UpdateTable"],
                "Resource": [
                    f"arn:aws:dynamodb:{region}:{account}:table/{config.names.table(each)}" for each in _TABLES
                ],
            },
        ],
    }
