"""`dmarc-invalid`: a DMARC record that receivers cannot read."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts
from staygreen.core.mail_facts.resolve import is_open
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import dmarc
from staygreen.core.records.fault import Fault
from staygreen.review.rule import Rule, Said


def _judge(facts: Facts) -> Iterator[Said]:
    for fact in facts.records("TXT"):
        for value in fact.values if fact.name.startswith("_dmarc.") else ():
            claims = value.lower().replace(" ", "").startswith("v=dmarc1") and not is_open(value)
            fault = dmarc.parse(value) if claims else None
            if isinstance(fault, Fault):
                yield Said(
                    severity=Severity.STOP,
                    fact=fact,
                    after=value,
                    consequence=f"Receivers cannot use the DMARC record of {fact.name.removeprefix('_dmarc.')}: "
                    f"{fault}.",
                )


RULE = Rule(
    id="dmarc-invalid",
    reason="A record that cannot be read is as good as none, and without DMARC Outlook.com refuses bulk mail.",
    reference="https://www.rfc-editor.org/rfc/rfc9989#section-4.10.1",
    remedy="Correct the tag that is named.",
    state=_judge,
)
