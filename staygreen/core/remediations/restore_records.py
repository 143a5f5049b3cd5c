"""Brings DNS records back that drifted from the deployed stacks, to their exact deployed values; it invents none."""

from __future__ import annotations

import json
import shlex
from datetime import timedelta

from staygreen.core.incidents.incident import COVERAGE, Incident
from staygreen.core.remediations.account import Account, DeployedRecord, Setting
from staygreen.core.remediations.plan import Action, Judgement, Look, NoPlan, Plan, Proof, Remediation, Rules
from staygreen.core.remediations.planning import Draft, back_at_once, is_over, plan

ID = "restore_records"
CHECK = "auth_records"


def _answers(check: str, cause: str, kind: str) -> bool:
    return check == CHECK and cause != COVERAGE


def _plan(incident: Incident, rules: Rules, account: Account) -> Plan | NoPlan:
    domain = incident.subject.id
    deployed = [each for each in account.deployed_records() if _is_within(each.name, domain)]
    if not deployed:
        return NoPlan(reason=f"no deployed stack has records of {domain} in a zone of this account")
    actions = tuple(action for each in deployed if (action := _action(each, account)))
    if not actions:
        return NoPlan(reason=f"the zone has what was deployed for {domain}: the trouble is elsewhere")
    names = ", ".join(f"{a.resource.split('|')[1]} {a.resource.split('|')[2]}" for a in actions)
    return plan(
        Draft(
            remediation=ID,
            actions=actions,
            way_back=back_at_once(actions),
            summary=f"Restore {names} to the deployed value.",
            risk="If the change was meant, change the configuration too: the next deployment writes the same.",
            undo="The record sets become what they are now.",
            in_scope_of={"domains": (domain,)},
            command="\n".join(command(action) for action in actions),
        ),
        incident,
        rules,
        account,
    )


def _is_within(name: str, domain: str) -> bool:
    return name == domain or name.endswith(f".{domain}")


def _action(record: DeployedRecord, account: Account) -> Action | None:
    live = account.value(Setting.RECORD, record.resource)
    if live is None or live == record.value:
        return None
    return Action(setting=Setting.RECORD, resource=record.resource, before=live, after=record.value)


def command(action: Action) -> str:
    """What a person types to do the same."""
    zone, name, rtype = action.resource.split("|")
    given = json.loads(action.after)
    record = {
        "Name": f"{name}.",
        "Type": rtype,
        "TTL": given["ttl"],
        "ResourceRecords": [{"Value": value} for value in given["values"]],
    }
    batch = json.dumps({"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]})
    return f"aws route53 change-resource-record-sets --hosted-zone-id {zone} --change-batch {shlex.quote(batch)}"


def _prove(look: Look) -> Judgement:
    if not is_over(look.incident):
        return Judgement(proof=Proof.NOT_YET, text="The zone is right; the check has not seen it yet.")
    return Judgement(proof=Proof.PROVEN, text="The zone is right, and the check sees it.")


REMEDIATION = Remediation(
    id=ID,
    title="restore drifted DNS records",
    sets=frozenset({Setting.RECORD}),
    answers=_answers,
    plan=_plan,
    prove=_prove,
    window=lambda _: timedelta(hours=12),
    pace=timedelta(minutes=30),
    is_temporary=False,
    undo_unproven=False,
    runbook="repairs#restore_records",
)
