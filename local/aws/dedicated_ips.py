"""SES dedicated IPs and pools: AWS::SES::DedicatedIpPool and the v2 operations.

* Only IPs leased to the account exist (an Elastic IP is none): others are NotFound, as is an unknown pool. IPs without
  a pool of their own are in `ses-default-dedicated-pool`.
* A STANDARD pool with IPs can't be deleted; MANAGED can't become STANDARD; IPs move between STANDARD pools only.
* Warm-up is a percentage from 0 to 100, and 100 is DONE.

On AWS a lease is a support case; here PUT /v2/email/_local/dedicated-ips/IP makes one.
Sources: SES v2 API Reference; SES Developer Guide, "Dedicated IP addresses" (verified 2026-11-23; messages unverified).
"""

from __future__ import annotations

import json
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import ses_v2

from local.aws.cloudformation import Existing, Made, Properties, ResourceType
from local.aws.ses_routes import Answer, Body, Query, error, missing, route
from local.aws.store import new_store

DEFAULT_POOL = "ses-default-dedicated-pool"
_ips = new_store()


def install() -> None:
    """Register the resource type; the routes register themselves."""
    ResourceType(
        name="AWS::SES::DedicatedIpPool",
        create=_create,
        delete=_delete,
        update=_update,
        adopt=lambda identifier: (identifier["PoolName"], {}),
        existing=Existing(keys=("PoolName",), known=lambda: ses_v2._dedicated_ip_pools, noun="Dedicated IP pool"),
        replaced_by=("PoolName",),
        read=_read,
        compared=frozenset({"ScalingMode", "PoolName"}),
    ).register()


def pool_exists(name: str) -> bool:
    """Whether a configuration set may name this pool."""
    return name == DEFAULT_POOL or name in ses_v2._dedicated_ip_pools


def members(pool: str | None) -> list[str]:
    """The IPs that send for a pool."""
    return [str(ip) for ip, lease in _ips.items() if lease["PoolName"] == pool]


def is_leased(ip: str) -> bool:
    """Whether SES has leased the address to any account."""
    return any(lease["Ip"] == ip for lease in _ips._data.values())


@route("PUT", "/_local/dedicated-ips/([^/]+)")
def lease(body: Body, query: Query, ip: str) -> Answer:
    """Lease an IP to the account (local only)."""
    _ips[ip] = {
        "Ip": ip,
        "WarmupStatus": body.get("WarmupStatus", "DONE"),
        "WarmupPercentage": int(body.get("WarmupPercentage", 100)),
        "PoolName": body.get("PoolName", DEFAULT_POOL),
    }
    return {}


@route("DELETE", "/_local/dedicated-ips/([^/]+)")
def end_lease(body: Body, query: Query, ip: str) -> Answer:
    """End the lease (local only)."""
    _ips.pop(ip, None)
    return {}


@route("GET", "/dedicated-ips")
def get_dedicated_ips(body: Body, query: Query) -> Answer:
    """GetDedicatedIps, paged."""
    pool = ses_v2._first_query_value(query, "PoolName")
    if pool and not pool_exists(pool):
        return missing("Dedicated IP pool", pool)
    wanted = [dict(each) for each in _ips.values() if pool in ("", None, each["PoolName"])]
    page, token, problem = ses_v2._paginate(wanted, query, 10)
    return problem or {"DedicatedIps": page, **({"NextToken": token} if token else {})}


@route("GET", "/dedicated-ips/([^/]+)")
def get_dedicated_ip(body: Body, query: Query, ip: str) -> Answer:
    """GetDedicatedIp."""
    return {"DedicatedIp": dict(_ips[ip])} if ip in _ips else missing("Dedicated IP", ip)


@route("PUT", "/dedicated-ips/([^/]+)/pool")
def put_in_pool(body: Body, query: Query, ip: str) -> Answer:
    """PutDedicatedIpInPool."""
    pool = body.get("DestinationPoolName", "")
    if ip not in _ips:
        return missing("Dedicated IP", ip)
    if not pool_exists(pool):
        return missing("Dedicated IP pool", pool)
    if "MANAGED" in (_scaling(pool), _scaling(_ips[ip]["PoolName"])):
        return error("BadRequestException", "Dedicated IPs can't be moved into or out of a MANAGED pool.")
    _ips[ip]["PoolName"] = pool
    return {}


@route("PUT", "/dedicated-ips/([^/]+)/warmup")
def put_warmup(body: Body, query: Query, ip: str) -> Answer:
    """PutDedicatedIpWarmupAttributes."""
    percentage = body.get("WarmupPercentage")
    if ip not in _ips:
        return missing("Dedicated IP", ip)
    if not isinstance(percentage, int) or not 0 <= percentage <= 100:
        return error("BadRequestException", "WarmupPercentage must be between 0 and 100.")
    _ips[ip].update(WarmupPercentage=percentage, WarmupStatus="DONE" if percentage == 100 else "IN_PROGRESS")
    return {}


@route("PUT", "/dedicated-ip-pools/([^/]+)/scaling")
def put_scaling(body: Body, query: Query, pool: str) -> Answer:
    """PutDedicatedIpPoolScalingAttributes."""
    if pool not in ses_v2._dedicated_ip_pools:
        return missing("Dedicated IP pool", pool)
    if _scaling(pool) == "MANAGED" and body.get("ScalingMode") == "STANDARD":
        return error("BadRequestException", "Changing the scaling mode from MANAGED to STANDARD is not supported.")
    ses_v2._dedicated_ip_pools[pool]["ScalingMode"] = body.get("ScalingMode")
    return {}


@route("DELETE", "/dedicated-ip-pools/([^/]+)")
def delete_pool(body: Body, query: Query, pool: str) -> Answer:
    """DeleteDedicatedIpPool: refused while a STANDARD pool has IPs; else the emulator deletes it."""
    if _scaling(pool) == "STANDARD" and members(pool):
        return error("BadRequestException", f"Dedicated IP pool <{pool}> has dedicated IPs.")
    return None


def _scaling(pool: str) -> str:
    return str((ses_v2._dedicated_ip_pools.get(pool) or {}).get("ScalingMode", ""))


def _raise(answer: Answer) -> None:
    if isinstance(answer, tuple):
        raise ValueError(json.loads(answer[2])["message"])


def _create(logical_id: str, properties: Properties, stack_name: str) -> Made:
    name = properties.get("PoolName") or f"{stack_name}-{logical_id}-{new_uuid()[:8]}".lower()
    if name in ses_v2._dedicated_ip_pools:
        raise ValueError(f"Pool {name} already exists. (Service: SesV2, Status Code: 400, AlreadyExistsException)")
    pool: dict[str, Any] = {"PoolName": name, "ScalingMode": properties.get("ScalingMode") or "STANDARD"}
    ses_v2._dedicated_ip_pools[name] = pool
    return name, {}


def _update(name: str, old: Properties, new: Properties, stack_name: str) -> Made:
    _raise(put_scaling({"ScalingMode": new.get("ScalingMode") or "STANDARD"}, {}, name))
    return name, {}


def _delete(name: str, properties: Properties) -> None:
    _raise(delete_pool({}, {}, name))
    ses_v2._dedicated_ip_pools.pop(name, None)


def _read(name: str, properties: Properties) -> Properties | None:
    pool = ses_v2._dedicated_ip_pools.get(name)
    return None if pool is None else {key: pool.get(key) for key in ("PoolName", "ScalingMode")}
