"""EC2 reverse DNS: ModifyAddressAttribute, ResetAddressAttribute, DescribeAddressesAttribute, guarded release.

* A change is answered with `PtrRecordUpdate {Value, Status: PENDING}`; the old PtrRecord stays until the update lands
  (here STAYGREEN_PTR_PENDING_SECONDS after the call, 2 by default), then PtrRecordUpdate is gone and PtrRecord is the
  name with a trailing dot. A reset is PENDING too, and afterwards the address is no longer listed.
* The forward A record must already lead to the address. AWS documents neither code nor wording of the refusal:
  InvalidParameterValue here; the product must not match on it.
* Releasing an address with a PTR set or pending: InvalidAddress.PtrSet.

Source: EC2 API Reference of the three operations; EC2 User Guide, "Use reverse DNS for email applications"
(verified 2026-11-23).
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import Any

from ministack.services import ec2

from local.aws import records
from local.aws.store import new_store

_PENDING_SECONDS = float(os.environ.get("STAYGREEN_PTR_PENDING_SECONDS", "2"))
_state = new_store()
Parameters = dict[str, Any]
Response = Any


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ptr:
    record: str = ""
    update: str | None = None
    """The name that is on its way; empty: a reset."""
    lands_at: float = 0.0


def install() -> None:
    """Register the operations and guard ReleaseAddress."""
    release = ec2._release_address

    def guarded_release(parameters: Parameters) -> Response:
        allocation = ec2._p(parameters, "AllocationId")
        if is_set(allocation):
            return ec2._error("InvalidAddress.PtrSet", ptr_set_message(allocation), 400)
        return release(parameters)

    ec2._ACTION_MAP.update(
        ModifyAddressAttribute=_modify,
        ResetAddressAttribute=_reset,
        DescribeAddressesAttribute=_describe,
        ReleaseAddress=guarded_release,
    )


def is_set(allocation: str) -> bool:
    """Whether the address has a PTR, or one pending."""
    return _settled(allocation) is not None


def ptr_set_message(allocation: str) -> str:
    """The message of InvalidAddress.PtrSet."""
    return f"The address with allocation id [{allocation}] cannot be released because it has a PTR record set."


def landed(address: str) -> str | None:
    """The PTR that public DNS has for an Elastic IP of any account."""
    for (account, region, allocation), elastic_ip in list(ec2._addresses._data.items()):
        if elastic_ip["PublicIp"] == address:
            state = _settle(_state.get_scoped(account, region, allocation))
            return (state.record or None) if state else None
    return None


def _settle(state: _Ptr | None) -> _Ptr | None:
    if state is None or state.update is None or time.time() < state.lands_at:
        return state
    return _Ptr(record=state.update) if state.update else None


def _settled(allocation: str) -> _Ptr | None:
    state = _settle(_state.get(allocation))
    if state is None:
        _state.pop(allocation, None)
    else:
        _state[allocation] = state
    return state


def _item(allocation: str, tag: str) -> str:
    state = _settled(allocation) or _Ptr()
    record = f"<ptrRecord>{state.record}</ptrRecord>" if state.record else ""
    update = ""
    if state.update is not None:
        update = f"<ptrRecordUpdate><value>{state.update}</value><status>PENDING</status></ptrRecordUpdate>"
    public_ip = ec2._addresses[allocation]["PublicIp"]
    return f"<{tag}><publicIp>{public_ip}</publicIp><allocationId>{allocation}</allocationId>{record}{update}</{tag}>"


def _change(parameters: Parameters, domain: str, action: str) -> Response:
    allocation = ec2._p(parameters, "AllocationId")
    if allocation not in ec2._addresses:
        return _unknown(allocation)
    if ec2._p(parameters, "DryRun").lower() == "true":
        return ec2._error("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412)
    public_ip = ec2._addresses[allocation]["PublicIp"]
    if domain and public_ip not in records.values(domain, "A"):
        return ec2._error("InvalidParameterValue", f"No A record for {domain} resolves to {public_ip}", 400)
    name = domain.rstrip(".") + "." if domain else ""
    present = _settled(allocation) or _Ptr()
    _state[allocation] = replace(present, update=name, lands_at=time.time() + _PENDING_SECONDS)
    return ec2._xml(200, f"{action}Response", _item(allocation, "address"))


def _unknown(allocation: str) -> Response:
    return ec2._error("InvalidAllocationID.NotFound", f"The allocation ID '{allocation}' does not exist", 400)


def _modify(parameters: Parameters) -> Response:
    return _change(parameters, ec2._p(parameters, "DomainName"), "ModifyAddressAttribute")


def _reset(parameters: Parameters) -> Response:
    if ec2._p(parameters, "Attribute") != "domain-name":
        return ec2._error("InvalidParameterValue", "Attribute must be domain-name", 400)
    return _change(parameters, "", "ResetAddressAttribute")


def _describe(parameters: Parameters) -> Response:
    allocations = ec2._parse_member_list(parameters, "AllocationId") or list(ec2._addresses.keys())
    for allocation in allocations:
        if allocation not in ec2._addresses:
            return _unknown(allocation)
    items = "".join(_item(each, "item") for each in allocations if is_set(each))
    return ec2._xml(200, "DescribeAddressesAttributeResponse", f"<addressSet>{items}</addressSet>")
