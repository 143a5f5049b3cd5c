"""`spf-plus-all`: the SPF record lets every host on earth send."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import spf
from staygreen.core.records.fault import Fault
from staygreen.review.rule import Rule, Said
from staygreen.review.texts import spf_text

_WIDEST = {"ip4": 8, "ip6": 16}
"""Shorter prefixes than any registry gives to one holder."""


def _judge(facts: Facts) -> Iterator[Said]:
    for fact in facts.records("TXT"):
        for value in filter(spf.is_spf, fact.values):
            record = spf.parse(spf_text(value) or "")
            terms = () if isinstance(record, Fault) else record.terms
            wide = [term for term in terms if isinstance(term, spf.Directive) and _passes_nearly_all(term)]
            if wide:
                everybody = any(term.mechanism == "all" or _prefix(term) == 0 for term in wide)
                whole = "Anyone" if everybody else "A large part of the internet"
                yield Said(
                    severity=Severity.STOP,
                    fact=fact,
                    after=value,
                    consequence=f"{whole} may send as {fact.name} and pass SPF.",
                )


def _passes_nearly_all(term: spf.Directive) -> bool:
    if not term.passes:
        return False
    return term.mechanism == "all" or _prefix(term) < _WIDEST.get(term.mechanism, 0)


def _prefix(term: spf.Directive) -> int:
    network = term.network
    return network.prefixlen if network else 128


RULE = Rule(
    id="spf-plus-all",
    reason="A record that passes everybody protects nobody, and filters treat it as a sign of abuse.",
    reference="https://www.rfc-editor.org/rfc/rfc7208#section-5.1",
    remedy="End the record with ~all or -all.",
    state=_judge,
)
