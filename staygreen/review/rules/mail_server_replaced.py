"""`mail-server-replaced`: the machine that mail goes to, or leaves from, is replaced by a new one."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.resolve import is_open
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.replacement import Replacement, judge
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.HOST):
        before, after = change.before, change.after
        if before is None or after is None:
            continue
        replaced = Replacement.YES if change.moved else judge(after.resource.type, before.value, after.value)
        if replaced is Replacement.NO:
            continue
        sure = replaced is Replacement.YES and not is_open([before.value, after.value])
        yield Said(
            severity=Severity.LOOK,
            fact=after,
            before=before.resource.logical_id,
            after="a new machine" if sure else "perhaps a new machine",
            consequence=f"The {after.subject} is replaced by a new machine: mailboxes, queued mail and settings on its "
            "own disks do not move."
            if sure
            else f"Whether the {after.subject} is replaced by a new machine is not known before deployment; mailboxes, "
            "queued mail and settings on its own disks would not move.",
        )


RULE = Rule(
    id="mail-server-replaced",
    reason="CloudFormation makes a new instance and deletes the old one, with every volume that goes with it.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-instance.html",
    remedy="Stop delivery, empty the queue and snapshot the disks first, or keep mail on a volume of its own.",
    change=_judge,
)
