"""The whole review of one difference: its findings, its verdict and what could not be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from staygreen.core.config.problem import suggestion
from staygreen.core.naming import ACKNOWLEDGED, PLACES
from staygreen.core.records.spf_answers import FILENAME
from staygreen.review.exposure import mask
from staygreen.review.facts import NONE, Fact, Facts
from staygreen.review.finding import Acknowledgement, Finding, Severity
from staygreen.review.pairing import Comparison
from staygreen.review.reading import facts
from staygreen.review.rule import Rule, Said
from staygreen.review.rules import RULES
from staygreen.review.template import Assembly, Resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a review found, worst first."""

    findings: tuple[Finding, ...]
    changed_resources: int
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The worst severity that nobody has acknowledged; ``none`` when nothing about mail changed."""
        if not self.findings:
            return "none"
        open_ = [finding.severity for finding in self.findings if finding.acknowledged is None]
        return min(open_, key=lambda severity: severity.rank).value if open_ else Severity.FINE.value


def review(base: Assembly, head: Assembly, today: date) -> Report:
    """Compare two assemblies.

    Args:
        base: What is there now.
        head: What would be deployed.
        today: Acknowledgements that expired before this day do not count.
    """
    return _report(base, head, today, RULES)


def _report(base: Assembly, head: Assembly, today: date, rules: tuple[Rule, ...]) -> Report:
    comparison = Comparison(base=facts(base), head=facts(head))
    accepted, notes = _acknowledgements(head, today)
    places = _places(head) or _without_lines(_places(base))
    found = (replace(one, place=_place(places, one.path)) for one in _without_repeats(_findings(comparison, rules)))
    findings = tuple(sorted((_accept(one, accepted) for one in found), key=_order))
    old = head.spf_answers.warning(today, FILENAME)
    return Report(
        findings=findings,
        changed_resources=_changed(base, head),
        notes=tuple(dict.fromkeys((*comparison.head.notes, *notes, *([old] if old else [])))),
    )


def judge_state(assembly: Assembly, today: date) -> Report:
    """Judge one assembly alone, as at synth, where nothing older is at hand."""
    return _report(
        Assembly(source="", templates=()), assembly, today, tuple(replace(rule, change=None) for rule in RULES)
    )


def _findings(comparison: Comparison, rules: tuple[Rule, ...]) -> Iterator[Finding]:
    for rule in rules:
        if rule.change is not None:
            yield from (_finding(rule, said) for said in rule.change(comparison))
        if rule.state is not None:
            known = {_finding(rule, said).identity for said in _state(rule, comparison.base)}
            told = (_finding(rule, said) for said in _state(rule, comparison.head))
            yield from (one for one in told if one.identity not in known)


def _state(rule: Rule, side: Facts) -> list[Said]:
    return list(rule.state(side)) if rule.state is not None and side is not NONE else []


def _finding(rule: Rule, said: Said) -> Finding:
    fact: Fact = said.fact
    unsure = " (This resource depends on a condition that is known only at deployment.)" if fact.conditional else ""
    return Finding(
        rule=rule.id,
        severity=said.severity,
        subject=mask(said.subject or fact.subject),
        consequence=mask(said.consequence) + unsure,
        reason=rule.reason,
        remedy=said.remedy or rule.remedy,
        reference=rule.reference,
        before=mask(said.before),
        after=mask(said.after),
        path=fact.resource.path,
        stack=fact.resource.stack,
        logical_id=fact.resource.logical_id,
    )


def _places(side: Assembly) -> dict[str, str]:
    """The config line of every construct path that the stacks tell."""
    found: dict[str, str] = {}
    for template in side.templates:
        told = template.metadata.get(PLACES)
        found.update(told if isinstance(told, Mapping) else {})
    return found


def _without_lines(places: Mapping[str, str]) -> dict[str, str]:
    """Lines of the old file say nothing about the new one."""
    return {path: place.rpartition(":")[0] for path, place in places.items()}


def _place(places: Mapping[str, str], path: str) -> str:
    """The line of the nearest construct around a path; of what is gone, the line of what it was part of."""
    while path and path not in places:
        path = path.rpartition("/")[0]
    return places.get(path, "")


def _without_repeats(found: Iterator[Finding]) -> list[Finding]:
    """Drop the plain telling of a change when a rule has said at least as much about it."""
    all_ = list(dict.fromkeys(found))
    said: dict[str, int] = {}
    for one in all_:
        if one.rule != "fact-changed":
            rank = said.get(one.subject, one.severity.rank)
            said[one.subject] = min(rank, one.severity.rank)
    return [one for one in all_ if one.rule != "fact-changed" or said.get(one.subject, 99) > one.severity.rank]


def _order(finding: Finding) -> tuple[bool, int, str, str, str]:
    return (
        finding.acknowledged is not None,
        finding.severity.rank,
        finding.subject,
        finding.rule,
        finding.after,
    )


_IDS = frozenset(rule.id for rule in RULES)
Accepted = list[tuple[tuple[str, str] | None, Acknowledgement]]


def _acknowledgements(head: Assembly, today: date) -> tuple[Accepted, list[str]]:
    """Every acknowledgement that counts today, with the resource that carries it; and why others do not."""
    found: Accepted = []
    notes: list[str] = []
    for template in head.templates:
        carriers: list[tuple[tuple[str, str] | None, Mapping[str, Any], str]] = [
            (None, template.section("Metadata"), template.stack),
            (None, template.metadata, template.stack),
        ]
        carriers += [(one.place, one.metadata, one.path) for one in template.resources.values()]
        for place, metadata, path in carriers:
            entries = metadata.get(ACKNOWLEDGED, [])
            for entry in entries if isinstance(entries, list) else [entries]:
                accepted = _acknowledgement(entry, path, needs_subject=place is None, today=today)
                if isinstance(accepted, str):
                    notes.append(accepted)
                else:
                    found.append((place, accepted))
    return found, notes


def _acknowledgement(entry: Any, path: str, *, needs_subject: bool, today: date) -> Acknowledgement | str:
    given = entry if isinstance(entry, Mapping) else {}
    rule, reason, subject = (str(given.get(name, "")).strip() for name in ("rule", "reason", "subject"))
    try:
        expires = date.fromisoformat(str(given.get("expires", "")))
    except ValueError:
        return f"{path}: an acknowledgement of {rule or 'a rule'} does not count: expires is not a date."
    if not rule or not reason or (needs_subject and not subject):
        return f"{path}: an acknowledgement does not count: it needs a rule, a reason" + (
            " and a subject." if needs_subject else "."
        )
    if rule not in _IDS:
        return f"{path}: an acknowledgement does not count: there is no rule {rule}{suggestion(rule, _IDS)}."
    if expires < today:
        return f"{path}: the acknowledgement of {rule} expired on {expires}."
    return Acknowledgement(rule=rule, reason=mask(reason), expires=expires, subject=subject)


def _accept(finding: Finding, accepted: Accepted) -> Finding:
    for place, one in accepted:
        here = place is None or place == (finding.stack, finding.logical_id)
        if one.rule == finding.rule and here and one.subject in ("", finding.subject):
            return replace(finding, acknowledged=one)
    return finding


_ASSET = re.compile("[0-9a-f]{64}")


def _changed(base: Assembly, head: Assembly) -> int:
    """How many resources differ at all, metadata and asset hashes left out."""
    before, after = ({one.place: one for one in side.resources()} for side in (base, head))
    return sum(_differ(before.get(place), after.get(place)) for place in {*before, *after})


def _differ(before: Resource | None, after: Resource | None) -> bool:
    if before is None or after is None:
        return True
    if (before.type, before.properties) == (after.type, after.properties):
        return False
    return len({_ASSET.sub("", json.dumps([one.type, one.properties], sort_keys=True)) for one in (before, after)}) > 1
