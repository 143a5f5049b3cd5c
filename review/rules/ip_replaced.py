"""`ip-replaced`: a warm address is given up for a new one."""

from collections.abc import Iterator

from review.facts import Kind
from review.finding import Severity
from review.pairing import Comparison
from review.replacement import Replacement, judge
from review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.ADDRESS):
        before = change.before
        if before is None:
            continue
        kept = before.resource.survives_removal
        if change.after is None:
            yield Said(
                severity=Severity.LOOK if kept or before.resource.type.startswith("Custom::") else Severity.STOP,
                fact=before,
                before=before.resource.path,
                after="(kept, unmanaged)" if kept else "(released)",
                consequence=f"The Elastic IP {before.key} "
                + (
                    "stays in the account, but leaves the stack."
                    if kept
                    else "is released for ever with its reputation."
                ),
            )
            continue
        replaced = judge(before.resource.type, before.value, change.after.value)
        if change.moved or replaced is not Replacement.NO:
            yield Said(
                severity=Severity.STOP,
                fact=change.after,
                before=before.resource.path,
                after="a new address" if replaced is not Replacement.MAYBE else "perhaps a new address",
                consequence=f"Mail leaves from a new, cold address: the Elastic IP {before.key} is replaced.",
            )


RULE = Rule(
    id="ip-replaced",
    reason="Reputation belongs to the address; a new one starts cold and may arrive listed.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-eip.html",
    remedy="Keep the logical id and the create-only properties, or adopt the address with allocation_id.",
    change=_judge,
)
