"""Rules about what repairs may do by themselves: no setting may contradict another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import timedelta

from staygreen.core.approvers import is_group
from staygreen.core.config.config import Config
from staygreen.core.config.line_numbers import Path
from staygreen.core.config.mode import ACTS, Mode
from staygreen.core.config.problem import Problem, suggestion
from staygreen.core.config.quiet_hours import parse as parse_hours
from staygreen.core.config.tables.approvers import Approver
from staygreen.core.config.tables.pool import PoolKind
from staygreen.core.config.tables.remediations import Remedy
from staygreen.core.records.name import is_host_name

_SLACK = re.compile(r"[UWS][A-Z0-9]{6,20}")
_IAM = re.compile(r"arn:aws[a-z-]*:(iam::\d{12}:(user|role)/\S+|sts::\d{12}:assumed-role/[^/\s]+/[^/\s]+)")
_ROLE = re.compile(r"arn:[^:]+:(?:iam::(\d+):role/(?:\S*/)?|sts::(\d+):assumed-role/)([^/\s]+)(?:/[^/\s]+)?")
_NAMED_BY_IDENTITY_CENTER = "AWSReservedSSO_"
"""How its roles begin: IAM Identity Center names their sessions after the user who signed in, elsewhere whoever assumes
the role chooses the name."""

FILTERS: Mapping[str, frozenset[str]] = {
    "set_reverse_dns": frozenset({"tags"}),
    "quarantine_ip": frozenset({"pools"}),
    "pause_sending": frozenset({"pools"}),
    "suppression": frozenset(),
    "restore_records": frozenset({"domains"}),
    "open_case": frozenset(),
}
"""Which filters of the scope each remediation can be narrowed by."""
CALLED_BY: Mapping[str, tuple[str, ...]] = {
    "set_reverse_dns": ("reverse_dns",),
    "quarantine_ip": ("blocklist", "refusals"),
    "pause_sending": ("ses_reputation",),
    "suppression": ("complaints", "refusals"),
    "restore_records": ("auth_records",),
    "open_case": ("blocklist", "refusals"),
}
"""Checks of which one at least has to be on: what they find calls for it."""
LONGEST_HOLD_DOWN = timedelta(days=90)
LONGEST_APPROVAL = timedelta(days=7)


def _each(config: Config) -> Iterator[tuple[str, Path, Remedy]]:
    for field in fields(config.remediations):
        yield field.name, ("remediation", field.name), getattr(config.remediations, field.name)


def approvers(config: Config) -> Iterator[Problem]:
    """Each person has one name and at least one way to be known; nobody is two people."""
    seen: dict[tuple[str, str], int] = {}
    for index, person in enumerate(config.approvers):
        path: Path = ("approver", index)
        if not person.name:
            yield Problem((*path, "name"), "is empty")
        if not person.slack and not person.iam:
            yield Problem(path, "has neither slack nor iam: nobody could tell that it is them")
        yield from _pressing(config, person, (*path, "slack"))
        if person.slack and not _SLACK.fullmatch(person.slack):
            yield Problem(
                (*path, "slack"),
                f'"{person.slack}" is not the Slack id of a user (U0123ABCD) or of a user group (S0123ABCD)',
            )
        if person.iam and not _IAM.fullmatch(person.iam):
            yield Problem((*path, "iam"), f'"{person.iam}" is not the ARN of an IAM user or role')
        for key in ("name", "slack", "iam"):
            value = getattr(person, key)
            if value and (key, value) in seen:
                yield Problem((*path, key), f'"{value}" is that of approver[{seen[key, value]}] already')
            seen.setdefault((key, value), index)


def _pressing(config: Config, person: Approver, path: Path) -> Iterator[Problem]:
    """Who is known by Slack has buttons there, and may press them."""
    slack = config.notifications.slack
    if not person.slack:
        return
    if slack is None or not slack.signing_secret:
        text = "cannot approve there: without notifications.slack.signing_secret there are no buttons"
        yield Problem(path, text if person.iam else f"{text}; set it, or give iam", is_warning=bool(person.iam))
    elif person.slack not in slack.approvers and not any(map(is_group, slack.approvers)):
        yield Problem(path, f'"{person.slack}" is not among notifications.slack.approvers: add it there')


def approval(config: Config) -> Iterator[Problem]:
    """Who is to approve exists, and there are enough of them."""
    known = [person.name for person in config.approvers]
    for name, path, remedy in _each(config):
        for index, person in enumerate(remedy.approvers):
            if person not in known:
                place = (*path, "approvers", index)
                yield Problem(place, f'there is no approver "{person}"{suggestion(person, known)}')
        able = set(remedy.approvers or known) & set(known)
        needed = 2 if remedy.two_people else 1
        if remedy.mode is Mode.APPROVE and len(able) < needed:
            yield Problem((*path, "mode"), _too_few(needed, len(able)))
        if remedy.two_people and remedy.mode is Mode.AUTO:
            yield Problem((*path, "two_people"), f"contradicts mode auto: nobody is asked about {name}")
        if not timedelta(minutes=5) <= remedy.approval_within <= LONGEST_APPROVAL:
            yield Problem((*path, "approval_within"), "must be from 5m to 7d")


def sessions(config: Config) -> Iterator[Problem]:
    """Two sessions of one role are two people only where somebody else names the session."""
    seen: dict[tuple[str, str], list[int]] = {}
    for index, person in enumerate(config.approvers):
        role = _role_of(person)
        if role is None:
            continue
        earlier = seen.setdefault(role, [])
        if earlier:
            others = frozenset(config.approvers[at].name for at in earlier)
            yield _same_role(config, index, earlier[0], others, role[1])
        earlier.append(index)


def _same_role(config: Config, index: int, first: int, others: frozenset[str], role: str) -> Problem:
    person = config.approvers[index].name
    needing = [name for name, _, remedy in _each(config) if _takes_both(remedy, person, others)]
    wanted = ", ".join(f"remediation.{name}.two_people" for name in needing)
    text = (
        f"is a session of the role {role}, as that of approver[{first}] is: who assumes a role chooses its session's "
        f"name, so one person can be both{f', and {wanted} wants two' if wanted else ''}; give each a user or a role "
        "of their own, or slack in place of iam"
    )
    return Problem(("approver", index, "iam"), text, is_warning=not needing)


def _role_of(person: Approver) -> tuple[str, str] | None:
    """Account and name of the role by which a person is known, where sessions of it may be anybody's."""
    found = _ROLE.fullmatch(person.iam)
    if found is None or found[3].startswith(_NAMED_BY_IDENTITY_CENTER):
        return None
    return found[1] or found[2], found[3]


def _takes_both(remedy: Remedy, person: str, others: frozenset[str]) -> bool:
    """Whether two people are wanted, and these would count as two."""
    if not remedy.two_people or remedy.mode is not Mode.APPROVE:
        return False
    return not remedy.approvers or (person in remedy.approvers and bool(others & set(remedy.approvers)))


def _too_few(needed: int, able: int) -> str:
    who = "person" if needed == 1 else "people"
    return (
        f"approve needs {needed} {who} in approvers; {able} can approve: add a table [[approver]] with name, and slack "
        f"or iam, for each, and the name to approvers where that is not empty"
    )


def limits(config: Config) -> Iterator[Problem]:
    """Limits limit, and leave something to do."""
    for _, path, remedy in _each(config):
        given, place = remedy.limits, (*path, "limits")
        for key in ("capacity_floor", "moves_a_day", "volume_floor"):
            if getattr(given, key) < 1:
                yield Problem((*place, key), "must be 1 or more; mode = off switches a remediation off")
        if given.hold_down > LONGEST_HOLD_DOWN:
            yield Problem((*place, "hold_down"), "must be 90d or less")
        if given.expiry < timedelta(hours=1):
            yield Problem((*place, "expiry"), "must be 1h or more")


def quiet_hours(config: Config) -> Iterator[Problem]:
    """Quiet hours can be read and leave an hour to act in, within the time that a plan is good for."""
    for _, path, remedy in _each(config):
        asleep: set[int] = set()
        for index, text in enumerate(remedy.quiet_hours):
            hours = parse_hours(text)
            if hours is None:
                yield Problem((*path, "quiet_hours", index), f'"{text}" is not a time such as 22:00-06:00')
                continue
            start, end = (int(at.total_seconds() // 60) for at in hours)
            asleep |= set(range(start, end if end > start else end + 1440))
        awake = {minute % 1440 for minute in range(1440)} - {minute % 1440 for minute in asleep}
        if len(awake) < 60 and remedy.mode in ACTS:
            yield Problem((*path, "quiet_hours"), f"leave no hour of the day in which {remedy.mode.value} could act")
        elif asleep and remedy.mode in ACTS and remedy.approval_within < timedelta(minutes=1440 - len(awake)):
            yield Problem(
                (*path, "approval_within"), "is shorter than the quiet hours: a plan would end before they do"
            )


def scope(config: Config) -> Iterator[Problem]:
    """Filters name what exists, and what the remediation can touch."""
    kinds = {pool.name: pool.kind for pool in config.pools}
    for name, path, remedy in _each(config):
        for index, pool in enumerate(remedy.scope.pools):
            place = (*path, "scope", "pools", index)
            if kinds and pool not in kinds:
                yield Problem(place, f'there is no pool "{pool}"{suggestion(pool, kinds)}')
            elif name == "quarantine_ip" and kinds.get(pool) in (PoolKind.MANAGED, PoolKind.QUARANTINE):
                yield Problem(place, f'"{pool}" is {kinds[pool].value}: addresses are taken from standard pools only')
        for index, domain in enumerate(remedy.scope.domains):
            if not is_host_name(domain):
                place = (*path, "scope", "domains", index)
                yield Problem(place, f'"{domain}" is not a domain name: lower case, no trailing dot')
        for index, tag in enumerate(remedy.scope.tags):
            if not tag.partition("=")[2] or tag.startswith("="):
                yield Problem((*path, "scope", "tags", index), f'"{tag}" is not key=value')


def effect(config: Config) -> Iterator[Problem]:
    """What is narrowed can be narrowed so; what acts is called for, and is followed up."""
    for name, path, remedy in _each(config):
        for key in ("pools", "domains", "tags"):
            if getattr(remedy.scope, key) and key not in FILTERS[name]:
                can = ", ".join(sorted(FILTERS[name])) or "nothing"
                yield Problem((*path, "scope", key), f"{name} cannot be narrowed by {key}, only by {can}: remove it")
        checks = CALLED_BY.get(name, ())
        if remedy.mode in ACTS and checks and not any(getattr(config.monitors, each).enabled for each in checks):
            named = " or ".join(f"monitor.{each}" for each in checks)
            yield Problem(
                (*path, "mode"), f"{remedy.mode.value} never acts: enable {named}, whose findings call for it"
            )
    if config.remediations.open_case.mode in ACTS and not config.monitors.cases.enabled:
        path = ("remediation", "open_case", "mode")
        yield Problem(path, "opens cases that nobody is reminded of: enable monitor.cases")


def quarantine(config: Config) -> Iterator[Problem]:
    """There is somewhere to move addresses to, and a way back."""
    given = config.remediations.quarantine_ip
    path: Path = ("remediation", "quarantine_ip")
    if given.mode in ACTS and all(pool.kind is not PoolKind.QUARANTINE for pool in config.pools):
        yield Problem((*path, "mode"), f"{given.mode.value} needs a [[pool]] of kind quarantine to move addresses to")
    if given.clean_days < 1:
        yield Problem((*path, "clean_days"), "must be 1 or more")
    if timedelta(days=given.clean_days) >= given.limits.expiry:
        yield Problem((*path, "clean_days"), "is not shorter than limits.expiry: no address would ever return")
    steps = given.warmup_steps
    if list(steps) != sorted(set(steps)) or any(not 1 <= step <= 99 for step in steps):
        yield Problem((*path, "warmup_steps"), "must climb, from 1 to 99")
    if not timedelta(hours=1) <= given.warmup_rest <= timedelta(days=7):
        yield Problem((*path, "warmup_rest"), "must be from 1h to 7d")


def pause(config: Config) -> Iterator[Problem]:
    """A pause ends before its expiry, and its second look comes before the plan grows old."""
    given = config.remediations.pause_sending
    path: Path = ("remediation", "pause_sending")
    if not timedelta(minutes=15) <= given.pause < given.limits.expiry:
        yield Problem((*path, "pause"), "must be 15m or more, and shorter than limits.expiry")
    if given.probation > timedelta(days=30):
        yield Problem((*path, "probation"), "must be 30d or less")
    if given.confirm_after > timedelta(days=1):
        yield Problem((*path, "confirm_after"), "must be a day or less")


RULES = (approvers, sessions, approval, limits, quiet_hours, scope, effect, quarantine, pause)
