"""`spf-all-changed`: SPF says something else about hosts that it does not name."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import spf
from staygreen.review.rule import Rule, Said
from staygreen.review.texts import has_open, spf_records

_SAID = {
    "-": "they are to be refused (-all)",
    "~": "they are suspicious (~all)",
    "?": "nothing",
}
_STRENGTH = "?~-"


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.records("TXT"):
        if has_open(change.after):
            continue
        before, after = last_word(change.before), last_word(change.after)
        gone = change.after is None and change.before is not None and not comparison.stays(change.before)
        if before in ("-", "~") and gone:
            yield Said(
                severity=Severity.LOOK,
                fact=change.fact,
                before=f"{before}all",
                after="(absent)",
                consequence=f"Nothing says any more which hosts may send as {change.fact.name}.",
                remedy="Keep a record: v=spf1 -all for a name that never sends.",
            )
        if before == after or before not in _SAID or after not in _SAID:
            continue
        weaker = _STRENGTH.index(after) < _STRENGTH.index(before)
        yield Said(
            severity=Severity.FINE if weaker and after == "~" else Severity.LOOK,
            fact=change.fact,
            before=f"{before}all",
            after=f"{after}all",
            consequence=f"What SPF of {change.fact.name} says of hosts that it does not name: {_SAID[after]}; so far "
            f"{_SAID[before]}.",
            remedy="" if weaker else _READ_REPORTS,
        )


_READ_REPORTS = (
    "Some receivers refuse on -all before they look at DKIM: make sure in the aggregate reports that nothing "
    "else sends."
)


def last_word(fact: Fact | None) -> str:
    """The qualifier of ``all``, `?` where the record ends without one; empty where another record decides, or none."""
    for record in spf_records(fact.values if fact else ())[:1]:
        if any(isinstance(term, spf.Modifier) and term.name == "redirect" for term in record.terms):
            return ""
        return (record.last_word.qualifier or "+") if record.last_word else "?"
    return ""


RULE = Rule(
    id="spf-all-changed",
    reason="The last term decides what receivers think of everybody else who uses the domain.",
    reference="https://www.rfc-editor.org/rfc/rfc7208#section-5.1",
    remedy="End the record with ~all or -all; DMARC counts neutral as a failure, but other filters do not.",
    change=_judge,
)
