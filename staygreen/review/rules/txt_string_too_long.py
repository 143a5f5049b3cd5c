"""`txt-string-too-long`: a TXT record of mail that Route 53 refuses, so that the deployment fails."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(facts: Facts) -> Iterator[Said]:
    for fact in facts.records("TXT"):
        octets = fact.value.get("longest_string")
        if octets:
            yield Said(
                severity=Severity.STOP,
                fact=fact,
                after=f"a string of {octets} octets",
                consequence=f"Route 53 refuses the TXT record {fact.name}: one of its strings has {octets} octets, and "
                "255 are the most. The deployment fails.",
            )


RULE = Rule(
    id="txt-string-too-long",
    reason="A TXT record is made of strings of at most 255 octets; a DKIM key of 2048 bits needs two.",
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat",
    remedy='Split the value into strings, each in quotes, in one value: "first part" "second part". Receivers join '
    "them without a space. TxtRecord of the CDK does so by itself.",
    state=_judge,
)
