"""`mail-from-region`: bounces of a MAIL FROM domain go to another region's SES."""

from collections.abc import Iterator

from lambdas.core.records import mail_from
from lambdas.core.records.fault import Fault
from review.facts import Facts, Kind
from review.finding import Severity
from review.resolve import is_known
from review.rule import Rule, Said


def _judge(facts: Facts) -> Iterator[Said]:
    for identity in facts.of(Kind.IDENTITY):
        name, region = str(identity.value["mail_from"]), str(identity.value["region"])
        for fact in facts.records("MX", name) if name and is_known(region) else ():
            wrong = [value for value in fact.values if is_known(value) and not _leads_to(value, region)]
            if wrong or len(fact.values) > 1:
                yield Said(
                    severity=Severity.STOP,
                    fact=fact,
                    after=", ".join(fact.values),
                    consequence=f"SES in {region} does not accept {name} as MAIL FROM of {identity.key}: its MX must "
                    f"be one record, feedback-smtp.{region}.amazonses.com.",
                )


def _leads_to(value: str, region: str) -> bool:
    found = mail_from.parse(value)
    return not isinstance(found, Fault) and found.region == region


RULE = Rule(
    id="mail-from-region",
    reason="SES then uses its own MAIL FROM domain, SPF is no longer aligned, or sending fails.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/mail-from.html",
    remedy="Name the feedback host of the identity's own region.",
    state=_judge,
)
