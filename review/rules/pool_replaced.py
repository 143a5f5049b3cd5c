"""`pool-replaced`: a dedicated IP pool goes, or becomes another one."""

from collections.abc import Iterator

from review.facts import Kind
from review.finding import Severity
from review.pairing import Comparison
from review.replacement import Replacement, judge
from review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.POOL):
        before = change.before
        if before is None:
            continue
        gone = change.after is None
        replaced = (
            change.after is not None
            and judge(before.resource.type, before.value, change.after.value) is not Replacement.NO
        )
        if (gone and not before.resource.survives_removal) or replaced:
            yield Said(
                severity=Severity.STOP,
                fact=change.fact,
                before=str(before.value.get("ScalingMode", "STANDARD")),
                after="(deleted)" if gone else str(change.now("ScalingMode")),
                consequence=f"Mail through the dedicated IP pool {before.key} loses its warm addresses, or the "
                "deletion fails because the pool still holds some.",
            )


RULE = Rule(
    id="pool-replaced",
    reason="A pool with addresses cannot be deleted, and a managed pool cannot become a standard one in place.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ses-dedicatedippool.html",
    remedy="Add the new pool beside the old one, move the addresses, and delete the old one later.",
    change=_judge,
)
