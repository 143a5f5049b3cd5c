"""The custom resources `Custom::ReverseDns` and `Custom::ElasticIp`, for the provider framework.

`begin` answers at once; `complete` is asked every few seconds until it says so
(aws-cdk-lib 2.275.0, `custom_resources`, "Asynchronous Providers: isComplete", read
2026-11-24). What is raised here becomes the reason of the failed deployment.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger

from staygreen.adapters import clock
from staygreen.adapters.aws.clients import client
from staygreen.adapters.aws.elastic_ips import ElasticIps
from staygreen.adapters.dns import authoritative_answers
from staygreen.core.errors import ActionRefused
from staygreen.core.provisioning.elastic_ip_ptr import Decision, Step, Wish, away, canonical, is_over, towards

logger = Logger(service="reverse_dns")
_LOOKUP = "Custom::ElasticIp"


def begin(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Start a request; the address alone is known at once."""
    allocation_id = event["ResourceProperties"]["AllocationId"]
    started = {
        "PhysicalResourceId": event.get("PhysicalResourceId", allocation_id)
        if event["RequestType"] == "Delete"
        else allocation_id,
        "StartedAt": clock.now().isoformat(),
    }
    if event["ResourceType"] == _LOOKUP and event["RequestType"] != "Delete":
        addresses = ElasticIps(client("ec2"))
        return {**started, "Data": {"PublicIp": str(addresses.public_ip(allocation_id))}}
    return started


def complete(event: Mapping[str, Any], _context: object) -> Mapping[str, Any]:
    """Take the next step; complete when EC2 shows what was asked for."""
    if event["ResourceType"] == _LOOKUP:
        return {"IsComplete": True}
    elapsed = clock.now() - datetime.fromisoformat(event["StartedAt"])
    return {"IsComplete": _advance(event, ElasticIps(client("ec2")), elapsed)}


def _advance(event: Mapping[str, Any], addresses: ElasticIps, elapsed: timedelta) -> bool:
    properties = event["ResourceProperties"]
    allocation_id = properties["AllocationId"]
    wish = Wish(
        name=canonical(properties["PtrName"]),
        release=properties["Release"] == "true",
        adopted=properties["Adopted"] == "true",
    )
    decision = _decide(event["RequestType"], wish, addresses, allocation_id)
    reason = decision.reason
    if decision.step in (Step.MODIFY, Step.RESET):
        reason = f"{reason}; {_ask_ec2(decision, wish, addresses, allocation_id)}"
    logger.info("reverse name", allocation_id=allocation_id, step=decision.step.value, reason=reason)
    if is_over(decision, elapsed):
        raise ActionRefused(f"reverse DNS of {allocation_id} as {wish.name}: not done in {elapsed}: {reason}")
    return decision.step is Step.DONE


def _decide(request: str, wish: Wish, addresses: ElasticIps, allocation_id: str) -> Decision:
    present = addresses.present(allocation_id)
    if request == "Delete":
        return away(wish, present)
    return towards(
        wish, present, addresses.public_ip(allocation_id), partial(authoritative_answers.a_record, wish.name)
    )


def _ask_ec2(decision: Decision, wish: Wish, addresses: ElasticIps, allocation_id: str) -> str:
    """What EC2 said. A refusal is not the end: it may not see the A record yet."""
    try:
        if decision.step is Step.RESET:
            addresses.reset(allocation_id)
        else:
            addresses.modify(allocation_id, wish.name)
    except ActionRefused as refusal:
        return f"EC2: {refusal}"
    return "EC2 took the change"
