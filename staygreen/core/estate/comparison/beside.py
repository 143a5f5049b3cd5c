"""One resource of mail that a configuration declares, beside what was found in its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from staygreen.core.estate.difference import Difference
from staygreen.core.estate.found import Estate, OwnedKind, Owner


class State(str, Enum):
    """What a deployment would do with a resource."""

    CREATE = "create"
    ADOPT = "adopt"
    """It exists as it is declared, and comes under the deployment."""
    CHANGE = "change"
    KEEP = "keep"
    """It is the deployment's already, as it is declared."""
    UNKNOWN = "unknown"
    """Whether it exists, or how, was not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource that a configuration declares, beside what was found."""

    kind: OwnedKind
    name: str
    """What a person calls it: a domain, a set; of a record ``NAME TYPE``."""
    key: str
    """The identity, set, pool or allocation id that has it; of a record its domain or address."""
    stack: str
    logical_id: str
    """Of records and identities as in the template; else a stand-in."""
    properties: Mapping[str, Any]
    """Of the CloudFormation type, without tags."""
    found: Mapping[str, Any] | None = None
    """The same properties as they were found; None: it was not."""
    state: State = State.CREATE
    differences: tuple[Difference, ...] = ()
    owner: Owner | None = None
    """Who else has it."""
    must_retain: bool = False
    """Whether its template keeps it whatever happens."""


TYPES = {
    OwnedKind.IDENTITY: "AWS::SES::EmailIdentity",
    OwnedKind.CONFIGURATION_SET: "AWS::SES::ConfigurationSet",
    OwnedKind.POOL: "AWS::SES::DedicatedIpPool",
    OwnedKind.RECORD: "AWS::Route53::RecordSet",
    OwnedKind.ADDRESS: "Custom::ReverseDns",
}
"""The CloudFormation types; of an address it is the custom resource that owns its reverse name."""


def state_of(
    estate: Estate, place: tuple[str, str], *, is_read: bool, exists: bool, unlike: tuple[Difference, ...]
) -> State:
    """Return what a deployment would do.

    Args:
        estate: What was found.
        place: Stack and logical id.
        is_read: Whether the estate says if it exists.
        exists: Whether it does.
        unlike: Its differences.
    """
    if not is_read:
        return State.UNKNOWN
    if not exists:
        return State.CREATE
    if unlike:
        return State.CHANGE
    return State.KEEP if place in estate.deployed else State.ADOPT
