"""Reports and their rows as JSON Lines, for `staygreen reports read --json`."""

from __future__ import annotations

import json
import tempfile
from typing import Any, TextIO

from staygreen.cli.output import print_json
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

_IN_MEMORY = 4 << 20


class JsonLines:
    """Writes the line of a report, then those of its rows, which come first: they wait, on disk when they are many."""

    def __init__(self, output: TextIO, estate: Estate | None) -> None:
        self._output = output
        self._organizations = tuple(estate.domains) if estate else ()
        self._classifier = Classifier(estate, services.load()) if estate else None
        self._known: dict[tuple[Evidence, PublishedPolicy], str] = {}
        self._waiting: Any = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY, mode="w+", encoding="ascii")  # noqa: SIM115

    def __enter__(self) -> JsonLines:
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.close()

    def _forget(self) -> None:
        self._waiting.seek(0)
        self._waiting.truncate()

    def add(self, file: str, item: Item) -> None:
        """Write one more of what was read."""
        if isinstance(item, Rows):
            self._keep(item)
            return
        print_json({**_document(item), "file": file})
        if isinstance(item, AggregateReport):
            if item.rows and item.quality is not Quality.REFUSED:
                self._write(item)
            self._forget()

    def _keep(self, item: Rows) -> None:
        write = self._waiting.write
        for source, messages, evidence in item.rows:
            address = f'"{source}"' if source is not None else "null"
            judged = self._judged(item.policy, source, evidence)
            write(f'"source_ip": {address}, "count": {messages}, {self._said(evidence, item.policy)}{judged}}}\n')

    def _said(self, evidence: Evidence, policy: PublishedPolicy) -> str:
        key = (evidence, policy)
        said = self._known.get(key)
        if said is None:
            if len(self._known) > 5_000:
                self._known.clear()
            said = json.dumps(documents.evidence(evidence, policy, self._organizations))[1:-1]
            self._known[key] = said
        return said

    def _judged(self, policy: PublishedPolicy, source: Any, evidence: Evidence) -> str:
        if self._classifier is None:
            return ""
        judged = self._classifier.judge(source, evidence, policy)
        said = {"class": judged.mail_class.value, "class_row": judged.row, "why": judged.why}
        return f", {json.dumps(said)[1:-1]}"

    def _write(self, report: AggregateReport) -> None:
        context = json.dumps(documents.row_context(report))[:-1]
        self._waiting.seek(0)
        for line in self._waiting:
            self._output.write(f"{context}, {line}")


def _document(item: AggregateReport | TlsReport | FailureReport | Refusal) -> dict[str, Any]:
    if isinstance(item, AggregateReport):
        return documents.report(item)
    if isinstance(item, TlsReport):
        return documents.tls_report(item)
    return documents.failure_report(item) if isinstance(item, FailureReport) else documents.refusal(item)
