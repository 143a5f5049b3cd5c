"""CloudFormation tells the default event bus of each status of a stack, and a stack names its last change set.

An event has the source ``aws.cloudformation``, the detail type ``CloudFormation Stack Status Change``, the stack's ARN
among its resources, and in its detail ``stack-id``, ``status-details`` and ``client-request-token``; it has no change
set. DescribeStacks gives ``ChangeSetId``, the ARN of the change set, for stacks that one was executed for; that an
update without one takes it away again is not documented, and is not done here.
Source: CloudFormation User Guide, "Stack Status Change event detail"; API Reference, Stack (verified 2026-12-01).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import cloudformation, eventbridge
from ministack.services.cloudformation import changesets, handlers, stacks

from local.clock import ShiftedTime

Answer = tuple[int, dict[str, str], bytes]
_STACK = "AWS::CloudFormation::Stack"
_CHANGE_SET = "ChangeSetId"
_BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "IMPORT_IN_PROGRESS")


def install() -> None:
    """Wrap what records an event of a stack, the execution of change sets and the description of stacks."""
    for module in (stacks, changesets, handlers):
        _tell_statuses(module)
    original = changesets._execute_change_set

    def execute(params: Any) -> Answer:
        _, change_set = changesets._find_change_set(
            changesets._p(params, "ChangeSetName"), changesets._p(params, "StackName")
        )
        stack = cloudformation._stacks.get(change_set["StackName"], {}) if change_set else {}
        before = stack.get(_CHANGE_SET)
        if change_set:
            # before the operation, which may end before its answer is given
            stack[_CHANGE_SET] = change_set[_CHANGE_SET]
        answer: Answer = original(params)
        if answer[0] != 200:
            stack[_CHANGE_SET] = before
        return answer

    _serve("ExecuteChangeSet", execute)
    describe = handlers._describe_stacks
    _serve("DescribeStacks", lambda params: _with_change_sets(describe(params)))


def _serve(action: str, handler: Callable[[Any], Answer]) -> None:
    handlers._ACTION_HANDLERS[action] = handler


def _tell_statuses(module: ModuleType) -> None:
    original = module._add_event

    def add_event(
        stack_id: str, stack_name: str, logical_id: str, resource_type: str, status: str, *args: Any, **more: Any
    ) -> None:
        original(stack_id, stack_name, logical_id, resource_type, status, *args, **more)
        if resource_type == _STACK and logical_id == stack_name:
            if status in _BEGINNINGS:
                cloudformation._stacks[stack_name]["LastUpdatedTime"] = _now()
            _tell(stack_id, status)

    module._add_event = add_event  # type: ignore[attr-defined]


def _now() -> str:
    """The moved time, which the event of the end will have too."""
    return datetime.fromtimestamp(ShiftedTime().time(), UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _tell(stack_id: str, status: str) -> None:
    token = stacks.CLIENT_REQUEST_TOKEN.get()
    detail = {
        "stack-id": stack_id,
        "status-details": {"status": status, "status-reason": ""},
        **({"client-request-token": token} if token else {}),
    }
    entry = {
        "Source": "aws.cloudformation",
        "DetailType": "CloudFormation Stack Status Change",
        "Detail": json.dumps(detail),
        "Resources": [stack_id],
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def _with_change_sets(answer: Answer) -> Answer:
    status, headers, body = answer
    text = body.decode()
    for stack in list(cloudformation._stacks.values()):
        if stack.get(_CHANGE_SET):
            place = f"<StackId>{escape(stack['StackId'])}</StackId>"
            text = text.replace(place, f"{place}<{_CHANGE_SET}>{escape(stack[_CHANGE_SET])}</{_CHANGE_SET}>")
    return status, headers, text.encode()
