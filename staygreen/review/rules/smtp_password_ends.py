"""`smtp-password-ends`: the access key that an SMTP password is made from goes, or becomes another one."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Kind
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.resolve import text
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.ACCESS_KEY):
        told = _ends(change, comparison)
        if told:
            user = text((change.before or change.fact).value.get("UserName"))
            yield Said(
                severity=Severity.STOP,
                fact=change.fact,
                before=f"Serial {text(change.was('Serial')) or '0'}",
                after=told,
                consequence=f"SES refuses whoever sends with the SMTP password of {user}: its access key {told}.",
            )


def _ends(change: Change, comparison: Comparison) -> str:
    before, after = change.before, change.after
    if before is None:
        return ""
    if after is None:
        return "" if comparison.stays(before) else "is deleted"
    if change.now("Status") == "Inactive" and change.was("Status") != "Inactive":
        return "is switched off"
    if change.moved or change.differs("Serial") or change.differs("UserName"):
        return "is replaced by a new one"
    return ""


RULE = Rule(
    id="smtp-password-ends",
    reason="An SMTP password is computed from the secret of one access key, and ends with it.",
    reference="https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html",
    remedy="Add a second key, hand its password to every program, and remove the first when nothing uses it any more.",
    change=_judge,
)
