"""Reports and their rows as JSON Lines, for `staygreen reports read --json`."""

from __future__ import annotations

import json
from typing import Any, TextIO

from staygreen.adapters.reports.row_spool import RowSpool
from staygreen.cli.output import print_json
from staygreen.core.finding import IPAddress
from staygreen.core.reports import documents, services
from staygreen.core.reports.classes import Classifier
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


class JsonLines:
    """Writes the line of a report, then those of its rows, which come first."""

    def __init__(self, output: TextIO, estate: Estate | None) -> None:
        self._output = output
        self._classifier = Classifier(estate, services.load()) if estate else None
        self._waiting = RowSpool(tuple(estate.domains) if estate else (), more=self._judged)

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.__exit__()

    def add(self, file: str, item: Item) -> None:
        """Write one more of what was read."""
        if isinstance(item, Rows):
            self._waiting.add(item)
            return
        print_json({**_document(item), "file": file})
        if isinstance(item, AggregateReport):
            if item.rows and item.quality is not Quality.REFUSED:
                self._output.writelines(self._waiting.lines(item))
            self._waiting.forget()

    def _judged(self, policy: PublishedPolicy, source: IPAddress | None, evidence: Evidence) -> str:
        if self._classifier is None:
            return ""
        judged = self._classifier.judge(source, evidence, policy)
        said = {"class": judged.mail_class.value, "class_row": judged.row, "why": judged.why}
        return f", {json.dumps(said)[1:-1]}"


def _document(item: AggregateReport | TlsReport | FailureReport | Refusal) -> dict[str, Any]:
    if isinstance(item, AggregateReport):
        return documents.report(item)
    if isinstance(item, TlsReport):
        return documents.tls_report(item)
    return documents.failure_report(item) if isinstance(item, FailureReport) else documents.refusal(item)
