"""`dmarc-weakened`: receivers are asked to do less with mail that fails."""

from collections.abc import Iterator

from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import dmarc
from staygreen.core.records.dmarc import Alignment, Policy
from staygreen.review.rule import Rule, Said
from staygreen.review.texts import dmarc_is_unclear
from staygreen.review.texts import dmarc_record as record

_RANK = {Policy.NONE: 0, Policy.QUARANTINE: 1, Policy.REJECT: 2}


def strength(found: dmarc.DmarcRecord) -> dict[str, int]:
    """How much each part of a record asks for; more is stricter."""
    asked = policies(found)
    return {
        **{name: _RANK[policy] for name, policy in asked.items()},
        "adkim": int(found.dkim_alignment is Alignment.STRICT),
        "aspf": int(found.spf_alignment is Alignment.STRICT),
    }


def policies(found: dmarc.DmarcRecord) -> dict[str, Policy]:
    """What receivers are asked to do with failing mail of the domain, of its subdomains and of names that are not.

    With t=y that is the next weaker policy (RFC 9989 §4.7).
    """
    subdomain = found.subdomain_policy or found.policy
    written = {"p": found.policy, "sp": subdomain, "np": found.nonexistent_policy or subdomain}
    weaker = {Policy.REJECT: Policy.QUARANTINE, Policy.QUARANTINE: Policy.NONE, Policy.NONE: Policy.NONE}
    return {name: weaker[policy] if found.testing else policy for name, policy in written.items()}


_WHOSE = {"p": "the domain itself", "sp": "its subdomains", "np": "names that do not exist"}
_ALIGNED = {
    "adkim": "a DKIM domain that is only related is enough",
    "aspf": "an envelope domain that is only related is enough",
}


def spelled(names: list[str], before: dmarc.DmarcRecord, after: dmarc.DmarcRecord) -> str:
    """The parts of a policy that change, in words: ``none instead of reject for the domain itself``."""
    old, new = policies(before), policies(after)
    whose: dict[str, list[str]] = {}
    for name in names:
        if name in old:
            whose.setdefault(f"{new[name].value} instead of {old[name].value}", []).append(_WHOSE[name])
    told = [f"{change} for {_list(parts)}" for change, parts in whose.items()]
    loosened = [_ALIGNED[name] for name in names if name in _ALIGNED]
    if any(strength(after)[name] > strength(before)[name] for name in names if name in _ALIGNED):
        loosened = [text.replace("is enough", "is no longer enough") for text in loosened]
    return ", ".join([*told, *loosened])


def _list(parts: list[str]) -> str:
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]


def is_dmarc(change: Change) -> bool:
    """Whether a record is where a DMARC policy lives."""
    return change.fact.name.startswith("_dmarc.")


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.records("TXT"):
        before, after = record(change.before), record(change.after)
        if before is None or not is_dmarc(change) or change.before is None or dmarc_is_unclear(change.after):
            continue
        weaker = [name for name, rank in strength(before).items() if after is None or strength(after)[name] < rank]
        kept = change.after is None and comparison.stays(change.before)
        if (after is not None and not weaker) or kept:
            continue
        domain = change.fact.name.removeprefix("_dmarc.")
        elsewhere = comparison.head.records("CNAME", change.fact.name) if change.after is None else ()
        if elsewhere:
            yield Said(
                severity=Severity.LOOK,
                fact=elsewhere[0],
                before=str(before),
                after=f"CNAME {', '.join(elsewhere[0].values)}",
                consequence=f"The DMARC policy of {domain} is the one at {', '.join(elsewhere[0].values)} from now on: "
                "what it asks for is not known here.",
                remedy="Read the record there, and who may change it, before this is merged.",
            )
            continue
        enforced = bool({"p", "sp", "np"} & set(weaker))
        yield Said(
            severity=Severity.STOP if enforced or after is None else Severity.LOOK,
            fact=change.fact,
            before=str(before),
            after=str(after) if after else "; ".join(change.after.values if change.after else ()) or "(absent)",
            consequence=_consequence(domain, weaker, before, after),
        )


def _consequence(domain: str, weaker: list[str], before: dmarc.DmarcRecord, after: dmarc.DmarcRecord | None) -> str:
    if after is None and set(policies(before).values()) == {Policy.NONE}:
        return f"{domain} has no DMARC record any more: no reports come, and Outlook.com refuses its bulk mail."
    told = spelled(weaker, before, after) if after else "there is no DMARC policy any more"
    return f"Receivers let more mail through that only pretends to be from {domain}: {told}."


RULE = Rule(
    id="dmarc-weakened",
    reason="A weaker policy opens the domain to spoofing; without any policy Outlook.com refuses bulk mail.",
    reference="https://www.rfc-editor.org/rfc/rfc9989#section-4.7",
    remedy="Repair the failing sender instead, or acknowledge with a reason and an end date.",
    change=_judge,
)
