"""`delegation-removed`: a subdomain that mail is sent from, or goes to, disappears from DNS."""

from collections.abc import Iterator

from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.records("NS"):
        before = change.before
        if before is None or change.after is not None or comparison.stays(before):
            continue
        if comparison.head.records("NS", before.name):
            continue
        yield Said(
            severity=Severity.STOP,
            fact=before,
            before=", ".join(before.values),
            after="(absent)",
            consequence=f"{before.name} disappears from DNS with its DKIM, SPF, DMARC and MX records: its delegation "
            "is deleted.",
        )


RULE = Rule(
    id="delegation-removed",
    reason="Receivers find the records of a subdomain by the NS records in the zone above it.",
    reference="https://www.rfc-editor.org/rfc/rfc1034#section-4.2.1",
    remedy="Copy the subdomain's records into the zone above before its delegation goes.",
    change=_judge,
)
