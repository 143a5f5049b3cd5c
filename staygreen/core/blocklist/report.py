"""What the shards of a sweep read, told as one report: findings, and one coverage of each list.

Readings are taken one after another and none is kept, so that a fleet's fit into one function.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from staygreen.core.blocklist import advice as listing_advice
from staygreen.core.blocklist import neighbours
from staygreen.core.blocklist.catalogue import Entry
from staygreen.core.blocklist.dnsbl import Reason, Verdict
from staygreen.core.blocklist.findings import CHECK, aside, is_bad, judgement
from staygreen.core.blocklist.neighbours import Around
from staygreen.core.blocklist.selection import NotCovered, Selection
from staygreen.core.blocklist.shard import Group, Plan, Reading, Shard
from staygreen.core.finding import Advice, Evidence, Finding, Severity, State, Subject, SubjectKind
from staygreen.core.incidents import context
from staygreen.core.incidents.context import Aside
from staygreen.core.incidents.incident import Incident, Status
from staygreen.core.incidents.report import Coverage, Report

COVERAGE = "coverage"
DNS = Subject(SubjectKind.SOURCE, "dns", "DNS")
SUBJECTS = Subject(SubjectKind.SOURCE, "subjects", "subjects of the blocklist check")
SHARDS = Subject(SubjectKind.SOURCE, "shards", "shards of the blocklist check")

Open = Mapping[str, frozenset[str]]
"""Subjects with an incident that is not closed, by list."""


def conclude(
    plan: Plan,
    selection: Selection,
    readings: Iterable[tuple[Shard, Reading | None]],
    known: Mapping[str, Incident] | None = None,
) -> Report:
    """Make one report of all readings.

    Args:
        plan: What was to be looked up.
        selection: The lists.
        readings: Every shard with what it read; None: it did not report.
        known: The incidents that are remembered. What is in order and has none is left out of the findings,
            since it would change nothing; None: everything is told.
    """
    end = _Conclusion(plan=plan, selection=selection, open=None if known is None else _open(known))
    for shard, reading in readings:
        end.take(shard, reading)
    notes = (warning for entry in selection.asked if (warning := entry.age_warning(plan.at.date())))
    return Report(
        findings=(*end.judgements, *end.coverage_findings()),
        coverage=tuple(end.coverage()),
        asides=tuple(end.asides()),
        asides_left_out=end.left_out,
        notes=tuple(notes),
    )


def _open(known: Mapping[str, Incident]) -> Open:
    found: dict[str, set[str]] = {}
    for incident in known.values():
        if incident.status is not Status.CLOSED:
            found.setdefault(incident.finding.cause, set()).add(incident.subject.id)
    return {list_id: frozenset(subjects) for list_id, subjects in found.items()}


@dataclass(slots=True, kw_only=True)
class _OfList:
    """What one list said in all shards together."""

    entry: Entry
    asked: int = 0
    answered: int = 0
    reasons: Counter[Reason] = field(default_factory=Counter)
    """Why answers are unknown."""
    raw: str = ""
    """The first of them."""
    fault: Reason | None = None
    """Why its controls failed."""
    fault_raw: str = ""
    unread: int = 0
    """Subjects of shards that did not report."""

    def take(self, group: Group) -> None:
        """Count what was said about subjects."""
        self.asked += len(group.subjects)
        if group.answer.verdict is not Verdict.UNKNOWN:
            self.answered += len(group.subjects)
        elif group.answer.reason is not None:
            self.reasons[group.answer.reason] += len(group.subjects)
            self.raw = self.raw or f"{group.name or group.subjects[0]}: {group.answer.raw}"

    @property
    def loss(self) -> Reason | None:
        """Why something is missing: its failed controls, else the commonest reason."""
        if self.fault is not None:
            return self.fault
        return self.reasons.most_common(1)[0][0] if self.reasons else None


@dataclass(kw_only=True)
class _Conclusion:
    plan: Plan
    selection: Selection
    open: Open | None
    judgements: list[Finding] = field(default_factory=list)
    _asides: dict[Aside, set[str]] = field(default_factory=dict)
    """Keys of the subjects of each, which names none itself."""
    left_out: int = 0
    """Subjects of context beyond what a run keeps."""
    _lists: dict[str, _OfList] = field(init=False)
    _subjects: int = 0
    _reported: int = 0
    _missing: list[Shard] = field(default_factory=list)
    _has_dns: bool = False

    def __post_init__(self) -> None:
        self._lists = {entry.id: _OfList(entry=entry) for entry in self.selection.asked}

    # --- what came --------------------------------------------------------------------------------------------------

    def take(self, shard: Shard, reading: Reading | None) -> None:
        """Judge what one shard read, and count it."""
        self._subjects += len(shard.subjects)
        if reading is None:
            self._missing.append(shard)
            for of_list in self._lists.values():
                of_list.unread += len(shard.asked(of_list.entry))
            return
        self._reported += 1
        self._has_dns = self._has_dns or reading.has_dns
        around = {(one.subject, one.entry.id): one for one in reading.around}
        self._note_neighbours(shard, reading.around)
        for (list_id, _), health in reading.health.items():
            of_list = self._lists[list_id]
            if health.reason and of_list.fault is None:
                of_list.fault, of_list.fault_raw = health.reason, health.raw
        for list_id, of_list in self._lists.items():
            for group in reading.groups.get(list_id, ()):
                of_list.take(group)
                self._note(shard, of_list.entry, group)
                for subject in self._told(list_id, group):
                    result = group.result(of_list.entry, subject)
                    near = around.get((subject, list_id))
                    self.judgements.append(judgement(result, shard.known[subject], self.plan.at, near))

    def _note(self, shard: Shard, entry: Entry, group: Group) -> None:
        """Keep what a list says that is context."""
        said = aside(entry, group.answer, self.plan.at)
        if said is not None:
            known = (shard.known[subject] for subject in group.subjects)
            self._keep(said, (each.subject.key for each in known if not is_bad(group.answer, each)))

    def _note_neighbours(self, shard: Shard, said: Iterable[Around]) -> None:
        """Keep what all lists together say of the neighbours of each subject."""
        of_subject: dict[str, list[Around]] = {}
        for one in said:
            of_subject.setdefault(one.subject, []).append(one)
        for subject, group in of_subject.items():
            text = neighbours.summary(group)
            if text:
                told = Aside(
                    source=context.NEIGHBOURS,
                    text=text,
                    is_listing=True,
                    observed_at=self.plan.at,
                    subjects=frozenset(),
                )
                self._keep(told, (shard.known[subject].subject.key,))

    def _keep(self, said: Aside, keys: Iterable[str]) -> None:
        kept = self._asides.setdefault(said, set())
        for key in keys:
            if len(kept) < context.LIMIT:
                kept.add(key)
            else:
                self.left_out += 1

    def _told(self, list_id: str, group: Group) -> Iterable[str]:
        """Those of a group whose findings can change something."""
        if self.open is None or group.answer.verdict is Verdict.LISTED:
            return group.subjects
        waiting = self.open.get(list_id)
        return [subject for subject in group.subjects if subject in waiting] if waiting else ()

    # --- what is told -----------------------------------------------------------------------------------------------

    def coverage(self) -> Iterator[Coverage]:
        """How much each list answered."""
        for of_list in self._used():
            reason = self._reason(of_list) or (Reason.NOT_ASKED if of_list.unread else None)
            yield Coverage(
                source=of_list.entry.id,
                asked=of_list.asked + of_list.unread,
                answered=of_list.answered,
                reason=reason.value if reason else "",
            )
        for gap in self.selection.not_covered:
            yield Coverage(source=gap.id, asked=0, answered=0, reason=gap.reason)

    def asides(self) -> Iterator[Aside]:
        """What lists say that is context."""
        for said, keys in self._asides.items():
            yield replace(said, subjects=frozenset(keys))

    def coverage_findings(self) -> Iterator[Finding]:
        """One finding for each source: usable in this run, or not."""
        if not self._subjects:
            yield self._missed(
                SUBJECTS, "no_subjects", "no address and no domain was found", listing_advice.for_missing_subjects()
            )
            return
        yield self._fine(SUBJECTS, f"{self._subjects} subjects")
        yield from self._of_shards()
        if not self._reported:
            return
        if not self._has_dns:
            text = f"none of {len(self._lists)} blocklists could be asked: no resolver gave a usable answer"
            yield self._missed(DNS, Reason.NO_RESOLVER.value, text, listing_advice.for_missing_dns())
            return
        yield self._fine(DNS, "the resolver answers")
        for of_list in self._used():
            yield self._of_list(of_list)
        for gap in self.selection.not_covered:
            yield self._not_covered(gap)

    def _of_shards(self) -> Iterator[Finding]:
        of = self.plan.count
        if self._missing:
            lost = sum(len(shard.subjects) for shard in self._missing)
            text = f"{len(self._missing)} of {of} shards did not report: {lost:,} subjects were not looked up"
            yield self._missed(SHARDS, "shards_missing", text, listing_advice.for_missing_shards())
        elif of > 1:
            yield self._fine(SHARDS, f"all {of} shards reported")

    def _used(self) -> Iterator[_OfList]:
        """The lists that were to be asked about somebody."""
        for list_id, of_list in self._lists.items():
            if of_list.asked or of_list.unread or list_id in self.plan.shortages:
                yield of_list

    def _reason(self, of_list: _OfList) -> Reason | None:
        return of_list.loss or (Reason.QUOTA if of_list.entry.id in self.plan.shortages else None)

    def _of_list(self, of_list: _OfList) -> Finding:
        entry, reason = of_list.entry, self._reason(of_list)
        subject = Subject(SubjectKind.SOURCE, entry.id, entry.name)
        if reason is None:
            return self._fine(subject, f"its controls hold, {of_list.asked} answers")
        advice = listing_advice.for_coverage(entry, reason)
        if reason is Reason.QUOTA:
            return self._missed(subject, reason.value, self.plan.shortages[entry.id], advice, severity=Severity.INFO)
        lost = of_list.asked - of_list.answered
        text = f"{lost} of {of_list.asked} answers cannot be used: {reason.text}"
        severity = Severity.WARNING if entry.id in self.selection.promised else Severity.INFO
        raw = of_list.fault_raw or of_list.raw
        return self._missed(subject, reason.value, text, advice, raw=raw, severity=severity)

    def _not_covered(self, gap: NotCovered) -> Finding:
        subject = Subject(SubjectKind.SOURCE, gap.id, gap.name)
        if gap.is_fault:
            return self._missed(subject, gap.reason, gap.text, listing_advice.for_not_covered(gap))
        return self._source(
            subject, State.OK, evidence=self._evidence(subject, gap.text), severity=Severity.INFO, reason=gap.reason,
        )  # fmt: skip

    def _fine(self, subject: Subject, text: str) -> Finding:
        return self._source(subject, State.OK, evidence=self._evidence(subject, text))

    def _evidence(self, subject: Subject, text: str, raw: str = "") -> Evidence:
        # people know a list by its name
        data = {"name": subject.label or subject.id}
        return Evidence(source=subject.id, text=text, observed_at=self.plan.at, raw=raw, data=data)

    def _missed(
        self,
        subject: Subject,
        reason: str,
        text: str,
        advice: Advice,
        *,
        raw: str = "",
        severity: Severity = Severity.WARNING,
    ) -> Finding:
        evidence = self._evidence(subject, text, raw)
        return self._source(subject, State.BAD, evidence=evidence, severity=severity, reason=reason, advice=advice)

    def _source(
        self,
        subject: Subject,
        state: State,
        *,
        evidence: Evidence,
        severity: Severity = Severity.WARNING,
        reason: str = "",
        advice: Advice | None = None,
    ) -> Finding:
        return Finding(
            check=CHECK,
            subject=subject,
            cause=COVERAGE,
            state=state,
            severity=severity,
            observed_at=self.plan.at,
            evidence=(evidence,),
            advice=advice,
            reason=reason,
            group=COVERAGE,
        )
