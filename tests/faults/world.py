"""The deployed functions over doubles: checks, sweeps, the announcer and its stream, put together as in `lambdas/`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from staygreen.adapters.notify.slack import SlackThread, TablePlaces
from staygreen.adapters.notify.topic import AlertsTopic
from staygreen.adapters.store.incidents import IncidentTable, owed
from staygreen.adapters.store.outbox import deliver, sweep
from staygreen.adapters.store.verdicts import Verdicts
from staygreen.core.alerts import alert as message
from staygreen.core.errors import StaygreenError
from staygreen.core.finding import Finding
from staygreen.core.incidents.run import Run, settle
from staygreen.core.verdict import evidence
from tests.faults.channels import SlackOverNothing, Topic, Workspace
from tests.faults.dynamodb import Client, Table
from tests.faults.schedule import Killed, Schedule
from tests.unit.incidents.examples import CONTEXT, RULE, START, report

NAME, CHECK = "incidents", "blocklist"
CHANNELS = ("alerts", "slack")
RETRIES = 5
"""How often Lambda reads a batch of the stream again (`stacks/monitoring.py`)."""
DIED = (Killed, ClientError, BotoCoreError, StaygreenError)
Findings = Callable[[datetime], Sequence[Finding]]


@dataclass
class World:
    """One deployment. What happens to a call, the schedule says."""

    schedule: Schedule = field(default_factory=Schedule)
    table: Table = field(default_factory=Table)
    workspace: Workspace = field(default_factory=Workspace)
    now: datetime = START
    read: int = 0
    """How far the announcer has come in the stream."""
    failed: list[str] = field(default_factory=list)
    """Functions that died or raised."""

    def __post_init__(self) -> None:
        self.topic = Topic(self.schedule)

    def clock(self) -> datetime:
        """The functions' clock."""
        return self.now

    def _store(self) -> IncidentTable:
        return IncidentTable(Client(self.table, self.schedule), NAME, CHANNELS)  # type: ignore[arg-type]

    def _channels(self) -> tuple[Any, ...]:
        places = TablePlaces(Client(self.table, self.schedule), NAME)  # type: ignore[arg-type]
        return (
            AlertsTopic(self.topic, "arn"),  # type: ignore[arg-type]
            SlackThread(SlackOverNothing(self.workspace, self.schedule), "C1", places),
        )

    def invoke(self, name: str, act: Callable[[], None]) -> bool:
        """Have a function do something; False when it died or raised."""
        try:
            act()
        except DIED as error:
            self.failed.append(f"{name}: {type(error).__name__}")
            self.schedule.revive()
            return False
        return True

    def check(self, run_id: str, findings: Findings) -> bool:
        """A run of the check; Lambda delivers it again when it fails."""
        return any(self.invoke(run_id, lambda: self._check(run_id, findings)) for _ in range(2))

    def _check(self, run_id: str, findings: Findings) -> None:
        table = self._store()
        known, last = table.load(CHECK)
        unfinished = table.unfinished(CHECK)
        if last is None or last.run_id != run_id:
            run = Run(check=CHECK, id=run_id, at=self.now, rule=RULE, last=last, unfinished=unfinished)
            outcome = settle(report(*findings(self.now)), known, run)
            verdicts = Verdicts(table)
            held = evidence.of_run(outcome, known, CHECK, {noted.run_id for noted in unfinished})
            verdicts.foreseen(held, outcome.heartbeat)
            table.apply(
                outcome,
                run,
                lambda told: message.alert(told, CONTEXT, RULE.clears),
                lambda: verdicts.keep(held, outcome.heartbeat),
            )
        sweep(table, self._channels(), self.clock)

    def announce(self) -> None:
        """The stream's new records, a batch at a time; what fails is read again, and then left to the sweeps."""
        while self.read < len(self.table.stream):
            batch = self.table.stream[self.read : self.read + 10]
            for _ in range(RETRIES):
                if self.invoke("announce", lambda: self._announce(batch)):  # noqa: B023 - called at once
                    break
            self.read += len(batch)

    def _announce(self, batch: Sequence[Any]) -> None:
        images = [record["dynamodb"].get("NewImage", {}) for record in batch if record["eventName"] == "INSERT"]
        announcements = [owed(image) for image in images if "owed" in image]
        sent = deliver(announcements, self._store(), self._channels(), self.clock)
        if sent.unsent:
            raise StaygreenError(sent.reasons)

    def pass_(self, time: timedelta) -> None:
        """Time passes, or the clock is put back."""
        self.now += time
