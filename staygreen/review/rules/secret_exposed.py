"""`secret-exposed`: a secret is in plain text in a template."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(facts: Facts) -> Iterator[Said]:
    for fact, place in facts.exposed:
        yield Said(
            severity=Severity.STOP,
            fact=fact,
            subject=f"{fact.resource.path} {place}",
            after="(a secret, not shown)",
            consequence=f"Everyone who can read the template can read the secret at {place}.",
        )


RULE = Rule(
    id="secret-exposed",
    reason="Templates are stored in repositories, buckets and the CloudFormation console.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html",
    remedy="Keep it in Secrets Manager, refer to it with {{resolve:secretsmanager:…}}, and replace the exposed one.",
    state=_judge,
)
