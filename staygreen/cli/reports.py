"""`staygreen reports`: DMARC and TLS reports read on a laptop, without AWS and without a database."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, NoReturn

import typer

from staygreen.cli.deployment import Environment, Sender, with_deployment
from staygreen.cli.output import AsJson, print_json, print_table, print_text
from staygreen.cli.progress import ASKING, Count, waiting
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
from staygreen.core.dmarc.queries import QUERIES, TABLE, UNPROVEN_TABLE, by_name
from staygreen.core.naming import ResourceNames
from staygreen.core.reports import estate_file, services
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.read import REPORT_SUFFIXES, reports
from staygreen.core.reports.report import Item, Refusal, Rows
from staygreen.core.reports.summary import Source, Summary
from staygreen.core.wording import plural

if TYPE_CHECKING:
    from staygreen.adapters.reports.athena import Answer

BAD_NEWS, UNREADABLE = 1, 3
_WINDOW = "35d"
_CHUNK = 256 * 1024
_TLS_SESSIONS, _TLS_SHARE = 10, 0.01
"""Failing sessions, and their share of all, from which on TLS failures are bad news."""

app = typer.Typer(no_args_is_help=True, help="DMARC and TLS reports: what receivers say of mail in your name.")

Paths = Annotated[
    list[str],
    typer.Argument(metavar="PATH...", help="Reports, mails, mbox files, archives, directories of them; - for stdin."),
]
OptionalPaths = Annotated[
    list[str] | None,
    typer.Argument(metavar="[PATH...]", help="As for `read`; without any, what a deployed sender has received."),
]
Since = Annotated[str, typer.Option("--since", help="Of a deployed sender: how far back, such as 35d.")]
Unproven = Annotated[
    bool, typer.Option("--unproven", help="Of a deployed sender: the reports that nothing proves genuine, alone.")
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
def days(
    paths: OptionalPaths = None,
    *,
    config: ConfigFiles = None,
    sender: Sender = "",
    environment: Environment = "",
    since: Since = _WINDOW,
    unproven: Unproven = False,
    as_json: AsJson = False,
) -> None:
    """Show messages by day and policy domain, of files or of a deployed sender.

    Exit status as `read`.
    """
    summary, tell = _either(paths, config, sender, environment, since, unproven=unproven)
    rows = sorted(summary.days.items())
    tell(as_json)
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
def sources(
    paths: OptionalPaths = None,
    *,
    config: ConfigFiles = None,
    sender: Sender = "",
    environment: Environment = "",
    since: Since = _WINDOW,
    unproven: Unproven = False,
    as_json: AsJson = False,
) -> None:
    """Show every source that sends in your name: faults of your own mail first, then by messages.

    Of files, or of what a deployed sender has received.

    Exit status as `read`.
    """
    summary, tell = _either(paths, config, sender, environment, since, unproven=unproven)
    tell(as_json)
    if as_json:
        for source in summary.sources:
            print_json(_source_document(source))
    else:
        print_sources(summary, None, is_first=True)
    _leave(summary)


@app.command()
@with_deployment
def query(
    names: ResourceNames,
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"One of {', '.join(each.name for each in QUERIES)}.")],
    unproven: Unproven = False,
    as_json: AsJson = False,
) -> None:
    """Ask Athena a saved question about the rows of received reports.

    Costs what Athena reads: 5 USD a TB, 10 MB at the least.
    """
    asked = by_name(name)
    if asked is None:
        raise typer.BadParameter(f'"{name}" is none of {", ".join(each.name for each in QUERIES)}', param_hint="NAME")
    answer = _ask(names, asked.sql(UNPROVEN_TABLE if unproven else TABLE))
    if as_json:
        for row in answer.rows:
            print_json(dict(zip(answer.columns, row, strict=True)))
        return
    print_text(f"{asked.question} {'Of reports that nothing proves genuine.' if unproven else ''}".strip())
    print_table(answer.columns, answer.rows)
    print_text(f"{plural(len(answer.rows), 'row')}; Athena read {answer.scanned / 1e6:,.1f} MB.")


def _ask(names: ResourceNames, sql: str) -> Answer:
    import boto3

    from staygreen.adapters.reports.athena import Athena

    with waiting(ASKING):
        return Athena(client=boto3.client("athena"), workgroup=names.workgroup, database=names.database).ask(sql)


def _either(
    paths: list[str] | None, config: list[Path] | None, sender: str, environment: str, since: str, *, unproven: bool
) -> tuple[Summary, Callable[[bool], None]]:
    """The summary of files, or of a deployed sender; and what says, as JSON or not, what it leaves out."""
    if not paths:
        from staygreen.cli.stored_reports import names_of, stored

        found = stored(names_of(config, sender, environment), since, proven=not unproven)
        return found.summary, found.tell
    if sender or environment or unproven or since != _WINDOW:
        raise typer.BadParameter("--sender, --environment, --since and --unproven are about no files: leave out PATH")
    estate = _estate(config)
    return _summary(paths, estate), lambda as_json: None if as_json else print_unlisted(estate)


def summarised(paths: list[str], config: list[Path] | None) -> Summary:
    """The reports below the paths, counted; judged by what the files say is ours."""
    return _summary(paths, _estate(config))


def items_of(paths: list[str]) -> Iterator[Item]:
    """What stands in the files below the paths."""
    yield from (item for _, item in _items(paths))


def estate_of(config: list[Path] | None) -> Estate | None:
    """What the files say is ours; None: no file was given."""
    return _estate(config)


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
