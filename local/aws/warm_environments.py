"""An environment in which a handler raised an exception is used again, as warm as before.

The emulator ends its process instead, and each of our functions takes a second to start. An environment that died or
ran out of time is still replaced. Source: Lambda Developer Guide, "Lambda execution environment" (not verified).
"""

from __future__ import annotations

from typing import Any

from ministack.core import lambda_runtime

_RAISED = '{"status": "error", "error": str(e), "trace": traceback.format_exc()}'
_ANSWERED = '{"status": "ok", "raised": {"error": str(e), "trace": traceback.format_exc()}}'


def install() -> None:
    """Have a Python environment answer with what its handler raised; whoever invoked it is told the error all the same.

    Raises:
        LookupError: the emulator's environments do not report as these lines expect.
    """
    if lambda_runtime._PYTHON_WORKER_SCRIPT.count(_RAISED) != 1:
        raise LookupError("the emulator's environments report exceptions in another way")
    lambda_runtime._PYTHON_WORKER_SCRIPT = lambda_runtime._PYTHON_WORKER_SCRIPT.replace(_RAISED, _ANSWERED)
    original = lambda_runtime.Worker.invoke

    def invoke(self: Any, *arguments: Any, **options: Any) -> Any:
        answer = original(self, *arguments, **options)
        raised = answer.pop("raised", None)
        return {**answer, "status": "error", **raised} if raised else answer

    lambda_runtime.Worker.invoke = invoke
