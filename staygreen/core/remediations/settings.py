"""The SSM parameter of one remediation: written from the configuration, read as its rules.

Numbers whose fall would let a remediation do more have `floor`, `minimum`, `hold`, `confirm` or
`approvers` in their name: the review of pull requests goes by it (docs/template-contract.md).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from staygreen.core.approvers import Members, is_group
from staygreen.core.config.mode import Mode
from staygreen.core.config.quiet_hours import parse as parse_hours
from staygreen.core.config.tables.pool import PoolKind
from staygreen.core.config.tables.remediations import Quarantine, Remedy
from staygreen.core.errors import SourceUnavailable
from staygreen.core.remediations.account import Setting
from staygreen.core.remediations.plan import Quiet, Rules

if TYPE_CHECKING:
    from staygreen.core.config.config import Config


def _nobody(_group: str) -> Collection[str]:
    return ()


def settings(config: Config, remediation: str) -> Mapping[str, Any]:
    """What the functions read at run time, as JSON values."""
    remedy: Remedy = getattr(config.remediations, remediation)
    limits, scope = remedy.limits, remedy.scope
    return {
        "mode": remedy.mode.value,
        "scope": {"pools": list(scope.pools), "domains": list(scope.domains), "tags": list(scope.tags)},
        "limits": {
            "capacity_floor": limits.capacity_floor,
            "moves_a_day": limits.moves_a_day,
            "hold_down_seconds": limits.hold_down.total_seconds(),
            "expiry_seconds": limits.expiry.total_seconds(),
            "volume_floor": limits.volume_floor,
        },
        "quiet_hours": list(remedy.quiet_hours),
        "approvers": _people(config, remedy),
        "approvers_needed": 2 if remedy.two_people else 1,
        "approval_seconds": remedy.approval_within.total_seconds(),
        **_own(config, remediation),
    }


def _people(config: Config, remedy: Remedy) -> dict[str, list[str]]:
    """How each approver is known."""
    return {
        person.name: [known for known in (person.slack, person.iam) if known]
        for person in config.approvers
        if not remedy.approvers or person.name in remedy.approvers
    }


def _own(config: Config, remediation: str) -> dict[str, Any]:
    """What only this remediation knows."""
    given = config.remediations
    if remediation == "quarantine_ip":
        return _quarantine(config, given.quarantine_ip)
    if remediation == "pause_sending":
        return {
            "reach": {Setting.SET_SENDING.value: [each.name for each in config.configuration_sets if each.manage]},
            "confirm_after_seconds": given.pause_sending.confirm_after.total_seconds(),
            "pause_seconds": given.pause_sending.pause.total_seconds(),
            "probation_hold_seconds": given.pause_sending.probation.total_seconds(),
        }
    if remediation == "set_reverse_dns":
        named = [each for each in config.addresses if each.manage and each.ptr]
        return {"names": {each.allocation_id or config.names.address(each.name): each.ptr for each in named}}
    return {}


def _quarantine(config: Config, given: Quarantine) -> dict[str, Any]:
    pools = [pool.name for pool in config.pools if pool.kind is PoolKind.QUARANTINE]
    return {
        "reach": {Setting.IP_POOL.value: [pool.name for pool in config.pools if pool.manage]},
        "pool": pools[0] if pools else "",
        "minimum_clean_days": given.clean_days,
        "warmup_steps": list(given.warmup_steps),
        "warmup_step_hold_seconds": given.warmup_rest.total_seconds(),
    }


def rules(document: Mapping[str, Any]) -> Rules:
    """The rules that a parameter's JSON holds.

    Raises:
        SourceUnavailable: It is not what `settings` writes: nothing may be done under it.
    """
    try:
        return _rules(document)
    except (KeyError, TypeError, ValueError) as error:
        raise SourceUnavailable(f"the settings of a remediation cannot be read: {error!r}") from error


def _rules(document: Mapping[str, Any]) -> Rules:
    limits, scope = document["limits"], document["scope"]
    hours = [parse_hours(text) for text in document["quiet_hours"]]
    if None in hours:
        raise ValueError("quiet_hours")
    return Rules(
        mode=Mode(document["mode"]),
        capacity_floor=int(limits["capacity_floor"]),
        moves_a_day=int(limits["moves_a_day"]),
        hold_down=timedelta(seconds=limits["hold_down_seconds"]),
        expiry=timedelta(seconds=limits["expiry_seconds"]),
        volume_floor=int(limits["volume_floor"]),
        approval_within=timedelta(seconds=document["approval_seconds"]),
        approvers_needed=int(document["approvers_needed"]),
        approvers=tuple(document["approvers"]),
        identities=MappingProxyType({name: tuple(known) for name, known in document["approvers"].items()}),
        quiet=tuple(Quiet(start=each[0], end=each[1]) for each in hours if each),
        pools=tuple(scope["pools"]),
        domains=tuple(scope["domains"]),
        tags=tuple(scope["tags"]),
        reach=MappingProxyType({Setting(name): tuple(each) for name, each in document.get("reach", {}).items()}),
        settings=MappingProxyType(dict(document)),
    )


def person(identity: str, given: Rules, members: Members = _nobody) -> str:
    """The approver whom a Slack user id or an IAM ARN belongs to; empty: none.

    A role that is named without a session is whoever assumes it; a user group of Slack is each of its members.
    """
    for name, known in given.identities.items():
        if identity in known or any(_role(identity) == _name(each) for each in known if ":role/" in each):
            return name
    groups = ((name, each) for name, known in given.identities.items() for each in known if is_group(each))
    return next((name for name, group in groups if identity in members(group)), "")


def _role(arn: str) -> tuple[str, str]:
    """Account and name of the role that a session's ARN (``…:assumed-role/NAME/SESSION``) is of."""
    parts = arn.split(":")
    if len(parts) != 6 or not parts[5].startswith("assumed-role/"):
        return "", ""
    return parts[4], parts[5].split("/")[1]


def _name(arn: str) -> tuple[str, str]:
    """Account and name in a role's ARN, whose path a session's ARN does not repeat."""
    parts = arn.split(":")
    return parts[4], parts[5].rpartition("/")[2]
