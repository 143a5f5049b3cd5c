"""The resources that IAM sees in SES v2 calls about dedicated IPs, tenants and reputation entities.

A move of a dedicated IP is about the pool it goes to; tenants and their entities are known by the tenant's ARN.
Source: Service Authorization Reference, Amazon SES v2 (its page of June 2026, read 2026-11-24).
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from ministack.core import iam_actions

from local.aws.ses_routes import decoded

_POOL_OF_IP = re.compile(r"/v2/email/dedicated-ips/[^/]+/pool/?")
_ENTITY = re.compile(r"/v2/email/reputation/entities/RESOURCE/(arn.+?)(?:/customer-managed-status)?/?")


def install() -> None:
    """Name what the emulator takes for any resource."""
    original = iam_actions._ses_v2_resource_arn

    def resource(method: str, path: str, body: bytes, region: str, account_id: str) -> str:
        prefix = f"arn:aws:ses:{region}:{account_id}"
        if _POOL_OF_IP.fullmatch(path):
            return f"{prefix}:dedicated-ip-pool/{decoded(body).get('DestinationPoolName', '')}"
        if path.rstrip("/") == "/v2/email/tenants/get":
            return f"{prefix}:tenant/{decoded(body).get('TenantName', '')}"
        entity = _ENTITY.fullmatch(unquote(path))
        return entity[1] if entity else str(original(method, path, body, region, account_id))

    iam_actions._ses_v2_resource_arn = resource
