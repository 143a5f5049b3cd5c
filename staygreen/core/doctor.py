"""After a deployment: which assumptions of docs/assumptions.md hold, judged from what the account says.

Each judgement has a cause of its own, so that a report can name it without naming anybody's resources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from types import MappingProxyType

from staygreen.core.wording import duration

SLACK_INTERVALS = 2
"""A check whose last run is older than so many intervals is silent, as for its alarm."""


class State(str, Enum):
    """What a judgement comes to, the worst first."""

    FAILS = "fails"
    UNKNOWN = "unknown"
    WAITS = "waits"
    """Too early to tell, or for a person to do."""
    HOLDS = "holds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One judgement."""

    state: State
    cause: str
    """What was judged and how it came out, such as ``ptr-pending``: the same words whoever is asked about."""
    subject: str
    text: str
    next_step: str = ""
    rows: tuple[int, ...] = ()
    """Rows of docs/assumptions.md that this speaks for or against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the configuration deploys."""

    stacks: tuple[str, ...]
    checks: Mapping[str, timedelta]
    """How often each enabled check runs, by its id."""
    reverse_names: Mapping[str, str]
    """The PTR of each managed address, by the address's name in the configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A CloudWatch alarm of the deployment."""

    state: str
    """OK, ALARM or INSUFFICIENT_DATA."""
    tells: bool
    """Whether its actions are on and it has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriptions:
    """Who hears of a topic."""

    confirmed: int
    pending: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseName:
    """What EC2 says of an address's reverse name."""

    name: str
    """Empty: AWS's own."""
    pending: str = ""
    """What it is being changed to; empty: nothing."""
    reason: str = ""
    """Why it is not done, in EC2's words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What the account says. A part that is None could not be asked: `failures` says why."""

    stacks: Mapping[str, str] | None = None
    """CloudFormation's status, by name."""
    last_runs: Mapping[str, datetime] | None = None
    """When each check last finished a run; without those that never did."""
    schedules: Mapping[str, bool] | None = None
    """Whether each check's schedule is enabled; without those that are not there."""
    topics: Mapping[str, Subscriptions] | None = None
    alarms: Mapping[str, Alarm] | None = None
    """By the name without the deployment's prefix."""
    dead_letters: tuple[str, ...] | None = None
    """What waits in the queue, as a record says where it came from."""
    reverse_names: Mapping[str, ReverseName] | None = None
    """By the address's name."""
    denied: Mapping[str, tuple[str, ...]] | None = None
    """Actions that IAM's simulation denies each function although it needs them; empty for those that have all."""
    failures: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def examine(wanted: Wanted, account: Account, now: datetime) -> tuple[Result, ...]:
    """Judge everything that was asked, what fails first.

    Args:
        wanted: What the configuration deploys.
        account: What the account says.
        now: The time, with its zone.
    """
    results = (
        *_stacks(wanted, account.stacks),
        *_schedules(wanted, account.schedules),
        *_runs(wanted, account.last_runs, now),
        *_topics(account.topics),
        *_alarms(wanted, account.alarms),
        *_dead_letters(account.dead_letters),
        *_reverse_names(wanted, account.reverse_names),
        *_permissions(account.denied),
        *(
            Result(state=State.UNKNOWN, cause="not-asked", subject=what, text=f"could not be asked: {why}")
            for what, why in account.failures.items()
        ),
    )
    return tuple(sorted(results, key=lambda each: (list(State).index(each.state), each.cause, each.subject)))


def _holds(cause: str, subject: str, text: str, *rows: int) -> Result:
    return Result(state=State.HOLDS, cause=cause, subject=subject, text=text, rows=rows)


def _fails(cause: str, subject: str, text: str, next_step: str, *rows: int) -> Result:
    return Result(state=State.FAILS, cause=cause, subject=subject, text=text, next_step=next_step, rows=rows)


def _stacks(wanted: Wanted, found: Mapping[str, str] | None) -> Iterator[Result]:
    if found is None:
        return
    for name in wanted.stacks:
        status = found.get(name)
        if status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"):
            yield _holds("stack-complete", name, "the stack is complete")
        else:
            text = f"its status is {status}" if status else "the stack is not there"
            yield _fails("stack-incomplete", name, text, "Deploy again, and read the stack's events.")


def _schedules(wanted: Wanted, found: Mapping[str, bool] | None) -> Iterator[Result]:
    if found is None:
        return
    for check in wanted.checks:
        if found.get(check):
            yield _holds("schedule-enabled", check, "its schedule is enabled")
        else:
            text = "its schedule is disabled" if check in found else "its schedule is not there"
            yield _fails("schedule-off", check, text, "Deploy again: the template enables it.", 7)


def _runs(wanted: Wanted, found: Mapping[str, datetime] | None, now: datetime) -> Iterator[Result]:
    if found is None:
        return
    for check, every in wanted.checks.items():
        last = found.get(check)
        if last is None:
            yield Result(
                state=State.WAITS,
                cause="run-missing",
                subject=check,
                text=f"it has not finished a run yet; it runs every {duration(every)}",
                next_step="Ask again after an interval; if it stays so, read the function's log.",
                rows=(6, 7, 16),
            )
        elif now - last > SLACK_INTERVALS * every:
            text = f"its last run ended {duration(now - last)} ago; it runs every {duration(every)}"
            yield _fails("run-late", check, text, "Read the function's log and the queue of dead letters.", 6, 7)
        else:
            yield _holds("run-finished", check, f"its last run ended {duration(now - last)} ago", 6, 7, 16)


def _topics(found: Mapping[str, Subscriptions] | None) -> Iterator[Result]:
    for topic, told in (found or {}).items():
        if not told.confirmed:
            text = f"nobody hears of the topic {topic}"
            waiting = f"; {told.pending} have not confirmed" if told.pending else ""
            step = "Confirm the mail that SNS sent, or add a subscription to the configuration."
            yield _fails("topic-unheard", topic, text + waiting, step, 18)
        elif told.pending:
            yield Result(
                state=State.WAITS,
                cause="subscription-pending",
                subject=topic,
                text=f"{told.pending} of {told.confirmed + told.pending} subscriptions are not confirmed",
                next_step="Confirm the mail that SNS sent.",
            )
        else:
            yield _holds("topic-heard", topic, f"{told.confirmed} subscriptions are confirmed")


def _alarms(wanted: Wanted, found: Mapping[str, Alarm] | None) -> Iterator[Result]:
    if found is None:
        return
    expected = {f"check-{check}-has-not-run" for check in wanted.checks}
    for name in sorted(expected - found.keys()):
        yield _fails("alarm-missing", name, "the alarm is not there", "Deploy again.", 160)
    for name, alarm in sorted(found.items()):
        if not alarm.tells:
            step = "Switch its actions on again: `aws cloudwatch enable-alarm-actions`."
            yield _fails("alarm-mute", name, "its actions are off", step, 8)
        elif alarm.state == "ALARM":
            yield _fails("alarm-on", name, "it is in alarm", "Its description says what to read.")
        elif alarm.state == "OK":
            yield _holds("alarm-ok", name, "it knows data, and is quiet", 160)
        else:
            yield Result(
                state=State.WAITS,
                cause="alarm-without-data",
                subject=name,
                text="it knows no data yet",
                next_step="Ask again after two intervals.",
                rows=(160,),
            )


def _dead_letters(found: tuple[str, ...] | None) -> Iterator[Result]:
    if found is None:
        return
    if not found:
        yield _holds("dead-letters-none", "dead letters", "nothing failed for good", 9)
    for source in sorted(set(found)):
        text = f"{found.count(source)} of it failed for good and wait in the queue"
        yield _fails("dead-letters", source, text, "Read its log, mend it, and empty the queue.", 6, 9)


def _reverse_names(wanted: Wanted, found: Mapping[str, ReverseName] | None) -> Iterator[Result]:
    if found is None:
        return
    for address, name in wanted.reverse_names.items():
        there = found.get(address)
        if there is None:
            yield _fails("address-missing", address, "EC2 knows no such address of this sender", "Deploy again.", 2)
        elif there.name == name and not there.pending:
            yield _holds("ptr-landed", address, f"its reverse name is {name}", 1, 2, 3)
        elif there.pending:
            text = f"its reverse name is {there.name or 'AWS’s own'} and changes to {there.pending}"
            why = f": {there.reason}" if there.reason else ""
            step = f"See that {name} resolves to the address; EC2 goes on by itself."
            yield _fails("ptr-pending", address, text + why, step, 1, 2, 3)
        else:
            text = f"its reverse name is {there.name or 'AWS’s own'}, not {name}"
            yield _fails("ptr-other", address, text, "Deploy again: docs/runbooks/reverse_dns.md.", 1, 3)


def _permissions(found: Mapping[str, tuple[str, ...]] | None) -> Iterator[Result]:
    for function, denied in (found or {}).items():
        if denied:
            text = f"IAM would deny {', '.join(denied)}"
            yield _fails("permission-denied", function, text, "Deploy again: the template gives it.", 6)
        else:
            yield _holds("permission-given", function, "IAM would allow what it needs", 6)


def report(results: Iterable[Result], version: str, region: str, botocore: str) -> str:
    """What an issue form asks for: causes and rows, counted. No name, address, account or recipient is in it.

    Args:
        results: What was judged.
        version: Of staygreen.
        region: Of the deployment.
        botocore: The version of the SDK that asked.
    """
    counted: dict[tuple[State, str, tuple[int, ...]], int] = {}
    for each in results:
        key = (each.state, each.cause, each.rows)
        counted[key] = counted.get(key, 0) + 1
    lines = [f"staygreen {version} · {region} · botocore {botocore}"]
    for (state, cause, rows), count in counted.items():
        about = f" · rows {', '.join(map(str, rows))}" if rows else ""
        lines.append(f"{state.value}: {cause} ×{count}{about}")
    return "\n".join(lines)
