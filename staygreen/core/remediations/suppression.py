"""The suppression list, both ways: complainers go on it, and those who were put there for our address's sake come off.

A recipient who bounced because our address was blocked did nothing wrong; SES keeps
them suppressed all the same (Amazon SES developer guide, "Using the account-level
suppression list", not verified).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from staygreen.core.incidents.incident import Incident, Kind, Status
from staygreen.core.remediations.account import Account, Setting
from staygreen.core.remediations.plan import Action, Judgement, Look, NoPlan, Plan, Proof, Remediation, Rules
from staygreen.core.remediations.planning import REFUSALS, Draft, back_at_once, is_over, plan, said

ID = "suppression"
COMPLAINERS = ("complaints", "complaint")
"""The check that knows complainers, and the cause of those who are not on the list."""
MOST = 100
"""Recipients of one measure."""


def _answers(check: str, cause: str, kind: str) -> bool:
    return (check, cause) == COMPLAINERS or cause in REFUSALS


def _plan(incident: Incident, rules: Rules, account: Account) -> Plan | NoPlan:
    is_complaint = incident.finding.check == COMPLAINERS[0]
    if is_complaint == (incident.status is Status.CLOSED):
        return NoPlan(reason="who complained goes on the list while it lasts; others come off once the block is over")
    before, after = ("", "COMPLAINT") if is_complaint else ("BOUNCE", "")
    resources, note = (_complainers if is_complaint else _bounced)(incident, account)
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
    """Whom the evidence names, as far as SES itself told: anyone can send a mail that looks like a complaint."""
    proven = [each for each in incident.finding.evidence if each.data.get("verified") == "ses"]
    recipients = tuple(dict.fromkeys(said(proven, "recipient")))
    tenants = set(said(proven, "tenant"))
    if len(tenants) != 1 or not account.has_tenant_lists():
        return recipients, "On the list of the account: the list of the tenant is not to be had." if tenants else ""
    (tenant,) = tenants
    return [f"{tenant}#{recipient}" for recipient in recipients], ""


def _bounced(incident: Incident, account: Account) -> tuple[Sequence[str], str]:
    """Whom SES put on the list for refusals of the address alone, since they began."""
    return account.wrongly_suppressed(incident.subject, incident.first_seen), ""


def _prove(look: Look) -> Judgement:
    if look.plan.wants_open and not is_over(look.incident):
        return Judgement(proof=Proof.NOT_YET, text="The entries are set; the check has not seen them yet.")
    return Judgement(proof=Proof.PROVEN, text=f"{len(look.plan.actions)} entries are as they were set.")


REMEDIATION = Remediation(
    id=ID,
    title="keep the suppression list right",
    sets=frozenset({Setting.SUPPRESSION}),
    answers=_answers,
    plan=_plan,
    prove=_prove,
    window=lambda _: timedelta(hours=12),
    pace=timedelta(minutes=15),
    is_temporary=False,
    undo_unproven=False,
    runbook="repairs#suppression",
    kinds=frozenset({Kind.OPENED, Kind.CHANGED, Kind.REMINDER, Kind.BASELINE, Kind.CLEARED}),
)
