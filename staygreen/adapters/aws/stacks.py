"""What CloudFormation says of a stack: its template, its parameters, its change set, and how it stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudformation.literals import StackStatusType

_HIDDEN = "****"
"""What CloudFormation shows of a parameter with NoEcho."""
_SETTLED: tuple[StackStatusType, ...] = (
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "IMPORT_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedStack:
    """One stack as it stands."""

    status: str
    began: datetime | None
    """When its last operation began."""
    change_set: str
    """The ARN of the change set that was executed last; empty: none was."""
    body: Mapping[str, Any] | None
    """The processed template; None where it is written in YAML: no stack of ours is."""
    parameters: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_settled(self) -> bool:
        """Whether the template is what is deployed, and nothing is under way."""
        return self.status in _SETTLED

    def has_begun_after(self, at: datetime) -> bool:
        """Whether an operation began after a time that an event gives, which has whole seconds."""
        return self.began is not None and self.began.replace(microsecond=0) > at


def read_stack(client: CloudFormationClient, stack_id: str) -> DeployedStack:
    """Read a stack by its ARN, deleted ones too; its description is read after its template, and so is not older."""
    body: Any = client.get_template(StackName=stack_id, TemplateStage="Processed")["TemplateBody"]
    described = client.describe_stacks(StackName=stack_id)["Stacks"][0]
    values = {
        one["ParameterKey"]: one.get("ResolvedValue", one.get("ParameterValue", ""))
        for one in described.get("Parameters", ())
    }
    return DeployedStack(
        status=described["StackStatus"],
        began=described.get("LastUpdatedTime", described.get("CreationTime")),
        change_set=described.get("ChangeSetId", ""),
        body=body if isinstance(body, Mapping) else None,
        parameters={name: value for name, value in values.items() if value != _HIDDEN},
    )


def stacks_of(client: CloudFormationClient, prefix: str) -> Iterator[tuple[str, str]]:
    """Names and ARNs of the stacks that exist and whose names begin with a prefix."""
    for page in client.get_paginator("list_stacks").paginate(StackStatusFilter=list(_SETTLED)):
        for each in page["StackSummaries"]:
            if each["StackName"].startswith(prefix):
                yield each["StackName"], each["StackId"]
