"""The custom resource `Custom::FirstFigures`: each new function answers once, and CloudWatch shows that it did.

An alarm on silence takes a missing figure for silence, so one that begins before its function was ever called rings at
once. The alarms wait for this resource. From then on they know what they always know: silence for as long as they say.
Nothing here fails a deployment: neither what a function answers, nor what AWS refuses, nor a figure that does not come.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from lambdas.deadline import life_left
from staygreen.adapters import clock
from staygreen.adapters.aws.clients import client

logger = Logger(service="first_figures")
ANSWER = {"do": "answer"}
"""What a function answers at once, without doing its work."""
BETWEEN_LOOKS = timedelta(seconds=10)
TO_END = timedelta(seconds=30)
"""Left of the function's time when it stops looking."""
_PERIOD = timedelta(minutes=1)


def handler(event: Mapping[str, Any], context: object) -> Mapping[str, Any]:
    """Ask those functions that were not there before, and wait until CloudWatch has a figure of each."""
    since = clock.now()
    asked = [each for each in _new(event) if _has_answered(each)]
    missing = _without_figure(asked, since)
    while missing and life_left(context) > TO_END.total_seconds():
        time.sleep(BETWEEN_LOOKS.total_seconds())
        missing = _without_figure(missing, since)
    logger.info("first figures", asked=asked, without=missing)
    return {"PhysicalResourceId": "first-figures", "Data": {"Without": len(missing)}}


def _new(event: Mapping[str, Any]) -> list[str]:
    if event["RequestType"] == "Delete":
        return []
    before = event.get("OldResourceProperties", {}).get("Functions", ())
    return [each for each in event["ResourceProperties"]["Functions"] if each not in before]


def _has_answered(function: str) -> bool:
    try:
        answer = client("lambda").invoke(FunctionName=function, Payload=json.dumps(ANSWER).encode())
    except ClientError as refusal:
        logger.warning("not called", function=function, reason=str(refusal))
        return False
    if error := answer.get("FunctionError"):
        logger.warning("did not answer", function=function, reason=error)
    return not error


def _without_figure(functions: list[str], since: datetime) -> list[str]:
    if not functions:
        return []
    queries: list[Any] = [
        {
            "Id": f"m{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/Lambda",
                    "MetricName": "Invocations",
                    "Dimensions": [{"Name": "FunctionName", "Value": function}],
                },
                "Period": int(_PERIOD.total_seconds()),
                "Stat": "Sum",
            },
        }
        for number, function in enumerate(functions)
    ]
    try:
        # from the minute in which the first was called: a figure bears the beginning of its minute
        found = client("cloudwatch").get_metric_data(
            MetricDataQueries=queries, StartTime=since - _PERIOD, EndTime=clock.now() + _PERIOD
        )
    except ClientError as refusal:
        logger.warning("CloudWatch was not asked", reason=str(refusal))
        return []
    shown = {each["Id"] for each in found["MetricDataResults"] if each.get("Values")}
    return [function for number, function in enumerate(functions) if f"m{number}" not in shown]
