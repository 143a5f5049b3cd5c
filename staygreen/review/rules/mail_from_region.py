"""`mail-from-region`: bounces of a MAIL FROM domain go to another region's SES."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.resolve import is_known
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import mail_from
from staygreen.core.records.fault import Fault
from staygreen.review.rule import Rule, Said


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


def _moves(comparison: Comparison) -> Iterator[Said]:
    """Which region is not known, but it is one: an MX that changes its region is wrong now, or was so far."""
    kept = {
        str(change.value["mail_from"]): change
        for change in comparison.head.of(Kind.IDENTITY)
        if not is_known(str(change.value["region"]))
    }
    for change in comparison.records("MX"):
        regions = [_region(side) for side in (change.before, change.after)]
        if change.fact.name in kept and all(regions) and regions[0] != regions[1]:
            yield Said(
                severity=Severity.LOOK,
                fact=change.fact,
                before=", ".join(change.before.values if change.before else ()),
                after=", ".join(change.fact.values),
                consequence=f"Bounces of {change.fact.name} go to SES in {regions[1]} instead of {regions[0]}: SES "
                f"takes it as MAIL FROM of {kept[change.fact.name].key} only if that identity is in {regions[1]}, "
                "which these templates do not tell.",
            )


def _region(fact: Fact | None) -> str:
    found = mail_from.parse(fact.values[0]) if fact and len(fact.values) == 1 else None
    return "" if found is None or isinstance(found, Fault) else found.region


RULE = Rule(
    id="mail-from-region",
    reason="SES then uses its own MAIL FROM domain, SPF is no longer aligned, or sending fails.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/mail-from.html",
    remedy="Name the feedback host of the identity's own region.",
    state=_judge,
    change=_moves,
)
