"""`record-collision`: a resource creates what another one has, or still has, under its name."""

from collections.abc import Callable, Iterator

from staygreen.core.mail_facts.facts import Fact, Facts, Kind, are_alternatives
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

_NAMED = (Kind.RECORD, Kind.IDENTITY, Kind.POOL, Kind.CONFIGURATION_SET, Kind.RECEIPT_RULE)


def _state(facts: Facts) -> Iterator[Said]:
    """Two resources that declare one record, identity or reverse name: only one of them can be made, or wins."""
    yield from _records(facts)
    yield from _twice(facts, Kind.IDENTITY, _identity, "{it} is created by two resources: the deployment fails.")
    yield from _twice(facts, Kind.PTR, _address, "Two resources set the reverse name of {it}: the last one wins.")


def _identity(fact: Fact) -> tuple[str, ...]:
    return (fact.key, str(fact.value["region"]))


def _address(fact: Fact) -> tuple[str, ...]:
    allocation = str(fact.value["allocation"])
    return (allocation,) if allocation.startswith("eipalloc-") else ()


def _twice(facts: Facts, kind: Kind, name: Callable[[Fact], tuple[str, ...]], consequence: str) -> Iterator[Said]:
    """Two resources about one thing; an empty name is nothing that can be compared."""
    declared: dict[tuple[str, ...], Fact] = {}
    for fact in facts.of(kind):
        key = name(fact)
        first = declared.setdefault(key, fact) if key else fact
        if first is not fact and not are_alternatives((first, fact)):
            yield Said(
                severity=Severity.STOP,
                fact=fact,
                after=f"{'/'.join(first.resource.place)} and {'/'.join(fact.resource.place)}",
                consequence=consequence.format(it=key[0]),
                remedy="Leave it to one of them: manage = false, or no entry, in the file of the other.",
            )


def _records(facts: Facts) -> Iterator[Said]:
    """Two resources that declare one record."""
    declared: dict[tuple[str, str], Fact] = {}
    for fact in facts.of(Kind.RECORD):
        first = declared.setdefault((fact.key, str(fact.value["zone"])), fact)
        if first is not fact and not are_alternatives((first, fact)):
            yield Said(
                severity=Severity.STOP,
                fact=fact,
                after=f"{'/'.join(first.resource.place)} and {'/'.join(fact.resource.place)}",
                consequence=f"The deployment fails: two resources create {fact.key}.",
                remedy="Put all values of one name and type into one record set.",
            )


def _change(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.changes:
        before, after = change.before, change.after
        if before is None or after is None or not change.moved or after.kind not in _NAMED:
            continue
        if any(fact.key == after.key and fact.resource.place == before.resource.place for fact in comparison.head.all):
            continue  # declared twice, which is told already
        yield Said(
            severity=Severity.STOP,
            fact=after,
            before="/".join(before.resource.place),
            after="/".join(after.resource.place),
            consequence=_consequence(change, comparison),
        )


def _consequence(change: Change, comparison: Comparison) -> str:
    before, after = change.before, change.after
    assert before is not None and after is not None  # noqa: S101 - checked by the caller
    old, new = before.resource, after.resource
    if old.stack == new.stack:
        return (
            f"The deployment fails: {after.subject} is created as {new.logical_id} while it still exists as "
            f"{old.logical_id}."
        )
    if comparison.stays(before):
        return f"The deployment of {new.stack} fails: {after.subject} exists and stays when {old.stack} lets it go."
    return (
        f"Either the deployment of {new.stack} fails, because {after.subject} still exists in {old.stack}, or "
        f"{after.subject} is absent between the two deployments."
    )


RULE = Rule(
    id="record-collision",
    reason="CloudFormation creates before it deletes, stacks know nothing of each other, and a name can exist only "
    "once.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html",
    remedy="Keep the logical id (overrideLogicalId), or move the resource with cdk refactor or an import.",
    state=_state,
    change=_change,
)
