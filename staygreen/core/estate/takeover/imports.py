"""The identifiers by which CloudFormation imports what exists, from the templates that are to have it.

Types and identifiers: AWS::SES::EmailIdentity (EmailIdentity), AWS::SES::ConfigurationSet (Name),
AWS::SES::DedicatedIpPool (PoolName), by the types' schemas as cfn-lint carries them; that they can be imported is an
assumption (docs/assumptions.md). An Elastic IP needs none: its template asks for it by its allocation id.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from staygreen.core.estate.found import Estate

_IDENTIFIERS = {
    "AWS::SES::EmailIdentity": "EmailIdentity",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SES::DedicatedIpPool": "PoolName",
}


def identifiers(stack: str, template: Mapping[str, Any], estate: Estate) -> Mapping[str, Mapping[str, str]]:
    """Return the resource mapping of a stack, as `cdk import --resource-mapping` reads it.

    Args:
        stack: The stack's name.
        template: Its template.
        estate: What exists; what the stack has already is not imported again.
    """
    found: dict[str, dict[str, str]] = {}
    for logical_id, resource in template.get("Resources", {}).items():
        key = _IDENTIFIERS.get(resource["Type"])
        name = resource.get("Properties", {}).get(key) if key else None
        if (
            isinstance(name, str)
            and (stack, logical_id) not in estate.deployed
            and _exists(resource["Type"], name, estate)
        ):
            found[logical_id] = {str(key): name}
    return found


def _exists(kind: str, name: str, estate: Estate) -> bool:
    if kind == "AWS::SES::EmailIdentity":
        return estate.identity(name) is not None
    if kind == "AWS::SES::ConfigurationSet":
        return estate.configuration_set(name) is not None
    return estate.pool(name) is not None
