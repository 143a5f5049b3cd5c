"""`spf-include-removed`: a sender loses the right to send."""

from collections.abc import Iterator

from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.resolve import is_known
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import spf
from staygreen.review.rule import Rule, Said
from staygreen.review.texts import has_open, spf_records


def terms(values: tuple[str, ...]) -> list[spf.Term]:
    """The terms of the SPF records among TXT values that can make a host pass."""
    return [term for record in spf_records(values) for term in record.terms if _lets_pass(term)]


def _lets_pass(term: spf.Term) -> bool:
    if isinstance(term, spf.Modifier):
        return term.name == "redirect"
    return term.passes and term.mechanism != "all"


def _is_covered(term: spf.Term, others: list[spf.Term]) -> bool:
    """Whether other terms let the same hosts pass; letter case and a written plus make no difference."""
    if _spelled(term) in map(_spelled, others):
        return True
    mine = term.network if isinstance(term, spf.Directive) else None
    theirs = [other.network for other in others if isinstance(other, spf.Directive)]
    return mine is not None and any(
        network is not None
        and network.version == mine.version
        and network.prefixlen <= mine.prefixlen
        and mine.network_address in network
        for network in theirs
    )


def _spelled(term: spf.Term) -> str:
    return str(term).lower().removeprefix("+")


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.records("TXT"):
        if change.before is None or has_open(change.after):
            continue
        after = change.after.values if change.after else ()
        left = terms(after)
        gone = [term for term in terms(change.before.values) if not _is_covered(term, left)]
        if not is_known(list(after)):
            gone = [term for term in gone if not isinstance(term, spf.Directive) or term.network is None]
        if not gone or (change.after is None and comparison.stays(change.before)):
            continue
        yield Said(
            severity=Severity.LOOK if change.after else Severity.STOP,
            fact=change.fact,
            before=" ".join(value for value in change.before.values if spf.is_spf(value)),
            after=" ".join(value for value in after if spf.is_spf(value)) or "(absent)",
            consequence=f"Mail of {change.fact.name} from hosts that only {', '.join(map(str, gone))} allowed "
            "no longer passes SPF.",
        )


RULE = Rule(
    id="spf-include-removed",
    reason="The systems behind a removed mechanism may still send.",
    reference="https://www.rfc-editor.org/rfc/rfc7208#section-5",
    remedy="Make sure in the aggregate reports that nothing sends from there any more.",
    change=_judge,
)
