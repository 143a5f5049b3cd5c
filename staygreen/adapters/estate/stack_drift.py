"""Has CloudFormation compare stacks with what is there (`DetectStackDrift`), and reads what it found."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from staygreen.core.estate.drift import Drifted, drifted

_BETWEEN_LOOKS = timedelta(seconds=2)
_LONGEST = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One stack, compared."""

    stack: str
    resources: int
    """How many it has."""
    compared: int
    """How many of them CloudFormation compares; of the others nothing is known."""
    drifted: tuple[Drifted, ...]
    failure: str = ""
    """Why it could not be compared; empty: it was."""


def compare(
    cloudformation: Any, stacks: Iterable[str], pause: Callable[[float], None] = time.sleep
) -> Iterator[Compared]:
    """Compare stacks one after the other.

    Args:
        cloudformation: The client.
        stacks: Their names.
        pause: Waits so many seconds.
    """
    for stack in stacks:
        failure = _detect(cloudformation, stack, pause)
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        resources = sum(len(page["StackResourceSummaries"]) for page in pages)
        found = [] if failure else list(_results(cloudformation, stack))
        checked = [each for each in found if each["StackResourceDriftStatus"] in ("IN_SYNC", "MODIFIED", "DELETED")]
        yield Compared(
            stack=stack,
            resources=resources,
            compared=len(checked),
            drifted=tuple(_drifted(stack, each) for each in checked if each["StackResourceDriftStatus"] != "IN_SYNC"),
            failure=failure,
        )


def _detect(cloudformation: Any, stack: str, pause: Callable[[float], None]) -> str:
    """Have it compared. Gives why it was not; empty: it was."""
    detection = cloudformation.detect_stack_drift(StackName=stack)["StackDriftDetectionId"]
    for _ in range(int(_LONGEST / _BETWEEN_LOOKS)):
        state = cloudformation.describe_stack_drift_detection_status(StackDriftDetectionId=detection)
        if state["DetectionStatus"] == "DETECTION_COMPLETE":
            return ""
        if state["DetectionStatus"] == "DETECTION_FAILED":
            # what could be compared nevertheless was
            return str(state.get("DetectionStatusReason") or "CloudFormation gives no reason")
        pause(_BETWEEN_LOOKS.total_seconds())
    return f"CloudFormation was not done within {_LONGEST.total_seconds() / 60:.0f} minutes"


def _results(cloudformation: Any, stack: str) -> Iterator[Any]:
    token: dict[str, str] = {}
    while True:
        page = cloudformation.describe_stack_resource_drifts(StackName=stack, MaxResults=100, **token)
        yield from page["StackResourceDrifts"]
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}


def _drifted(stack: str, result: Any) -> Drifted:
    paths = [
        (each["PropertyPath"], _value(each.get("ExpectedValue")), _value(each.get("ActualValue")))
        for each in result.get("PropertyDifferences", ())
    ]
    name = result.get("PhysicalResourceId") or result["LogicalResourceId"]
    return drifted(stack, result["ResourceType"], name, paths, is_gone=result["StackResourceDriftStatus"] == "DELETED")


def _value(text: str | None) -> Any:
    """A value as CloudFormation writes it: a structure as JSON, ``null`` for what is not there."""
    try:
        value = json.loads(text or "null")
    except ValueError:
        return text
    return value if isinstance(value, dict | list) or value is None else text
