"""`dmarc-rua-removed`: nobody gets aggregate reports any more."""

from collections.abc import Iterator

from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said
from staygreen.review.rules.dmarc_weakened import is_dmarc
from staygreen.review.texts import dmarc_record as record
from staygreen.review.texts import has_open


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.records("TXT"):
        before, after = record(change.before), record(change.after)
        if not is_dmarc(change) or before is None or after is None:
            continue
        if before.aggregate_reports and not after.aggregate_reports and not has_open(change.after):
            domain = change.fact.name.removeprefix("_dmarc.")
            yield Said(
                severity=Severity.LOOK,
                fact=change.fact,
                before=",".join(before.aggregate_reports),
                after="(nobody)",
                consequence=f"Nobody gets aggregate reports on {domain} any more: who fails DMARC, own systems "
                "included, goes unnoticed.",
            )


RULE = Rule(
    id="dmarc-rua-removed",
    reason="Aggregate reports are the only sight of own mail that fails at receivers.",
    reference="https://www.rfc-editor.org/rfc/rfc9990#section-3",
    remedy="Keep one rua address that somebody, or something, reads.",
    change=_judge,
)
