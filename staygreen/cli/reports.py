"""`staygreen reports`: DMARC and TLS reports read on a laptop, without AWS and without a database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NoReturn

import typer

from staygreen.cli.output import AsJson, print_json, print_table
from staygreen.cli.progress import Count
from staygreen.cli.reports_json import JsonLines
from staygreen.cli.reports_text import (
    MOST_SHOWN,
    FaultyFiles,
    day_text,
    print_failure_reports,
    print_read,
    print_sources,
    print_steps,
    print_tls,
    print_totals,
    print_unlisted,
    share,
)
from staygreen.core.reports import estate_file, services
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.read import REPORT_SUFFIXES, reports
from staygreen.core.reports.report import Item, Refusal, Rows
from staygreen.core.reports.summary import Source, Summary
from staygreen.core.wording import plural

BAD_NEWS, UNREADABLE = 1, 3
_CHUNK = 256 * 1024
_TLS_SESSIONS, _TLS_SHARE = 10, 0.01
"""Failing sessions, and their share of all, from which on TLS failures are bad news."""

app = typer.Typer(no_args_is_help=True, help="DMARC and TLS reports: what receivers say of mail in your name.")

Paths = Annotated[
    list[str],
    typer.Argument(metavar="PATH...", help="Reports, mails, mbox files, archives, directories of them; - for stdin."),
]
ConfigFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--config", metavar="FILE", help="What is yours: a configuration, or a file that lists it. Repeatable."
    ),
]


def register(root: typer.Typer) -> None:
    """Add the group to the command."""
    root.add_typer(app, name="reports")


@app.command()
def read(paths: Paths, *, config: ConfigFiles = None, as_json: AsJson = False) -> None:
    """Show what was read and in which quality, who sends in your name, and what to do.

    With --json, a line for each report and for each of its records.
    Exit status: 1 a fault of your own mail or of TLS to you; 3 a report was refused or is partial; 0 otherwise.
    """
    estate = _estate(config)
    summary = Summary(estate, services.load())
    if as_json:
        with JsonLines(sys.stdout, estate) as output:
            for file, item in _items(paths):
                summary.add(item)
                output.add(file, item)
        _leave(summary)
    faulty = FaultyFiles()
    for file, item in _items(paths):
        summary.add(item)
        faulty.add(file, item)
    print_unlisted(estate)
    print_read(summary, faulty)
    print_sources(summary, MOST_SHOWN)
    print_totals(summary)
    print_tls(summary)
    print_failure_reports(summary)
    print_steps(summary, has_estate=estate is not None)
    _leave(summary)


@app.command()
def days(paths: Paths, *, config: ConfigFiles = None, as_json: AsJson = False) -> None:
    """Show messages by day and policy domain.

    Exit status as `read`.
    """
    estate = _estate(config)
    summary = _summary(paths, estate)
    rows = sorted(summary.days.items())
    if as_json:
        for (domain, day), counted in rows:
            print_json(
                {
                    "kind": "day",
                    "day": day.isoformat(),
                    "policy_domain": domain,
                    "reports": counted.reports,
                    "reporters": len(counted.reporters),
                    "messages": counted.messages,
                    "aligned": counted.aligned,
                    "classes": dict(counted.classes),
                }
            )
    else:
        print_unlisted(estate)
        print_table(
            ("day", "domain", "reports", "reporters", "messages", "aligned", "classes"),
            [
                (
                    day.isoformat(),
                    domain or "-",
                    str(counted.reports),
                    str(len(counted.reporters)),
                    f"{counted.messages:,}",
                    share(counted.aligned, counted.messages),
                    "; ".join(f"{name} {number:,}" for name, number in counted.classes.most_common()) or "-",
                )
                for (domain, day), counted in rows
            ],
        )
    _leave(summary)


@app.command()
def sources(paths: Paths, *, config: ConfigFiles = None, as_json: AsJson = False) -> None:
    """Show every source that sends in your name: faults of your own mail first, then by messages.

    Exit status as `read`.
    """
    estate = _estate(config)
    summary = _summary(paths, estate)
    if as_json:
        for source in summary.sources:
            print_json(_source_document(source))
    else:
        print_unlisted(estate)
        print_sources(summary, None, is_first=True)
    _leave(summary)


def summarised(paths: list[str], config: list[Path] | None) -> Summary:
    """The reports below the paths, counted; judged by what the files say is ours."""
    return _summary(paths, _estate(config))


def _summary(paths: list[str], estate: Estate | None) -> Summary:
    summary = Summary(estate, services.load())
    for _, item in _items(paths):
        summary.add(item)
    return summary


def _leave(summary: Summary) -> NoReturn:
    if any(source.is_fault_of_ours for source in summary.sources) or _has_tls_failures(summary):
        raise typer.Exit(BAD_NEWS)
    raise typer.Exit(0 if summary.is_whole else UNREADABLE)


def _has_tls_failures(summary: Summary) -> bool:
    policies = [policy for report in summary.tls_reports for policy in report.policies]
    # where a total cannot be read, what failed is at least what the details name
    failed = sum(_known(each.failed) or sum(_known(detail.sessions) for detail in each.failures) for each in policies)
    total = failed + sum(_known(each.successful) for each in policies)
    return failed >= _TLS_SESSIONS and failed >= total * _TLS_SHARE


def _known(count: int | None) -> int:
    return count or 0


def _estate(files: list[Path] | None) -> Estate | None:
    return estate_file.merged(_read_estate(file) for file in files) if files else None


def _read_estate(file: Path) -> Estate:
    from staygreen.cli import config_file

    text = config_file.read_text(file)
    if estate_file.is_configuration(text):
        return estate_file.of_config(config_file.load(file).config)
    with config_file.problems_told():
        return estate_file.parse(text, str(file))


def _items(paths: list[str]) -> Iterator[tuple[str, Item]]:
    """What stands in each file, with the file's name; progress is shown at a terminal."""
    progress = _Progress()
    for file in _files(paths):
        if file == "-":
            for item in reports(_chunks(sys.stdin.buffer)):
                yield file, item
            continue
        try:
            with Path(file).open("rb") as stream:
                for item in reports(_chunks(stream)):
                    progress.show(item)
                    yield file, _with_name(item, file)
        except OSError as error:
            yield file, Refusal(reason=f"cannot be read: {error.strerror}")
        progress.files += 1
    progress.end()


def _with_name(item: Item, file: str) -> Item:
    """What is named like a report and is none is a report that is lost."""
    if isinstance(item, Refusal) and item.is_other and file.lower().endswith(REPORT_SUFFIXES):
        return replace(item, is_other=False)
    return item


def _files(paths: list[str]) -> Iterator[str]:
    for path in paths:
        if path != "-" and Path(path).is_dir():
            yield from _below(Path(path))
        elif path == "-" or Path(path).exists():
            yield path
        else:
            raise typer.BadParameter(f"{path} does not exist", param_hint="PATH")


def _below(folder: Path) -> Iterator[str]:
    """The files below a folder in order, without holding the names of more than one folder on the way."""
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            yield from _below(path)
        elif path.is_file():
            yield str(path)


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(_CHUNK):
        yield chunk


class _Progress:
    """A line on standard error, where a person sees it, that says how far reading is."""

    def __init__(self) -> None:
        self.files = 0
        self._rows = 0
        self._line = Count()

    def show(self, item: Item) -> None:
        """Count an item."""
        if isinstance(item, Rows):
            self._rows += len(item.rows)
        self._line.show(f"{plural(self.files, 'file')} read, {self._rows:,} records")

    def end(self) -> None:
        """Take the line away."""
        self._line.clear()


def _source_document(source: Source) -> dict[str, Any]:
    judgement = source.judgement
    return {
        "kind": "source",
        "name": source.name,
        "class": judgement.mail_class.value if judgement else None,
        "class_row": judgement.row if judgement else None,
        "why": judgement.why if judgement else None,
        "first": day_text(source.first),
        "last": day_text(source.last),
        "messages": source.messages,
        "aligned": source.aligned,
        "addresses": {str(address): messages for address, messages in source.addresses.most_common()},
        "has_more_addresses": source.has_more_addresses,
        "domains": dict(source.domains.most_common(20)),
        "dispositions": dict(source.dispositions),
    }
