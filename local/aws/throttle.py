"""SES's control plane at the rate that AWS documents for most of its operations: about one call a second.

Off until PUT /v2/email/_local/throttle {"CallsASecond": 1} (local only); what is above is refused, and sending is not
counted. AWS counts each operation by itself; here all count together, which is the harder case.
Source: SES API Reference, GetIdentityDkimAttributes: "throttled at one request per second"; the errors' codes are
those of the two APIs' models (read 2026-12-01). Seconds are those of the local clock, which a test moves.
"""

from __future__ import annotations

from typing import Any

from ministack.core.responses import get_region
from ministack.services import ses, ses_v2

from local.aws.ses_routes import Answer, Body, Query, route
from local.clock import ShiftedTime

_limit = {"interval": 0.0, "refused": 0.0}
_clock = ShiftedTime()
_next: dict[str, float] = {}
"""When the next call is let through, by region."""
_FREE = ("/v2/email/_local", "/v2/email/outbound-emails", "/v2/email/outbound-bulk-emails")


@route("PUT", "/_local/throttle")
def put_throttle(body: Body, query: Query) -> Answer:
    """Set the rate; 0 lets everything through (local only). Answers how many calls were refused since it was set."""
    refused = _limit["refused"]
    rate = float(body.get("CallsASecond", 0))
    _limit.update(interval=1 / rate if rate else 0.0, refused=0.0)
    _next.clear()
    return {"Refused": int(refused)}


def install() -> None:
    """Refuse what is too much before anything else is asked."""
    version2, version1 = ses_v2.handle_request, ses.handle_request

    async def handle_version2(method: str, path: str, headers: Any, body: Any, query: Query) -> Any:
        if not path.startswith(_FREE) and _is_too_much():
            return ses_v2._json_err("TooManyRequestsException", "Too many requests.", 429)
        return await version2(method, path, headers, body, query)

    async def handle_version1(method: str, path: str, headers: Any, body: Any, query: Query) -> Any:
        if not path.startswith("/v2/") and b"Action=Send" not in (body or b"") and _is_too_much():
            return ses._error("Throttling", "Rate exceeded", 400)
        return await version1(method, path, headers, body, query)

    ses_v2.handle_request, ses.handle_request = handle_version2, handle_version1


def _is_too_much() -> bool:
    now = _clock.time()
    if not _limit["interval"]:
        return False
    if now < _next.get(get_region(), 0.0):
        _limit["refused"] += 1
        return True
    _next[get_region()] = now + _limit["interval"]
    return False
