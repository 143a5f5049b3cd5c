"""Which of two reports with one identity is kept."""

from __future__ import annotations

from staygreen.core.dmarc.day import ReportSummary
from staygreen.core.reports.report import Quality

_WHOLE = 10**20
"""More than the messages that any report counts."""


def weight(summary: ReportSummary) -> int:
    """The larger is kept: a report that was read whole before one that was not, then the one with more messages."""
    return summary.messages + (0 if summary.quality is Quality.PARTIAL else _WHOLE)
