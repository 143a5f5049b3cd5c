"""Protection of stacks and tables against deletion, switched on once they were made.

Before that it would stop the rollback of a creation that failed, and the next deployment, which deletes what is left
of it (the CDK's CLI sets termination protection when it makes the change set; DynamoDB refuses DeleteTable).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from staygreen.core.naming import ResourceNames, deployment_of

_MADE = ("CREATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_")
"""How the states of stacks begin whose creation succeeded (AWS CloudFormation User Guide, "Stack status codes")."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What of one deployment is protected against deletion."""

    names: ResourceNames
    cloudformation: Any
    dynamodb: Any

    def stacks(self) -> dict[str, bool]:
        """The stacks that were made, and whether each is protected. One whose creation failed is none of them."""
        pages = self.cloudformation.get_paginator("describe_stacks").paginate()
        return {
            each["StackName"]: bool(each.get("EnableTerminationProtection"))
            for page in pages
            for each in page["Stacks"]
            if deployment_of(each["StackName"]) == self.names and each["StackStatus"].startswith(_MADE)
        }

    def tables(self) -> dict[str, bool]:
        """The tables in these stacks, and whether each is protected."""
        return {
            table: bool(self.dynamodb.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"))
            for table in self._tables()
        }

    def switch_on(self) -> None:
        """Protect what is not."""
        for stack, is_protected in self.stacks().items():
            if not is_protected:
                self.cloudformation.update_termination_protection(StackName=stack, EnableTerminationProtection=True)
        for table, is_protected in self.tables().items():
            if not is_protected:
                self.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)

    def _tables(self) -> Iterator[str]:
        paginator = self.cloudformation.get_paginator("list_stack_resources")
        for stack in self.stacks():
            for page in paginator.paginate(StackName=stack):
                for each in page["StackResourceSummaries"]:
                    if each["ResourceType"] == "AWS::DynamoDB::Table" and each.get("PhysicalResourceId"):
                        yield each["PhysicalResourceId"]
