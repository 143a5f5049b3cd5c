"""A domain's day, read: whose mail each message is, by what was ours on that day.

Only proven reports are read. Nothing read here is stored: when a sender is declared, earlier days mean something else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from ipaddress import ip_network
from typing import NamedTuple

from staygreen.core.dmarc.cells import STOPPED
from staygreen.core.dmarc.day import DomainDay, Part
from staygreen.core.dmarc.judgement import reporters
from staygreen.core.dmarc.judgement.reporters import Reporter
from staygreen.core.finding import IPAddress
from staygreen.core.reports import alignment
from staygreen.core.reports.classes import Classifier
from staygreen.core.reports.estate import Estate, contains
from staygreen.core.reports.report import DkimResult, Evidence, Generation, PublishedPolicy
from staygreen.core.reports.services import Services

SES = "Amazon SES"
"""The source of mail through addresses that SES shares among its customers."""
_NETWORK = {4: 24, 6: 48}
_NOT_LOOKED_UP = 3
_AMBIGUOUS_ROWS = frozenset({6, 7, 9})
"""Rows that a receiver's failure to look up a key leads to as well: such mail is read as row 3."""
_MOST_KINDS = 20_000
"""Cells whose meaning is remembered."""


class Kind(NamedTuple):
    """What is told apart of a day's messages."""

    reporter: Reporter
    row: int
    """The row of the table of classes (docs/reports.md)."""
    source: str
    """Our address, SES, the declared sender's name, the service, else the network."""
    selector: str
    """Of the signature in our name: the one that passes, else the one that is broken; empty: there is none."""
    is_signed: bool
    """A signature in our name passes."""
    by_spf: bool
    """SPF passes and is aligned."""
    is_stopped: bool
    """Quarantined or rejected."""

    @property
    def is_own(self) -> bool:
        """Rows 1 to 9 without 7: ours, or of somebody declared."""
        return 1 <= self.row <= 9 and self.row != 7

    @property
    def passes(self) -> bool:
        """Whether DMARC passes."""
        return self.is_signed or self.by_spf


@dataclass(frozen=True, kw_only=True)
class DayReading:
    """The proven reports of one domain and day."""

    domain: str
    day: date
    counts: Counter[Kind]
    reporters: frozenset[Reporter]
    """Who reported."""
    whole: frozenset[Reporter]
    """Who reported, and nothing of it is missing."""
    policies: tuple[tuple[Reporter, PublishedPolicy, Part], ...]
    """The policy that each found."""
    lumped: int = 0
    """Messages that stand in no cell: of them no class is known."""

    @cached_property
    def own(self) -> int:
        """Messages of our own, or of somebody declared."""
        return sum(number for kind, number in self.counts.items() if kind.is_own)

    @cached_property
    def told_of_testing(self) -> int:
        """Own messages at reporters that show that they know RFC 9989, which is what makes `t=y` work."""
        able = {reporter for reporter, _, part in self.policies if part.generation is Generation.RFC_9990}
        return sum(number for kind, number in self.counts.items() if kind.is_own and kind.reporter in able)


class Reader:
    """Reads days by one estate."""

    def __init__(self, estate: Estate, services: Services) -> None:
        self._estate = estate
        self._services = services
        self._classifier = Classifier(estate, services)
        self._kinds: dict[tuple[Reporter, PublishedPolicy, IPAddress | None, Evidence], Kind] = {}

    def read(self, stored: DomainDay, *, trusts_all: bool = False) -> DayReading:
        """Whose mail each message of a day is.

        Args:
            stored: The day.
            trusts_all: Reports count that are not proven, such as files that somebody has collected.
        """
        parts = {id(part): part for part in stored.parts if part.is_proven or trusts_all}
        counts: Counter[Kind] = Counter()
        for part, (source, messages, evidence) in stored.counted():
            if id(part) in parts:
                counts[self._kind(_reporter(part), part.policy, source, evidence)] += messages
        policies = tuple((_reporter(part), part.policy, part) for part in parts.values())
        partial = {_reporter(part) for part in parts.values() if part.partial}
        all_ = frozenset(reporter for reporter, _, _ in policies)
        return DayReading(
            domain=stored.domain,
            day=stored.day,
            counts=counts,
            reporters=all_,
            whole=all_ - partial,
            policies=policies,
            lumped=sum(part.rest.messages for part in parts.values()),
        )

    def _kind(self, reporter: Reporter, policy: PublishedPolicy, source: IPAddress | None, evidence: Evidence) -> Kind:
        """What is told apart of a cell; the same cells come again every day."""
        key = (reporter, policy, source, evidence)
        kind = self._kinds.get(key)
        if kind is None:
            if len(self._kinds) >= _MOST_KINDS:
                self._kinds.clear()
            kind = self._kinds[key] = self._judged(*key)
        return kind

    def _judged(
        self, reporter: Reporter, policy: PublishedPolicy, source: IPAddress | None, evidence: Evidence
    ) -> Kind:
        judged = self._classifier.judge(source, evidence, policy)
        known = (policy.domain, *self._estate.domains)
        ours = [each for each in evidence.dkim if alignment.is_aligned_dkim(each, evidence, policy, known)]
        passing = [each for each in ours if each.result == "pass"]
        aligned = alignment.of(evidence, policy, self._estate.domains)
        row = judged.row
        if row in _AMBIGUOUS_ROWS and not passing and _is_not_looked_up(ours):
            row = _NOT_LOOKED_UP
        return Kind(
            reporter=reporter,
            row=row,
            source=judged.sender or self._source(judged.row, source, evidence),
            selector=_selector(passing or ours),
            is_signed=aligned.dkim,
            by_spf=aligned.spf,
            is_stopped=evidence.disposition in STOPPED,
        )

    def _source(self, row: int, source: IPAddress | None, evidence: Evidence) -> str:
        if row in (6, 7):
            return SES
        if self._estate.is_ours(source) or (source is not None and contains(self._estate.networks, source)):
            return str(source)
        service = next((found for name in _passing(evidence) if (found := self._services.name(name))), "")
        if service:
            return service
        signer = next((each.domain for each in evidence.dkim if each.result == "pass" and self._is_foreign(each)), "")
        if signer:
            return signer
        return str(ip_network((source, _NETWORK[source.version]), strict=False)) if source else "no address"

    def _is_foreign(self, signature: DkimResult) -> bool:
        return bool(signature.domain) and not self._estate.is_domain_of_ours(signature.domain)


def _reporter(part: Part) -> Reporter:
    return reporters.named(part.submitter, part.org)


def _is_not_looked_up(ours: Sequence[DkimResult]) -> bool:
    """Whether all that is known of our signatures is that a receiver could not look up their keys."""
    return bool(ours) and all(each.result == "temperror" for each in ours)


def _selector(signatures: Iterable[DkimResult]) -> str:
    return next((each.selector.lower() for each in signatures if each.selector), "")


def _passing(evidence: Evidence) -> Iterable[str]:
    yield from (each.domain for each in evidence.spf if each.result == "pass" and each.domain)
    yield from (each.domain for each in evidence.dkim if each.result == "pass" and each.domain)
