"""`unread`: a part that cannot be read comes, goes or changes."""

from collections.abc import Iterator

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.mail_facts.template import Resource, Unread
from staygreen.review.rule import Rule, Said


def _judge(comparison: Comparison) -> Iterator[Said]:
    read = {fact.resource.logical_id for fact in comparison.base.all}
    before, after = ({part.name: part for part in side.unread} for side in (comparison.base, comparison.head))
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is not None and new is not None and old.content == new.content and new.part:
            continue
        part = new or old
        assert part is not None  # noqa: S101 - the name is of one of them
        yield Said(
            severity=Severity.LOOK,
            fact=fact(part),
            before="(absent)" if old is None else "not read",
            after="(absent)" if new is None else "not read",
            consequence=f"{name} {_what(old, new, was_read=part.part in read)}, and cannot be read: {part.why}. What "
            "that does to mail is not known before deployment.",
        )


def fact(part: Unread) -> Fact:
    """A part that cannot be read, as rules speak of things."""
    resource = Resource(stack=part.stack, logical_id=part.part, type=part.type, properties={})
    return Fact(kind=Kind.UNREAD, key=part.name, value={}, resource=resource, why=part.name)


def _what(old: Unread | None, new: Unread | None, *, was_read: bool) -> str:
    if old is None:
        return "changes" if was_read else "is new"
    if new is None:
        return "goes"
    if old.content != new.content:
        return "changes"
    return "is the same as before" if new.content else "may have changed"


RULE = Rule(
    id="unread",
    reason="What nobody has read may hold records, identities or rules of mail.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-guide.html",
    remedy="Put the template of a nested stack beside its parent, as `cdk synth` does, and write out what a macro or a "
    "transform would make.",
    change=_judge,
)
