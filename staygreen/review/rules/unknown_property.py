"""`unknown-property`: a property that this program knows nothing about is set or changed."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.resolve import text
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.PROPERTY):
        yield Said(
            severity=Severity.LOOK,
            fact=change.fact,
            before=text(change.was("value")) if change.before else "(none)",
            after=text(change.now("value")) if change.after else "(none)",
            consequence=f"The {change.fact.subject} changes, and this program does not know what it decides.",
        )


RULE = Rule(
    id="unknown-property",
    reason="The property is younger than this program, or misspelt.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html",
    remedy="Read what the property does in the CloudFormation Template Reference.",
    change=_judge,
)
