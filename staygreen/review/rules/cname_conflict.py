"""`cname-conflict`: a name has a CNAME and something else, in the end or while the deployment runs."""

from collections import defaultdict
from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Facts, Kind, are_alternatives
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said


def _state(facts: Facts) -> Iterator[Said]:
    for (name, zone), records in _by_name(facts).items():
        types = sorted({fact.rtype for fact in records})
        if name == zone and "CNAME" in types:
            yield Said(
                severity=Severity.STOP,
                fact=next(fact for fact in records if fact.rtype == "CNAME"),
                after="CNAME",
                consequence=f"The deployment fails: Route 53 refuses a CNAME at {name}, the top of its zone, where SOA "
                "and NS are.",
                remedy="Use an alias record there, or another name.",
            )
        elif "CNAME" in types and len(types) > 1 and not are_alternatives(records):
            yield Said(
                severity=Severity.STOP,
                fact=next(fact for fact in records if fact.rtype == "CNAME"),
                after=", ".join(types),
                consequence=f"The deployment fails: Route 53 refuses a CNAME at {name} beside "
                f"{', '.join(t for t in types if t != 'CNAME')}.",
            )


def _change(comparison: Comparison) -> Iterator[Said]:
    """A record gives way to a CNAME, or the other way round: the new one is made while the old one is there."""
    base = _by_name(comparison.base)
    for change in comparison.of(Kind.RECORD):
        after = change.after
        if after is None or change.before is not None:
            continue
        earlier = base.get((after.name, str(after.value["zone"])), [])
        types = sorted({fact.rtype for fact in earlier} - {after.rtype})
        if types and "CNAME" in (after.rtype, *types) and not _still_there(comparison, after, types):
            yield Said(
                severity=Severity.STOP,
                fact=after,
                before=", ".join(f"{rtype} {after.name}" for rtype in types),
                after=f"{after.rtype} {after.name}",
                consequence=f"The deployment fails: it creates {after.rtype} {after.name} before it deletes "
                f"{', '.join(types)} of the same name.",
                remedy="Remove the old record in a deployment of its own, or change Type and values under one logical "
                "id outside CloudFormation first.",
            )


def _still_there(comparison: Comparison, after: Fact, types: list[str]) -> bool:
    """Whether the new side has them too: then the state is wrong, and says so itself."""
    return any(fact.rtype in types for fact in _by_name(comparison.head)[after.name, str(after.value["zone"])])


def _by_name(facts: Facts) -> dict[tuple[str, str], list[Fact]]:
    found: dict[tuple[str, str], list[Fact]] = defaultdict(list)
    for fact in facts.of(Kind.RECORD):
        found[fact.name, str(fact.value["zone"])].append(fact)
    return found


RULE = Rule(
    id="cname-conflict",
    reason="A name with a CNAME may hold no other data, at no moment.",
    reference="https://www.rfc-editor.org/rfc/rfc1034#section-3.6.2",
    remedy="Choose another name for one of them.",
    state=_state,
    change=_change,
)
