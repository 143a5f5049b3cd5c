"""`monitor-removed`: something is no longer watched, or nobody is told."""

import re
from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.resolve import text
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for kind in (Kind.MONITOR, Kind.SCHEDULE, Kind.SETTINGS):
        for change in comparison.of(kind):
            if change.before is None:
                continue
            if change.after is None:
                yield _deleted(change.before, comparison)
            else:
                yield from _switched_off(change)
                yield from _slower(change)
                yield from _heard(change)


def _deleted(before: Fact, comparison: Comparison) -> Said:
    name = before.key.removeprefix("function ")
    told = {
        "function": f"The function {name} is deleted: what it watched or told goes unnoticed.",
        "alarm": f"Nobody hears when {before.key} would have gone off.",
        "subscription": f"The {before.key} is deleted: it hears of nothing any more.",
        "topic": f"The {before.key} is deleted: whoever subscribed hears of nothing any more.",
        "chat": f"The {before.key} hears of nothing any more.",
        "event": f"The {before.key} is deleted: what SES says of single messages is no longer read.",
        "log": f"The {before.key} is deleted: that mail log is no longer read.",
    }
    word = before.key.partition(" ")[0]
    last = word == "subscription" and not _subscriptions(comparison.head, before.key.rpartition(" to ")[2])
    stops = before.kind is not Kind.MONITOR or word in ("function", "topic", "event", "log") or last
    return Said(
        severity=Severity.STOP if stops else Severity.LOOK,
        fact=before,
        before="deployed",
        after="(absent)",
        consequence=f"Nobody is told any more: the last {before.key} is deleted."
        if last
        else told.get(word, f"The {before.subject} is deleted: what it starts no longer runs."),
    )


def _subscriptions(side: Facts, topic: str) -> list[Fact]:
    return [
        fact
        for fact in side.of(Kind.MONITOR)
        if fact.key.startswith("subscription ") and fact.key.endswith(f" to {topic}")
    ]


def _heard(change: Change) -> Iterator[Said]:
    """A subscriber that hears of less: a filter that is new, or names fewer values."""
    if not change.fact.key.startswith("subscription ") or not change.differs("filter"):
        return
    before, after = _filter(change.was("filter")), _filter(change.now("filter"))
    if any(name not in before or not set(values) >= set(before[name]) for name, values in after.items()):
        only = " and ".join(f"{name} {', '.join(values)}" for name, values in sorted(after.items()))
        yield Said(
            severity=Severity.LOOK,
            fact=change.fact,
            before=text(change.was("filter")) or "(everything)",
            after=text(change.now("filter")),
            consequence=f"The {change.fact.key} hears only of {only}.",
        )


def _filter(policy: object) -> dict[str, list[str]]:
    return {name: [text(one) for one in values] for name, values in policy.items()} if isinstance(policy, dict) else {}


def _slower(change: Change) -> Iterator[Said]:
    before, after = _minutes(change.was("ScheduleExpression")), _minutes(change.now("ScheduleExpression"))
    if before and after and after > before:
        yield Said(
            severity=Severity.LOOK,
            fact=change.fact,
            before=str(change.was("ScheduleExpression")),
            after=str(change.now("ScheduleExpression")),
            consequence=f"The {change.fact.subject} runs every {_spelled(after)} instead of every {_spelled(before)}: "
            "bad news comes later by as much.",
        )


def _minutes(expression: object) -> int:
    """The interval of ``rate(1 hour)``; 0 for cron and one-time expressions."""
    found = re.fullmatch(r"rate\((\d{1,9}) (minute|hour|day)s?\)", str(expression or ""))
    return int(found[1]) * {"minute": 1, "hour": 60, "day": 1440}[found[2]] if found else 0


def _spelled(minutes: int) -> str:
    for size, word in ((1440, "day"), (60, "hour")):
        if minutes % size == 0:
            return word if minutes == size else f"{minutes // size} {word}s"
    return f"{minutes} minutes"


def _switched_off(change: Change) -> Iterator[Said]:
    if change.was("State") == "ENABLED" and change.now("State") == "DISABLED":
        yield Said(
            severity=Severity.STOP,
            fact=change.fact,
            before="ENABLED",
            after="DISABLED",
            consequence=f"The {change.fact.subject} is off: what it starts no longer runs.",
        )
    before, after = _channels(change.was("slack")), _channels(change.now("slack"))
    if before and not after:
        yield Said(
            severity=Severity.STOP,
            fact=change.fact,
            before=before,
            after="(none)",
            consequence=f"{before} hears of nothing any more: the {change.fact.key} no longer writes to Slack.",
        )
    if change.fact.kind is not Kind.SETTINGS:
        return
    less = {name: _gone(change, name) for name in ("on", "own", "ips", "domains", "lists")}
    gone = [*(one for names in less.values() for one in names), *_added(change, "off")]
    if gone:
        yield Said(
            severity=Severity.LOOK,
            fact=change.fact,
            before=f"with {', '.join(gone)}",
            after="without",
            consequence=f"The check {change.fact.key} no longer covers {', '.join(gone)}.",
        )


def _channels(slack: object) -> str:
    """What a person calls the place that a function writes to; empty: nowhere."""
    settings = slack if isinstance(slack, dict) else {}
    return f"The Slack channel {settings.get('channel') or '(of a webhook)'}" if settings else ""


def _names(value: object) -> list[str]:
    items = value if isinstance(value, list) else []
    return [str(one.get("id")) if isinstance(one, dict) else str(one) for one in items]


def _gone(change: Change, name: str) -> list[str]:
    return [one for one in _names(change.was(name)) if one not in _names(change.now(name))]


def _added(change: Change, name: str) -> list[str]:
    return [one for one in _names(change.now(name)) if one not in _names(change.was(name))]


RULE = Rule(
    id="monitor-removed",
    reason="The silence of a monitor looks like good news.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/monitor-sending-activity.html",
    remedy="Keep it, or acknowledge why it is no longer needed.",
    change=_judge,
)
