"""`spf-lookups`: evaluating SPF needs more DNS questions, or gets fewer answers, than receivers put up with."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import spf
from staygreen.core.records.spf_cost import MAX_VOID_LOOKUPS, Branch, tree
from staygreen.review.rule import Rule, Said
from staygreen.review.texts import spf_text


def _judge(facts: Facts) -> Iterator[Said]:
    lookup = facts.lookup
    for fact in facts.records("TXT"):
        for value in filter(spf.is_spf, fact.values):
            told = spf_text(value)
            if told is None:
                continue
            found = tree(fact.name, told, lookup)
            at_least = "" if found.is_whole else "at least "
            if found.lookups > spf.MAX_LOOKUPS:
                yield Said(
                    severity=Severity.STOP,
                    fact=fact,
                    after=f"{at_least}{found.lookups} lookups: {_costs(found)}",
                    consequence=f"SPF of {fact.name} ends in permerror: it needs {at_least}{found.lookups} lookups and "
                    f"receivers stop at {spf.MAX_LOOKUPS}.",
                )
            if found.void_lookups > MAX_VOID_LOOKUPS:
                void = ", ".join(branch.term for branch in found.all() if branch.is_void)
                yield Said(
                    severity=Severity.STOP,
                    fact=fact,
                    after=f"without an answer: {void}",
                    consequence=f"SPF of {fact.name} may end in permerror: {found.void_lookups} of its lookups have no "
                    f"answer, and receivers should put up with {MAX_VOID_LOOKUPS}.",
                )


def _costs(found: Branch) -> str:
    """The record's own terms, dearest first, each with what it costs in all."""
    dearest = sorted(found.branches, key=lambda branch: -branch.lookups)
    return ", ".join(f"{branch.term} {branch.lookups}{'' if branch.is_whole else '+'}" for branch in dearest)


RULE = Rule(
    id="spf-lookups",
    reason="Receivers must give up with permerror above 10 terms that ask DNS, nested ones included, and should above "
    "2 without an answer.",
    reference="https://www.rfc-editor.org/rfc/rfc7208#section-4.6.4",
    remedy="Remove includes of systems that no longer send, or move a sender to a subdomain of its own; "
    "`staygreen spf show` draws the tree.",
    state=_judge,
)
