"""`dkim-invalid`: a DKIM record that no receiver can take a key from."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts
from staygreen.core.mail_facts.resolve import is_known
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import dkim
from staygreen.core.records.fault import Fault
from staygreen.review.rule import Rule, Said


def _judge(facts: Facts) -> Iterator[Said]:
    for fact in facts.records("TXT"):
        selector, found, domain = fact.name.partition("._domainkey.")
        for value in filter(is_known, fact.values) if found else ():
            fault = dkim.parse(value)
            if isinstance(fault, Fault):
                yield Said(
                    severity=Severity.STOP,
                    fact=fact,
                    after=value,
                    consequence=f"Receivers cannot verify mail of {domain} that is signed with the selector "
                    f"{selector}: {fault}.",
                )


RULE = Rule(
    id="dkim-invalid",
    reason="A signature whose key cannot be read counts as none.",
    reference="https://www.rfc-editor.org/rfc/rfc6376#section-3.6.1",
    remedy="Publish the record as the signer's tool prints it, all strings of the key in one value, each in quotes.",
    state=_judge,
)
