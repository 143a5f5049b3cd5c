"""Function URLs with AuthType AWS_IAM tell the function who calls: `requestContext.authorizer.iam`.

Source: AWS Lambda Developer Guide, "Invoking Lambda function URLs", request payload; not verified.
"""

from __future__ import annotations

from typing import Any

from ministack.core import iam_evaluator
from ministack.services import lambda_svc


def install() -> None:
    """Add the caller to the event of a signed request."""
    original = lambda_svc._build_function_url_event

    def build(*arguments: Any, **named: Any) -> dict[str, Any]:
        event: dict[str, Any] = original(*arguments, **named)
        if not named.get("anonymous"):
            caller = iam_evaluator.request_caller_arn(event["headers"])
            event["requestContext"]["authorizer"] = {"iam": {"userArn": caller, "accountId": caller.split(":")[4]}}
        return event

    lambda_svc._build_function_url_event = build
