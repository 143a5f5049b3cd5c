"""A sender whose repairs are switched on, deployed once for the tests of this folder, and the people about it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from subprocess import CompletedProcess
from typing import Any

from local import clock
from local.patience import PATIENCE
from local.slack import SlackMessage
from local.stage import SLACK_CHANNEL, Stage
from local.stories.repair import make_operator
from staygreen.adapters.account.account import AwsAccount
from staygreen.adapters.aws.settings import rules_of
from staygreen.adapters.dns.resolver import DnsLookup, Server
from staygreen.adapters.sources.ses_standing import NAMESPACE
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.adapters.store.repairs import RepairTable
from staygreen.core.alerts import alert as message
from staygreen.core.alerts.repair_alert import Messages
from staygreen.core.confirmation import Confirmation
from staygreen.core.finding import Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents.incident import Incident, Kind, Status, Transition, id_of
from staygreen.core.incidents.run import Bundle, Change, Heartbeat, Outcome, Run
from staygreen.core.naming import INCIDENTS, REPAIR, ResourceNames
from staygreen.core.repair.engine import Engine
from staygreen.core.ses.standing import SET_DIMENSION
from tests.command import staygreen

NAMES = ResourceNames(sender="example", environment="production")
TABLE = NAMES.table(INCIDENTS)
MACHINE = f"arn:aws:states:us-east-1:000000000000:stateMachine:{NAMES.state_machine(REPAIR)}"
BUNDLE = "deadbeefdeadbeef"
CONTEXT = message.Context(sender="example", environment="production", region="us-east-1", runbook_base="x")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A_FEW_SECONDS = 15.0
OLGA, PRESSER, STRANGER = "U0000OLGA", "U0000PRESS", "U0000OTHER"
"""In Slack: an approver of repairs, one who may press buttons alone, and one who may not."""
HOST = {"answer": "LISTED", "scope": "host", "codes": "127.0.0.2"}
CONFIG = """
[sender]
name = "example"
account = "000000000000"
region = "us-east-1"

[[domain]]
name = "example.com"
configuration_set = "news"
zone = { id = "Z0EXAMPLECOM00000000", name = "example.com" }

[domain.dmarc]
policy = "none"

[[address]]
name = "mail-1"
ptr = "mail.example.com"
zone = { id = "Z0EXAMPLECOM00000000", name = "example.com" }

[[pool]]
name = "warm"

[[pool]]
name = "resting"
kind = "quarantine"

[[pool]]
name = "shared"

[[configuration_set]]
name = "news"
pool = "warm"

[[configuration_set]]
name = "letters"
pool = "shared"

[[configuration_set]]
name = "offers"
pool = "shared"

[monitor.blocklist]
enabled = false

[[approver]]
name = "olga"
slack = "U0000OLGA"
iam = "arn:aws:iam::000000000000:user/olga"

[[approver]]
name = "piet"
iam = "arn:aws:iam::000000000000:user/piet"

[remediation.quarantine_ip]
mode = "approve"
limits = { capacity_floor = 1, moves_a_day = 20 }

[remediation.pause_sending]
mode = "auto"
limits = { moves_a_day = 20 }

[remediation.set_reverse_dns]
mode = "auto"
limits = { moves_a_day = 20, hold_down = "1m" }

[remediation.suppression]
mode = "auto"
limits = { moves_a_day = 20 }

[remediation.restore_records]
mode = "approve"
two_people = true

[remediation.open_case]
mode = "off"
"""
S3150 = "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. Please contact your provider. (S3150)"


class Played:
    """A deployed sender, and people."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.cloud = stage, stage.cloud
        self.people = {name: make_operator(stage, name) for name in ("olga", "piet", "mallory")}
        self.table = IncidentTable(self.cloud.client("dynamodb"), TABLE, ("alerts", "slack", "repair"))

    def now(self) -> datetime:
        return datetime.now(UTC) + clock.shift(self.cloud.clock_file)

    def opens(self, *about: Any, is_told: bool = True, **of: Any) -> Incident:
        """A confirmed finding becomes an incident, as a check would write it; everything after that is deployed."""
        incident = self._incident(*about, **of)
        before = self.table.get(incident.finding.check, incident.id)
        if before is not None:
            incident = replace(incident, sequence=before.sequence + 1, version=before.version + 1)
        self._write([(before, incident)], Kind.OPENED, is_told=is_told)
        return incident

    def opens_together(self, *ips: str) -> None:
        """Dedicated IPs are listed in one run, which is told as one."""
        for ip in ips:
            self.cloud.lease_dedicated_ip(ip, "warm")
        found = [replace(self._incident(ip, "blocklist", "psbl", HOST), bundle=BUNDLE) for ip in ips]
        self._write([(None, each) for each in found], Kind.OPENED, is_told=True)

    def _incident(self, subject: str, check: str, cause: str, data: Any, **of: Any) -> Incident:
        kind = of.pop("kind", SubjectKind.IP)
        finding = Finding(
            check=check,
            subject=Subject(kind, subject),
            cause=cause,
            state=State.BAD,
            severity=of.pop("severity", Severity.CRITICAL),
            observed_at=self.now(),
            evidence=(Evidence(source=cause, text=f"{subject}: {cause}", observed_at=self.now(), data=data),),
        )
        at = self.now()
        return Incident(
            id=id_of(finding),
            finding=finding,
            status=Status.OPEN,
            first_seen=at - HOUR,
            last_seen=at,
            last_reading=at,
            counted_at=at,
            opened_at=at,
            sequence=1,
            version=1,
        )

    def closes(self, incident: Incident, *, is_told: bool = True) -> None:
        before = self.table.get(incident.finding.check, incident.id)
        assert before is not None
        at = self.now()
        closed = replace(before, status=Status.CLOSED, closed_at=at, clean_since=at)
        closed = replace(closed, sequence=before.sequence + 1, version=before.version + 1)
        self._write([(before, closed)], Kind.CLEARED, is_told=is_told)

    def _write(self, found: list[tuple[Incident | None, Incident]], kind: Kind, *, is_told: bool) -> None:
        """Write incidents as a run does: each with its transition, or in one group."""
        at, check, bundle = self.now(), found[0][1].finding.check, found[0][1].bundle
        changes = []
        for before, after in found:
            told = Transition(
                id=f"{after.id}-{after.sequence}", kind=kind, at=at, incident=after, is_silent=bool(bundle)
            )
            changes.append(
                Change(before=before, after=after, transition=told if is_told else None, finding=after.finding)
            )
        members = tuple(after for _, after in found)
        bundles = (Bundle(id=f"{bundle}-1", group=bundle, kind=kind, at=at, members=members),) if bundle else ()
        beat = Heartbeat(check=check, run_id=f"run-{at.isoformat()}", at=at)
        run = Run(check=check, id=beat.run_id, at=at, rule=Confirmation(), last=None)
        outcome = Outcome(changes=tuple(changes), bundles=bundles, heartbeat=beat)
        self.table.apply(outcome, run, lambda told: message.alert(told, CONTEXT, 3))

    @contextmanager
    def in_mode(self, remediation: str, mode: str) -> Iterator[None]:
        """Have a remediation go further, or less far, for a while."""
        ssm, name = self.cloud.client("ssm"), f"/staygreen/example/production/remediation/{remediation}"
        before = ssm.get_parameter(Name=name)["Parameter"]["Value"]
        ssm.put_parameter(
            Name=name, Value=json.dumps({**json.loads(before), "mode": mode}), Type="String", Overwrite=True
        )
        try:
            yield
        finally:
            ssm.put_parameter(Name=name, Value=before, Type="String", Overwrite=True)

    def runs(self, check: str) -> None:
        """Run a check now, late enough after the last time for a second sighting to count."""
        self.cloud.advance(timedelta(minutes=6))
        event = {"run_id": f"test-{self.now().isoformat()}", "scheduled_at": self.now().isoformat()}
        function = f"staygreen-example-production-check-{check}"
        reply = self.cloud.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        assert "FunctionError" not in reply, reply["Payload"].read()

    def measured(self, configuration_set: str, values: dict[str, float]) -> None:
        """What CloudWatch has of a configuration set from now on."""
        dimensions = [{"Name": SET_DIMENSION, "Value": configuration_set}]
        data = [
            {"MetricName": name, "Value": value, "Dimensions": dimensions, "Timestamp": self.now()}
            for name, value in values.items()
        ]
        self.cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)

    def listed(self, ip: str) -> str:
        """A dedicated IP is listed; gives the measure that waits."""
        self.cloud.lease_dedicated_ip(ip, "warm")
        self.opens(ip, "blocklist", "psbl", HOST)
        return self.waits_for("quarantine_ip", ip, "awaiting")

    def repairs(self, remediation: str, subject: str) -> list[dict[str, Any]]:
        return [
            each["repair"]
            for each in self.stage.alerts()
            if "repair" in each
            and each["repair"]["remediation"] == remediation
            and each["subjects"][0]["id"] == subject
        ]

    def waits_for(self, remediation: str, subject: str, stage: str, passing: timedelta | None = None) -> str:
        """Wait until a measure's stage is told; gives the measure.

        Args:
            remediation: Whose measure.
            subject: What it is about.
            stage: The stage.
            passing: Time that passes every few seconds until then. A step that is at work when the clock moves
                begins its own wait afterwards, so that moving the clock once can be too early.
        """

        def found() -> str:
            told = [each["measure"] for each in self.repairs(remediation, subject) if each["stage"] == stage]
            return told[-1] if told else ""

        what, until = f"{remediation} of {subject} to be {stage}", time.monotonic() + PATIENCE
        while True:
            try:
                left = until - time.monotonic()
                return str(self.cloud.wait_until(found, min(A_FEW_SECONDS, left) if passing else left, what=what))
            except TimeoutError as error:
                if passing and time.monotonic() < until:
                    self.cloud.advance(passing)
                    continue
                told = [(each["stage"], each["objections"]) for each in self.repairs(remediation, subject)]
                raise TimeoutError(f"{error}; told: {told}\n{self.cloud.log()[-3000:]}") from error

    def asked(self, measure: str) -> SlackMessage:
        """The message in Slack whose buttons decide about a measure."""

        def found() -> SlackMessage | None:
            messages = self.cloud.slack.messages(SLACK_CHANNEL)
            return next((m for m in messages if f"{measure}:" in str(m.blocks) and "'approve'" in str(m.blocks)), None)

        message: SlackMessage = self.cloud.wait_until(found, what=f"buttons for {measure}")
        return message

    def answer(self, message: SlackMessage, action: str, user: str) -> str:
        """Press a button; gives what the presser alone was told."""
        assert self.stage.press(message, action, user) == 200
        answer = self.cloud.slack.answers[-1]
        assert answer.is_private
        return answer.text

    def run(self, who: Mapping[str, str], *arguments: str) -> CompletedProcess[str]:
        """Run a command about the deployed sender with the keys of a person; without any, as the account's root."""
        options = self.stage.names.options.split()
        return staygreen(*arguments, *options, env={**self.cloud.env(), **who})

    def says(self, who: str, *arguments: str) -> tuple[int, str]:
        done = self.run(self.people[who], *arguments)
        return done.returncode, done.stdout + done.stderr


def engine_here(played: Played, hand: Any = None) -> Engine:
    """The engine as a function has it, in this process, where it can die at will."""
    client = played.cloud.client
    rules = rules_of(client("ssm"), NAMES)
    lookup = DnsLookup(servers=(Server.parse(played.cloud.dns_address),))
    account = AwsAccount(client, names=NAMES, table=TABLE, lookup=lookup)
    account.now = played.now  # type: ignore[method-assign]
    store = RepairTable(client("dynamodb"), TABLE, ("alerts",), Messages(context=CONTEXT))
    works = Engine(store=store, account=account, rules=rules, incident=played.table.get, is_stopped=lambda: False)
    return replace(works, hand=hand) if hand else works
