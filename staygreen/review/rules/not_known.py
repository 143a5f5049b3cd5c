"""`not-known`: a fact of mail depends on something that only the deployment knows."""

from collections.abc import Iterator

from staygreen.core.mail_facts.differences import Difference, differences
from staygreen.core.mail_facts.facts import Kind
from staygreen.core.mail_facts.pairing import Change, Comparison
from staygreen.core.mail_facts.resolve import is_open, text
from staygreen.core.mail_facts.severity import Severity
from staygreen.review.rule import Rule, Said

_NO_MATTER = frozenset({"zone", "ttl"})
"""Parts of a new record whose value changes nothing for mail."""


def _judge(comparison: Comparison) -> Iterator[Said]:
    for change in comparison.changes:
        if change.after is None or change.fact.kind is Kind.KEEPING or change.only_moves:
            continue
        if change.before is None and change.fact.kind is not Kind.RECORD:
            continue  # something new, with a name that somebody hands in
        unsure = list(_unsure(change))
        if unsure:
            shown = ", ".join(f"{one.path.replace('/', '.')} {text(one.now) or '(none)'}" for one in unsure)
            yield Said(
                severity=Severity.LOOK,
                fact=change.fact,
                before=", ".join(f"{one.path.replace('/', '.')} {text(one.was) or '(none)'}" for one in unsure)
                if change.before
                else "(absent)",
                after=shown,
                consequence=f"What becomes of {change.fact.subject} is not known before deployment: {shown}.",
            )


def _unsure(change: Change) -> Iterator[Difference]:
    assert change.after is not None  # noqa: S101 - asked for what is there
    if change.renamed_unsurely and change.before is not None:
        yield Difference(path="name", was=change.before.key, now=change.after.key)
    before = change.before.value if change.before else {}
    for one in differences(before, change.after.value):
        if change.before is None and one.path in _NO_MATTER:
            continue
        if is_open(one.now) or is_open(one.was):
            yield one


RULE = Rule(
    id="not-known",
    reason="Its value comes from a parameter, an import, SSM, a dynamic reference or another template.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html",
    remedy="Look at the value that the deployment will hand in, or write it into the template.",
    change=_judge,
)
