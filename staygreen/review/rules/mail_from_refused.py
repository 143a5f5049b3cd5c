"""`mail-from-refused`: SES no longer finds the MX record of a MAIL FROM domain."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said
from staygreen.review.rules.mx_removed import is_answered


def _judge(comparison: Comparison) -> Iterator[Said]:
    gone = {
        change.before.name: change.before
        for change in comparison.records("MX")
        if change.before is not None and change.after is None and not comparison.stays(change.before)
    }
    for identity in comparison.head.of(Kind.IDENTITY):
        record = gone.get(str(identity.value["mail_from"]))
        if record is None or is_answered(record, comparison.head):
            continue
        refuses = identity.value["mail_from_failure"] == "REJECT_MESSAGE"
        yield Said(
            severity=Severity.STOP if refuses else Severity.LOOK,
            fact=record,
            before=", ".join(record.values),
            after="(absent)",
            consequence=f"SES refuses every message of {identity.key}: the MX record of its MAIL FROM domain "
            f"{record.name} is deleted."
            if refuses
            else f"Mail of {identity.key} leaves under amazonses.com as MAIL FROM, so SPF no longer counts for DMARC: "
            f"the MX record of {record.name} is deleted.",
        )


RULE = Rule(
    id="mail-from-refused",
    reason="SES keeps looking for the MX of a MAIL FROM domain, and does what BehaviorOnMxFailure says without it.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/mail-from.html",
    remedy="Keep the record as long as the identity names that MAIL FROM domain.",
    change=_judge,
)
