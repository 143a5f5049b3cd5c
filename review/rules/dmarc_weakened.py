"""`dmarc-weakened`: receivers are asked to do less with mail that fails."""

from collections.abc import Iterator

from lambdas.core.config.model import Alignment, Policy
from lambdas.core.records import dmarc
from lambdas.core.records.fault import Fault
from review.facts import Fact
from review.finding import Severity
from review.pairing import Change, Comparison
from review.rule import Rule, Said

_RANK = {Policy.NONE: 0, Policy.QUARANTINE: 1, Policy.REJECT: 2}


def record(fact: Fact | None) -> dmarc.DmarcRecord | None:
    """The DMARC record of a fact, or None when it holds none that can be read."""
    for value in fact.values if fact else ():
        parsed = dmarc.parse(value)
        if not isinstance(parsed, Fault):
            return parsed
    return None


def strength(found: dmarc.DmarcRecord) -> dict[str, int]:
    """How much each part of a record asks for; more is stricter."""
    subdomain = found.subdomain_policy or found.policy
    return {
        "p": _RANK[found.policy],
        "sp": _RANK[subdomain],
        "np": _RANK[found.nonexistent_policy or subdomain],
        "testing": 0 if found.testing else 1,
        "adkim": int(found.dkim_alignment is Alignment.STRICT),
        "aspf": int(found.spf_alignment is Alignment.STRICT),
    }


def is_dmarc(change: Change) -> bool:
    """Whether a record is where a DMARC policy lives."""
    return change.fact.name.startswith("_dmarc.")


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.records("TXT"):
        before, after = record(change.before), record(change.after)
        if before is None or not is_dmarc(change) or change.before is None:
            continue
        weaker = [name for name, rank in strength(before).items() if after is None or strength(after)[name] < rank]
        kept = change.after is None and change.before.resource.survives_removal
        if (after is not None and not weaker) or kept:
            continue
        domain = change.fact.name.removeprefix("_dmarc.")
        enforced = bool({"p", "sp", "np", "testing"} & set(weaker)) and before.policy is not Policy.NONE
        yield Said(
            severity=Severity.STOP if enforced or after is None else Severity.LOOK,
            fact=change.fact,
            before=str(before),
            after=str(after) if after else "(absent)",
            consequence=f"Receivers let through more mail that only pretends to be from {domain} "
            f"({', '.join(weaker) if after else 'no policy any more'}).",
        )


RULE = Rule(
    id="dmarc-weakened",
    reason="A weaker policy opens the domain to spoofing; without any policy Outlook.com refuses bulk mail.",
    reference="https://www.rfc-editor.org/rfc/rfc9989#section-4.7",
    remedy="Repair the failing sender instead, or acknowledge with a reason and an end date.",
    change=_judge,
)
