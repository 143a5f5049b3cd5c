"""SES account settings: sending, suppression, warm-up and VDM attributes, and GetAccount with them.

PUT /v2/email/_local/account sets what only AWS sets, such as {"EnforcementStatus": "PROBATION"}.
Source: SES v2 API Reference, GetAccount and PutAccount* (verified 2026-11-23).
"""

from __future__ import annotations

import time
from typing import Any

from ministack.services import ses

from local.aws.ses_routes import Answer, Body, Query, route
from local.aws.store import new_store

_settings = new_store()


def sending_is_enabled() -> bool:
    """Whether the account may send."""
    return bool(_settings.get("SendingEnabled", True))


def _set(**values: Any) -> Answer:
    for key, value in values.items():
        _settings[key] = value
    return {}


@route("PUT", "/account/sending")
def put_sending(body: Body, query: Query) -> Answer:
    """PutAccountSendingAttributes."""
    return _set(SendingEnabled=bool(body.get("SendingEnabled")))


@route("PUT", "/account/suppression")
def put_suppression(body: Body, query: Query) -> Answer:
    """PutAccountSuppressionAttributes."""
    return _set(SuppressionAttributes={"SuppressedReasons": body.get("SuppressedReasons", [])})


@route("PUT", "/account/dedicated-ips/warmup")
def put_warmup(body: Body, query: Query) -> Answer:
    """PutAccountDedicatedIpWarmupAttributes."""
    return _set(DedicatedIpAutoWarmupEnabled=bool(body.get("AutoWarmupEnabled")))


@route("PUT", "/account/vdm")
def put_vdm(body: Body, query: Query) -> Answer:
    """PutAccountVdmAttributes."""
    return _set(VdmAttributes=body.get("VdmAttributes"))


@route("PUT", "/_local/account")
def put_local(body: Body, query: Query) -> Answer:
    """Set what on AWS only AWS sets (local only)."""
    return _set(**body)


@route("GET", "/account")
def get_account(body: Body, query: Query) -> Answer:
    """GetAccount."""
    since = time.time() - 86400
    sent = sum(1 for each in ses._sent_emails_list() if each["Timestamp"] >= since)
    return {
        "DedicatedIpAutoWarmupEnabled": True,
        "EnforcementStatus": "HEALTHY",
        "ProductionAccessEnabled": True,
        "SendingEnabled": True,
        "SendQuota": {"Max24HourSend": 50000.0, "MaxSendRate": 14.0, "SentLast24Hours": float(sent)},
        "SuppressionAttributes": {"SuppressedReasons": []},
        **dict(_settings.items()),
    }
