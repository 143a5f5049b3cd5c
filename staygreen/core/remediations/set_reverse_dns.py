"""Sets the reverse name of an Elastic IP again, where the forward record stands.

EC2 refuses a name whose A record does not lead to the address (Amazon EC2 user guide,
"Use reverse DNS for email applications"), so nothing is asked for before it does.
"""

from __future__ import annotations

from datetime import timedelta

from staygreen.core.finding import SubjectKind
from staygreen.core.incidents.incident import COVERAGE, Incident
from staygreen.core.provisioning.elastic_ip_ptr import canonical
from staygreen.core.remediations.account import Account, Elastic, Setting
from staygreen.core.remediations.plan import Action, Judgement, Look, NoPlan, Plan, Proof, Remediation, Rules
from staygreen.core.remediations.planning import Draft, back_at_once, plan

ID = "set_reverse_dns"
CHECK = "reverse_dns"


def _answers(check: str, cause: str, kind: str) -> bool:
    return check == CHECK and kind == SubjectKind.IP.value and cause != COVERAGE


def _plan(incident: Incident, rules: Rules, account: Account) -> Plan | NoPlan:
    ip = incident.subject.id
    elastic = account.elastic_ips().get(ip)
    if elastic is None:
        return NoPlan(reason=f"{ip} is not an Elastic IP with the sender's tag")
    wanted = _wanted(elastic, rules)
    if not wanted:
        return NoPlan(reason=f"the configuration gives {ip} no reverse name")
    present = account.value(Setting.REVERSE_NAME, elastic.allocation_id)
    if present == wanted:
        return NoPlan(reason=f"{ip} has the name {wanted} already")
    if ip not in (account.addresses_of(wanted) or ()):
        return NoPlan(reason=f"the A record of {wanted} does not lead to {ip}: EC2 would refuse the name")
    action = Action(setting=Setting.REVERSE_NAME, resource=elastic.allocation_id, before=present or "", after=wanted)
    return plan(
        Draft(
            remediation=ID,
            actions=(action,),
            way_back=back_at_once((action,)),
            summary=f"Set the reverse name of {ip} to {wanted}; it is {present or 'empty'} now.",
            risk="None for mail: the name leads back to the address.",
            undo=f"The reverse name becomes {present or 'empty'} again.",
            in_scope_of={"tags": tuple(f"{key}={value}" for key, value in sorted(elastic.tags.items()))},
            command=f"aws ec2 modify-address-attribute --allocation-id {elastic.allocation_id} --domain-name {wanted}",
        ),
        incident,
        rules,
        account,
    )


def _wanted(elastic: Elastic, rules: Rules) -> str:
    """The name that the configuration gives it, by allocation id or by its tag `Name`."""
    names = rules.settings.get("names", {})
    return canonical(str(names.get(elastic.allocation_id) or names.get(elastic.tags.get("Name", "")) or ""))


def _prove(look: Look) -> Judgement:
    (action,) = look.plan.actions
    told = look.account.names_of(look.plan.subject.id)
    if told and action.after in told:
        return Judgement(proof=Proof.PROVEN, text=f"DNS tells {action.after} for {look.plan.subject.id}.")
    shown = "does not answer" if told is None else f"tells {', '.join(told) or 'no name'}"
    return Judgement(proof=Proof.NOT_YET, text=f"DNS {shown} for {look.plan.subject.id}.")


REMEDIATION = Remediation(
    id=ID,
    title="set a reverse name again",
    sets=frozenset({Setting.REVERSE_NAME}),
    answers=_answers,
    plan=_plan,
    prove=_prove,
    window=lambda _: timedelta(hours=2),
    pace=timedelta(minutes=1),
    is_temporary=False,
    # the name before it was missing or wrong
    undo_unproven=False,
    runbook="repairs#set_reverse_dns",
)
