"""The accounting files of PowerMTA: comma-separated values, one delivery attempt a row.

Source: PowerMTA User's Guide, "Accounting"; column names from files seen, verified 2026-11-30.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import datetime

from staygreen.core.replies.delivery_event import Kind, Notice, in_utc

_COLUMNS = "type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta"
_KINDS = {"b": Kind.REFUSED, "rb": Kind.REFUSED, "t": Kind.DELAYED, "tq": Kind.DELAYED}
_TYPES = (*_KINDS, "d", "r", "rs", "f")


def is_line(line: str) -> bool:
    """Whether the line is the head of an accounting file, or a row of one in the usual order."""
    if line.startswith("type,") and "dsnDiag" in line:
        return True
    kind, _, rest = line.partition(",")
    return kind in _TYPES and len(rest) > 40 and rest[4:5] == "-" and rest[13:14] == ":" and rest.count(",") > 6


def notices(lines: Iterable[str]) -> Iterator[Notice]:
    """The refusals and delays of a file, with or without its head."""
    columns = _COLUMNS.split(",")
    for row in map(_cells, lines):
        if row[:1] == ["type"]:
            columns = row
            continue
        found = _notice(dict(zip(columns, row, strict=False)))
        if found is not None:
            yield found


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line.replace("\r", " ").replace("\0", "").rstrip("\n")]), [])
    except csv.Error:
        # A cell that no quotes can be made of: the row is still read as far as commas go.
        return line.split(",")


def _notice(row: dict[str, str]) -> Notice | None:
    kind = _KINDS.get(row.get("type", ""))
    if kind is None:
        return None
    said = row.get("dsnDiag", "")
    protocol, semicolon, rest = said.partition(";")
    text = rest if semicolon and protocol.strip().isalnum() else said
    return Notice(
        kind=kind,
        source="powermta",
        text=text.strip() or row.get("dsnStatus", "").replace("(", "").replace(")", ""),
        host=row.get("dsnMta", "").partition(" ")[0],
        recipient=row.get("rcpt", ""),
        at=_time(row.get("timeLogged", "")),
        ip=row.get("dlvSourceIp") or None,
        message=row.get("jobId", ""),
    )


def _time(text: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return in_utc(parsed) if parsed.tzinfo else None
