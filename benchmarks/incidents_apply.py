"""10,000 findings of one run applied to the incident table: `python -m benchmarks.incidents_apply`.

The table is the emulator's, started here on loopback. Prints one JSON line for each phase: the run
that records 10,000 first sightings, the one that opens them all, and the quiet one after it.

`seconds` is what the function would take with a table as slow as the emulator on the same cores;
`own_cpu_seconds` is ours, `table_cpu_seconds` the emulator's. A function of 1,769 MB has one core, a
smaller one its share of it (AWS Lambda developer guide, "Configure Lambda function memory", recalled,
not verified): divide our seconds by the share to know them there.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from local.ports import free_port
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.core.alerts import alert
from staygreen.core.confirmation import Confirmation
from staygreen.core.finding import Advice, Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.report import Report
from staygreen.core.incidents.run import Heartbeat, Run, settle

START = datetime(2026, 6, 3, tzinfo=UTC)
RULE = Confirmation()
CONTEXT = alert.Context(sender="bench", environment="staging", region="eu-central-1", runbook_base="docs/runbooks")


def main() -> None:
    """Measure each phase and print it."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--findings", type=int, default=10_000)
    number = arguments.parse_args().findings
    with emulator() as (client, process):
        table = IncidentTable(client, create(client))
        # Not the baseline, so that sightings and openings are written one by one.
        last: Heartbeat | None = Heartbeat(check="blocklist", run_id="before", at=START - timedelta(hours=1))
        for n, phase in enumerate(("first sightings", "openings", "quiet")):
            begun, cpu, theirs = time.perf_counter(), time.process_time(), cpu_of(process)
            known, stored = table.load("blocklist")
            last = stored or last
            run = Run(check="blocklist", id=str(n), at=START + n * timedelta(hours=1), rule=RULE, last=last)
            outcome = settle(Report(findings=findings(number, run.at), coverage=()), known, run)
            table.apply(outcome, run, lambda told: alert.alert(told, CONTEXT, RULE.clears))
            seconds, cpu = time.perf_counter() - begun, time.process_time() - cpu
            theirs = cpu_of(process) - theirs
            report(phase, number, len(outcome.changes), seconds=seconds, cpu=cpu, theirs=theirs)


def cpu_of(process: int) -> float:
    """Processor seconds of another process (Linux, proc(5): utime and stime)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(phase: str, number: int, changes: int, *, seconds: float, cpu: float, theirs: float) -> None:
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {
        "phase": phase,
        "findings": number,
        "changes": changes,
        "seconds": round(seconds, 2),
        "own_cpu_seconds": round(cpu, 2),
        "table_cpu_seconds": round(theirs, 2),
        "peak_resident_mb": round(resident, 1),
    }
    sys.stdout.write(json.dumps(figures) + "\n")


def findings(number: int, at: datetime) -> tuple[Finding, ...]:
    return tuple(finding(n, at) for n in range(number))


def finding(n: int, at: datetime) -> Finding:
    address = f"2001:db8::{n:x}"
    evidence = Evidence(
        source=f"list-{n}",
        text=f"{address} is listed: it sent to a trap",
        observed_at=at,
        raw="NOERROR 127.0.0.2",
        data={"codes": "127.0.0.2"},
    )
    advice = Advice(
        consequence=f"Mail from {address} may be refused.",
        meaning="A trap address got mail from it.",
        steps=("Find what sent it.", "Ask for removal."),
        link="https://list.example/remove",
        runbook="blocklist#an-address-is-listed",
    )
    return Finding(
        check="blocklist",
        subject=Subject(SubjectKind.IP, address),
        # A group of its own each: nothing is bundled, so that every opening is written with its message.
        cause=f"list-{n}",
        state=State.BAD,
        severity=Severity.WARNING,
        observed_at=at,
        evidence=(evidence,),
        advice=advice,
        group=f"list-{n}",
    )


def create(client: Any) -> str:
    name = "staygreen-bench-incidents"
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
    )
    return name


@contextmanager
def emulator() -> Iterator[tuple[Any, int]]:
    port = free_port()
    with tempfile.TemporaryDirectory() as home, (Path(home) / "log").open("wb") as log:
        environment = {**os.environ, "GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "HOME": home}
        command = [sys.executable, "-m", "ministack"]
        with subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
            client = boto3.client(
                "dynamodb",
                endpoint_url=f"http://127.0.0.1:{port}",
                region_name="eu-central-1",
                aws_access_key_id="local",
                aws_secret_access_key="local",  # noqa: S106 - the emulator's
                config=Config(retries={"mode": "standard", "total_max_attempts": 12}),
            )
            try:
                client.list_tables()
                yield client, process.pid
            finally:
                process.terminate()


if __name__ == "__main__":
    main()
