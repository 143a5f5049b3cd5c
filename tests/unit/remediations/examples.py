"""Incidents and accounts that the tests of repairs share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from staygreen.adapters.memory.account import MemoryAccount, MemoryStore
from staygreen.core.config.mode import Mode
from staygreen.core.finding import Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.incident import Incident, Kind, Status, id_of
from staygreen.core.remediations.account import Setting
from staygreen.core.remediations.plan import Rules
from staygreen.core.repair.engine import Call, Engine

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOST = {"answer": "LISTED", "scope": "host", "codes": "127.0.0.2"}
RANGE = {"answer": "LISTED", "scope": "subnet asn", "codes": "127.0.0.3"}
REFUSAL = {"answer": "UNKNOWN", "codes": "127.255.255.254"}
QUARANTINE = {
    "pool": "quarantine",
    "minimum_clean_days": 3,
    "warmup_steps": [10, 50],
    "warmup_step_hold_seconds": 86400,
}
SETTINGS = {"quarantine_ip": QUARANTINE, "set_reverse_dns": {"names": {"eipalloc-1": "mail.example.com"}}}


def finding(
    *, ip="198.51.100.1", data=HOST, check="blocklist", cause="psbl", severity=Severity.WARNING, kind=SubjectKind.IP
):
    evidence = (Evidence(source=cause, text=f"{ip} is listed", observed_at=NOW, data=data),)
    return Finding(
        check=check,
        subject=Subject(kind, ip),
        cause=cause,
        state=State.BAD,
        severity=severity,
        observed_at=NOW,
        evidence=evidence,
    )


def incident(*, status=Status.OPEN, at=NOW, last_seen=None, clean_since=None, **of):
    found = finding(**of)
    return Incident(
        id=id_of(found),
        finding=found,
        status=status,
        first_seen=at - timedelta(hours=1),
        last_seen=last_seen or at,
        last_reading=last_seen or at,
        counted_at=at,
        opened_at=at,
        clean_since=clean_since,
        closed_at=clean_since,
        sightings=2,
    )


def account(ips=4, pool="warm", at=NOW):
    values = {(Setting.IP_POOL, f"198.51.100.{n}"): pool for n in range(1, ips + 1)}
    values |= {(Setting.IP_WARMUP, f"198.51.100.{n}"): "100" for n in range(1, ips + 1)}
    return MemoryAccount(at=at, values=values, known_pools={pool: True, "quarantine": True, "managed": False})


class World:
    """An engine with everything around it within reach."""

    def __init__(self, made=None, **rules):
        self.account = made or account()
        self.store = MemoryStore()
        self.incidents: dict[str, Incident] = {}
        self.is_stopped = False
        self.rules_given = {"mode": Mode.AUTO, **rules}
        self.engine = Engine(
            store=self.store,
            account=self.account,
            rules=self.rules,
            incident=lambda check, identifier: self.incidents.get(identifier),
            is_stopped=lambda: self.is_stopped,
            hand=self.account.set,
        )

    def rules(self, remediation):
        mode = Mode.OFF if remediation in self.rules_given.get("off", ()) else self.rules_given["mode"]
        given = {key: value for key, value in self.rules_given.items() if key not in ("mode", "off")}
        return Rules(mode=mode, settings=given.pop("settings", SETTINGS.get(remediation, {})), **given)

    def call(self, *incidents, transition="aaaaaaaaaaaaaaaa-1", kind=Kind.OPENED):
        self.incidents |= {each.id: each for each in incidents}
        return Call(transition_id=transition, kind=kind, incidents=incidents)

    def pass_time(self, by):
        self.account.at += by

    def stages(self):
        return {each.plan.remediation: each.stage for each in self.store.measures.values()}

    def pool_of(self, ip):
        return self.account.values[Setting.IP_POOL, ip]
