"""`spf-invalid`: an SPF record that receivers cannot evaluate, whatever the sender."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import spf
from staygreen.core.records.spf_cost import tree
from staygreen.review.rule import Rule, Said
from staygreen.review.texts import spf_text


def _judge(facts: Facts) -> Iterator[Said]:
    lookup = facts.lookup
    for fact in facts.records("TXT"):
        for value in filter(spf.is_spf, fact.values):
            told = spf_text(value)
            faults = tree(fact.name, told, lookup).faults if told is not None else ()
            if faults:
                yield Said(
                    severity=Severity.STOP,
                    fact=fact,
                    after=value,
                    consequence=f"SPF of {fact.name} ends in permerror: {'; '.join(faults)}.",
                )


RULE = Rule(
    id="spf-invalid",
    reason="One term that cannot be read, or an include that leads nowhere, voids the record for every sender.",
    reference="https://www.rfc-editor.org/rfc/rfc7208#section-4.6",
    remedy="Correct the term, or remove the include of a system that no longer publishes SPF.",
    state=_judge,
)
