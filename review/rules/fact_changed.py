"""`fact-changed`: what else changed about mail, told without judging more than is known."""

from collections.abc import Iterator

from review.facts import Kind
from review.finding import Severity
from review.pairing import Change, Comparison
from review.resolve import text
from review.rule import Rule, Said

_LOOK_AT_CHANGE = frozenset({Kind.IDENTITY, Kind.PTR, Kind.POOL, Kind.CONFIGURATION_SET, Kind.RECEIPT_RULE})


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.changes:
        if change.before is not None and change.after is not None and change.before.value == change.after.value:
            continue
        yield Said(
            severity=_severity(change),
            fact=change.fact,
            before=_shown(change, old=True),
            after=_shown(change, old=False),
            consequence=_consequence(change),
        )


def _severity(change: Change) -> Severity:
    if change.before is None:
        return Severity.FINE
    if change.after is None or change.fact.kind in _LOOK_AT_CHANGE or change.fact.rtype == "MX":
        return Severity.LOOK
    return Severity.FINE


def _shown(change: Change, *, old: bool) -> str:
    fact = change.before if old else change.after
    if fact is None:
        return "(absent)"
    if fact.kind is Kind.RECORD:
        return ", ".join(fact.values) or str(fact.value.get("alias", ""))
    other = change.after if old else change.before
    parts = {name: part for name, part in fact.value.items() if other is None or other.value.get(name) != part}
    return ", ".join(f"{name} {text(part) or '(none)'}" for name, part in sorted(parts.items()))


def _consequence(change: Change) -> str:
    subject = change.fact.subject
    if change.before is None:
        return f"{subject} is new."
    if change.after is None:
        kept = change.before.resource.survives_removal
        return f"{subject} stays in the account, but leaves the stack." if kept else f"{subject} is removed."
    return f"{subject} changes."


RULE = Rule(
    id="fact-changed",
    reason="It is part of how mail leaves, is watched or is repaired.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/send-email-concepts-deliverability.html",
    remedy="Check that this is what you meant.",
    change=_judge,
)
