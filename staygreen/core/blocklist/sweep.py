"""Many subjects on many lists: controls first, then only the lists whose controls hold.

Each list goes through the subjects by itself, so that a slow one holds up no other, and results are
handed out as answers come: nothing is kept but what is on its way.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import IPv6Network
from typing import Final

from staygreen.core.blocklist import dnsbl
from staygreen.core.blocklist.catalogue import Entry, Target
from staygreen.core.blocklist.dnsbl import Answer, Health, Reason, Verdict
from staygreen.core.blocklist.subjects import Subjects
from staygreen.core.dns.message import Question, Rcode, RecordType, Reply, StreamLookup
from staygreen.core.dns.route import Limits, Route

Side = tuple[str, Target]
"""A list's id and the kind of subject: each has its own controls."""

PATIENCE = 10
"""So many refusals, or so many time-outs, in a row end the asking of a list."""
_REMEMBERED = 256
_NOTHING = timedelta(0)


@dataclass(slots=True, unsafe_hash=True)
class Result:
    """What one list says about one subject. Not frozen for the reason that `Question` is not."""

    subject: Final[str]
    """Canonical text of an address or a domain."""
    entry: Final[Entry]
    answer: Final[Answer]
    name: Final[str]
    """The name that was asked: the subject, or a domain above it."""
    text: Final[str] = ""
    """What the list adds in words (TXT); decoration, never judged."""
    elapsed: Final[timedelta] = _NOTHING

    @property
    def meaning(self) -> str:
        """What the answer means, with the network that it is about where the list has no single IPv6 addresses."""
        said = self.answer.meaning
        around = self._network()
        if around is None or self.answer.verdict is not Verdict.LISTED:
            return said
        return f"{said} (the listing is of {around}, the whole network around it)"

    def _network(self) -> IPv6Network | None:
        if self.entry.ipv6_prefix == 128 or dnsbl.target_of(self.subject) is not Target.IPV6:
            return None
        return IPv6Network((self.subject, self.entry.ipv6_prefix), strict=False)


@dataclass(kw_only=True)
class Sweep:
    """One pass over all subjects and lists; what it says beside the results is whole when they have been taken."""

    results: Iterator[Result]
    """As they come, one for each list and subject."""
    health: dict[Side, Health] = field(default_factory=dict)
    has_dns: bool = True
    """False: no resolver gave any usable reply, so nothing can be said of any list."""


def sweep(
    entries: Sequence[Entry],
    subjects: Iterable[str],
    lookup: StreamLookup,
    *,
    token: Callable[[], str],
    keys: Mapping[str, str],
    canaries: Iterable[str] = (),
    routes: Mapping[str, Route] | None = None,
    only: Mapping[str, Subjects] | None = None,
) -> Sweep:
    """Ask every list about every subject of its kinds.

    Args:
        entries: The lists. Those that need a key have one in `keys`.
        subjects: Addresses and domains in canonical form; repetitions are asked once.
        lookup: Names in, answers out.
        token: A fresh random text of hexadecimal digits at each call.
        keys: The keys by family.
        canaries: Subjects known to be clean: a list that has one is at fault.
        routes: The way to each list, by its id; the system's resolver where there is none.
        only: Lists that are asked about these subjects and no others.
    """
    known = subjects if isinstance(subjects, Subjects) else Subjects(subjects)
    clean = tuple(dict.fromkeys(canaries))
    columns = []
    for entry in entries:
        key = keys.get(entry.key_family, "")
        way = (routes or {}).get(entry.id) or Route(id=entry.id, zone=entry.asked_zone(key), limits=Limits())
        part = (only or {}).get(entry.id, known)
        columns.append(_Column(entry, part, token=token, keys=keys, canaries=clean, route=way))
    made = Sweep(results=iter(()))
    made.results = _results(made, [column for column in columns if column.sides], lookup)
    return made


def _results(made: Sweep, columns: Sequence[_Column], lookup: StreamLookup) -> Iterator[Result]:
    by_id = {column.entry.id: column for column in columns}
    for reply in lookup(*(column.questions() for column in columns)):
        column = by_id[reply.question.route.id]
        result = column.take(reply)
        if result is not None:
            yield result
        while column.ready:
            yield column.ready.popleft()
    # One silent list alone is that list's fault; several at once is ours.
    made.has_dns = len(columns) < 2 or any(column.has_answered for column in columns)
    for column in columns:
        for target, health in column.sides.items():
            lost = health if made.has_dns else Health(reason=Reason.NO_RESOLVER, raw=health.raw)
            made.health[column.entry.id, target] = lost
        yield from column.rest(None if made.has_dns else Reason.NO_RESOLVER)


@dataclass(slots=True)
class _Asked:
    """A subject whose names are being asked."""

    subject: str
    left: int
    """Names without an answer yet."""
    answer: Answer | None = None
    """The heaviest so far."""
    name: str = ""
    elapsed: timedelta = _NOTHING


class _Column:
    """One list's way through the subjects."""

    def __init__(
        self,
        entry: Entry,
        subjects: Subjects,
        *,
        token: Callable[[], str],
        keys: Mapping[str, str],
        canaries: Sequence[str],
        route: Route,
    ) -> None:
        self.entry = entry
        self.ready: deque[Result] = deque()
        """Results that came by without a reply of their own."""
        self.has_answered = False
        self._subjects = subjects
        self._key = keys.get(entry.key_family, "")
        self._keys = tuple(keys.values())
        self._route = route
        self._zone = entry.asked_zone(self._key)
        self._canaries = [name for name in canaries if dnsbl.target_of(name) in entry.targets]
        clean = {dnsbl.target_of(name) for name in self._canaries}
        wanted = [target for target in Target if subjects.count(target) or target in clean]
        self.sides = {target: Health() for target in wanted if target in entry.targets}
        self._probes = {target: dnsbl.probes(entry, target, token(), self._key) for target in self.sides}
        asked = [probe.question for probes in self._probes.values() for probe in probes]
        asked += [dnsbl.question(entry, dnsbl.target_of(name), name, self._key) for name in self._canaries]
        self._control_questions = [replace(question, route=route) for question in dict.fromkeys(asked)]
        self._controls: dict[Question, Reply] | None = {}
        """Replies to the controls; None when they are all in."""
        self._asked: dict[str, str | list[_Asked]] = {}
        self._listed: dict[str, Result] = {}
        self._texts: deque[Question] = deque()
        self._answers: dict[tuple[Rcode, tuple[str, ...], str, str | None], Answer] = {}
        self._names: dict[str, Answer] = {}
        self._misses = 0
        self._given_up: Answer | None = None
        self._left = self._usable()

    # --- what is asked ----------------------------------------------------------------------------------------------

    def questions(self) -> Iterator[Question | None]:
        """Controls; when they hold, the subjects; and the words of what is listed."""
        yield from self._control_questions
        while self._controls is not None:
            yield None
        asked, texts, route, end = self._asked, self._texts, self._route, f".{self._zone}"
        is_below = route.zone == self._zone
        for subject, prefix, labels in self._left:
            while texts:
                yield texts.popleft()
            if labels:
                asked[name := prefix + end] = subject
                yield Question(name, RecordType.A, route, labels if is_below else b"")
            else:
                yield from self._about_domain(subject)
            if self._given_up is not None:
                break
        while self._asked or self._listed:
            yield self._texts.popleft() if self._texts else None

    def _usable(self) -> Iterator[tuple[str, str, bytes]]:
        """The subjects of the kinds whose controls hold: looked at when the controls are known."""
        for target, health in self.sides.items():
            if health.is_good:
                for page in self._subjects.pages(target):
                    yield from page

    def _about_domain(self, subject: str) -> Iterator[Question]:
        names = dnsbl.names_asked(self.entry, Target.DOMAIN, subject)
        asked = _Asked(subject, left=len(names))
        for name in names:
            question = self._question(name, RecordType.A)
            if question is None:
                self._weigh(asked, name, dnsbl.unknown(Reason.NOT_ASKED, "the name is too long for DNS"), _NOTHING)
            elif name in self._names:
                self._weigh(asked, name, self._names[name], _NOTHING)
            elif question.name in self._asked:
                waiting = self._asked[question.name]
                if isinstance(waiting, list):
                    waiting.append(asked)
            else:
                self._asked[question.name] = [asked]
                yield question

    def _question(self, name: str, rtype: RecordType) -> Question | None:
        """The question, or None when the name does not fit into DNS together with the zone."""
        try:
            asked = dnsbl.question(self.entry, dnsbl.target_of(name), name, self._key, rtype)
        except ValueError:
            return None
        return replace(asked, route=self._route)

    # --- what came --------------------------------------------------------------------------------------------------

    def take(self, reply: Reply) -> Result | None:
        """The result that a reply makes whole, if any."""
        if self._controls is not None:
            self._take_control(reply)
            return None
        name = reply.question.name
        if reply.question.rtype is RecordType.TXT:
            return self._with_words(self._listed.pop(name), reply)
        answer = self._judged(reply)
        asked = self._asked.pop(name)
        if isinstance(asked, str):
            result = Result(asked, self.entry, answer, asked, "", reply.elapsed)
            return result if answer.verdict is not Verdict.LISTED else self._to_be_told(result)
        own = name.removesuffix(f".{self._zone}")
        self._names[own] = answer
        for one in asked:
            self._weigh(one, own, answer, reply.elapsed)
        return None

    def _take_control(self, reply: Reply) -> None:
        if self._controls is None:
            return
        self._controls[reply.question] = reply
        self.has_answered = self.has_answered or reply.rcode in (Rcode.NOERROR, Rcode.NXDOMAIN)
        if len(self._controls) < len(self._control_questions):
            return
        replies, self._controls = self._controls, None
        for target, probes in self._probes.items():
            self.sides[target] = dnsbl.health(self.entry, probes, replies, self._key)
        fault = self._fault(replies)
        if fault:
            self.sides = {target: Health(reason=Reason.LIST_FAULT, raw=fault) for target in self.sides}

    def _fault(self, replies: Mapping[Question, Reply]) -> str:
        """The canary that the list has, with the evidence; empty when it has none."""
        for canary in self._canaries:
            target = dnsbl.target_of(canary)
            answer = dnsbl.judge(self.entry, replies[dnsbl.question(self.entry, target, canary, self._key)], self._key)
            if self.sides[target].is_good and answer.is_about_subject:
                return f"canary {canary}: {answer.raw}"
        return ""

    def _judged(self, reply: Reply) -> Answer:
        """What the reply says. Most replies are alike, and so are their answers."""
        content = (reply.rcode, reply.values, reply.canonical, reply.soa_owner)
        answer = self._answers.get(content)
        if answer is None:
            if len(self._answers) >= _REMEMBERED:
                self._answers.clear()
            answer = self._answers[content] = dnsbl.judge(self.entry, reply, self._key)
        if answer.reason is None:
            self._misses = 0
        elif answer.reason in (Reason.REFUSED, Reason.TIMEOUT):
            self._missed(answer)
        return answer

    def _missed(self, answer: Answer) -> None:
        self._misses += 1
        if self._misses >= PATIENCE and answer.reason is not None:
            words = {Reason.REFUSED: "refused", Reason.TIMEOUT: "not answered"}[answer.reason]
            self._given_up = dnsbl.unknown(
                answer.reason, f"not asked: the last {PATIENCE} questions were {words}: {answer.raw}"
            )

    def _weigh(self, asked: _Asked, name: str, answer: Answer, elapsed: timedelta) -> None:
        """Of several names' answers the heaviest counts; the subject's own where they weigh the same."""
        asked.left -= 1
        if asked.answer is None or _rank(answer, name) < _rank(asked.answer, asked.name):
            asked.answer, asked.name, asked.elapsed = answer, name, elapsed
        if asked.left:
            return
        result = Result(
            subject=asked.subject, entry=self.entry, answer=asked.answer, name=asked.name, elapsed=asked.elapsed
        )
        told = result if result.answer.verdict is not Verdict.LISTED else self._to_be_told(result)
        if told is not None:
            self.ready.append(told)

    def _to_be_told(self, result: Result) -> Result | None:
        """Ask for the list's own words first; the result itself where they cannot be asked for."""
        question = self._question(result.name, RecordType.TXT)
        if question is None or question.name in self._listed:
            return result
        self._listed[question.name] = result
        self._texts.append(question)
        return None

    def _with_words(self, result: Result, reply: Reply) -> Result:
        if reply.rcode is not Rcode.NOERROR:
            return result
        text = dnsbl.masked(" ".join(reply.values), self._keys)
        return replace(result, text="".join(char if char.isprintable() else "�" for char in text)[:300])

    # --- what is left -----------------------------------------------------------------------------------------------

    def rest(self, reason: Reason | None) -> Iterator[Result]:
        """What no question was put about: kinds whose controls failed, and whoever came after the list was given up."""
        yield from self.ready
        yield from self._listed.values()
        for target, health in self.sides.items():
            if not health.is_good:
                answer = dnsbl.unknown(reason or health.reason or Reason.NOT_ASKED, health.raw)
                for page in self._subjects.pages(target):
                    for subject, *_ in page:
                        yield Result(subject=subject, entry=self.entry, answer=answer, name=subject)
        unasked = self._given_up or dnsbl.unknown(Reason.NOT_ASKED)
        for subject, *_ in self._left:
            yield Result(subject=subject, entry=self.entry, answer=unasked, name=subject)


_WEIGHT = {
    verdict: weight
    for weight, verdict in enumerate((Verdict.LISTED, Verdict.UNKNOWN, Verdict.NOTED, Verdict.NOT_LISTED))
}
"""The first of these counts: one name that is not known leaves the subject unknown."""


def _rank(answer: Answer, name: str) -> tuple[int, int]:
    return _WEIGHT[answer.verdict], -len(name)
