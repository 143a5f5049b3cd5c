"""Many subjects on many lists: controls first, then only the lists whose controls hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from lambdas.core import dnsbl
from lambdas.core.blocklists import Entry, Target
from lambdas.core.dnsbl import Answer, Health, Reason, Verdict
from lambdas.core.sources import Lookup, Question, Rcode, RecordType, Reply

Path = tuple[str, Target]
"""A list's id and the kind of subject: each has its own controls."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one list says about one subject."""

    subject: str
    """Canonical text of an address or a domain."""
    entry: Entry
    answer: Answer
    name: str
    """The name that was asked: the subject, or a domain above it."""
    text: str = ""
    """What the list adds in words (TXT); decoration, never judged."""
    elapsed: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """One pass over all subjects and lists."""

    results: tuple[Result, ...]
    health: Mapping[Path, Health] = field(default_factory=dict)
    has_dns: bool = True
    """False: no resolver gave any usable reply, so nothing can be said of any list."""


def sweep(
    entries: Sequence[Entry],
    subjects: Iterable[str],
    lookup: Lookup,
    *,
    token: Callable[[], str],
    keys: Mapping[str, str],
    canaries: Iterable[str] = (),
) -> Sweep:
    """Ask every list about every subject of its kinds.

    Args:
        entries: The lists. Those that need a key have one in `keys`.
        subjects: Addresses and domains in canonical form; repetitions are asked once.
        lookup: Names in, answers out.
        token: A fresh random text of hexadecimal digits at each call.
        keys: The keys by family.
        canaries: Subjects known to be clean: a list that has one is at fault.
    """
    by_target = _by_target(dict.fromkeys(subjects))
    clean = _by_target(dict.fromkeys(canaries))
    paths = [
        (entry, target)
        for entry in entries
        for target in Target
        if target in entry.targets and (by_target[target] or clean[target])
    ]
    health, has_dns = _controls(paths, lookup, token, keys)
    alive = [(entry, target) for entry, target in paths if health[entry.id, target].is_good]
    answers = _ask(alive, {target: [*by_target[target], *clean[target]] for target in Target}, lookup, keys)
    faults = _faults(alive, clean, answers)
    results = _results(paths, by_target, answers, health, faults)
    for entry, target in paths:
        if entry.id in faults:
            health[entry.id, target] = Health(reason=Reason.LIST_FAULT, raw=faults[entry.id])
    return Sweep(results=tuple(_decorated(results, lookup, keys)), health=health, has_dns=has_dns)


def _by_target(subjects: Iterable[str]) -> dict[Target, list[str]]:
    grouped: dict[Target, list[str]] = {target: [] for target in Target}
    for subject in subjects:
        grouped[dnsbl.target_of(subject)].append(subject)
    return grouped


def _controls(
    paths: Sequence[tuple[Entry, Target]], lookup: Lookup, token: Callable[[], str], keys: Mapping[str, str]
) -> tuple[dict[Path, Health], bool]:
    """The controls of every path, and whether DNS answered at all."""
    probes = {
        (entry.id, target): dnsbl.probes(entry, target, token(), keys.get(entry.key_family, ""))
        for entry, target in paths
    }
    questions = dict.fromkeys(probe.question for asked in probes.values() for probe in asked)
    replies = {reply.question: reply for reply in lookup(questions)}
    health = {
        (entry.id, target): dnsbl.health(entry, probes[entry.id, target], replies, keys.get(entry.key_family, ""))
        for entry, target in paths
    }
    answered = any(reply.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN) for reply in replies.values())
    # One silent list alone is that list's fault; several at once is ours.
    if answered or len({entry.id for entry, _ in paths}) < 2:
        return health, True
    return {path: Health(reason=Reason.NO_RESOLVER, raw=found.raw) for path, found in health.items()}, False


@dataclass(frozen=True, slots=True)
class _Asked:
    """The heaviest answer for a subject, of the names that stand for it."""

    answer: Answer
    name: str
    elapsed: timedelta


def _ask(
    paths: Sequence[tuple[Entry, Target]],
    subjects: Mapping[Target, Sequence[str]],
    lookup: Lookup,
    keys: Mapping[str, str],
) -> dict[tuple[str, str], _Asked]:
    """The answers by list and subject."""
    wanted: dict[tuple[str, str], list[tuple[str, Question | None]]] = {}
    for entry, target in paths:
        for subject in subjects[target]:
            names = dnsbl.names_asked(entry, target, subject)
            wanted[entry.id, subject] = [(name, _question(entry, target, name, keys)) for name in names]
    questions = dict.fromkeys(question for asked in wanted.values() for _, question in asked if question)
    replies = {reply.question: reply for reply in lookup(questions)}
    entries = {entry.id: entry for entry, _ in paths}
    return {
        (list_id, subject): _heaviest(entries[list_id], asked, replies, keys)
        for (list_id, subject), asked in wanted.items()
    }


def _question(entry: Entry, target: Target, name: str, keys: Mapping[str, str]) -> Question | None:
    """The question, or None when the name does not fit into DNS together with the zone."""
    try:
        return dnsbl.question(entry, target, name, keys.get(entry.key_family, ""))
    except ValueError:
        return None


_WEIGHT = (Verdict.LISTED, Verdict.UNKNOWN, Verdict.NOTED, Verdict.NOT_LISTED)
"""Of several names' answers the first of these counts: one name that is not known leaves the subject unknown."""


def _heaviest(
    entry: Entry,
    asked: Sequence[tuple[str, Question | None]],
    replies: Mapping[Question, Reply],
    keys: Mapping[str, str],
) -> _Asked:
    found = []
    for name, question in asked:
        reply = replies.get(question) if question else None
        if reply is None:
            found.append(_Asked(dnsbl.unknown(Reason.NOT_ASKED), name, timedelta(0)))
        else:
            found.append(_Asked(dnsbl.judge(entry, reply, keys.get(entry.key_family, "")), name, reply.elapsed))
    return min(found, key=lambda one: _WEIGHT.index(one.answer.verdict))


def _faults(
    paths: Sequence[tuple[Entry, Target]],
    canaries: Mapping[Target, Sequence[str]],
    answers: Mapping[tuple[str, str], _Asked],
) -> dict[str, str]:
    """Lists that have a subject known to be clean, with the evidence."""
    return {
        entry.id: f"canary {canary}: {answers[entry.id, canary].answer.raw}"
        for entry, target in paths
        for canary in canaries[target]
        if answers[entry.id, canary].answer.is_about_subject
    }


def _results(
    paths: Sequence[tuple[Entry, Target]],
    subjects: Mapping[Target, Sequence[str]],
    answers: Mapping[tuple[str, str], _Asked],
    health: Mapping[Path, Health],
    faults: Mapping[str, str],
) -> Iterator[Result]:
    for entry, target in paths:
        controls = health[entry.id, target]
        for subject in subjects[target]:
            asked = answers.get((entry.id, subject))
            if asked is None:
                answer = dnsbl.unknown(controls.reason or Reason.NOT_ASKED, controls.raw)
                yield Result(subject=subject, entry=entry, answer=answer, name=subject)
                continue
            answer = asked.answer
            if entry.id in faults and answer.verdict is Verdict.LISTED:
                answer = replace(answer, verdict=Verdict.UNKNOWN, reason=Reason.LIST_FAULT)
            yield Result(subject=subject, entry=entry, answer=answer, name=asked.name, elapsed=asked.elapsed)


def _decorated(results: Iterable[Result], lookup: Lookup, keys: Mapping[str, str]) -> Iterator[Result]:
    """The results, those that are listed with the list's own words."""
    results = tuple(results)
    questions = {
        (result.entry.id, result.name): dnsbl.question(
            result.entry,
            dnsbl.target_of(result.name),
            result.name,
            keys.get(result.entry.key_family, ""),
            RecordType.TXT,
        )
        for result in results
        if result.answer.verdict is Verdict.LISTED
    }
    replies = {reply.question: reply for reply in lookup(dict.fromkeys(questions.values()))} if questions else {}
    for result in results:
        question = questions.get((result.entry.id, result.name))
        reply = replies.get(question) if question and result.answer.verdict is Verdict.LISTED else None
        if reply is None or reply.rcode is not Rcode.NOERROR:
            yield result
        else:
            text = dnsbl.masked(" ".join(reply.values), keys.values())
            yield replace(result, text="".join(char if char.isprintable() else "�" for char in text)[:300])
