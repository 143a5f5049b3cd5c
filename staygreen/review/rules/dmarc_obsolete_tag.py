"""`dmarc-obsolete-tag`: a tag that RFC 9989 removed."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Facts
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said
from staygreen.review.texts import dmarc_record as record

OBSOLETE = ("pct", "rf", "ri")


def _judge(facts: Facts) -> Iterator[Said]:
    for fact in facts.records("TXT"):
        found = record(fact) if fact.name.startswith("_dmarc.") else None
        used = [f"{name}={value}" for name, value in (found.other if found else ()) if name in OBSOLETE]
        if used:
            yield Said(
                severity=Severity.LOOK,
                fact=fact,
                after="; ".join(used),
                consequence=f"Receivers that follow RFC 9989 ignore {', '.join(used)} in the DMARC record of "
                f"{fact.name.removeprefix('_dmarc.')}; older ones still act on it.",
            )


RULE = Rule(
    id="dmarc-obsolete-tag",
    reason="RFC 9989 removed pct, rf and ri; a policy that relied on pct applies to all mail.",
    reference="https://www.rfc-editor.org/rfc/rfc9989#section-4.7",
    remedy="Remove the tag; use t=y for a trial.",
    state=_judge,
)
