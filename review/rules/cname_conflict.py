"""`cname-conflict`: a name has a CNAME and something else."""

from collections import defaultdict
from collections.abc import Iterator

from review.facts import Fact, Facts, Kind
from review.finding import Severity
from review.rule import Rule, Said


def _judge(facts: Facts) -> Iterator[Said]:
    found: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in facts.of(Kind.RECORD):
        found[fact.name, str(fact.value["zone"])].append(fact)
    for (name, _), records in found.items():
        types = sorted({fact.rtype for fact in records})
        if "CNAME" in types and len(types) > 1:
            yield Said(
                severity=Severity.STOP,
                fact=next(fact for fact in records if fact.rtype == "CNAME"),
                after=", ".join(types),
                consequence=f"Route 53 refuses a CNAME at {name} beside {', '.join(t for t in types if t != 'CNAME')}: "
                "the deployment fails.",
            )


RULE = Rule(
    id="cname-conflict",
    reason="A name with a CNAME may hold no other data.",
    reference="https://www.rfc-editor.org/rfc/rfc1034#section-3.6.2",
    remedy="Choose another name for one of them.",
    state=_judge,
)
