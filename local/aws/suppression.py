"""The SES account suppression list: put, get, list with filters and pages, delete.

Reasons are BOUNCE and COMPLAINT; an absent address is NotFound.
Source: SES v2 API Reference, PutSuppressedDestination and siblings (verified 2026-11-23).
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from ministack.services import ses_v2

from local.aws.ses_routes import Answer, Body, Query, error, route
from local.aws.store import new_store
from local.clock import ShiftedTime

_suppressed = new_store()


def is_suppressed(address: str) -> bool:
    """Whether mail to the address bounces before it leaves."""
    return address in _suppressed


@route("PUT", "/suppression/addresses")
def put(body: Body, query: Query) -> Answer:
    """PutSuppressedDestination."""
    address = body.get("EmailAddress", "")
    if body.get("Reason") not in ("BOUNCE", "COMPLAINT") or "@" not in address:
        return error("BadRequestException", "EmailAddress and Reason (BOUNCE or COMPLAINT) are required.")
    _suppressed[address] = {**body, "LastUpdateTime": int(ShiftedTime().time())}
    return {}


@route("GET", "/suppression/addresses")
def list_all(body: Body, query: Query) -> Answer:
    """ListSuppressedDestinations."""
    reasons = ses_v2._query_values(query, "Reason")
    after, before = (_epoch(ses_v2._first_query_value(query, key)) for key in ("StartDate", "EndDate"))
    wanted = [
        dict(each)
        for each in _suppressed.values()
        if (not reasons or each["Reason"] in reasons) and _is_between(each, after, before)
    ]
    page, token, problem = ses_v2._paginate(wanted, query, 100, maximum=1000)
    return problem or {"SuppressedDestinationSummaries": page, **({"NextToken": token} if token else {})}


@route("GET", "/suppression/addresses/(.+)")
def get(body: Body, query: Query, address: str) -> Answer:
    """GetSuppressedDestination."""
    return {"SuppressedDestination": dict(_suppressed[address])} if address in _suppressed else _absent(address)


@route("DELETE", "/suppression/addresses/(.+)")
def delete(body: Body, query: Query, address: str) -> Answer:
    """DeleteSuppressedDestination."""
    if address not in _suppressed:
        return _absent(address)
    del _suppressed[address]
    return {}


def _absent(address: str) -> Answer:
    return error("NotFoundException", f"Email address {address} does not exist on your suppression list.", 404)


def _epoch(text: str | None) -> float | None:
    if not text:
        return None
    return float(text) if re.fullmatch(r"[\d.]+", text) else datetime.fromisoformat(text).timestamp()


def _is_between(entry: dict[str, Any], after: float | None, before: float | None) -> bool:
    at = entry["LastUpdateTime"]
    return (after is None or at >= after) and (before is None or at <= before)
