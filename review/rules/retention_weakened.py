"""`retention-weakened`: what a live sender needs is kept less well."""

from collections.abc import Iterator

from review.facts import Kind
from review.finding import Severity
from review.pairing import Change, Comparison
from review.rule import Rule, Said

_SWITCHES = ("PointInTimeRecoverySpecification", "DeletionProtectionEnabled", "VersioningConfiguration")


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.KEEPING):
        if change.before is None or change.after is None:
            continue
        lost = list(_lost(change))
        if lost:
            yield Said(
                severity=Severity.STOP,
                fact=change.fact,
                before=", ".join(str(was) for _, was, _ in lost),
                after=", ".join(str(now) for _, _, now in lost),
                consequence=f"{change.fact.key} can be lost more easily than before: "
                f"{', '.join(what for what, _, _ in lost)}.",
            )
        days, later = change.was("RetentionInDays"), change.now("RetentionInDays")
        if later is not None and (days is None or _number(later) < _number(days)):
            yield Said(
                severity=Severity.LOOK,
                fact=change.fact,
                before=f"{days} days" if days else "for ever",
                after=f"{later} days",
                consequence=f"{change.fact.key} is kept for {later} days only.",
            )


def _lost(change: Change) -> Iterator[tuple[str, object, object]]:
    for name in ("on_delete", "on_replace"):
        if change.was(name) != "Delete" and change.now(name) == "Delete":
            yield f"deleted {name.replace('_', ' ')}", change.was(name), change.now(name)
    if change.was("termination_protection") and not change.now("termination_protection"):
        yield "no termination protection", "protected", "not protected"
    for name in _SWITCHES:
        if _on(change.was(name)) and not _on(change.now(name)):
            yield f"{name} off", "on", "off"


def _on(value: object) -> bool:
    if isinstance(value, dict):
        return any(_on(part) for part in value.values())
    return str(value).lower() in ("true", "enabled")


def _number(value: object) -> float:
    return float(str(value)) if str(value).isdigit() else float("inf")


RULE = Rule(
    id="retention-weakened",
    reason="Deleting a stack must not stop a company's mail or lose its history.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html",
    remedy="Keep RetainExceptOnCreate or Retain on what a live sender needs.",
    change=_judge,
)
