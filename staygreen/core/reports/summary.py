"""Many reports as sources, days, classes and reporters, counted as they are read.

A report that was refused counts nothing, and one that comes again counts once: as it was read best. Counts are never
split: a report counts on the UTC day of its period's middle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from ipaddress import ip_network

from staygreen.core.finding import IPAddress
from staygreen.core.reports import alignment
from staygreen.core.reports.classes import FAULTY, OWN, Classifier, Judgement, MailClass
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.report import (
    AggregateReport,
    Evidence,
    FailureReport,
    Item,
    PublishedPolicy,
    Quality,
    Refusal,
    Rows,
    TlsReport,
)
from staygreen.core.reports.services import Services

_NETWORK = {4: 24, 6: 48}
MOST_ADDRESSES = 100
"""Addresses of one source that are kept."""


@dataclass(slots=True)
class Source:
    """Messages from one source, of one class."""

    name: str
    judgement: Judgement | None
    """None: nothing says what is ours."""
    messages: int = 0
    aligned: int = 0
    """Messages of which SPF or DKIM passes and is aligned."""
    first: date | None = None
    last: date | None = None
    addresses: Counter[IPAddress] = field(default_factory=Counter)
    """Messages by address, of the first hundred addresses that were met."""
    has_more_addresses: bool = False
    domains: Counter[str] = field(default_factory=Counter)
    dispositions: Counter[str] = field(default_factory=Counter)
    days: dict[date, int] = field(default_factory=dict)
    """Messages by day."""

    @property
    def is_fault_of_ours(self) -> bool:
        """Whether somebody of ours has to act."""
        return self.judgement is not None and self.judgement.mail_class in FAULTY

    def count_address(self, address: IPAddress, messages: int) -> None:
        """Count an address, as long as there are not too many."""
        if address in self.addresses or len(self.addresses) < MOST_ADDRESSES:
            self.addresses[address] += messages
        else:
            self.has_more_addresses = True

    def include(self, other: Source, day: date | None) -> None:
        """Add what one report says of the same source."""
        self.messages += other.messages
        self.aligned += other.aligned
        self.domains.update(other.domains)
        for address, messages in other.addresses.items():
            self.count_address(address, messages)
        self.has_more_addresses |= other.has_more_addresses
        self.dispositions.update(other.dispositions)
        if day is not None:
            self.first = min(self.first or day, day)
            self.last = max(self.last or day, day)
            self.days[day] = self.days.get(day, 0) + other.messages


@dataclass(slots=True)
class Day:
    """One policy domain on one day."""

    reports: int = 0
    messages: int = 0
    aligned: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    reporters: Counter[str] = field(default_factory=Counter)


_Counted = dict[tuple[str, int, str], Source]
"""The sources of one report, by name and class."""


class Summary:
    """What was read so far."""

    def __init__(self, estate: Estate | None, services: Services) -> None:
        self.qualities: Counter[str] = Counter()
        self.repeated = 0
        """Reports that came again."""
        self.others = 0
        """Files and mails that hold no report."""
        self._counted_in_part = 0
        self._reporters: Counter[str] = Counter()
        self._days: dict[tuple[str, date], Day] = {}
        self._tls_reports: dict[tuple[object, ...], TlsReport] = {}
        self.failure_reports: list[FailureReport] = []
        self.lumped = 0
        """Messages that are kept in totals alone: they stand in no source."""
        self._services = services
        self._sources: _Counted = {}
        self._seen: set[tuple[object, ...]] = set()
        self._pending: _Counted = {}
        self._partial: dict[tuple[object, ...], tuple[AggregateReport, _Counted]] = {}
        """Reports of which something is missing: they count when no better copy came."""
        self._names: dict[tuple[Evidence, PublishedPolicy], tuple[str, bool]] = {}
        self.judge_by(estate)

    def judge_by(self, estate: Estate | None) -> None:
        """From now on judge by what is ours there; None: judge nothing."""
        self._organizations = tuple(estate.domains) if estate else ()
        self._classifier = Classifier(estate, self._services) if estate else None
        self._names.clear()

    def add(self, item: Item) -> None:
        """Count one more of what was read."""
        if isinstance(item, Rows):
            self._add_rows(item)
        elif isinstance(item, AggregateReport):
            self._end(item)
        elif isinstance(item, Refusal):
            self._pending = {}
            if item.is_other:
                self.others += 1
            else:
                self.qualities[Quality.REFUSED.value] += 1
        else:
            self.qualities[item.quality.value] += 1
            self._add_other(item)

    @property
    def is_whole(self) -> bool:
        """Whether something was read, and all of it, or a whole copy of what was not."""
        self._settle()
        in_part = self._counted_in_part + sum(each.quality is Quality.PARTIAL for each in self.tls_reports)
        in_part += sum(each.quality is Quality.PARTIAL for each in self.failure_reports)
        return self.qualities.total() > 0 and not in_part and not self.qualities[Quality.REFUSED.value]

    @property
    def tls_reports(self) -> list[TlsReport]:
        """The TLS reports, each once and as it was read best."""
        return list(self._tls_reports.values())

    @property
    def reporters(self) -> Counter[str]:
        """Messages by reporter."""
        self._settle()
        return self._reporters

    @property
    def days(self) -> dict[tuple[str, date], Day]:
        """Each policy domain on each day."""
        self._settle()
        return self._days

    @property
    def sources(self) -> list[Source]:
        """The sources: faults of our own mail first, then by messages."""
        self._settle()
        return sorted(self._sources.values(), key=_rank)

    def totals(self) -> list[tuple[MailClass, int, int]]:
        """Each class with its messages and those aligned, the largest first; empty without an estate."""
        totals: dict[MailClass, tuple[int, int]] = {}
        for source in self.sources:
            if source.judgement is not None:
                before = totals.get(source.judgement.mail_class, (0, 0))
                totals[source.judgement.mail_class] = (before[0] + source.messages, before[1] + source.aligned)
        return sorted(((each, *numbers) for each, numbers in totals.items()), key=lambda row: -row[1])

    @property
    def messages(self) -> tuple[int, int]:
        """All messages, and those aligned."""
        sources = self.sources
        return sum(each.messages for each in sources), sum(each.aligned for each in sources)

    def _add_other(self, item: TlsReport | FailureReport) -> None:
        if item.quality is Quality.REFUSED:
            return
        if isinstance(item, TlsReport):
            identity = (item.org, item.report_id, item.begin, item.end, () if item.report_id else item.policies)
            before = self._tls_reports.get(identity)
            self.repeated += before is not None
            if before is None or before.quality is Quality.PARTIAL:
                self._tls_reports[identity] = item
        else:
            self.failure_reports.append(item)

    def _add_rows(self, item: Rows) -> None:
        for source_ip, messages, evidence in item.rows:
            signer, is_aligned = self._of_evidence(evidence, item.policy)
            judgement = self._classifier.judge(source_ip, evidence, item.policy) if self._classifier else None
            name = _name(source_ip, signer, judgement)
            key = (name, judgement.row if judgement else -2, judgement.mail_class.value if judgement else "")
            source = self._pending.get(key)
            if source is None:
                source = self._pending[key] = Source(name, judgement)
            source.messages += messages
            if source_ip is not None:
                source.count_address(source_ip, messages)
            source.aligned += messages if is_aligned else 0
            source.domains[evidence.header_from] += messages
            source.dispositions[evidence.disposition or "none"] += messages

    def _of_evidence(self, evidence: Evidence, policy: PublishedPolicy) -> tuple[str, bool]:
        """The service that sent, and whether DMARC passes."""
        key = (evidence, policy)
        found = self._names.get(key)
        if found is None:
            if len(self._names) > 10_000:
                self._names.clear()
            by_spf = [each.domain for each in evidence.spf if each.result == "pass"]
            by_dkim = [each.domain for each in evidence.dkim if each.result == "pass"]
            name = next((name for domain in (*by_spf, *by_dkim) if (name := self._services.name(domain))), "")
            found = self._names[key] = (name, alignment.of(evidence, policy, self._organizations).passes)
        return found

    def _end(self, report: AggregateReport) -> None:
        pending, self._pending = self._pending, {}
        self.qualities[report.quality.value] += 1
        if report.quality is Quality.REFUSED:
            return
        # without an id, what a report says is what tells it from another
        said = () if report.report_id else tuple(sorted((key, each.messages) for key, each in pending.items()))
        identity = (report.org, report.report_id, report.policy.domain, report.begin, report.end, said)
        if identity in self._seen:
            self.repeated += 1
            return
        if report.quality is Quality.PARTIAL:
            self._keep_partial(identity, report, pending)
            return
        if self._partial.pop(identity, None) is not None:
            self.repeated += 1
        self._seen.add(identity)
        self._count(report, pending)

    def add_stored(
        self, carrier: AggregateReport, *, reports: int, partial: int, lumped: int, lumped_aligned: int
    ) -> None:
        """Count what is stored of several reports by one reporter about one day, whose rows came before.

        Args:
            carrier: Who reported, about which domain and day, and how many messages in all.
            reports: How many they were.
            partial: Of these, how many were not read whole.
            lumped: Of the messages, how many stand in no row.
            lumped_aligned: Of those, how many are aligned.
        """
        pending, self._pending = self._pending, {}
        self.qualities[Quality.WHOLE.value] += reports - partial
        self.qualities[Quality.PARTIAL.value] += partial
        self._counted_in_part += partial
        self.lumped += lumped
        self._count(carrier, pending, reports=reports, aligned=lumped_aligned)

    def _keep_partial(self, identity: tuple[object, ...], report: AggregateReport, pending: _Counted) -> None:
        before = self._partial.get(identity)
        self.repeated += before is not None
        if before is None or report.messages > before[0].messages:
            self._partial[identity] = report, pending

    def _settle(self) -> None:
        """Count what came in part alone."""
        partial, self._partial = self._partial, {}
        for identity, (report, counted) in partial.items():
            self._seen.add(identity)
            self._counted_in_part += 1
            self._count(report, counted)

    def _count(self, report: AggregateReport, pending: _Counted, *, reports: int = 1, aligned: int = 0) -> None:
        """Count a report, or several as one, with aligned messages that stand in no source."""
        day = _middle(report.begin, report.end)
        self._reporters[report.org] += report.messages
        for key, source in pending.items():
            self._sources.setdefault(key, Source(source.name, source.judgement)).include(source, day)
        if day is not None:
            counted = self._days.setdefault((report.policy.domain, day), Day())
            counted.reports += reports
            counted.aligned += aligned
            self._count_day(report, counted, pending.values())

    @staticmethod
    def _count_day(report: AggregateReport, counted: Day, sources: Iterable[Source]) -> None:
        counted.messages += report.messages
        counted.reporters[report.org] += report.messages
        for source in sources:
            counted.aligned += source.aligned
            if source.judgement is not None:
                counted.classes[source.judgement.mail_class.value] += source.messages


def _middle(begin: datetime | None, end: datetime | None) -> date | None:
    return (begin + (end - begin) / 2).date() if begin and end else None


def _name(address: IPAddress | None, service: str, judgement: Judgement | None) -> str:
    """What a source is called: the declared sender, our own address, the service, else the network."""
    if judgement is not None and judgement.sender:
        return judgement.sender
    if address is None:
        return "no address"
    if judgement is not None and judgement.mail_class in OWN and judgement.mail_class is not MailClass.MINE_THROUGH_SES:
        return str(address)
    return service or str(ip_network((address, _NETWORK[address.version]), strict=False))


def _rank(source: Source) -> tuple[int, int, str]:
    mail_class = source.judgement.mail_class if source.judgement else None
    order = FAULTY.index(mail_class) if mail_class in FAULTY else len(FAULTY)
    return order, -source.messages, source.name
