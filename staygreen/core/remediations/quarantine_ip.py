"""Takes a listed dedicated IP out of service, remembers where it was, and brings it back warmed up.

SES has no "remove": an IP is put into another pool, standard pools only (Amazon SES
API reference, PutDedicatedIpInPool, not verified).
"""

from __future__ import annotations

from datetime import timedelta

from staygreen.core.incidents.incident import Incident
from staygreen.core.remediations.account import Account, Lease, Setting
from staygreen.core.remediations.plan import Action, Judgement, Look, NoPlan, Plan, Proof, Remediation, Rules, Stride
from staygreen.core.remediations.planning import Draft, is_about_one_address, is_over, names_an_address, plan

ID = "quarantine_ip"


def _plan(incident: Incident, rules: Rules, account: Account) -> Plan | NoPlan:
    ip, quarantine = incident.subject.id, str(rules.settings.get("pool", ""))
    lease = account.dedicated_ips().get(ip)
    reason = _not_for(incident, lease, quarantine, account)
    if reason or lease is None:
        return NoPlan(reason=reason or f"{ip} is not a dedicated IP of this account")
    move = Action(setting=Setting.IP_POOL, resource=ip, before=lease.pool, after=quarantine)
    return plan(
        Draft(
            remediation=ID,
            actions=(move,),
            way_back=_way_back(move, lease, rules),
            summary=f"Move {ip} from the pool {lease.pool} to {quarantine}, where nothing is sent from.",
            risk=f"The other addresses of {lease.pool} carry its mail meanwhile.",
            undo=f"{ip} goes back to {lease.pool} and is warmed up again to {lease.warmup} %.",
            takes_from=lease.pool,
            in_scope_of={"pools": (lease.pool,)},
            command=f"aws sesv2 put-dedicated-ip-in-pool --ip {ip} --destination-pool-name {quarantine}",
        ),
        incident,
        rules,
        account,
    )


def _not_for(incident: Incident, lease: Lease | None, quarantine: str, account: Account) -> str:
    """Why this address is not to be moved; empty when it is."""
    ip, pool = incident.subject.id, lease.pool if lease else ""
    reasons = (
        (not is_about_one_address(incident), "only a listing or a refusal of the address itself may move it"),
        (incident.is_baseline and incident.last_seen <= incident.first_seen, "it was seen once, in the first run"),
        (lease is None, f"{ip} is not a dedicated IP of this account"),
        (not quarantine, "no pool of kind quarantine is configured"),
        (pool == quarantine, f"{ip} is in {quarantine} already"),
        (account.pools().get(pool) is False, f"{pool} is a managed pool: SES alone decides about its addresses"),
        (lease is not None and lease.warmup < 0, f"SES warms {ip} up by itself, so it is in a managed pool"),
    )
    return next((reason for holds, reason in reasons if holds), "")


def _way_back(move: Action, lease: Lease, rules: Rules) -> tuple[Stride, ...]:
    ip, full = move.resource, lease.warmup
    steps = [int(step) for step in rules.settings.get("warmup_steps", ()) if int(step) < full]
    rests = timedelta(seconds=float(rules.settings.get("warmup_step_hold_seconds", 86400)))

    def warm(before: int, after: int, rising: bool) -> Action:
        return Action(setting=Setting.IP_WARMUP, resource=ip, before=str(before), after=str(after), rising=rising)

    if not steps:
        return (Stride(after=timedelta(0), actions=(move.inverse,)),)
    # the warm-up is lowered first: back in its pool it would carry its full share at once
    first = Stride(after=timedelta(0), actions=(warm(full, steps[0], False), move.inverse))
    climb = zip(steps, [*steps[1:], full], strict=True)
    return (first, *(Stride(after=rests, actions=(warm(low, high, True),)) for low, high in climb))


def _prove(look: Look) -> Judgement:
    days = timedelta(days=int(look.rules.settings.get("minimum_clean_days", 3)))
    if not is_over(look.incident):
        return Judgement(proof=Proof.NOT_YET, text=f"{look.plan.cause} still reports {look.plan.subject.id}.")
    since = (look.incident.clean_since or look.incident.closed_at) if look.incident else None
    if since is not None and look.now - since < days:
        text = f"{look.plan.cause} no longer reports {look.plan.subject.id}; it has to stay clean for {days.days} days."
        return Judgement(proof=Proof.NOT_YET, text=text, look_again=since + days)
    return Judgement(
        proof=Proof.PROVEN, text=f"{look.plan.subject.id} has been clean for {days.days} days: it returns now."
    )


REMEDIATION = Remediation(
    id=ID,
    title="take a listed dedicated IP out of service",
    sets=frozenset({Setting.IP_POOL, Setting.IP_WARMUP}),
    answers=names_an_address,
    plan=_plan,
    prove=_prove,
    window=lambda rules: min(timedelta(days=14), rules.expiry),
    pace=timedelta(hours=1),
    is_temporary=True,
    undo_unproven=False,
    runbook="repairs#quarantine_ip",
)
