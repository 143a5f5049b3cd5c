"""`spf-plus-all`: the SPF record lets every host on earth send."""

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
            terms = () if isinstance(record, Fault) else record.terms
            if any(
                isinstance(term, spf.Directive) and term.mechanism == "all" and term.qualifier in ("", "+")
                for term in terms
            ):
                yield Said(
                    severity=Severity.STOP,
                    fact=fact,
                    after=value,
                    consequence=f"Anyone may send as {fact.name} and pass SPF.",
                )


RULE = Rule(
    id="spf-plus-all",
    reason="A record that passes everybody protects nobody, and filters treat it as a sign of abuse.",
    reference="https://www.rfc-editor.org/rfc/rfc7208#section-5.1",
    remedy="End the record with ~all or -all.",
    state=_judge,
)
