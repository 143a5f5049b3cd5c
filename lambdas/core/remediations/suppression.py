"""The suppression list, both ways: complainers go on it, and those who were put there for our address's sake come off.

A recipient who bounced because our address was blocked did nothing wrong; SES keeps
them suppressed all the same (Amazon SES developer guide, "Using the account-level
suppression list", not verified).
"""

from __future__ import annotations

from datetime import timedelta

from lambdas.core.account import Account, Setting
from lambdas.core.incident import Incident, Kind, Status
from lambdas.core.remediation import Action, Judgement, Look, NoPlan, Plan, Proof, Remediation, Rules
from lambdas.core.remediations.planning import REFUSALS, Draft, back_at_once, plan, said

ID = "suppression"
COMPLAINT = "complaint"
MOST = 100
"""Recipients of one measure."""


def _answers(check: str, cause: str, kind: str) -> bool:
    return cause == COMPLAINT or cause in REFUSALS


def _plan(incident: Incident, rules: Rules, account: Account) -> Plan | NoPlan:
    is_complaint = incident.finding.cause == COMPLAINT
    if not is_complaint and incident.status is not Status.CLOSED:
        return NoPlan(reason="recipients come off the list only after the block is proven to be over")
    before, after = ("", "COMPLAINT") if is_complaint else ("BOUNCE", "")
    resources, note = _listed(incident, account)
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


def _listed(incident: Incident, account: Account) -> tuple[list[str], str]:
    """Recipients that the evidence names, as resources; and what has to be said about the list."""
    evidence = incident.finding.evidence
    if incident.finding.cause == COMPLAINT:
        # anyone can send a mail that looks like a complaint: only what SES itself told counts
        evidence = tuple(each for each in evidence if each.data.get("verified") == "ses")
    recipients = dict.fromkeys(said(evidence, "recipient"))
    tenants = set(said(evidence, "tenant"))
    if not tenants:
        return list(recipients), ""
    if len(tenants) > 1 or not account.has_tenant_lists():
        return list(recipients), "On the list of the account: the list of the tenant is not to be had."
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
    kinds=frozenset({Kind.OPENED, Kind.CHANGED, Kind.CLEARED}),
)
