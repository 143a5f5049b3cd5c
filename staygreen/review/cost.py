"""What a deployment costs in a month, from its templates, AWS's prices and what it is assumed to do.

Templates say what is there and when schedules start it. How long a run takes and how often mail is answered they do not
say: that is `data/usage.toml`. Prices, each with its source, are `data/prices.toml`.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from staygreen.core.mail_facts.template import Assembly, Resource

DATA = Path(__file__).parent / "data"
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_HOURS = {"minute": 1 / 60, "hour": 1.0, "day": 24.0}
_WEEK_HOURS = 7 * 24
_SENDER = ("AWS::EC2::EIP",)
"""What a sender has, watched or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the bill."""

    what: str
    basis: str
    """What was counted, and what was assumed."""
    usd: float
    """In a month."""
    is_watching: bool = True
    """Whether it is what watching costs; else the sender itself costs it, with or without this program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a deployment does in a month, beside what its templates say; numbers by the names in `usage.toml`."""

    figures: Mapping[str, Any]

    def __getitem__(self, name: str) -> float:
        return float(self.figures[name])

    def of(self, table: str, name: str) -> float:
        """A figure of a table, by the part of a function's name; its `default` where it has none, else nothing."""
        found = self.figures[table]
        return float(found.get(name, found.get("default", 0)))


def prices() -> dict[str, float]:
    """AWS's prices in USD, for one of each."""
    found = tomllib.loads((DATA / "prices.toml").read_text(encoding="utf-8"))
    return {name: float(each["usd"]) for name, each in found.items()}


def usage(path: Path | None = None) -> Usage:
    """What is assumed, from a file of that form.

    Raises:
        OSError: There is no such file.
        tomllib.TOMLDecodeError: It is no TOML.
    """
    return Usage(figures=tomllib.loads((path or DATA / "usage.toml").read_text(encoding="utf-8")))


def bill(assembly: Assembly, costs: Mapping[str, float], assumed: Usage) -> tuple[Line, ...]:
    """Everything that costs a cent or more in a month, what watching costs first."""
    counted = _Counted(assembly, costs, assumed)
    lines = (*counted.standing(), *counted.running(), *counted.sending())
    return tuple(line for line in lines if line.usd > 0)


def total(lines: tuple[Line, ...]) -> float:
    """What watching costs in a month."""
    return sum(line.usd for line in lines if line.is_watching)


def table(lines: tuple[Line, ...]) -> str:
    """The bill as a table in Markdown; each line is rounded up to a cent."""
    watching = [line for line in lines if line.is_watching]
    rows = [("what", "counted and assumed", "USD"), ("---", "---", "---")]
    rows += [(line.what, line.basis, _cents(line.usd)) for line in watching]
    rows.append(("**together**", "", f"**{sum(float(_cents(line.usd)) for line in watching):.2f}**"))
    rows += [(f"beside it: {line.what}", line.basis, _cents(line.usd)) for line in lines if not line.is_watching]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _cents(usd: float) -> str:
    return f"{math.ceil(usd * 100 - 1e-9) / 100:.2f}"


class _Counted:
    def __init__(self, assembly: Assembly, costs: Mapping[str, float], assumed: Usage) -> None:
        self._all = tuple(assembly.resources())
        self._costs, self._assumed = costs, assumed

    def standing(self) -> Iterator[Line]:
        """What costs the same whether anything happens or not."""
        keys, secrets = self._count("AWS::KMS::Key"), self._count("AWS::SecretsManager::Secret")
        alarms = list(self._of("AWS::CloudWatch::Alarm"))
        metrics = sum(_metrics(alarm) for alarm in alarms)
        yield self._line(_some(keys, "KMS key"), "encrypts topics and received mail", keys, "kms_key_month")
        yield self._line(
            "CloudWatch alarms", f"{metrics} metrics in {len(alarms)} alarms", metrics, "alarm_metric_month"
        )
        dashboards = self._count("AWS::CloudWatch::Dashboard")
        yield self._line(_some(dashboards, "dashboard"), "whoever looks at it", dashboards, "dashboard_month")
        yield self._own_metrics()
        sets = self._count("AWS::SES::ConfigurationSet") * self._assumed["metrics_of_a_configuration_set"]
        basis = f"{sets:.0f} metrics, as if SES's own were billed"
        yield self._line("reputation of configuration sets", basis, sets, "custom_metric_month")
        basis = "made by the templates; each blocklist key of yours is one more"
        yield self._line(_some(secrets, "secret"), basis, secrets, "secret_month")

    def running(self) -> Iterator[Line]:
        """What costs by what happens."""
        calls = {each.place: self._runs_of_schedule(each) for each in self._of("AWS::Scheduler::Schedule")}
        runs, seconds = 0.0, 0.0
        for function in self._of("AWS::Lambda::Function"):
            one = self._runs(function)
            runs += one
            memory = float(function.properties.get("MemorySize", 128)) / 1024
            seconds += one * memory * self._assumed.of("seconds", _part(function))
        usd = seconds * self._costs["lambda_gb_second"] + runs * self._costs["lambda_request"]
        yield Line(what="Lambda", basis=f"{runs:,.0f} runs, {seconds:,.0f} GB-seconds", usd=usd)
        machines = [each for each in self._of("AWS::Scheduler::Schedule") if _starts(each, self._machines())]
        steps = sum(calls[each.place] for each in machines) * self._assumed["transitions"]
        yield self._line("Step Functions", f"{steps:,.0f} transitions of sweeps", steps, "state_transition")
        polled = [each for each in self._of("AWS::Lambda::EventSourceMapping") if _is_polled(each)]
        polls = len(polled) * self._assumed["polls_of_a_queue"]
        yield self._line("SQS", f"{polls:,.0f} questions of Lambda to {len(polled)} queue", polls, "sqs_request")
        gigabytes = runs * self._assumed["log_kb"] / 1024**2
        small = (
            runs * self._assumed["writes"] * self._costs["dynamodb_write"]
            + runs * self._assumed["reads"] * self._costs["dynamodb_read"]
            + gigabytes * self._costs["log_gb"]
            + sum(calls.values()) * self._costs["schedule_call"]
        )
        writes, reads, log = (f"{self._assumed[name]:.0f}" for name in ("writes", "reads", "log_kb"))
        each = f"{writes} writes, {reads} reads, {log} KB"
        yield Line(what="DynamoDB, logs, Scheduler", basis=f"{each} of log a run", usd=small)

    def sending(self) -> Iterator[Line]:
        """What the sender costs itself."""
        for type_ in _SENDER:
            count = self._count(type_)
            line = self._line(_some(count, "Elastic IP"), "a public IPv4 address", count, "address_month")
            yield Line(what=line.what, basis=line.basis, usd=line.usd, is_watching=False)

    def _own_metrics(self) -> Line:
        parts = [_part(function) for function in self._of("AWS::Lambda::Function")]
        checks = [part.removeprefix("check-") for part in parts if part.startswith("check-")]
        more = self._assumed.figures["metrics_of_a_check_more"]
        count = len(checks) * self._assumed["metrics_of_a_check"] + sum(more.get(each, 0) for each in checks)
        count += self._assumed["metrics_of_all"]
        of_functions = self._assumed.figures.get("metrics_of_a_function", {})
        count += sum(of_functions.get(each, 0) for each in parts)
        share = self._assumed["metric_hours_share"]
        basis = f"{count:.0f}, each above zero in {share:.0%} of all hours: no other hour has a figure"
        return self._line("metrics of our own", basis, count * share, "custom_metric_month")

    def _runs(self, function: Resource) -> float:
        scheduled = sum(
            self._runs_of_schedule(each)
            for each in self._of("AWS::Scheduler::Schedule")
            if _starts(each, {function.logical_id}) and each.stack == function.stack
        )
        if _part(function) == "repair-plan":
            sweeps = (each for each in self._of("AWS::Scheduler::Schedule") if _starts(each, self._machines()))
            scheduled += sum(map(self._runs_of_schedule, sweeps))
        runs = self._assumed.figures["runs"]
        return scheduled + float(runs.get(_part(function), 0))

    def _runs_of_schedule(self, schedule: Resource) -> float:
        """How often it starts something in a month; a cron expression of ours is one a day or one a week."""
        expression = str(schedule.properties.get("ScheduleExpression", ""))
        found = _RATE.fullmatch(expression)
        if found:
            return self._assumed["month_hours"] / (int(found[1]) * _HOURS[found[2]])
        return self._assumed["month_hours"] / (24 if expression.endswith("* * ? *)") else _WEEK_HOURS)

    def _machines(self) -> set[str]:
        return {each.logical_id for each in self._of("AWS::StepFunctions::StateMachine")}

    def _of(self, type_: str) -> Iterator[Resource]:
        return (each for each in self._all if each.type == type_)

    def _count(self, type_: str) -> int:
        return sum(1 for _ in self._of(type_))

    def _line(self, what: str, basis: str, count: float, price: str) -> Line:
        return Line(what=what, basis=basis, usd=count * self._costs[price])


def _metrics(alarm: Resource) -> int:
    """Metrics that an alarm is billed for: each one that its expression names, and never the expression."""
    named = alarm.properties.get("Metrics")
    return sum("MetricStat" in each for each in named) if named else 1


def _part(function: Resource) -> str:
    """What a function of ours is, such as ``check-blocklist``; empty for those of the CDK."""
    name = function.properties.get("FunctionName")
    if not isinstance(name, str):
        return ""
    found = re.search(r"-(?:production|staging|development)-(.+)", name)
    return found[1] if found else ""


def _starts(schedule: Resource, targets: set[str]) -> bool:
    arn = schedule.properties.get("Target", {}).get("Arn")
    if not isinstance(arn, Mapping):
        return False
    return arn.get("Ref") in targets or (arn.get("Fn::GetAtt") or [""])[0] in targets


def _is_polled(mapping: Resource) -> bool:
    """Whether Lambda asks a queue for what it brings: a stream costs nothing to read."""
    return "StartingPosition" not in mapping.properties


def _some(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
