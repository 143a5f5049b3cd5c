"""SES tenants and their reputation entities, as far as a pause needs them; suppression lists of tenants beside.

PUT /v2/email/_local/tenants/NAME makes a tenant with its configuration sets, as {"ConfigurationSets": [...]}, and
sets what only AWS sets, such as {"AwsStatus": "DISABLED"}.
Source: the shapes of botocore's sesv2 model; the behaviour is not verified.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from ministack.core.responses import get_account_id, get_region

from local.aws.ses_routes import Answer, Body, Query, error, missing, route
from local.aws.store import new_store

_tenants = new_store()
_STATUSES = ("ENABLED", "REINSTATED", "DISABLED")


@route("PUT", "/_local/tenants/([^/]+)")
def put_tenant(body: Body, query: Query, name: str) -> Answer:
    """Make or change a tenant (local only)."""
    known = _tenants.get(name, {"Sets": [], "Status": "ENABLED", "AwsStatus": "ENABLED"})
    _tenants[name] = {
        **known,
        "Sets": body.get("ConfigurationSets", known["Sets"]),
        "AwsStatus": body.get("AwsStatus", known["AwsStatus"]),
    }
    return {"TenantArn": _arn(name)}


@route("POST", "/tenants/list")
def list_tenants(body: Body, query: Query) -> Answer:
    """ListTenants, all on one page."""
    return {"Tenants": [{"TenantName": name, "TenantArn": _arn(name)} for name in _tenants]}


@route("POST", "/tenants/get")
def get_tenant(body: Body, query: Query) -> Answer:
    """GetTenant."""
    name = body.get("TenantName", "")
    return {"Tenant": {"TenantName": name, "TenantArn": _arn(name)}} if name in _tenants else missing("Tenant", name)


@route("POST", "/resources/tenants/list")
def list_resource_tenants(body: Body, query: Query) -> Answer:
    """ListResourceTenants, of configuration sets."""
    wanted = body.get("ResourceArn", "").rpartition("/")[2]
    found = [name for name, tenant in _tenants.items() if wanted in tenant["Sets"]]
    return {"ResourceTenants": [{"TenantName": name, "ResourceArn": body["ResourceArn"]} for name in found]}


@route("GET", "/reputation/entities/RESOURCE/(.+)")
def get_reputation_entity(body: Body, query: Query, reference: str) -> Answer:
    """GetReputationEntity."""
    name, tenant = _of(reference)
    if tenant is None:
        return missing("Reputation entity", name)
    return {
        "ReputationEntity": {
            "ReputationEntityReference": unquote(reference),
            "ReputationEntityType": "RESOURCE",
            "CustomerManagedStatus": {"Status": tenant["Status"]},
            "AwsSesManagedStatus": {"Status": tenant["AwsStatus"], "Cause": "local"},
        }
    }


@route("PUT", "/reputation/entities/RESOURCE/(.+)/customer-managed-status")
def put_status(body: Body, query: Query, reference: str) -> Answer:
    """UpdateReputationEntityCustomerManagedStatus."""
    name, tenant = _of(reference)
    if tenant is None:
        return missing("Reputation entity", name)
    if body.get("SendingStatus") not in _STATUSES:
        return error("BadRequestException", f"SendingStatus must be one of {', '.join(_STATUSES)}.")
    _tenants[name] = {**tenant, "Status": body["SendingStatus"]}
    return {}


def _of(reference: str) -> tuple[str, dict[str, Any] | None]:
    name = unquote(reference).split("/")[1]
    return name, _tenants.get(name)


def _arn(name: str) -> str:
    return f"arn:aws:ses:{get_region()}:{get_account_id()}:tenant/{name}/tn-{name}"
