"""The whole review of one difference: its findings, its verdict and what could not be read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any

from staygreen.core.config.problem import suggestion
from staygreen.core.deployments.changes import compare
from staygreen.core.deployments.past import PastTrouble, reminders
from staygreen.core.dmarc.readiness.kept import KeptAnswer
from staygreen.core.mail_facts.exposure import mask
from staygreen.core.mail_facts.facts import NONE, Fact, Facts, Kind
from staygreen.core.mail_facts.pairing import Comparison
from staygreen.core.mail_facts.reading import facts
from staygreen.core.mail_facts.severity import Severity
from staygreen.core.mail_facts.template import Assembly, Resource
from staygreen.core.naming import ACKNOWLEDGED, PLACES
from staygreen.core.records.spf_answers import FILENAME
from staygreen.review import causes, readable
from staygreen.review.dmarc_effects import sentences
from staygreen.review.finding import Acknowledgement, Finding
from staygreen.review.readable import Names
from staygreen.review.rule import Rule, Said
from staygreen.review.rules import RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a review found, worst first."""

    findings: tuple[Finding, ...]
    changed_resources: int
    notes: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    """How many resources are new, changed and deleted."""

    @property
    def verdict(self) -> str:
        """The worst severity that nobody has acknowledged; ``none`` when nothing about mail changed."""
        if not self.findings:
            return "none"
        open_ = [finding.severity for finding in self.findings if finding.acknowledged is None]
        return min(open_, key=lambda severity: severity.rank).value if open_ else Severity.FINE.value


def review(
    base: Assembly,
    head: Assembly,
    today: date,
    past: Iterable[PastTrouble] = (),
    answers: Iterable[KeptAnswer] = (),
) -> Report:
    """Compare two assemblies.

    Args:
        base: What is there now.
        head: What would be deployed.
        today: Acknowledgements that expired before this day do not count.
        past: Incidents, of which those are named that a changed record was part of.
        answers: Kept answers about DMARC, which say what a changed policy would have done to mail.
    """
    made = _report(base, head, today, RULES, tuple(past))
    told = tuple(sentences(Comparison(base=facts(base), head=facts(head)), tuple(answers), today))
    return replace(made, notes=(*told, *made.notes))


def _report(
    base: Assembly, head: Assembly, today: date, rules: tuple[Rule, ...], past: tuple[PastTrouble, ...] = ()
) -> Report:
    comparison = Comparison(base=facts(base), head=facts(head))
    names = readable.names(base, head)
    accepted, notes = _acknowledgements(head, today)
    places = _places(head) or _without_lines(_places(base))
    found = causes.with_causes(_without_repeats(list(_findings(comparison, rules))), comparison)
    orphaned = _orphaned(base, head)
    placed = [_until_deleted(replace(one, place=_place(places, one.path)), orphaned) for one in found]
    findings = _with_accepted_causes([_accept(one, accepted, names) for one in placed])
    old = head.spf_answers.warning(today, FILENAME)
    counts = _changed(base, head)
    return Report(
        findings=tuple(readable.finding(one, names) for one in sorted(findings, key=_order)),
        changed_resources=sum(number for _, number in counts),
        counts=counts,
        notes=tuple(
            dict.fromkeys(
                (
                    *_reminders(comparison, past, today),
                    *_unread(comparison),
                    *_of_orphaned(orphaned, findings),
                    *comparison.head.notes,
                    *notes,
                    *([old] if old else []),
                )
            )
        ),
    )


def _reminders(comparison: Comparison, past: tuple[PastTrouble, ...], today: date) -> Iterator[str]:
    """Incidents that a changed record was part of."""
    if past:
        now = datetime.combine(today, time.min, UTC)
        yield from reminders(compare(comparison.base, comparison.head).changes, past, now)


def _unread(comparison: Comparison) -> Iterator[str]:
    """What cannot be read on either side, and is the same on both: no finding, but nobody has looked into it."""
    before = {part.name: part.content for part in comparison.base.unread}
    for part in comparison.head.unread:
        if part.part and before.get(part.name) == part.content:
            yield f"{part.name} cannot be read: {part.why}. It is the same on both sides."


def _orphaned(base: Assembly, head: Assembly) -> frozenset[str]:
    """Stacks that leave the app: nobody deletes them by deploying it."""
    there = {template.stack for template in head.templates} | {part.stack for part in head.unread_parts()}
    gone = {template.stack for template in base.templates if not template.parent and template.stack not in there}
    return frozenset(gone)


def _until_deleted(finding: Finding, orphaned: frozenset[str]) -> Finding:
    """What a stack takes with it that leaves the app is lost only when somebody deletes the stack."""
    if finding.stack.partition("/")[0] not in orphaned or finding.severity is not Severity.STOP:
        return finding
    told = f"{finding.consequence} This happens when somebody deletes the stack {finding.stack}."
    return replace(finding, severity=Severity.LOOK, consequence=told)


def _of_orphaned(orphaned: frozenset[str], findings: list[Finding]) -> Iterator[str]:
    spoken_of = {finding.stack for finding in findings}
    for stack in sorted(orphaned & spoken_of):
        yield (
            f"The stack {stack} is no longer in the app. CloudFormation keeps it, with everything in it, "
            "until somebody deletes it: what is told of it happens then."
        )


def _with_accepted_causes(findings: list[Finding]) -> list[Finding]:
    """Who has accepted a cause has accepted what follows from it."""
    accepted = {one.subject: one.acknowledged for one in findings if one.acknowledged is not None and not one.cause}
    return [replace(one, acknowledged=one.acknowledged or accepted.get(one.cause)) for one in findings]


def judge_state(assembly: Assembly, today: date) -> Report:
    """Judge one assembly alone, as at synth, where nothing older is at hand."""
    return _report(
        Assembly(source="", templates=()), assembly, today, tuple(replace(rule, change=None) for rule in RULES)
    )


def _findings(comparison: Comparison, rules: tuple[Rule, ...]) -> Iterator[tuple[Finding, Fact]]:
    for rule in rules:
        try:
            yield from list(_of_rule(rule, comparison))
        except Exception as error:  # noqa: BLE001 - one rule that nobody foresaw this for must not silence the others
            yield _not_judged(rule, error)


def _of_rule(rule: Rule, comparison: Comparison) -> Iterator[tuple[Finding, Fact]]:
    if rule.change is not None:
        yield from ((_finding(rule, said), said.fact) for said in rule.change(comparison))
    if rule.state is not None:
        known = {_finding(rule, said).identity for said in _state(rule, comparison.base)}
        told = ((_finding(rule, said), said.fact) for said in _state(rule, comparison.head))
        yield from ((finding, fact) for finding, fact in told if finding.identity not in known)


def _state(rule: Rule, side: Facts) -> list[Said]:
    if rule.state is None or side is NONE:
        return []
    return [said for said in rule.state(side) if said.fact.why]


def _not_judged(rule: Rule, error: Exception) -> tuple[Finding, Fact]:
    resource = Resource(stack="", logical_id="", type="", properties={})
    fact = Fact(kind=Kind.UNREAD, key=f"rule {rule.id}", value={}, resource=resource, why=rule.id)
    said = Said(
        severity=Severity.LOOK,
        fact=fact,
        subject=fact.key,
        after=type(error).__name__,
        consequence=f"The rule {rule.id} could not judge this difference ({type(error).__name__}): what it would say "
        "is not known.",
        remedy="Please report this with the two templates.",
    )
    return _finding(NOT_JUDGED, said), fact


NOT_JUDGED = Rule(
    id="not-judged",
    reason="A rule failed on something that nobody foresaw.",
    reference="https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-guide.html",
    remedy="Read the difference yourself.",
)
"""Not in the registry: it speaks only when one of those fails."""


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
        why=mask(fact.why) if " → " in fact.why else "",
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


_PLAIN = frozenset({"fact-changed", "not-known"})
"""Rules that tell a change without judging it."""


def _without_repeats(found: list[tuple[Finding, Fact]]) -> list[tuple[Finding, Fact]]:
    """Drop the plain telling of a change when a rule has said at least as much about it."""
    all_ = list({finding: (finding, fact) for finding, fact in found}.values())
    said: dict[tuple[str, bool], int] = {}
    for one, _ in all_:
        for plain in (False, True):
            if one.rule != "fact-changed" and (plain or one.rule not in _PLAIN):
                said[one.subject, plain] = min(said.get((one.subject, plain), 99), one.severity.rank)
    return [
        (one, fact)
        for one, fact in all_
        if one.rule not in _PLAIN or said.get((one.subject, one.rule == "fact-changed"), 99) > one.severity.rank
    ]


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


def _accept(finding: Finding, accepted: Accepted, names: Names) -> Finding:
    mine = {_copied(finding.subject), _copied(readable.text(finding.subject, names))}
    for place, one in accepted:
        here = place is None or place == (finding.stack, finding.logical_id)
        if one.rule == finding.rule and here and (not one.subject or _is_meant(_copied(one.subject), mine)):
            return replace(finding, acknowledged=one)
    return finding


def _is_meant(subject: str, mine: set[str]) -> bool:
    """Whether an acknowledgement names a finding; the comment cuts what is very long, and so does a copy."""
    return subject in mine or (subject.endswith("…") and any(one.startswith(subject[:-1]) for one in mine))


def _copied(subject: str) -> str:
    """A subject as it compares, wherever it was copied from: without invisible characters, escapes and quotes."""
    visible = "".join(char for char in subject if char.isprintable())
    return " ".join(re.sub(r"[\\`⟨⟩]", "", visible).split()).lower()


_ASSET = re.compile("[0-9a-f]{64}")


def _changed(base: Assembly, head: Assembly) -> tuple[tuple[str, int], ...]:
    """How many resources differ at all, metadata and asset hashes left out."""
    before, after = ({one.place: one for one in side.resources()} for side in (base, head))
    changed = sum(_differ(one, after[place]) for place, one in before.items() if place in after)
    new, deleted = len(after.keys() - before.keys()), len(before.keys() - after.keys())
    return ("new", new), ("changed", changed), ("deleted", deleted)


def _differ(before: Resource, after: Resource) -> bool:
    if (before.type, before.properties) == (after.type, after.properties):
        return False
    return (
        len({_ASSET.sub("", json.dumps([one.type, dict(one.properties)], sort_keys=True)) for one in (before, after)})
        > 1
    )
