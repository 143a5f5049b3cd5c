"""`ip-replaced`: a warm address is given up for a new one."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.reading.mail_path import UNKNOWN_USE
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.replacement import Replacement, judge
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.ADDRESS):
        before = change.before
        if before is None:
            continue
        kept = comparison.stays(before)
        surely = change.why != UNKNOWN_USE
        if change.after is None:
            yield Said(
                severity=Severity.LOOK if kept or _is_adopted(before) or not surely else Severity.STOP,
                fact=before,
                before=before.resource.path,
                after="(kept, unmanaged)" if kept or _is_adopted(before) else "(released)",
                consequence=f"The Elastic IP {before.key} "
                + (
                    "stays in the account, but no stack looks after it any more."
                    if kept or _is_adopted(before)
                    else "is released for ever, and its reputation with it."
                ),
            )
            continue
        replaced = judge(before.resource.type, before.value, change.after.value)
        if change.moved or replaced is not Replacement.NO:
            perhaps = not change.moved and replaced is Replacement.MAYBE
            then = "stays in the account" if comparison.stays(before) else "is released for ever"
            what = "Mail" if surely else "What is sent from it"
            yield Said(
                severity=Severity.STOP if surely else Severity.LOOK,
                fact=change.after,
                before=before.resource.path,
                after="perhaps a new address" if perhaps else "a new address",
                consequence=f"{what} leaves from a new, cold address: the Elastic IP {before.key} is replaced, and the "
                f"old address {then}.",
            )


def _is_adopted(fact: Fact) -> bool:
    """An adopted address is only looked up: taking it out of the stack releases nothing."""
    return fact.resource.type.startswith("Custom::")


RULE = Rule(
    id="ip-replaced",
    reason="Reputation belongs to the address; a new one starts cold and may arrive listed.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-eip.html",
    remedy="Keep the logical id and the create-only properties, or import the address that is there into the stack "
    "(`cdk import`, or `allocation_id` in staygreen's configuration).",
    change=_judge,
)
