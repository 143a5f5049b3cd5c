"""`record-collision`: a new logical id creates what still exists under the old one."""

from collections.abc import Iterator

from review.facts import Kind
from review.finding import Severity
from review.pairing import Comparison
from review.rule import Rule, Said

_NAMED = (Kind.RECORD, Kind.IDENTITY, Kind.POOL, Kind.CONFIGURATION_SET)


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.changes:
        before, after = change.before, change.after
        if before is None or after is None or not change.moved or after.kind not in _NAMED:
            continue
        yield Said(
            severity=Severity.STOP,
            fact=after,
            before="/".join(before.resource.place),
            after="/".join(after.resource.place),
            consequence=f"The deployment fails or leaves a gap: {after.subject} is created under a new logical id "
            "while it still exists under the old one.",
        )


RULE = Rule(
    id="record-collision",
    reason="CloudFormation creates before it deletes, and a name can exist only once.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
    remedy="Keep the logical id (overrideLogicalId), or move the resource with cdk refactor or an import.",
    change=_judge,
)
