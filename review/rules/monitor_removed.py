"""`monitor-removed`: something is no longer watched, or nobody is told."""

from collections.abc import Iterator

from review.facts import Kind
from review.finding import Severity
from review.pairing import Change, Comparison
from review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for kind in (Kind.MONITOR, Kind.SCHEDULE, Kind.SETTINGS):
        for change in comparison.of(kind):
            if change.before is None:
                continue
            if change.after is None:
                stops = kind is not Kind.MONITOR or change.fact.key.startswith("function ")
                yield Said(
                    severity=Severity.STOP if stops else Severity.LOOK,
                    fact=change.fact,
                    before="deployed",
                    after="(absent)",
                    consequence=f"The {change.fact.subject} is gone: what it watched or told goes unnoticed.",
                )
            else:
                yield from _switched_off(change)


def _switched_off(change: Change) -> Iterator[Said]:
    if change.was("State") == "ENABLED" and change.now("State") == "DISABLED":
        yield Said(
            severity=Severity.STOP,
            fact=change.fact,
            before="ENABLED",
            after="DISABLED",
            consequence=f"The {change.fact.subject} no longer starts its check.",
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
