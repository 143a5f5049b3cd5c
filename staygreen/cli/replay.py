"""`staygreen replay`: what today's rules and limits would have done about what happened.

Nothing is changed: stored incidents are put to the same plans, limits and objections, over the
account as it is now, held in memory; what a plan would have set is set there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any

import typer

from staygreen.adapters import clock
from staygreen.cli.deployment import with_deployment
from staygreen.cli.incidents import incident_table, known_incidents, parse_duration
from staygreen.cli.output import AsJson, print_json, print_text
from staygreen.cli.progress import waiting
from staygreen.core.config.mode import Mode
from staygreen.core.incidents.incident import Incident, Kind, Status
from staygreen.core.naming import INCIDENTS, ResourceNames
from staygreen.core.repair import engine
from staygreen.core.repair.engine import Call, Engine
from staygreen.core.repair.repair import Measure


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command("replay")(replay)


@with_deployment
def replay(
    names: ResourceNames,
    since: Annotated[str, typer.Option("--since", help="How far back: 12h, 30d.")] = "30d",
    mode: Annotated[Mode, typer.Option("--mode", help="Play every remediation in this mode.")] = Mode.AUTO,
    as_json: AsJson = False,
) -> None:
    """Print what would have been done about past incidents, when, and what would have objected."""
    begin = clock.now() - parse_duration(since)
    with waiting("playing what happened"):
        played = list(_play(names, mode, begin))
    for one in played:
        if as_json:
            print_json(_row(one))
        else:
            print_text(_line(one))
    if not as_json:
        done = sum(one.applied_at is not None for one in played)
        print_text(f"{len(played)} plans since {begin:%Y-%m-%d}; {done} would have been carried out.")


def _play(names: ResourceNames, mode: Mode, begin: datetime) -> Iterator[Measure]:
    from staygreen.adapters.memory.account import MemoryStore

    past = sorted(_incidents(names, begin), key=lambda each: each.opened_at or each.first_seen)
    store, account = MemoryStore(), _Past(real=_account(names), at=begin)
    held = {each.id: each for each in past}
    rules = _rules(names)
    works = Engine(
        store=store,
        account=account,
        rules=lambda remediation: replace(rules(remediation), mode=mode),
        incident=lambda _, identifier: account.as_of(held[identifier]),
        is_stopped=lambda: False,
        hand=account.set,
    )
    for incident in past:
        at = incident.opened_at or incident.first_seen
        _finish(works, account, at)
        account.at = at
        engine.plan(
            works, Call(transition_id=f"{incident.id}-1", kind=Kind.OPENED, incidents=[account.as_of(incident)])
        )
        _finish(works, account, at)
    _finish(works, account, clock.now())
    yield from sorted(store.measures.values(), key=lambda one: one.plan.made_at)


def _finish(works: Engine, account: _Past, until: datetime) -> None:
    """Take every step that is due by then, in the order of its time."""
    steps = {"object": engine.object_, "apply": engine.apply, "verify": engine.verify, "undo": engine.undo}
    while due := [e for e in (engine.following(m, account.at) for m in works.store.open_measures()) if e.do in steps]:
        step = min(due, key=lambda each: each.until)
        if step.until > until:
            return
        account.at = max(account.at, step.until)
        steps[step.do](works, step.measure)


@dataclass(kw_only=True)
class _Past:
    """The real account, with the time of the past and with what a replay has set."""

    real: Any
    at: datetime

    def __post_init__(self) -> None:
        # what the account has is asked once: a month of looks would ask thousands of times
        self._values: dict[tuple[Any, str], str | None] = {}
        self._set: dict[tuple[Any, str], str] = {}

    def now(self) -> datetime:
        return self.at

    def value(self, setting: Any, resource: str) -> str | None:
        if (setting, resource) not in self._values:
            self._values[setting, resource] = self.real.value(setting, resource)
        return self._values[setting, resource]

    def dedicated_ips(self) -> Any:
        from staygreen.core.remediations.account import Setting

        moved = {ip: pool for (setting, ip), pool in self._set.items() if setting is Setting.IP_POOL}
        return {ip: replace(lease, pool=moved.get(ip, lease.pool)) for ip, lease in self.real.dedicated_ips().items()}

    def set(self, action: Any) -> None:
        self._set[action.setting, action.resource] = action.after
        self._values[action.setting, action.resource] = action.after

    def as_of(self, incident: Incident) -> Incident:
        """The incident as it was at the time: open until it was closed."""
        if incident.closed_at is None or self.at >= incident.closed_at:
            return incident
        return replace(incident, status=Status.OPEN, closed_at=None, clean_since=None, last_seen=self.at)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


def _incidents(names: ResourceNames, begin: datetime) -> Iterator[Incident]:
    for incident in known_incidents(incident_table(names)):
        if incident.status is not Status.SEEN and (incident.opened_at or incident.first_seen) >= begin:
            yield incident


def _account(names: ResourceNames) -> Any:
    import boto3

    from staygreen.adapters.account.account import AwsAccount
    from staygreen.adapters.aws.account_share import deployed_share
    from staygreen.adapters.dns import resolver
    from staygreen.adapters.dns.resolver import DnsLookup

    return AwsAccount(
        lambda service: boto3.client(service),  # type: ignore[call-overload]
        names=names,
        table=names.table(INCIDENTS),
        lookup=DnsLookup(servers=resolver.servers()),
        share=deployed_share(boto3.client("ssm"), names),
    )


def _rules(names: ResourceNames) -> Any:
    import boto3

    from staygreen.adapters.aws.settings import rules_of

    return rules_of(boto3.client("ssm"), names)


def _row(one: Measure) -> dict[str, Any]:
    return {
        "at": one.plan.made_at.isoformat(),
        "remediation": one.plan.remediation,
        "subject": one.plan.subject.key,
        "cause": one.plan.cause,
        "stage": one.stage.value,
        "applied_at": one.applied_at.isoformat() if one.applied_at else None,
        "objections": [each.rule for each in one.objections],
        "summary": one.plan.summary,
    }


def _line(one: Measure) -> str:
    objected = " ".join(each.text for each in one.objections)
    when = f"; done {one.applied_at:%Y-%m-%d %H:%M}" if one.applied_at else ""
    return f"{one.plan.made_at:%Y-%m-%d %H:%M} UTC  {one.stage.value}{when}: {one.plan.summary}" + (
        f" Objected: {objected}" if objected else ""
    )
