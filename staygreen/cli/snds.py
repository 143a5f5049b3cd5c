"""`staygreen snds`: Microsoft's own view of our addresses."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, BinaryIO
from zoneinfo import ZoneInfoNotFoundError

import typer

from staygreen.adapters import clock
from staygreen.cli import snds_login, snds_status
from staygreen.cli.output import AsJson, print_json, print_text
from staygreen.core.snds import report
from staygreen.core.snds.rows import BadRow, ComplaintRate, DataRow, StatusRow
from staygreen.core.snds.run_result import zone_named

app = typer.Typer(name="snds", help="Microsoft's own view of our addresses (SNDS).", no_args_is_help=True)
app.command()(snds_login.login)
app.command()(snds_status.status)

UNREADABLE = 3


def register(root: typer.Typer) -> None:
    """Add the group to the command."""
    root.add_typer(app)


@app.command()
def parse(
    file: Annotated[Path, typer.Argument(help="A saved SNDS export, data or status; - reads standard input.")],
    zone: Annotated[str, typer.Option(help="Time zone of the dates in the file; they name none.")] = "UTC",
    as_json: AsJson = False,
) -> None:
    """Print the rows of a saved export; rows that cannot be read go to standard error.

    Exit status 3 when a row cannot be read.
    """
    try:
        assumed = zone_named(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise typer.BadParameter(f"no time zone is called {zone!r}", param_hint="--zone") from None
    unreadable = False
    with _opened(file) as lines:
        for row in report.parse(lines, now=clock.now(), zone=assumed):
            if isinstance(row, BadRow):
                unreadable = True
                print_text(f"line {row.line}: {row.reason}", err=True)
            elif as_json:
                print_json(document(row))
            else:
                print_text(line(row))
    if unreadable:
        raise typer.Exit(UNREADABLE)


@contextmanager
def _opened(file: Path) -> Iterator[Iterator[bytes]]:
    if str(file) == "-":
        yield _limited(sys.stdin.buffer)
        return
    if not file.exists():
        raise typer.BadParameter(f"{file} does not exist", param_hint="FILE")
    try:
        stream = file.open("rb")
    except OSError as error:
        print_text(f"{file} cannot be read: {error.strerror}", err=True)
        raise typer.Exit(UNREADABLE) from None
    with stream:
        yield _limited(stream)


def _limited(stream: BinaryIO) -> Iterator[bytes]:
    """The lines of a file, until they are too many bytes together: then exit status 3."""
    size = line = 0
    # A line is read in pieces no longer than what the parser refuses, so that memory stays small.
    while piece := stream.readline(report.LONGEST_LINE_BYTES + 1):
        line += 1
        if not piece.endswith(b"\n"):
            size += _skip_rest_of_line(stream, piece)
        size += len(piece)
        if size > report.LARGEST_EXPORT_BYTES:
            limit = report.LARGEST_EXPORT_BYTES // (1024 * 1024)
            print_text(f"line {line}: the file is larger than {limit} MiB; the rest was not read", err=True)
            raise typer.Exit(UNREADABLE)
        yield piece


def _skip_rest_of_line(stream: BinaryIO, piece: bytes) -> int:
    skipped = 0
    while len(piece) > report.LONGEST_LINE_BYTES and not piece.endswith(b"\n"):
        piece = stream.readline(report.LONGEST_LINE_BYTES + 1)
        skipped += len(piece)
        if not piece or skipped > report.LARGEST_EXPORT_BYTES:
            break
    return skipped


def line(row: DataRow | StatusRow) -> str:
    """One row for a person, its columns below those of other rows."""
    if isinstance(row, StatusRow):
        state = "blocked" if row.blocked else "junked"
        return f"{row.first_ip!s:15}  to {row.last_ip!s:15}  {state:7}  {row.details}"
    colour = row.filter_result.value if row.filter_result else "?"
    rate = f"{row.complaint_rate.op} {row.complaint_rate.value:.1%}" if row.complaint_rate else "not known"
    hits = "not counted" if row.trap_hits is None else str(row.trap_hits)
    period = f"{row.activity_start:%Y-%m-%d %H:%M} to {row.activity_end:%Y-%m-%d %H:%M %Z}"
    words = f"{row.recipients} recipients, complaints {rate}, trap hits {hits}"
    return f"{row.ip!s:15}  {period}  {colour:6}  {words}" + (f"  {row.comments}" if row.comments else "")


def document(row: DataRow | StatusRow) -> Mapping[str, Any]:
    """One row as JSON; the keys of data rows and of status rows are an interface."""
    if isinstance(row, StatusRow):
        return {
            "first_ip": str(row.first_ip),
            "last_ip": str(row.last_ip),
            "blocked": row.blocked,
            "junked": row.junked,
            "details": row.details,
        }
    return {
        "ip": str(row.ip),
        "activity_start": _date(row.activity_start),
        "activity_end": _date(row.activity_end),
        "rcpt_commands": row.rcpt_commands,
        "data_commands": row.data_commands,
        "recipients": row.recipients,
        "filter_result": row.filter_result.value if row.filter_result else None,
        "complaint_rate": _rate(row.complaint_rate),
        "trap_hits": row.trap_hits,
        "helo": row.helo,
        "mail_from": row.mail_from,
        "comments": row.comments,
        "raw": row.raw,
    }


def _date(date: datetime) -> str:
    return date.isoformat()


def _rate(rate: ComplaintRate | None) -> Mapping[str, Any] | None:
    return {"op": rate.op, "value": rate.value} if rate else None
