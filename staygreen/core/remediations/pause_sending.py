"""Pauses the smallest thing that sends badly, for a while: a tenant, else its configuration sets. Never the account.

A tenant is paused through the customer-managed status of its reputation entity
(Amazon SES API reference, UpdateReputationEntityCustomerManagedStatus; the shape is
botocore's, its effect is not verified).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from staygreen.core.finding import Severity, SubjectKind
from staygreen.core.incidents.incident import Incident
from staygreen.core.remediations.account import PAUSED, SENDING, Account, Setting
from staygreen.core.remediations.plan import Action, Judgement, Look, NoPlan, Plan, Proof, Remediation, Rules, Stride
from staygreen.core.remediations.planning import Draft, back_at_once, is_over, number, plan
from staygreen.core.ses.reputation import BOUNCES, COMPLAINTS
from staygreen.core.wording import utc_time

ID = "pause_sending"
CHECK = "ses_reputation"
KINDS = frozenset({SubjectKind.CONFIGURATION_SET.value, SubjectKind.POOL.value})


def _answers(check: str, cause: str, kind: str) -> bool:
    return check == CHECK and kind in KINDS and cause in (BOUNCES, COMPLAINTS)


def _plan(incident: Incident, rules: Rules, account: Account) -> Plan | NoPlan:
    sets = _sets(incident, account)
    if not sets:
        return NoPlan(reason=f"no configuration set sends from {incident.subject.id}")
    actions = tuple(dict.fromkeys(_pause(each, account) for each in sets))
    told = ", ".join(f"{_NOUN[action.setting]} {action.resource}" for action in actions)
    volume = number(incident.finding.evidence, "sent")
    return plan(
        Draft(
            remediation=ID,
            actions=actions,
            way_back=_way_back(actions, rules),
            summary=f"Pause {told} for {_hours(rules)} hours.",
            risk="SES refuses mail that names what is paused: senders get an error and have to try again later.",
            undo="Sending is resumed, and watched for a day.",
            # a rate without a number of messages under it is no ground to pause anything
            volume=volume or 0,
            in_scope_of={"pools": _pools(incident, account)},
            not_before=_second_look(incident, rules),
        ),
        incident,
        rules,
        account,
    )


_NOUN = {Setting.SET_SENDING: "the configuration set", Setting.TENANT_SENDING: "the tenant"}


def _sets(incident: Incident, account: Account) -> tuple[str, ...]:
    if incident.subject.kind is SubjectKind.POOL:
        return account.sets_of(incident.subject.id)
    return (incident.subject.id,)


def _pools(incident: Incident, account: Account) -> tuple[str, ...]:
    """The pool, or those that the set sends from."""
    if incident.subject.kind is SubjectKind.POOL:
        return (incident.subject.id,)
    return tuple(pool for pool in sorted(account.pools()) if incident.subject.id in account.sets_of(pool))


def _pause(name: str, account: Account) -> Action:
    """The tenant where the set belongs to exactly one; the set itself otherwise."""
    tenants = account.tenants_of(name)
    if len(tenants) != 1:
        return Action(setting=Setting.SET_SENDING, resource=name, before=SENDING, after=PAUSED)
    before = account.value(Setting.TENANT_SENDING, tenants[0]) or "ENABLED"
    return Action(setting=Setting.TENANT_SENDING, resource=tenants[0], before=before, after="DISABLED")


def _second_look(incident: Incident, rules: Rules) -> datetime | None:
    if incident.severity is Severity.CRITICAL:
        return None
    wait = timedelta(seconds=float(rules.settings.get("confirm_after_seconds", 3600)))
    return (incident.opened_at or incident.first_seen) + wait


def _way_back(actions: tuple[Action, ...], rules: Rules) -> tuple[Stride, ...]:
    probation = timedelta(seconds=float(rules.settings.get("probation_hold_seconds", 86400)))
    return (*back_at_once(actions), Stride(after=probation, actions=()))


def _hours(rules: Rules) -> str:
    return f"{_pause_of(rules) / timedelta(hours=1):g}"


def _prove(look: Look) -> Judgement:
    until = look.applied_at + _pause_of(look.rules)
    if look.now < until:
        return Judgement(proof=Proof.NOT_YET, text=f"Paused until {utc_time(until)}.", look_again=until)
    if is_over(look.incident):
        text = "The trouble has stopped, and the pause is over: sending is resumed on probation."
        return Judgement(proof=Proof.PROVEN, text=text)
    return Judgement(proof=Proof.NOT_YET, text="The trouble is still reported.")


def _pause_of(rules: Rules) -> timedelta:
    return timedelta(seconds=float(rules.settings.get("pause_seconds", 86400)))


REMEDIATION = Remediation(
    id=ID,
    title="pause what sends badly",
    sets=frozenset({Setting.SET_SENDING, Setting.TENANT_SENDING}),
    answers=_answers,
    plan=_plan,
    prove=_prove,
    window=_pause_of,
    pace=timedelta(hours=1),
    is_temporary=True,
    undo_unproven=True,
    runbook="repairs#pause_sending",
)
