"""Opens the delisting case of an address, as a draft. Nothing is ever sent: mass filing harms who does it.

From there on `staygreen case` and the check `cases` have it: they show it, remind of it and see that it worked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from staygreen.core.delisting import case, storage
from staygreen.core.delisting.case import Case, Facts, Listing, Refusal
from staygreen.core.finding import Evidence
from staygreen.core.incidents.incident import Incident
from staygreen.core.remediations.account import Account, Setting
from staygreen.core.remediations.plan import Action, Judgement, Look, NoPlan, Plan, Proof, Remediation, Rules
from staygreen.core.remediations.planning import Draft, is_about_one_address, is_over, names_an_address, plan, said
from staygreen.core.replies.decode import Route

ID = "open_case"


def _plan(incident: Incident, rules: Rules, account: Account) -> Plan | NoPlan:
    ip = incident.subject.id
    if not is_about_one_address(incident):
        return NoPlan(reason="only a listing or a refusal of the address itself makes a case of ours")
    before = account.value(Setting.CASE, ip) or ""
    former = storage.read(before) if before else None
    if former is not None and not former.stage.is_over:
        return NoPlan(reason=f"a case about {ip} is open already")
    opened = _case(incident, former, account)
    action = Action(setting=Setting.CASE, resource=ip, before=before, after=storage.text(opened))
    return plan(
        Draft(
            remediation=ID,
            actions=(action,),
            summary=f"{'Reopen' if former else 'Draft'} the delisting case of {ip}; a person reads and sends it.",
            risk="None: it is a draft.",
            undo=f"`staygreen case close {ip}`.",
            command=f"staygreen case open {ip}",
        ),
        incident,
        rules,
        account,
    )


def _case(incident: Incident, former: Case | None, account: Account) -> Case:
    found = _facts(incident, account)
    if former is None:
        return case.opened(found, account.now())
    # what a person wrote into the case still holds; what it is about is what is seen now
    facts = replace(former.facts, route=found.route, refusals=found.refusals, listings=found.listings)
    return case.reopened(former, facts, account.now())


def _facts(incident: Incident, account: Account) -> Facts:
    ip, evidence = incident.subject.id, incident.finding.evidence
    ours = Facts(ips=(ip,), route=Route.THIRD_PARTY, dedicated=True if ip in account.dedicated_ips() else None)
    if incident.finding.check == "blocklist":
        return replace(ours, listings=(_listing(incident),))
    return replace(ours, route=_route(evidence), refusals=tuple(map(_refusal, evidence)))


def _refusal(evidence: Evidence) -> Refusal:
    return Refusal(at=evidence.observed_at, text=evidence.raw or evidence.text, code=evidence.data.get("code", ""))


def _route(evidence: tuple[Evidence, ...]) -> Route:
    return Route.DELIST_PORTAL if "exchange_online" in said(evidence, "system") else Route.SUPPORT_FORM


def _listing(incident: Incident) -> Listing:
    finding = incident.finding
    link = finding.advice.link if finding.advice else ""
    return Listing(
        list=finding.cause,
        since=incident.first_seen,
        text=" ".join(each.text for each in finding.evidence),
        where=next(iter(said(finding.evidence, "delist_url")), link),
        how=next(iter(said(finding.evidence, "delist_how")), ""),
    )


def _prove(look: Look) -> Judgement:
    ip = look.plan.subject.id
    if is_over(look.incident):
        return Judgement(proof=Proof.PROVEN, text=f"{look.plan.cause} reports {ip} no more.")
    text = look.account.value(Setting.CASE, ip)
    stands = f"The case of {ip} is {storage.read(text).stage.value}" if text else f"There is no case of {ip}"
    return Judgement(proof=Proof.NOT_YET, text=f"{stands}, and {look.plan.cause} still reports it.")


REMEDIATION = Remediation(
    id=ID,
    title="open the delisting case as a draft",
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
