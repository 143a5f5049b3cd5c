"""The suppression list, both ways: complainers go on it, and those who were put there for our address's sake come off.

A recipient who bounced because our address was blocked did nothing wrong; SES keeps
them suppressed all the same (Amazon SES developer guide, "Using the account-level
suppression list", not verified).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from lambdas.core.account import Account, Setting
from lambdas.core.incident import Incident, Kind, Status
from lambdas.core.remediation import Action, Judgement, Look, NoPlan, Plan, Proof, Remediation, Rules
from lambdas.core.remediations.planning import REFUSALS, Draft, back_at_once, plan, said

ID = "suppression"
COMPLAINTS = ("complaints", "complaints")
"""The check that counts complaints, and the cause of a count over its limit."""
NO_TENANT_LIST = "On the list of the account: the list of the tenant is not to be had."
MOST = 100
"""Recipients of one measure."""


def _answers(check: str, cause: str, kind: str) -> bool:
    return (check, cause) == COMPLAINTS or cause in REFUSALS


def _plan(incident: Incident, rules: Rules, account: Account) -> Plan | NoPlan:
    is_complaint = incident.finding.check == COMPLAINTS[0]
    if is_complaint == (incident.status is Status.CLOSED):
        return NoPlan(reason="who complained goes on the list while it lasts; others come off once the block is over")
    before, after = ("", "COMPLAINT") if is_complaint else ("BOUNCE", "")
    resources, note = _complainers(incident, account) if is_complaint else _bounced(incident, account)
    actions = tuple(
        Action(setting=Setting.SUPPRESSION, resource=resource, before=before, after=after)
        for resource in resources
        if account.value(Setting.SUPPRESSION, resource) == before
    )[:MOST]
    if not actions:
        return NoPlan(reason="no recipient is to be put on the list or taken off it")
    done = "Suppress" if is_complaint else "Take off the suppression list"
    why = "who complained" if is_complaint else f"who bounced only because {incident.subject.id} was blocked"
    return plan(
        Draft(
            remediation=ID,
            actions=actions,
            way_back=back_at_once(actions),
            summary=f"{done} {len(actions)} recipient{'s' if len(actions) > 1 else ''} {why}. {note}".strip(),
            risk="They get no mail." if is_complaint else "An address that is really dead bounces once more.",
            undo="The entries become what they were.",
            wants_open=is_complaint,
        ),
        incident,
        rules,
        account,
    )


def _complainers(incident: Incident, account: Account) -> tuple[Sequence[str], str]:
    """Only whom SES itself named: anyone can send a mail that looks like a complaint."""
    return account.complainers(incident.subject), "On the list of the account: SES does not tell a tenant."


def _bounced(incident: Incident, account: Account) -> tuple[Sequence[str], str]:
    """Recipients that the evidence names, as resources; and what has to be said about the list."""
    evidence = incident.finding.evidence
    recipients = dict.fromkeys(said(evidence, "recipient"))
    tenants = set(said(evidence, "tenant"))
    if len(tenants) != 1 or not account.has_tenant_lists():
        return list(recipients), NO_TENANT_LIST if tenants else ""
    (tenant,) = tenants
    return [f"{tenant}#{recipient}" for recipient in recipients], ""


def _prove(look: Look) -> Judgement:
    return Judgement(proof=Proof.PROVEN, text=f"{len(look.plan.actions)} entries are as they were set.")


REMEDIATION = Remediation(
    id=ID,
    title="keep the suppression list right",
    sets=frozenset({Setting.SUPPRESSION}),
    answers=_answers,
    plan=_plan,
    prove=_prove,
    window=lambda _: timedelta(hours=1),
    pace=timedelta(minutes=1),
    is_temporary=False,
    undo_unproven=False,
    runbook="repairs#suppression",
    kinds=frozenset({Kind.OPENED, Kind.CHANGED, Kind.REMINDER, Kind.BASELINE, Kind.CLEARED}),
)
