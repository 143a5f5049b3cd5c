"""What CloudFormation stacks of the region have of mail: whose it is says what is left to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from staygreen.core.estate.found import StackResource
from staygreen.core.estate.owners import STACK_TYPES

_GONE = ("DELETE_COMPLETE",)


def resources(cloudformation: Any) -> Iterator[StackResource]:
    """Give the resources of mail in every stack that stands."""
    for page in cloudformation.get_paginator("list_stacks").paginate():
        for stack in page["StackSummaries"]:
            if stack["StackStatus"] in _GONE:
                continue
            parts = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack["StackId"])
            for part in parts:
                for each in part["StackResourceSummaries"]:
                    if each["ResourceType"] in STACK_TYPES and each.get("PhysicalResourceId"):
                        yield StackResource(
                            stack=stack["StackName"],
                            logical_id=each["LogicalResourceId"],
                            type=each["ResourceType"],
                            physical_id=each["PhysicalResourceId"],
                        )
