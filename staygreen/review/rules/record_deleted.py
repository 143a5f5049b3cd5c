"""`record-deleted`: a custom resource deletes a mail record that stands, and nothing makes it again."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.RECORD_DELETION):
        after = change.after
        if after is None or (change.before is not None and change.only_moves and not change.moved):
            continue
        name, rtype = str(after.value["name"]), str(after.value["type"])
        standing = comparison.base.records(rtype, name)
        made_again = [fact for fact in comparison.head.records(rtype, name) if _is_made(fact, standing)]
        if made_again:
            continue
        if standing:
            yield Said(
                severity=Severity.STOP,
                fact=after,
                subject=f"{rtype} {name}",
                before=", ".join(standing[0].values),
                after="(absent)",
                consequence=f"{rtype} {name} is deleted by {after.resource.logical_id}, and CloudFormation does not "
                "make it again: to it, the record has not changed.",
            )
        elif not comparison.head.records(rtype, name):
            yield Said(
                severity=Severity.LOOK,
                fact=after,
                subject=f"{rtype} {name}",
                after="(absent)",
                consequence=f"{after.resource.logical_id} deletes {rtype} {name}, and nothing here makes it again.",
            )


def _is_made(fact: Fact, standing: tuple[Fact, ...]) -> bool:
    """Whether the deployment creates, or changes, the record after it was deleted."""
    return all(one.resource.place != fact.resource.place or one.value != fact.value for one in standing)


RULE = Rule(
    id="record-deleted",
    reason="deleteExisting of the CDK deletes whatever stands at the name, the stack's own record included.",
    reference="https://github.com/aws/aws-cdk/issues/34230",
    remedy="Set deleteExisting only on a record that the stack is about to make for the first time.",
    change=_judge,
)
