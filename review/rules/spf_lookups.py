"""`spf-lookups`: evaluating SPF needs more DNS questions than receivers ask."""

from collections.abc import Iterator

from lambdas.core.records import spf
from lambdas.core.records.fault import Fault
from review.facts import Facts
from review.finding import Severity
from review.rule import Rule, Said


def _judge(facts: Facts) -> Iterator[Said]:
    for fact in facts.records("TXT"):
        for value in filter(spf.is_spf, fact.values):
            record = spf.parse(value)
            if isinstance(record, Fault) or record.lookups <= spf.MAX_LOOKUPS:
                continue
            costly = ", ".join(str(term) for term in record.terms if term.asks_dns)
            yield Said(
                severity=Severity.STOP,
                fact=fact,
                after=f"at least {record.lookups} lookups: {costly}",
                consequence=f"SPF of {fact.name} ends in permerror: it needs at least {record.lookups} lookups and "
                f"receivers stop at {spf.MAX_LOOKUPS}.",
            )


RULE = Rule(
    id="spf-lookups",
    reason="Receivers must give up with permerror above 10 terms that ask DNS, nested ones included.",
    reference="https://www.rfc-editor.org/rfc/rfc7208#section-4.6.4",
    remedy="Remove includes of systems that no longer send, or move a sender to a subdomain of its own.",
    state=_judge,
)
