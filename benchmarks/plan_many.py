"""How long it takes to plan repairs for many open incidents in one run: `python -m benchmarks.plan_many [INCIDENTS]`.

The table is the local cloud's, so its time is the emulator's and not DynamoDB's; the account is in memory. The work
of the function itself is shown apart, as processor time.
"""

from __future__ import annotations

import resource
import sys
import time
from datetime import timedelta

from local.cloud import LocalCloud
from staygreen.adapters.memory.account import MemoryAccount
from staygreen.adapters.store.repairs import RepairTable
from staygreen.core.alerts.alert import Context
from staygreen.core.alerts.repair_alert import Messages
from staygreen.core.config.mode import Mode
from staygreen.core.finding import Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.incident import Incident, Kind, Status, id_of
from staygreen.core.remediations.account import Setting
from staygreen.core.remediations.plan import Rules
from staygreen.core.repair.engine import Call, Engine, plan

TABLE = "incidents"
TARGET_SECONDS = 30
CONTEXT = Context(sender="example", environment="production", region="us-east-1", runbook_base="")


def main() -> int:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    account = MemoryAccount(known_pools={"warm": True, "resting": True})
    incidents = [incident(number, account) for number in range(count)]
    with LocalCloud(enforce=False) as cloud:
        client = cloud.client("dynamodb")
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        names = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
        client.create_table(TableName=TABLE, KeySchema=keys, AttributeDefinitions=names, BillingMode="PAY_PER_REQUEST")
        engine = Engine(
            store=RepairTable(client, TABLE, ("alerts",), Messages(context=CONTEXT)),
            account=account,
            rules=lambda _: Rules(mode=Mode.AUTO, settings={"pool": "resting"}),
            incident=lambda *_: None,
            is_stopped=lambda: False,
        )
        wall, own = time.perf_counter(), time.process_time()
        made, _ = plan(engine, Call(transition_id="0" * 16 + "-1", kind=Kind.BASELINE, incidents=incidents))
        wall, own = time.perf_counter() - wall, time.process_time() - own
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} incidents, {len(made)} plans: {wall:.1f} s wall, {own:.1f} s own CPU, {peak:.0f} MB at most")
    print(f"target: under {TARGET_SECONDS} s of function time for 1,000")
    return 0 if len(made) >= count and wall < TARGET_SECONDS else 1


def incident(number: int, account: MemoryAccount) -> Incident:
    ip = f"198.{18 + number // 65536}.{number // 256 % 256}.{number % 256}"
    account.values[Setting.IP_POOL, ip] = "warm"
    at = account.at
    data = {"answer": "LISTED", "scope": "host", "codes": "127.0.0.2"}
    found = Finding(
        check="blocklist",
        subject=Subject(SubjectKind.IP, ip),
        cause="psbl",
        state=State.BAD,
        severity=Severity.WARNING,
        observed_at=at,
        evidence=(Evidence(source="psbl", text=f"{ip} is listed", observed_at=at, data=data),),
    )
    return Incident(
        id=id_of(found),
        finding=found,
        status=Status.OPEN,
        first_seen=at - timedelta(hours=1),
        last_seen=at,
        last_reading=at,
        counted_at=at,
        opened_at=at,
    )


if __name__ == "__main__":
    sys.exit(main())
