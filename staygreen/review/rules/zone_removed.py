"""`zone-removed`: the hosted zone of a domain goes, or another one takes its place."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.reading.mail_path import UNKNOWN_ZONE
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.ZONE):
        before = change.before
        if before is None or before.value["private"]:
            continue
        twins = [fact for fact in comparison.head.of(Kind.ZONE) if fact.key == before.key and not fact.value["private"]]
        if change.after is None and twins:
            yield Said(
                severity=Severity.LOOK,
                fact=before,
                before=before.resource.path,
                after=twins[0].resource.path,
                consequence=f"One of the hosted zones {before.key} is deleted. Which of them the registrar, or the "
                "parent zone, names is not known before deployment.",
                remedy="Delete the zone only once resolvers have been led to the other one for a day or two.",
            )
        elif change.after is None:
            yield _gone(before, kept=comparison.stays(before), surely=change.why != UNKNOWN_ZONE)
        elif change.moved:
            yield Said(
                severity=Severity.LOOK if change.why == UNKNOWN_ZONE else Severity.STOP,
                fact=change.after,
                before=before.resource.path,
                after=change.after.resource.path,
                consequence=f"A second hosted zone {before.key} is made, with name servers that nobody asks: its "
                "records are seen only once the registrar, or the parent zone, names them.",
            )


def _gone(before: Fact, *, kept: bool, surely: bool) -> Said:
    return Said(
        severity=Severity.LOOK if kept or not surely else Severity.STOP,
        fact=before,
        before=before.resource.path,
        after="(kept, unmanaged)" if kept else "(deleted)",
        consequence=f"The hosted zone {before.key} stays in the account, but no stack looks after it any more."
        if kept
        else f"Nobody finds {before.key} any more: its hosted zone is deleted, and with it every record. While it "
        "holds records that no stack made, Route 53 refuses, and the deployment fails.",
    )


RULE = Rule(
    id="zone-removed",
    reason="SPF, DKIM, DMARC and MX live in the zone, and a new zone has other name servers.",
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DeleteHostedZone.html",
    remedy="Keep the zone and its logical id; give it DeletionPolicy and UpdateReplacePolicy Retain.",
    change=_judge,
)
