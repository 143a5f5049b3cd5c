"""A world held in memory: what tests, and commands without AWS, let checks ask."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from staygreen.core.delisting.case import Case
from staygreen.core.dmarc.store import StoredQuestion, StoredReports
from staygreen.core.dns.authoritative import Authorities
from staygreen.core.dns.message import Lookup, Question, Rcode, Reply, StreamLookup
from staygreen.core.finding import Subject
from staygreen.core.provisioning.reverse_name import Present
from staygreen.core.replies import complaints
from staygreen.core.replies.counters import Class, Tally, class_of
from staygreen.core.ses import standing
from staygreen.core.ses.identity import SesIdentity
from staygreen.core.ses.suppression_list import Entry, Reason
from staygreen.core.snds import run_result


@dataclass(kw_only=True)
class MemoryLookup:
    """Replies from a table; a name that is not in it does not exist. Remembers what was asked."""

    replies: Mapping[str, Reply | Callable[[Question], Reply]] = field(default_factory=dict)
    """By `name` or `name TYPE`; the second wins."""
    asked: list[Question] = field(default_factory=list)

    def __call__(self, *streams: Iterable[Question | None]) -> Iterator[Reply]:
        """One reply for each question; the streams take turns where one waits."""
        for question in in_turn(streams):
            self.asked.append(question)
            yield self._reply(question)

    def _reply(self, question: Question) -> Reply:
        found = self.replies.get(f"{question.name} {question.rtype.value}") or self.replies.get(question.name)
        if found is None:
            return Reply(question=question, rcode=Rcode.NXDOMAIN)
        return replace(found, question=question) if isinstance(found, Reply) else found(question)


def in_turn(streams: Iterable[Iterable[Question | None]]) -> Iterator[Question]:
    """The questions of streams, each up to where it waits for a reply, until none has any."""
    left = [iter(stream) for stream in streams]
    is_moving = True
    while is_moving:
        is_moving = False
        for stream in left:
            while (question := next(stream, None)) is not None:
                is_moving = True
                yield question


@dataclass(kw_only=True)
class MemoryAsk:
    """What was put in is what there is."""

    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    found_identities: tuple[Subject, ...] = ()
    found_dedicated_ips: tuple[Subject, ...] = ()
    found_elastic_ips: tuple[Subject, ...] = ()
    found_configured: Mapping[str, str] = field(default_factory=dict)
    """Addresses of Elastic IPs by `Name` tag and allocation id."""
    secrets: Mapping[str, str] = field(default_factory=dict)
    lookup: StreamLookup = field(default_factory=MemoryLookup)
    found_ses_identities: tuple[SesIdentity, ...] = ()
    found_ses_standing: standing.Standing = field(default_factory=lambda: standing.Standing(account=standing.Account()))
    found_ses_volume: standing.Volumes = field(default_factory=lambda: standing.Volumes(sent_in_a_day=0))
    found_reverse_names: Mapping[str, Present] = field(default_factory=dict)
    lookups_at: Mapping[str, Lookup] = field(default_factory=dict)
    """By resolver; one that is not there answers as `lookup`."""
    authorities: Authorities = field(default=lambda name, rtype: ())
    found_brought_ips: tuple[str, ...] = ()
    found_replies: tuple[Tally, ...] = ()
    found_ses_sent: int = 0
    found_to_microsoft: int | None = None
    found_snds: run_result.Reading = field(default_factory=lambda: run_result.Reading(sources=()))
    found_received: complaints.Reading = field(default_factory=lambda: complaints.Reading(complaints=(), mails=()))
    found_suppressed: tuple[Entry, ...] = ()
    found_cases: tuple[Case, ...] = ()
    found_reports: StoredReports = field(default_factory=StoredReports)
    _tokens: int = 0

    def now(self) -> datetime:
        """The time that was put in."""
        return self.at

    def identities(self) -> Iterable[Subject]:
        """The domains that were put in."""
        return self.found_identities

    def dedicated_ips(self) -> Iterable[Subject]:
        """The dedicated IPs that were put in."""
        return self.found_dedicated_ips

    def elastic_ips(self) -> Iterable[Subject]:
        """The Elastic IPs that were put in."""
        return self.found_elastic_ips

    def configured_elastic_ips(self) -> Mapping[str, str]:
        """The names that were put in."""
        return self.found_configured

    def ses_identities(self) -> Iterable[SesIdentity]:
        """The identities that were put in."""
        return self.found_ses_identities

    def ses_standing(self) -> standing.Standing:
        """The standing that was put in."""
        return self.found_ses_standing

    def ses_volume(self) -> standing.Volumes:
        """The volumes that were put in."""
        return self.found_ses_volume

    def reverse_names(self) -> Mapping[str, Present]:
        """The reverse names that were put in."""
        return self.found_reverse_names

    def lookup_at(self, resolver: str) -> Lookup:
        """The lookup that was put in for the resolver."""
        return self.lookups_at.get(resolver, self.lookup)

    def brought_ips(self) -> Iterable[str]:
        """The addresses that were put in."""
        return self.found_brought_ips

    def replies(self, table: str, since: datetime, classes: Iterable[Class]) -> tuple[Tally, ...]:
        """The counters that were put in, as far as they are wanted."""
        wanted = tuple(classes)
        return tuple(
            each for each in self.found_replies if each.last_at >= since and class_of(each.combination.cause) in wanted
        )

    def ses_sent(self, since: datetime, until: datetime) -> int:
        """The number that was put in."""
        return self.found_ses_sent

    def ses_to_microsoft(self, since: datetime) -> int | None:
        """The number that was put in."""
        return self.found_to_microsoft

    def secret(self, name: str) -> str | None:
        """The secret that was put in, or None."""
        return self.secrets.get(name)

    def snds(self, question: run_result.Question) -> run_result.Reading:
        """The reading that was put in."""
        return self.found_snds

    def reports(self, question: StoredQuestion) -> StoredReports:
        """What was put in."""
        return self.found_reports

    def cases(self, table: str) -> tuple[Case, ...]:
        """What was put in."""
        return self.found_cases

    def suppressed(self, reason: Reason, since: datetime) -> Iterable[Entry]:
        """What was put in."""
        return (each for each in self.found_suppressed if each.reason is reason and each.at >= since)

    def received(self, question: complaints.Question) -> complaints.Reading:
        """What was put in."""
        return self.found_received

    def token(self) -> str:
        """Another text at each call, the same ones in each run."""
        self._tokens += 1
        return hashlib.sha256(str(self._tokens).encode()).hexdigest()[:32]
