"""Function URLs with AuthType AWS_IAM: who calls, and the second right that calling needs.

The function is told who calls: `requestContext.authorizer.iam` (AWS Lambda Developer Guide, "Invoking Lambda function
URLs", request payload; not verified). URLs made since October 2025 need `lambda:InvokeFunction` beside
`lambda:InvokeFunctionUrl`; of it `lambda:InvokedViaFunctionUrl` is true there (the same guide, "Control access to
Lambda function URLs", read 2026-12-01). That a plain Invoke has no such key is inferred; it might be false there.
"""

from __future__ import annotations

from typing import Any

from ministack import app
from ministack.core import iam_evaluator
from ministack.services import lambda_svc


def install() -> None:
    """Ask for both rights, and add the caller to the event of a signed request."""
    _ask_for_both()
    _tell_who_calls()


def _ask_for_both() -> None:
    original = app._enforce_data_plane

    def enforce(
        service: str, iam_action: str, headers: dict[str, str], query: dict[str, Any], *rest: Any, **named: Any
    ) -> Any:
        denied = original(service, iam_action, headers, query, *rest, **named)
        # an unsigned request is the business of the function's own policy; an unknown URL has no auth type
        auth_type = (named.get("service_context") or {}).get("lambda:FunctionUrlAuthType")
        if denied or iam_action != "lambda:InvokeFunctionUrl" or auth_type != "AWS_IAM":
            return denied
        if not app.extract_access_key_id(headers, query):
            return denied
        named["service_context"] = {"lambda:InvokedViaFunctionUrl": "true"}
        return original(service, "lambda:InvokeFunction", headers, query, *rest, **named)

    app._enforce_data_plane = enforce


def _tell_who_calls() -> None:
    original = lambda_svc._build_function_url_event

    def build(*arguments: Any, **named: Any) -> dict[str, Any]:
        event: dict[str, Any] = original(*arguments, **named)
        if not named.get("anonymous"):
            caller = iam_evaluator.request_caller_arn(event["headers"])
            event["requestContext"]["authorizer"] = {"iam": {"userArn": caller, "accountId": caller.split(":")[4]}}
        return event

    lambda_svc._build_function_url_event = build
