"""SES v2 paths that the emulator does not answer, or answers too kindly: handlers asked before its own.

A handler gets the decoded body, the query and the groups of its pattern. What it returns is the answer; None hands the
request on to the emulator. Paths under /_local/ never exist on AWS: tests use them to make things happen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import json_response
from ministack.services import ses_v2

Body = dict[str, Any]
Query = dict[str, Any]
Answer = Any
Handler = Callable[..., Answer]


@dataclass(frozen=True, slots=True)
class _Route:
    method: str
    pattern: re.Pattern[str]
    handler: Handler


_routes: list[_Route] = []


def route(method: str, pattern: str) -> Callable[[Handler], Handler]:
    """Answer `method` on the paths below /v2/email that match the pattern whole."""

    def add(handler: Handler) -> Handler:
        _routes.append(_Route(method, re.compile(f"^{pattern}$"), handler))
        return handler

    return add


def error(code: str, message: str, status: int = 400) -> Answer:
    """An SES v2 error."""
    return ses_v2._json_err(code, message, status)


def missing(noun: str, name: str) -> Answer:
    """NotFoundException."""
    return error("NotFoundException", f"{noun} <{name}> does not exist.", 404)


def install() -> None:
    """Ask our routes before the emulator's."""
    original = ses_v2.handle_request

    async def handle(method: str, path: str, headers: Any, body: Any, query: Query) -> Any:
        answer = _ask(method, path.rstrip("/").removeprefix("/v2/email"), body, query)
        return answer if answer is not None else await original(method, path, headers, body, query)

    ses_v2.handle_request = handle


def decoded(body: Any) -> Body:
    """The JSON object of a request; empty when there is none."""
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _ask(method: str, path: str, body: Any, query: Query) -> Answer:
    for each in _routes:
        hit = each.pattern.match(path) if each.method == method else None
        if hit is None:
            continue
        answer = each.handler(decoded(body), query, *hit.groups())
        if answer is not None:
            return answer if isinstance(answer, tuple) else json_response(answer)
    return None
