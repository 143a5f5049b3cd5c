"""`spf-include-removed`: a sender loses the right to send."""

from collections.abc import Iterator

from lambdas.core.records import spf
from lambdas.core.records.fault import Fault
from review.finding import Severity
from review.pairing import Comparison
from review.rule import Rule, Said


def terms(values: tuple[str, ...]) -> list[str]:
    """The terms of the SPF records among TXT values that can make a host pass."""
    found: list[str] = []
    for value in filter(spf.is_spf, values):
        record = spf.parse(value)
        if not isinstance(record, Fault):
            found += [str(term) for term in record.terms if str(term).lstrip("+-~?") != "all"]
    return found


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.records("TXT"):
        if change.before is None:
            continue
        after = change.after.values if change.after else ()
        gone = [term for term in terms(change.before.values) if term not in terms(after)]
        if not gone or (change.after is None and comparison.stays(change.before)):
            continue
        yield Said(
            severity=Severity.LOOK if change.after else Severity.STOP,
            fact=change.fact,
            before=" ".join(value for value in change.before.values if spf.is_spf(value)),
            after=" ".join(value for value in after if spf.is_spf(value)) or "(absent)",
            consequence=f"Mail of {change.fact.name} from hosts that only {', '.join(gone)} allowed "
            "no longer passes SPF.",
        )


RULE = Rule(
    id="spf-include-removed",
    reason="The systems behind a removed mechanism may still send.",
    reference="https://www.rfc-editor.org/rfc/rfc7208#section-5",
    remedy="Make sure in the aggregate reports that nothing sends from there any more.",
    change=_judge,
)
