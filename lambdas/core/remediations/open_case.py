"""Drafts the delisting case of an address and reminds of it. Nothing is ever sent: mass filing harms who does it."""

from __future__ import annotations

from datetime import timedelta

from lambdas.core import case
from lambdas.core.account import Account, Setting
from lambdas.core.finding import Evidence
from lambdas.core.incident import Incident
from lambdas.core.remediation import Action, Judgement, Look, NoPlan, Plan, Proof, Remediation, Rules
from lambdas.core.remediations.planning import Draft, is_about_one_address, is_over, names_an_address, plan, said
from lambdas.core.replies.decode import Route

ID = "open_case"


def _plan(incident: Incident, rules: Rules, account: Account) -> Plan | NoPlan:
    ip = incident.subject.id
    if not is_about_one_address(incident):
        return NoPlan(reason="only a listing or a refusal of the address itself makes a case of ours")
    if account.value(Setting.CASE, ip):
        return NoPlan(reason=f"a case about {ip} is open already")
    action = Action(setting=Setting.CASE, resource=ip, before="", after=_packet(incident))
    return plan(
        Draft(
            remediation=ID,
            actions=(action,),
            summary=f"Draft the delisting case of {ip}; a person reads and sends it.",
            risk="None: it is a draft.",
            undo="Delete the draft.",
        ),
        incident,
        rules,
        account,
    )


def _packet(incident: Incident) -> str:
    if incident.finding.check == "blocklist":
        return _listing(incident)
    facts = case.Facts(
        ips=(incident.subject.id,),
        route=_route(incident.finding.evidence),
        refusals=tuple(
            case.Refusal(at=each.observed_at, text=each.raw or each.text, code=each.data.get("code", ""))
            for each in incident.finding.evidence
        ),
    )
    made = case.packet(facts)
    return made.text() if isinstance(made, case.Packet) else "\n".join(made)


def _route(evidence: tuple[Evidence, ...]) -> Route:
    return Route.DELIST_PORTAL if "exchange_online" in said(evidence, "system") else Route.SUPPORT_FORM


def _listing(incident: Incident) -> str:
    finding = incident.finding
    where = next(iter(said(finding.evidence, "delist_url")), "") or (finding.advice.link if finding.advice else "")
    how = next(iter(said(finding.evidence, "delist_how")), "")
    lines = [
        f"Where: {where or 'see the list’s own page'}",
        f"How: {how}" if how else "",
        f"Address: {incident.subject.id}",
        f"Listed since: {incident.first_seen:%Y-%m-%d %H:%M} UTC",
        *(f"Evidence: {each.text}" for each in finding.evidence),
        "What was repaired: (yours to fill in; a request before the cause is repaired is refused or does not last)",
    ]
    return "\n".join(line for line in lines if line)


def _prove(look: Look) -> Judgement:
    if is_over(look.incident):
        return Judgement(proof=Proof.PROVEN, text=f"{look.plan.cause} reports {look.plan.subject.id} no more.")
    text = f"The case of {look.plan.subject.id} is still open: has it been sent, and answered?"
    return Judgement(proof=Proof.NOT_YET, text=text, is_reminder=True)


REMEDIATION = Remediation(
    id=ID,
    title="draft the delisting case",
    sets=frozenset({Setting.CASE}),
    answers=names_an_address,
    plan=_plan,
    prove=_prove,
    window=lambda _: timedelta(days=14),
    pace=timedelta(days=1),
    is_temporary=False,
    undo_unproven=False,
    runbook="repairs#open_case",
)
