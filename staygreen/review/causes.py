"""Which findings follow from which: an identity that goes takes its DKIM records with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.resolve import text
from staygreen.review.finding import Finding

Found = tuple[Finding, Fact]


def with_causes(found: list[Found], comparison: Comparison) -> list[Finding]:
    """The findings, each with the subject of the one that it follows from.

    A finding follows from another about something that goes, when it is about a part of that, or about what named it,
    and is no worse.
    """
    gone = _gone(comparison)
    roots = [(finding, fact) for finding, fact in found if (fact.kind, fact.key) in gone and fact.kind in _PARTS]
    return [_with_cause(finding, fact, roots) for finding, fact in found]


def _gone(comparison: Comparison) -> set[tuple[Kind, str]]:
    return {
        (change.fact.kind, change.fact.key)
        for change in comparison.changes
        if change.before is not None and change.after is None and not comparison.stays(change.before)
    }


def _with_cause(finding: Finding, fact: Fact, roots: list[Found]) -> Finding:
    for root, cause in roots:
        same = root.subject == finding.subject or (cause.kind, cause.key) == (fact.kind, fact.key)
        if not same and root.severity.rank <= finding.severity.rank and _PARTS[cause.kind](cause, fact):
            return replace(finding, cause=root.subject)
    return finding


def _of_identity(cause: Fact, fact: Fact) -> bool:
    name = fact.name
    dkim = name.endswith(f"._domainkey.{cause.key}") or name.startswith(f"⟨{cause.key}.Dkim")
    return fact.kind is Kind.RECORD and (dkim or name == (cause.value["mail_from"] or "-"))


def _of_zone(cause: Fact, fact: Fact) -> bool:
    if fact.kind is Kind.RECORD:
        return _names(cause, str(fact.value["zone"])) or fact.value["zone"] == cause.key
    return fact.kind is Kind.RESOURCE and _names(cause, text(fact.value.get("HostedZoneId")))


def _of_set(cause: Fact, fact: Fact) -> bool:
    return fact.kind is Kind.EVENTS and fact.key.startswith((f"{cause.key}/", f"⟨{cause.key}⟩/"))


def _of_key(cause: Fact, fact: Fact) -> bool:
    """What the user of an SMTP password may do."""
    return fact.kind is Kind.PERMISSION and f"user {text(cause.value.get('UserName'))}" in fact.value["holders"]


def _of_way(cause: Fact, fact: Fact) -> bool:
    """The right of SES to use what a receipt rule or an event destination hands on to."""
    used = text(fact.value.get("target"))
    return fact.kind is Kind.RIGHT and bool(used) and used.removesuffix("⟩") in text(cause.value)


def _of_resource(cause: Fact, fact: Fact) -> bool:
    if cause.resource.type == "AWS::SES::ReceiptRuleSet":
        return fact.kind is Kind.RECEIPT_RULE and fact.key.startswith(f"{cause.key.rpartition(' ')[2]}/")
    return (
        fact.resource.place != cause.resource.place and fact.kind is not Kind.RECORD and _names(cause, text(fact.value))
    )


def _names(cause: Fact, said: str) -> bool:
    """Whether a text refers to the resource."""
    return any(f"⟨{cause.resource.logical_id}{end}" in said for end in (".", "⟩"))


_PARTS: Mapping[Kind, Callable[[Fact, Fact], bool]] = {
    Kind.IDENTITY: _of_identity,
    Kind.ZONE: _of_zone,
    Kind.CONFIGURATION_SET: _of_set,
    Kind.ACCESS_KEY: _of_key,
    Kind.EVENTS: _of_way,
    Kind.RECEIPT_RULE: _of_way,
    Kind.RESOURCE: _of_resource,
    Kind.HOST: _of_resource,
    Kind.ADDRESS: _of_resource,
}
"""What belongs to a thing of each kind."""


def roots_first(findings: list[Finding]) -> Iterator[tuple[Finding, list[Finding]]]:
    """Every finding that follows from no other, with those that follow from it."""
    subjects = {one.subject for one in findings if not one.cause}
    following: dict[str, list[Finding]] = {}
    for one in findings:
        if one.cause in subjects:
            following.setdefault(one.cause, []).append(one)
    for one in findings:
        if one.cause not in subjects:
            yield one, following.pop(one.subject, [])
