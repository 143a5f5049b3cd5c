"""`mx-removed`: nobody can write to a domain any more."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Facts, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

_NULL = ("0 .",)
"""Null MX: the name takes no mail (RFC 7505)."""


def _judge(comparison: Comparison) -> Iterator[Said]:
    envelopes = mail_from_domains(comparison.base) | mail_from_domains(comparison.head)
    for change in comparison.records("MX"):
        before = change.before
        if before is None or before.name in envelopes or before.values == _NULL:
            continue
        if change.after is not None and change.after.values == _NULL:
            outcome = "is refused by every sender: its MX record becomes a null MX"
        elif change.after is not None or comparison.stays(before) or is_answered(before, comparison.head):
            continue
        else:
            outcome = "has nowhere to go: its MX record is deleted"
        yield Said(
            severity=Severity.STOP,
            fact=change.fact,
            before=", ".join(before.values),
            after=", ".join(change.after.values) if change.after else "(absent)",
            consequence=f"Mail to {before.name} {outcome}.",
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
    remedy="Keep the record. Where the name shall take no mail, publish a null MX (0 .) and acknowledge this.",
    change=_judge,
)
