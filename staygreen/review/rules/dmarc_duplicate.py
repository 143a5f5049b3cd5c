"""`dmarc-duplicate`: one name has more than one DMARC record."""

from collections import defaultdict
from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Facts, are_alternatives
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _judge(facts: Facts) -> Iterator[Said]:
    found: dict[tuple[str, str], list[tuple[Fact, str]]] = defaultdict(list)
    for fact in facts.records("TXT"):
        if fact.name.startswith("_dmarc."):
            found[fact.name, str(fact.value["zone"])] += [
                (fact, value) for value in fact.values if value.replace(" ", "").startswith("v=DMARC1")
            ]
    for (name, _), records in found.items():
        if len(records) > 1 and not are_alternatives(fact for fact, _ in records):
            yield Said(
                severity=Severity.STOP,
                fact=records[-1][0],
                after=" | ".join(sorted(value for _, value in records)),
                consequence=f"{name.removeprefix('_dmarc.')} has no DMARC policy: receivers that find "
                f"{len(records)} records use none.",
            )


RULE = Rule(
    id="dmarc-duplicate",
    reason="More than one record at the name means that there is no policy.",
    reference="https://www.rfc-editor.org/rfc/rfc9989#section-4.10.1",
    remedy="Keep one record.",
    state=_judge,
)
