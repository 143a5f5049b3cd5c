"""`mx-removed`: nobody can write to a domain any more."""

from collections.abc import Iterator

from staygreen.review.facts import Fact, Facts, Kind
from staygreen.review.finding import Severity
from staygreen.review.pairing import Comparison
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    envelopes = mail_from_domains(comparison.base) | mail_from_domains(comparison.head)
    for change in comparison.records("MX"):
        before = change.before
        if before is None or change.after is not None or before.name in envelopes or comparison.stays(before):
            continue
        if is_answered(before, comparison.head):
            continue
        yield Said(
            severity=Severity.STOP,
            fact=before,
            before=", ".join(before.values),
            after="(absent)",
            consequence=f"Mail to {before.name} has nowhere to go: its MX record is deleted.",
        )


def mail_from_domains(side: Facts) -> set[str]:
    """The names that take bounces for SES: no person writes to them."""
    return {str(fact.value["mail_from"]) for fact in side.of(Kind.IDENTITY)} - {""}


def is_answered(before: Fact, head: Facts) -> bool:
    """Whether another record, or an alias of the name, still says where its mail goes."""
    return bool(head.records(before.rtype, before.name) or head.records("CNAME", before.name))


RULE = Rule(
    id="mx-removed",
    reason="Without MX, senders try the web server of that name, or give up; what bounces is lost.",
    reference="https://www.rfc-editor.org/rfc/rfc5321#section-5.1",
    remedy="Keep the record, or publish a null MX (0 .) for a name that takes no mail.",
    change=_judge,
)
