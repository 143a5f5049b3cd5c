"""What a policy lets its roles change about mail."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from staygreen.review.facts import Fact, Kind
from staygreen.review.reading.properties import items, part
from staygreen.review.resolve import Resolver, text
from staygreen.review.template import Resource

_MAIL_ACTION = re.compile(
    r"\*|ses:(?:\*|(?!Get|List|Describe|BatchGet).*)|route53:(?:\*|Change.*)"
    r"|ec2:(?:\*|ModifyAddressAttribute|ResetAddressAttribute|ReleaseAddress|(?:Dis)?[Aa]ssociateAddress)",
    re.IGNORECASE,
)


def permission(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """What a policy lets its roles change about mail; reading is no matter here."""
    properties = resolver.members(resource.properties)
    documents = [properties.get("PolicyDocument")]
    documents += [part(policy, "PolicyDocument") for policy in items(properties.get("Policies"))]
    allowed: set[str] = set()
    denied: set[str] = set()
    for document in documents:
        for statement in items(part({"it": document}, "it").get("Statement")):
            if isinstance(statement, Mapping):
                denies = statement.get("Effect") == "Deny"
                (denied if denies else allowed).update(_grants(statement, everything=denies))
    allowed |= {f"{arn} as a whole" for arn in map(text, items(properties.get("ManagedPolicyArns"))) if _is_wide(arn)}
    if allowed or denied:
        roles = properties.get("Roles") or [properties.get("RoleName") or resource.logical_id]
        key = ", ".join(sorted(text(role) for role in items(roles))) + f" by {resource.logical_id}"
        value = {"allow": sorted(allowed), "deny": sorted(denied)}
        yield Fact(kind=Kind.PERMISSION, key=key, value=value, resource=resource)


def _is_wide(arn: str) -> bool:
    """Whether a policy of AWS's own lets a role change mail; of others the templates do not tell."""
    return re.search(r":iam::aws:policy/.*(AdministratorAccess|PowerUser|FullAccess)", arn) is not None


def _grants(statement: Mapping[str, Any], *, everything: bool) -> Iterator[str]:
    """Each action on each target, with its condition: taking a condition off allows more."""
    condition = statement.get("Condition")
    only_if = f" if {text(condition)}" if condition else ""
    for spared in [", ".join(map(text, items(statement.get("NotAction"))))] if "NotAction" in statement else []:
        for target in items(statement.get("Resource")):
            yield f"* but {spared} on {text(target)}{only_if}"
    for action in items(statement.get("Action")):
        if everything or _MAIL_ACTION.fullmatch(text(action)):
            for target in items(statement.get("Resource")):
                yield f"{text(action)} on {text(target)}{only_if}"
