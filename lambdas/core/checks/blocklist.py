"""Whether a DNS blocklist lists a sender's addresses or domains (docs/runbooks/blocklist.md).

Addresses that SES shares among its customers are not judged: nobody but AWS can do anything about
them, and AWS watches the list that matters itself
(docs.aws.amazon.com/ses/latest/dg/faqs-dnsbls.html, 2026-11-23).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from lambdas.core import blocklists, dnsbl, listing_advice, quota, routes
from lambdas.core.blocklists import Catalogue, Entry, NotCovered, Scope, Selection, Target
from lambdas.core.check import Check, Coverage, Report
from lambdas.core.config.model import Config, Confirmation, OwnList
from lambdas.core.confirmation import read, written
from lambdas.core.dnsbl import Reason, Verdict
from lambdas.core.errors import ConfigError
from lambdas.core.finding import Evidence, Finding, Severity, State, Subject, SubjectKind
from lambdas.core.neighbourhood import Around, around
from lambdas.core.quota import Part
from lambdas.core.route import Path, Route
from lambdas.core.sources import Ask, Source
from lambdas.core.subjects import Subjects
from lambdas.core.sweep import Result, Sweep, sweep

ID = "blocklist"
COVERAGE = "coverage"
DNS = Subject(SubjectKind.SOURCE, "dns", "DNS")
SUBJECTS = Subject(SubjectKind.SOURCE, "subjects", "subjects of the blocklist check")


def settings(config: Config) -> Mapping[str, Any]:
    """What the function reads at run time, as JSON values.

    Raises:
        ConfigError: A list is turned on that is unknown or never asked, with the reason.
    """
    blocklist = config.monitors.blocklist
    own = [_own_list(one) for one in blocklist.own]
    problems = blocklists.problems(blocklists.load(), blocklist.on, blocklist.off, own)
    if problems:
        raise ConfigError(tuple(f"monitor.blocklist: {problem}" for problem in problems))
    return {
        "on": list(blocklist.on),
        "off": list(blocklist.off),
        "own": own,
        "keys": dict(blocklist.keys),
        "resolver": blocklist.resolver,
        "direct": list(blocklist.direct),
        "neighbourhood": blocklist.neighbourhood,
        "runs_per_day": max(1, round(timedelta(days=1) / blocklist.schedule)),
        "canaries": list(blocklist.canaries),
        "ips": [str(ip) for ip in config.subjects.ips],
        "domains": sorted({*config.subjects.domains, *(one.name for one in config.domains if not one.parked)}),
        "confirmation": written(blocklist.confirmation),
    }


def _own_list(own: OwnList) -> Mapping[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(own).items()}


def confirmation(settings: Mapping[str, Any]) -> Confirmation:
    """The incident rules of this check, from its settings."""
    return read(settings, Confirmation())


def run(settings: Mapping[str, Any], ask: Ask, catalogue: Catalogue | None = None) -> Report:
    """Judge every subject on every selected list.

    Args:
        settings: What `settings` made of the configuration.
        ask: The world.
        catalogue: The known lists; the packaged catalogue unless given.
    """
    now = ask.now()
    catalogue = catalogue or blocklists.load()
    keys = _keys(settings, ask)
    selection = blocklists.select(catalogue, settings, keys)
    subjects = _subjects(settings, ask)
    everyone = Subjects(subjects)
    runs_per_day = _runs_per_day(settings)
    turn = int(now.timestamp() * runs_per_day // 86_400)
    parts = quota.parts(selection.asked, everyone, runs_per_day=runs_per_day, turn=turn)
    swept = sweep(
        selection.asked,
        everyone,
        ask.lookup,
        token=ask.token,
        keys=keys,
        canaries=_readable(settings.get("canaries", ())),
        routes=_ways(settings, selection.asked, keys),
        only={list_id: part.subjects for list_id, part in parts.items()},
    )
    results = _by_list(selection.asked, swept.results)
    usable = [entry for entry in selection.asked if entry.id in results] if swept.has_dns else []
    near = _neighbourhood(settings, ask, everyone, keys, entries=usable)
    view = _View(
        now=now,
        selection=selection,
        subjects=subjects,
        results=results,
        sweep=swept,
        parts=parts,
        around={(one.subject, one.entry.id): one for one in near},
    )
    return Report(
        findings=(*view.judgements(), *view.coverage_findings()),
        coverage=tuple(view.coverage()),
        notes=tuple(warning for entry in selection.asked if (warning := entry.age_warning(now.date()))),
    )


def _ways(settings: Mapping[str, Any], entries: Iterable[Entry], keys: Mapping[str, str]) -> Mapping[str, Route]:
    named = settings.get("resolver", "")
    return routes.to_lists(
        entries,
        keys,
        path=Path.NAMED if named else Path.SYSTEM,
        server=named,
        direct=settings.get("direct", ()),
        runs_per_day=_runs_per_day(settings),
    )


def _runs_per_day(settings: Mapping[str, Any]) -> int:
    return int(settings.get("runs_per_day", 24))


def _neighbourhood(
    settings: Mapping[str, Any], ask: Ask, subjects: Subjects, keys: Mapping[str, str], *, entries: Iterable[Entry]
) -> Iterator[Around]:
    """What lists without a quota say of the addresses around ours, when that is asked for."""
    prefix = int(settings.get("neighbourhood", 0))
    free = [entry for entry in entries if entry.quota_per_day is None]
    if prefix:
        ways = _ways(settings, free, keys)
        yield from around(subjects.of(Target.IPV4), prefix, free, ask.lookup, token=ask.token, keys=keys, routes=ways)


def _keys(settings: Mapping[str, Any], ask: Ask) -> dict[str, str]:
    """The keys by family, those alone that can be part of a name."""
    found = {}
    for family, name in settings.get("keys", {}).items():
        key = (ask.secret(name) or "").strip()
        if dnsbl.is_key(key):
            found[family] = key
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """A subject and whether it is known to be an address that mail servers of ours send from."""

    subject: Subject
    is_sending_host: bool = False


def _subjects(settings: Mapping[str, Any], ask: Ask) -> dict[str, _Known]:
    """Everything to judge, by its canonical text; what was found in the account keeps its label."""
    known: dict[str, _Known] = {}
    for subject in ask.elastic_ips():
        known.setdefault(subject.id, _Known(subject, is_sending_host=True))
    for subject in (*ask.dedicated_ips(), *ask.identities()):
        known.setdefault(subject.id, _Known(subject))
    for name in _readable([*settings.get("ips", ()), *settings.get("domains", ())]):
        kind = SubjectKind.DOMAIN if dnsbl.target_of(name) is Target.DOMAIN else SubjectKind.IP
        known.setdefault(name, _Known(Subject(kind, name)))
    return {name: known[name] for name in _readable(known)}


def _readable(names: Iterable[str]) -> list[str]:
    """Those that can be looked up, in canonical form."""
    found = []
    for name in names:
        try:
            found.append(dnsbl.canonical(name))
        except ValueError:
            continue
    return found


def _by_list(entries: Iterable[Entry], results: Iterable[Result]) -> Mapping[str, Sequence[Result]]:
    """The results of each list that has any, whatever order they came in."""
    grouped: dict[str, list[Result]] = {entry.id: [] for entry in entries}
    for result in results:
        grouped[result.entry.id].append(result)
    return {list_id: found for list_id, found in grouped.items() if found}


@dataclass(frozen=True, slots=True, kw_only=True)
class _View:
    """One run, told as findings and coverage."""

    now: datetime
    selection: Selection
    subjects: Mapping[str, _Known]
    results: Mapping[str, Sequence[Result]]
    """By list, in the order of the selection."""
    sweep: Sweep
    parts: Mapping[str, Part]
    """Lists that were not asked about everyone."""
    around: Mapping[tuple[str, str], Around]
    """What lists say of the neighbours of an address, by address and list."""

    def judgements(self) -> Iterator[Finding]:
        """One finding for each subject on each list."""
        for results in self.results.values():
            for result in results:
                near = self.around.get((result.subject, result.entry.id))
                yield _judgement(result, self.subjects[result.subject], self.now, near)

    def coverage(self) -> Iterator[Coverage]:
        """How much each list answered."""
        for results in self.results.values():
            entry = results[0].entry
            reason = self._loss(entry, results)
            answered = sum(result.answer.verdict is not Verdict.UNKNOWN for result in results)
            yield Coverage(
                source=entry.id, asked=len(results), answered=answered, reason=reason.value if reason else ""
            )
        for gap in self.selection.not_covered:
            yield Coverage(source=gap.id, asked=0, answered=0, reason=gap.reason)

    def coverage_findings(self) -> Iterator[Finding]:
        """One finding for each source: usable in this run, or not."""
        if not self.subjects:
            yield self._source(SUBJECTS, State.BAD, reason="no_subjects", text="no address and no domain was found")
            return
        yield self._source(SUBJECTS, State.OK, text=f"{len(self.subjects)} subjects")
        if not self.sweep.has_dns:
            asked = len(self.selection.asked)
            text = f"none of {asked} blocklists could be asked: no resolver gave a usable answer"
            yield self._source(DNS, State.BAD, reason=Reason.NO_RESOLVER.value, text=text)
            return
        yield self._source(DNS, State.OK, text="the resolver answers")
        for results in self.results.values():
            yield self._list_coverage(results[0].entry, results)
        for gap in self.selection.not_covered:
            yield self._not_covered(gap)

    def _loss(self, entry: Entry, results: Sequence[Result]) -> Reason | None:
        """Why something is missing of a list: its failed controls, else the commonest reason."""
        for (list_id, _), health in self.sweep.health.items():
            if list_id == entry.id and health.reason:
                return health.reason
        reasons = Counter(result.answer.reason for result in results if result.answer.reason)
        if reasons:
            return reasons.most_common(1)[0][0]
        return Reason.QUOTA if entry.id in self.parts else None

    def _list_coverage(self, entry: Entry, results: Sequence[Result]) -> Finding:
        subject = Subject(SubjectKind.SOURCE, entry.id, entry.name)
        reason = self._loss(entry, results)
        if reason is None:
            return self._source(subject, State.OK, text=f"{entry.name}: its controls hold, {len(results)} answers")
        if reason is Reason.QUOTA:
            text = self.parts[entry.id].text
            return self._source(subject, State.BAD, reason=reason.value, text=text, severity=Severity.INFO, entry=entry)
        lost = [result for result in results if result.answer.verdict is Verdict.UNKNOWN]
        text = f"{entry.name}: {len(lost)} of {len(results)} answers cannot be used: {reason.value.replace('_', ' ')}"
        severity = Severity.WARNING if entry.id in self.selection.promised else Severity.INFO
        raw = self._raw(entry, lost)
        return self._source(subject, State.BAD, reason=reason.value, text=text, raw=raw, severity=severity, entry=entry)

    def _raw(self, entry: Entry, lost: Sequence[Result]) -> str:
        failed = [
            health.raw for (list_id, _), health in self.sweep.health.items() if list_id == entry.id and health.reason
        ]
        return failed[0] if failed else next((f"{one.name}: {one.answer.raw}" for one in lost), "")

    def _not_covered(self, gap: NotCovered) -> Finding:
        subject = Subject(SubjectKind.SOURCE, gap.id, gap.name)
        state = State.BAD if gap.is_fault else State.OK
        severity = Severity.WARNING if gap.is_fault else Severity.INFO
        return Finding(
            check=ID,
            subject=subject,
            cause=COVERAGE,
            state=state,
            severity=severity,
            observed_at=self.now,
            evidence=(Evidence(source=gap.id, text=gap.text, observed_at=self.now),),
            advice=listing_advice.for_not_covered(gap) if gap.is_fault else None,
            reason=gap.reason,
            group=COVERAGE,
        )

    def _source(
        self,
        subject: Subject,
        state: State,
        *,
        text: str,
        reason: str = "",
        raw: str = "",
        severity: Severity = Severity.WARNING,
        entry: Entry | None = None,
    ) -> Finding:
        advice = None
        if state is State.BAD and entry:
            advice = listing_advice.for_coverage(entry, Reason(reason))
        elif state is State.BAD:
            missing = {DNS: listing_advice.for_missing_dns, SUBJECTS: listing_advice.for_missing_subjects}
            advice = missing[subject]()
        return Finding(
            check=ID,
            subject=subject,
            cause=COVERAGE,
            state=state,
            severity=severity,
            observed_at=self.now,
            evidence=(Evidence(source=subject.id, text=text, observed_at=self.now, raw=raw),),
            advice=advice,
            reason=reason,
            group=COVERAGE,
        )


def _judgement(result: Result, known: _Known, now: datetime, near: Around | None) -> Finding:
    """One list's answer about one subject; what it says of the neighbours is context."""
    state = _state(result, known)
    severity = _severity(result, known)
    return Finding(
        check=ID,
        subject=known.subject,
        cause=result.entry.id,
        state=state,
        severity=severity,
        observed_at=now,
        evidence=(_evidence(result, now), *_context(near, now)),
        advice=listing_advice.for_listing(result, known.subject) if state is State.BAD else None,
        reason=result.answer.reason.value if result.answer.reason else "",
        group=result.entry.id,
    )


def _state(result: Result, known: _Known) -> State:
    """BAD for a listing of the subject itself; what is said of its surroundings is context.

    A range that should not send mail directly is bad news for an address that one of our mail
    servers sends from, and for no other.
    """
    if result.answer.verdict is Verdict.UNKNOWN:
        return State.UNKNOWN
    return State.BAD if _alarming(result, known) else State.OK


def _alarming(result: Result, known: _Known) -> bool:
    if result.answer.verdict is not Verdict.LISTED:
        return False
    return result.answer.is_about_subject or (
        known.is_sending_host and any(code.scope is Scope.POLICY for code in result.answer.codes)
    )


def _severity(result: Result, known: _Known) -> Severity:
    """The worst of the codes that are bad news; everything else is context."""
    if not _alarming(result, known):
        return Severity.INFO
    counted = (Scope.HOST, Scope.DOMAIN, Scope.POLICY)
    found = [
        code.weight.severity for code in result.answer.codes if code.scope in counted and code.means.value == "listing"
    ]
    return min(found, key=lambda severity: severity.rank)


def _context(near: Around | None, now: datetime) -> Iterator[Evidence]:
    if near is not None and near.listed:
        yield Evidence(source=f"{near.entry.id} neighbours", text=near.text, observed_at=now)


_SAYS = {Verdict.LISTED: "listed on", Verdict.NOTED: "noted by", Verdict.NOT_LISTED: "not listed on"}


def _evidence(result: Result, now: datetime) -> Evidence:
    answer, entry = result.answer, result.entry
    if answer.verdict is Verdict.UNKNOWN:
        reason = answer.reason.value.replace("_", " ") if answer.reason else ""
        text = f"{entry.name} did not tell about {result.name}: {reason}"
    else:
        text = f"{result.name} is {_SAYS[answer.verdict]} {entry.name}"
        text += f": {answer.meaning}" if answer.meaning else ""
        # an old table of codes may read the answer wrongly: who acts on it has to know
        text += f" (what the codes mean was last verified on {entry.verified})" if entry.age_warning(now.date()) else ""
    data = {
        "list": entry.id,
        "name": entry.name,
        "zone": entry.zone,
        "asked": result.name,
        "answer": answer.verdict.value,
        "codes": " ".join(answer.values),
        "meaning": answer.meaning,
        "scope": " ".join(dict.fromkeys(code.scope.value for code in answer.codes)),
        "delist_url": entry.delist_url,
        "delist_how": entry.delist_how,
        "text": result.text,
    }
    return Evidence(
        source=entry.id,
        text=text,
        observed_at=now,
        raw=answer.raw,
        data=MappingProxyType({key: value for key, value in data.items() if value}),
    )


CHECK = Check(
    id=ID,
    title="DNS blocklists",
    sources=frozenset(
        {Source.SES_IDENTITIES, Source.SES_DEDICATED_IPS, Source.ELASTIC_IPS, Source.DNS, Source.SECRETS}
    ),
    timeout=timedelta(minutes=5),
    memory_mb=256,
    enabled=lambda config: config.monitors.blocklist.enabled,
    schedule=lambda config: config.monitors.blocklist.schedule,
    settings=settings,
    secrets=lambda config: tuple(sorted(set(config.monitors.blocklist.keys.values()))),
    confirmation=confirmation,
    run=run,
)
