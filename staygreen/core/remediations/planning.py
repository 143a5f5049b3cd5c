"""What the plans of all remediations share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from staygreen.core.finding import Evidence, SubjectKind
from staygreen.core.incidents.incident import COVERAGE, Incident, Status
from staygreen.core.remediations.account import Account
from staygreen.core.remediations.plan import Action, Judgement, Look, Plan, Proof, Rules, Stride


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a remediation itself knows of its plan."""

    remediation: str
    actions: tuple[Action, ...]
    summary: str
    risk: str
    undo: str
    way_back: tuple[Stride, ...] = ()
    takes_from: str = ""
    volume: int | None = None
    in_scope_of: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    not_before: datetime | None = None
    wants_open: bool = True
    command: str = ""


def plan(draft: Draft, incident: Incident, rules: Rules, account: Account) -> Plan:
    """The draft as a plan for an incident."""
    now, finding = account.now(), incident.finding
    why = finding.advice.consequence if finding.advice else f"{finding.check}: {finding.cause}"
    # what waits for a second look must not grow old while it waits
    waits = max(timedelta(0), (draft.not_before or now) - now)
    return Plan(
        remediation=draft.remediation,
        incident_id=incident.id,
        check=finding.check,
        cause=finding.cause,
        subject=incident.subject,
        severity=incident.severity,
        actions=draft.actions,
        way_back=draft.way_back,
        summary=draft.summary,
        why=why,
        risk=draft.risk,
        undo=draft.undo,
        made_at=now,
        good_until=now + waits + rules.approval_within,
        takes_from=draft.takes_from,
        volume=draft.volume,
        in_scope_of=draft.in_scope_of,
        not_before=draft.not_before,
        wants_open=draft.wants_open,
        command=draft.command,
    )


def back_at_once(actions: Sequence[Action]) -> tuple[Stride, ...]:
    """The way back of actions that are simply taken back, the last one first."""
    return (Stride(after=timedelta(0), actions=tuple(action.inverse for action in reversed(actions))),)


def is_over(incident: Incident | None) -> bool:
    """Whether the trouble has stopped: the incident was closed by clean readings, or was forgotten long after.

    One that was only withdrawn, because nobody asks any more, proves nothing.
    """
    return incident is None or (incident.status is Status.CLOSED and incident.clean_since is not None)


def stopped(look: Look) -> Judgement:
    """The usual proof: the incident is over."""
    if is_over(look.incident):
        return Judgement(proof=Proof.PROVEN, text=f"It worked: {look.plan.cause} is reported no more.")
    return Judgement(proof=Proof.NOT_YET, text=f"{look.plan.cause} is still reported.")


def said(evidence: Sequence[Evidence], key: str) -> tuple[str, ...]:
    """What the evidence says under one key, in order."""
    return tuple(each.data[key] for each in evidence if each.data.get(key))


def number(evidence: Sequence[Evidence], *keys: str) -> int | None:
    """The largest whole number that the evidence gives under one of the keys; None: none."""
    found = [each.data[key] for each in evidence for key in keys if each.data.get(key, "").isdecimal()]
    return max(map(int, found)) if found else None


REFUSALS = frozenset({"blocked_outlook_consumer", "blocked_exchange_online"})
"""Causes of the check `refusals`: Microsoft's own systems refuse."""


def names_an_address(check: str, cause: str, kind: str) -> bool:
    """Whether a finding may be about one address that is listed, or that Microsoft refuses."""
    is_listing = check == "blocklist" and cause != COVERAGE
    return kind == SubjectKind.IP.value and (is_listing or cause in REFUSALS)


def is_about_one_address(incident: Incident) -> bool:
    """Whether it is a confirmed listing, or a refusal by Microsoft, of the address itself.

    Listings of a range, refusals to answer and unknowns are none of these and never move anything.
    """
    evidence = incident.finding.evidence
    if incident.finding.cause in REFUSALS:
        return bool(evidence) and {each.data.get("cause") for each in evidence} == {"ip_blocked"}
    return any(
        each.data.get("answer") == "LISTED" and "host" in each.data.get("scope", "").split() for each in evidence
    )
