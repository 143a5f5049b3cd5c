"""A failed function's errorType is the class of its exception, so that Step Functions can retry and catch by name.

Source: Lambda Developer Guide, "Python function errors" (verified 2026-11-23).
"""

from __future__ import annotations

import re
from typing import Any

from ministack.services import lambda_svc

_LAST_LINE = re.compile(r"^[A-Za-z_][\w.]*(:|$)")


def install() -> None:
    """Read the class from the traceback in the log."""
    original = lambda_svc._execute_function_warm

    def execute(function: Any, event: Any, request_id: str) -> Any:
        outcome = original(function, event, request_id)
        body = outcome.get("body")
        if outcome.get("error") and isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
            found = [line for line in (outcome.get("log") or "").splitlines() if _LAST_LINE.match(line)]
            if found:
                body["errorType"] = found[-1].split(":", 1)[0].rsplit(".", 1)[-1]
        return outcome

    lambda_svc._execute_function_warm = execute
