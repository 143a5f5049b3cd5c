"""`retention-weakened`: what a live sender needs is kept less well."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.reading.properties import items, whole
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.replacement import Replacement, judge
from staygreen.review.rule import Rule, Said

_SWITCHES = {
    "PointInTimeRecoverySpecification": "point-in-time recovery",
    "DeletionProtectionEnabled": "deletion protection",
    "VersioningConfiguration": "versioning",
}


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.KEEPING):
        if change.before is not None and change.after is None:
            yield from _deleted(change.before, comparison)
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
                f"it {', '.join(what for what, _, _ in lost)}.",
            )
        yield from _replaced(change.before, change.after)
        yield from _expires(change)
        days, later = change.was("RetentionInDays"), change.now("RetentionInDays")
        if later is not None and (days is None or _number(later) < _number(days)):
            yield Said(
                severity=Severity.LOOK,
                fact=change.fact,
                before=f"{days} days" if days else "for ever",
                after=f"{later} days",
                consequence=f"{change.fact.key} is kept for {later} days only.",
            )


def _replaced(before: Fact, after: Fact) -> Iterator[Said]:
    """A table under its own name with another key is another table."""
    if judge(after.resource.type, before.value, after.value) is Replacement.YES:
        yield Said(
            severity=Severity.STOP,
            fact=after,
            before=str(before.value.get("KeySchema")),
            after=str(after.value.get("KeySchema")),
            consequence=f"{after.key} is replaced by an empty one, and what is in it does not move. While the old "
            "one has the same name, the deployment fails.",
            remedy="Make the new one under a new name, move what is in the old one, and let that go later.",
        )


def _expires(change: Change) -> Iterator[Said]:
    before, after = (_shortest(side("LifecycleConfiguration")) for side in (change.was, change.now))
    if after and (not before or after < before):
        yield Said(
            severity=Severity.LOOK,
            fact=change.fact,
            before=f"{before} days" if before else "for ever",
            after=f"{after} days",
            consequence=f"What is in {change.fact.key} is kept for {after} days only.",
        )


def _shortest(lifecycle: object) -> int:
    """The earliest day on which a rule deletes something; 0: none does."""
    rules = lifecycle.get("Rules") if isinstance(lifecycle, dict) else None
    enabled = [rule for rule in items(rules) if isinstance(rule, dict) and rule.get("Status") == "Enabled"]
    days = [whole(rule.get("ExpirationInDays")) for rule in enabled]
    return min((one for one in days if one is not None), default=0)


def _lost(change: Change) -> Iterator[tuple[str, object, object]]:
    for name in ("on_delete", "on_replace"):
        if change.was(name) != "Delete" and change.now(name) == "Delete":
            yield _WORDS[name], change.was(name), change.now(name)
    if change.was("termination_protection") and not change.now("termination_protection"):
        yield "can be deleted with one command", "protected", "not protected"
    for name, words in _SWITCHES.items():
        if _on(change.was(name)) and not _on(change.now(name)):
            yield f"has no {words}", "on", "off"


_HOLDS = ("AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SecretsManager::Secret")
_WORDS = {"on_delete": "is deleted with its stack", "on_replace": "is deleted when it is replaced"}


def _deleted(before: Fact, comparison: Comparison) -> Iterator[Said]:
    """What holds data and goes; identities, addresses and records have rules of their own."""
    if before.resource.type not in _HOLDS:
        return
    kept = comparison.stays(before)
    yield Said(
        severity=Severity.LOOK if kept else Severity.STOP,
        fact=before,
        before=before.resource.path,
        after="(kept, unmanaged)" if kept else "(deleted)",
        consequence=f"{before.key} stays in the account, but no stack looks after it any more."
        if kept
        else f"{before.key} is deleted, and what is in it is lost.",
        remedy="Leave it in its stack, or move it with cdk refactor or an import.",
    )


def _on(value: object) -> bool:
    if isinstance(value, dict):
        return any(_on(part) for part in value.values())
    return str(value).lower() in ("true", "enabled")


def _number(value: object) -> float:
    found = whole(value)
    return float("inf") if found is None else found


RULE = Rule(
    id="retention-weakened",
    reason="Deleting a stack must not stop a company's mail or lose its history.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html",
    remedy="Keep RetainExceptOnCreate or Retain on what a live sender needs.",
    change=_judge,
)
