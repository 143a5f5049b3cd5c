"""`identity-replaced`: a verified identity is deleted."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.of(Kind.IDENTITY):
        before = change.before
        if before is None or change.after is not None:
            continue
        kept = comparison.stays(before)
        yield Said(
            severity=Severity.LOOK if kept else Severity.STOP,
            fact=before,
            before=before.key,
            after="(kept, unmanaged)" if kept else "(deleted)",
            consequence=f"SES still sends for {before.key}, but no stack looks after its identity any more."
            if kept
            else f"SES refuses mail from {before.key}: its identity is deleted.",
        )


RULE = Rule(
    id="identity-replaced",
    reason="Sending needs a verified identity; a new one has new Easy DKIM names and has to be verified again.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ses-emailidentity.html",
    remedy="Keep the resource and its logical id; add the new identity beside it.",
    change=_judge,
)
