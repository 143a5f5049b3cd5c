"""Asks Athena a saved question, in the workgroup that limits what one may read."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from staygreen.core.errors import SourceUnavailable

_OVER = ("SUCCEEDED", "FAILED", "CANCELLED")
_EVERY = 1.0
PATIENCE = 120.0
"""Seconds that an answer is waited for."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gave."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    scanned: int
    """Bytes that were read, which is what Athena bills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Athena:
    """One workgroup with its database."""

    client: Any
    """An `athena` client."""
    workgroup: str
    database: str
    wait: Callable[[float], None] = time.sleep

    def ask(self, sql: str) -> Answer:
        """Run a query to its end.

        Raises:
            SourceUnavailable: It failed, or did not end in time.
        """
        begun = self.client.start_query_execution(
            QueryString=sql, WorkGroup=self.workgroup, QueryExecutionContext={"Database": self.database}
        )
        name, waited = begun["QueryExecutionId"], 0.0
        while True:
            found = self.client.get_query_execution(QueryExecutionId=name)["QueryExecution"]
            status = found["Status"]
            if status["State"] in _OVER:
                break
            if waited >= PATIENCE:
                raise SourceUnavailable(f"Athena has not answered for {PATIENCE:.0f} s; the query is {name}")
            self.wait(_EVERY)
            waited += _EVERY
        if status["State"] != "SUCCEEDED":
            raise SourceUnavailable(f"Athena: {status['State']}: {status.get('StateChangeReason', 'no reason given')}")
        columns, *rows = self._rows(name)
        scanned = found.get("Statistics", {}).get("DataScannedInBytes", 0)
        return Answer(columns=columns, rows=tuple(rows), scanned=scanned)

    def _rows(self, name: str) -> Iterator[tuple[str, ...]]:
        """Every row; the first has the names of the columns."""
        for page in self.client.get_paginator("get_query_results").paginate(QueryExecutionId=name):
            for row in page["ResultSet"]["Rows"]:
                yield tuple(cell.get("VarCharValue", "") for cell in row["Data"])
