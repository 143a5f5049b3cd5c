"""`spf-duplicate`: one name has more than one SPF record."""

from collections import defaultdict
from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Facts, are_alternatives
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.records import spf
from staygreen.review.rule import Rule, Said


def _judge(facts: Facts) -> Iterator[Said]:
    found: dict[tuple[str, str], list[tuple[Fact, str]]] = defaultdict(list)
    for fact in facts.records("TXT"):
        for value in filter(spf.is_spf, fact.values):
            found[fact.name, str(fact.value["zone"])].append((fact, value))
    for (name, _), records in found.items():
        if len(records) > 1 and not are_alternatives(fact for fact, _ in records):
            yield Said(
                severity=Severity.STOP,
                fact=records[-1][0],
                after="; ".join(sorted(value for _, value in records)),
                consequence=f"SPF of {name} ends in permerror: it has {len(records)} records.",
            )


RULE = Rule(
    id="spf-duplicate",
    reason="More than one record that begins with v=spf1 is a permanent error.",
    reference="https://www.rfc-editor.org/rfc/rfc7208#section-4.5",
    remedy="Merge the mechanisms into one record.",
    state=_judge,
)
