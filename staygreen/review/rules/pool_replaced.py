"""`pool-replaced`: a dedicated IP pool goes, or becomes another one."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.POOL):
        before = change.before
        if before is None:
            continue
        if change.after is None:
            yield from _gone(before, comparison)
        elif _mode(before) == "MANAGED" and _mode(change.after) == "STANDARD":
            yield Said(
                severity=Severity.STOP,
                fact=change.after,
                before="MANAGED",
                after="STANDARD",
                consequence=f"The deployment fails: SES cannot turn the managed pool {before.key} into a standard one.",
            )
        elif _mode(before) == "STANDARD" and _mode(change.after) == "MANAGED":
            yield Said(
                severity=Severity.LOOK,
                fact=change.after,
                before="STANDARD",
                after="MANAGED",
                consequence=f"SES itself chooses and warms up the addresses of the pool {before.key}, and there is no "
                "way back.",
                remedy="Make a managed pool beside this one and move mail over step by step.",
            )


def _gone(before: Fact, comparison: Comparison) -> Iterator[Said]:
    later = comparison.successor(before)
    if later is None and comparison.stays(before):
        return  # told as a thing that leaves its stack
    if later is not None:
        consequence = f"Mail of the pool {before.key} leaves from {later.key} instead, which has no warm addresses yet."
    elif _mode(before) == "MANAGED":
        consequence = f"The managed pool {before.key} is deleted, and its warm addresses go back to Amazon."
    else:
        consequence = f"The deployment fails while the pool {before.key} holds addresses; without any, it is deleted."
    yield Said(
        severity=Severity.STOP,
        fact=later or before,
        before=before.key,
        after=later.key if later else "(deleted)",
        consequence=consequence,
        subject=before.subject,
    )


def _mode(fact: Fact) -> str:
    return str(fact.value.get("ScalingMode", "STANDARD"))


RULE = Rule(
    id="pool-replaced",
    reason="Reputation belongs to the addresses of a pool. A standard pool with addresses cannot be deleted, and a "
    "managed one cannot become a standard one.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ses-dedicatedippool.html",
    remedy="Add the new pool beside the old one, move the addresses, and delete the old one later.",
    change=_judge,
)
