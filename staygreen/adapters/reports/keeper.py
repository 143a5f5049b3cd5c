"""Stores what is read of one mail or file: rows first, then what is decided by, then that a day has changed.

Killed at any call and done again, it ends the same: every place follows from the report.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from staygreen.adapters.reports.report_table import DMARC, TLS, Changed, ReportTable
from staygreen.adapters.reports.row_spool import RowSpool
from staygreen.adapters.reports.rows_bucket import RowsBucket, Stored
from staygreen.core.dmarc import tls_day
from staygreen.core.dmarc.day import ReportSummary, UnreadableReport
from staygreen.core.dmarc.proof import Claim, Proof
from staygreen.core.dmarc.summarize import Summarizer
from staygreen.core.records.name import is_host_name, is_within
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.report import (
    AggregateReport,
    Evidence,
    FailureReport,
    Item,
    Quality,
    Refusal,
    Rows,
    TlsReport,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """How a mail or file came in."""

    id: str
    """The same whenever it comes again."""
    at: datetime
    sender: str = ""
    """Domain of its From header; empty for a file."""


@dataclass(slots=True)
class Kept:
    """What became of one mail or file."""

    counts: Counter[str] = field(default_factory=Counter)
    """By metric."""
    refusals: list[str] = field(default_factory=list)
    """Why what looks like a report could not be read."""
    others: list[str] = field(default_factory=list)
    """What stands in it that is no report."""


class Keeper:
    """Stores reports about domains of ours."""

    def __init__(self, rows: RowsBucket, table: ReportTable, estate: Estate) -> None:
        self._rows, self._table, self._estate = rows, table, estate

    def keep(self, items: Iterable[Item], is_proven: Proof, came: Arrival) -> Kept:
        """Store the reports that stand in one mail or file.

        Args:
            items: As the reader yields them.
            is_proven: Whether what a report claims is beyond doubt.
            came: How it came in.
        """
        kept, summarizer = Kept(), Summarizer(self._estate)
        with RowSpool(tuple(sorted(self._estate.domains)), self._is_about_ours) as spool:
            for item in items:
                if isinstance(item, Rows):
                    spool.add(item)
                    summarizer.add(item)
                elif isinstance(item, AggregateReport):
                    claim = Claim(item.submitter, item.org, item.email)
                    summary = summarizer.end(item, is_proven=is_proven(claim))
                    self._aggregate(item, summary, spool, kept)
                    spool.forget()
                elif isinstance(item, TlsReport):
                    self._tls(item, is_proven, kept, came)
                elif isinstance(item, FailureReport):
                    self._failure(item, came.at, kept)
                else:
                    self._refused(item, kept)
                    spool.forget()
                    summarizer = Summarizer(self._estate)
        for number, reason in enumerate(kept.refusals):
            told = UnreadableReport(submitter=came.sender, received=came.at, reason=reason[:500])
            self._table.keep_unreadable(told, f"{came.id}.{number}")
        return kept

    def _is_about_ours(self, evidence: Evidence) -> bool:
        return self._estate.is_domain_of_ours(evidence.header_from)

    def _is_ours(self, domain: str) -> bool:
        """Whether a policy domain is one of ours, below one, or the organizational domain above one."""
        return is_host_name(domain) and any(
            is_within(domain, each) or is_within(each, domain) for each in self._estate.domains
        )

    def _aggregate(self, report: AggregateReport, summary: ReportSummary | None, spool: RowSpool, kept: Kept) -> None:
        if summary is None:
            kept.refusals.append("; ".join(report.reasons) or report.quality.value)
            return
        kept.counts["RowsDropped"] += spool.left_out
        if not self._is_ours(summary.policy.domain) or (spool.left_out and not spool.rows):
            kept.counts["ReportsDropped"] += 1
            return
        stored = self._rows.keep(summary, spool.lines(report, proven=summary.is_proven))
        if stored in (Stored.LARGER, Stored.SMALLER):
            kept.counts["ReportsDiffered"] += 1
        kept.counts["ReportsRead" if summary.is_proven else "ReportsUnproven"] += 1
        # what is there of the same report may have been stored by somebody who came no further
        if stored is not Stored.SMALLER and self._table.keep(summary):
            self._table.mark(Changed(DMARC, summary.policy.domain, summary.day, summary.identity + stored.value))

    def _tls(self, report: TlsReport, is_proven: Proof, kept: Kept, came: Arrival) -> None:
        if report.quality is Quality.REFUSED:
            kept.refusals.append("; ".join(report.reasons) or report.quality.value)
            return
        proven = is_proven(Claim(report.submitter, report.org, report.contact))
        found = [each for each in tls_day.summaries(report, is_proven=proven) if self._is_ours(each.domain)]
        for summary in found:
            self._table.keep_tls(summary)
            self._table.mark(Changed(TLS, summary.domain, summary.day, f"{summary.identity}{came.id}"))
        kept.counts[("ReportsRead" if proven else "ReportsUnproven") if found else "ReportsDropped"] += 1

    def _failure(self, report: FailureReport, received: datetime, kept: Kept) -> None:
        if report.quality is Quality.REFUSED:
            kept.refusals.append("; ".join(report.reasons) or report.quality.value)
        elif self._estate.is_domain_of_ours(report.reported_domain):
            self._table.keep_failure(report, received)
            kept.counts["ReportsRead"] += 1
        else:
            kept.counts["ReportsDropped"] += 1

    @staticmethod
    def _refused(refusal: Refusal, kept: Kept) -> None:
        (kept.others if refusal.is_other else kept.refusals).append(refusal.reason)
