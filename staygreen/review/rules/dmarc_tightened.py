"""`dmarc-tightened`: receivers are asked to do more with mail that fails."""

from collections.abc import Iterator

from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said
from staygreen.review.rules.dmarc_weakened import is_dmarc, spelled, strength
from staygreen.review.texts import dmarc_record as record


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.records("TXT"):
        before, after = record(change.before), record(change.after)
        if before is None or after is None or not is_dmarc(change):
            continue
        stricter = [name for name, rank in strength(after).items() if rank > strength(before)[name]]
        if stricter:
            domain = change.fact.name.removeprefix("_dmarc.")
            yield Said(
                severity=Severity.LOOK,
                fact=change.fact,
                before=str(before),
                after=str(after),
                consequence=f"Own mail of {domain} that fails DMARC is quarantined or refused more often: "
                f"{spelled(stricter, before, after)}.",
            )


RULE = Rule(
    id="dmarc-tightened",
    reason="A sender that nobody thought of fails silently.",
    reference="https://www.rfc-editor.org/rfc/rfc9989#section-4.7",
    remedy="Read the aggregate reports of the last weeks first: every own source must pass aligned.",
    change=_judge,
)
