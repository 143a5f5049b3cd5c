"""`apex-txt-loss`: strings beside SPF disappear from a TXT record set."""

from collections.abc import Iterator

from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import spf
from staygreen.review.rule import Rule, Said
from staygreen.review.texts import has_open


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.records("TXT"):
        before = change.before
        if before is None or has_open(change.after) or (change.after is None and comparison.stays(before)):
            continue
        if not any(spf.is_spf(value) for value in (*before.values, *(change.after.values if change.after else ()))):
            continue
        after = change.after.values if change.after else ()
        beside = {_form(value) for value in after if not spf.is_spf(value)}
        lost = [value for value in before.values if _form(value) not in beside and _acts(value)]
        if lost:
            yield Said(
                severity=Severity.LOOK if beside else Severity.STOP,
                fact=change.fact,
                before="; ".join(before.values),
                after="; ".join(after) or "(absent)",
                consequence=f"{before.name} loses {len(lost)} TXT string{'s' if len(lost) > 1 else ''} beside SPF: "
                f"{', '.join(lost)}.",
            )


def _acts(value: str) -> bool:
    """Whether a string beside SPF does anything there: SPF has rules of its own, and DMARC lives at another name."""
    return not spf.is_spf(value) and not value.lower().replace(" ", "").startswith("v=dmarc1")


def _form(value: str) -> str:
    return "".join(value.split())


RULE = Rule(
    id="apex-txt-loss",
    reason="All TXT strings of a name are one record set: what is written without the others ends the verifications of "
    "other services.",
    reference="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/ResourceRecordTypes.html#TXTFormat",
    remedy="Keep the strings in the same record set as SPF, or confirm that each is no longer needed.",
    change=_judge,
)
