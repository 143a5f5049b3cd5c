"""`staygreen check`: the checks' own logic from where you are, against live DNS."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from lambdas.core import blocklists, dnsbl
from lambdas.core.blocklists import Catalogue, NotCovered
from lambdas.core.dnsbl import Verdict
from lambdas.core.sweep import Result, sweep

app = typer.Typer(
    name="check", help="Ask now, from here, what the deployed checks ask on schedule.", no_args_is_help=True
)

BAD_NEWS = 1
COVERAGE_LOST = 3


@app.callback()
def _group() -> None:
    """Keep `blocklist` a command of its own while it is the only one."""


@app.command()
def blocklist(
    subjects: Annotated[
        list[str] | None, typer.Argument(metavar="SUBJECT", help="Addresses and domains; none: found in AWS.")
    ] = None,
    *,
    resolver: Annotated[
        str, typer.Option(metavar="ADDR[:PORT]", help="Ask this resolver instead of the system's.")
    ] = "",
    catalogue: Annotated[Path | None, typer.Option(metavar="FILE", help="Lists from this file (TOML) instead.")] = None,
    lists: Annotated[str, typer.Option(metavar="ID,...", help="Only these lists, opt-in ones included.")] = "",
    key: Annotated[
        list[str] | None,
        typer.Option(metavar="FAMILY=FILE", help="Key of spamhaus, abusix or spamrats, read from a file. Repeatable."),
    ] = None,
    sender: Annotated[str, typer.Option(help="Without subjects: whose Elastic IPs to look for in AWS.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines, also when the output is piped.")] = False,
) -> None:
    """Look addresses and domains up on DNS blocklists.

    Exit status 1 when one is listed itself; else 3 when a list could not be used; else 0.
    """
    # dnspython takes a moment to import: not for `--help`
    from lambdas.adapters import clock
    from lambdas.adapters.resolver import to

    known = _catalogue(catalogue, lists)
    keys = _keys(key or ())
    names = _canonical(subjects or (), "SUBJECT") or _canonical(_discovered(sender), "AWS")
    selection = blocklists.select(known, {}, keys)
    for entry in selection.asked:
        if warning := entry.age_warning(clock.now().date()):
            typer.echo(f"{warning} (warning)", err=True)
    try:
        lookup = to(resolver)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--resolver") from None
    found = tuple(sweep(selection.asked, names, lookup, token=lambda: secrets.token_hex(16), keys=keys).results)
    if as_json or not sys.stdout.isatty():
        for result in found:
            sys.stdout.write(json.dumps(_row(result)) + "\n")
    else:
        _print_table(found)
    _print_gaps(selection.not_covered)
    raise typer.Exit(_status(found))


def _catalogue(file: Path | None, lists: str) -> Catalogue:
    """The lists to choose from.

    Raises:
        typer.BadParameter: The file cannot be used, or a list is unknown or never asked.
    """
    try:
        known = blocklists.load(file.read_text(encoding="utf-8") if file else None)
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="--catalogue") from None
    except ValueError as error:
        raise typer.BadParameter(f"{file}: {error}", param_hint="--catalogue") from None
    if not lists:
        return known
    try:
        return blocklists.narrowed(known, [name.strip() for name in lists.split(",") if name.strip()])
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--lists") from None


def _keys(options: Iterable[str]) -> dict[str, str]:
    """Keys by family.

    Raises:
        typer.BadParameter: A file cannot be read or holds no key; its content is not shown.
    """
    keys = {}
    for option in options:
        family, _, name = option.partition("=")
        if not family or not name:
            raise typer.BadParameter(f"{option!r} is not FAMILY=FILE", param_hint="--key")
        try:
            key = Path(name).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise typer.BadParameter(f"{name} cannot be read", param_hint="--key") from None
        if not dnsbl.is_key(key):
            raise typer.BadParameter(f"{name} holds no key: letters and digits, 8 to 63", param_hint="--key")
        keys[family] = key
    return keys


def _canonical(names: Iterable[str], hint: str) -> list[str]:
    """The subjects in canonical form, each once.

    Raises:
        typer.BadParameter: One is neither an address nor a domain.
    """
    try:
        return list(dict.fromkeys(dnsbl.canonical(name) for name in names))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from None


def _discovered(sender: str) -> Sequence[str]:
    """What there is to look up in the account.

    Raises:
        typer.BadParameter: No sender is named, or AWS shows nothing.
    """
    if not sender:
        raise typer.BadParameter("name at least one, or --sender to find them in AWS", param_hint="SUBJECT")
    from botocore.exceptions import BotoCoreError

    from lambdas.adapters import aws_sources
    from lambdas.core.errors import SourceUnavailable

    try:
        ask = aws_sources.connect(sender)
        found = [*ask.elastic_ips(), *ask.dedicated_ips(), *ask.identities()]
    except (BotoCoreError, SourceUnavailable) as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(COVERAGE_LOST) from None
    if not found:
        sys.stderr.write(f"AWS shows no address and no domain of {sender}\n")
        raise typer.Exit(COVERAGE_LOST)
    return [subject.id for subject in found]


def _row(result: Result) -> Mapping[str, Any]:
    answer = result.answer
    return {
        "subject": result.subject,
        "list": result.entry.id,
        "answer": answer.verdict.value,
        "codes": list(answer.values),
        "meaning": answer.meaning,
        "scope": list(dict.fromkeys(code.scope.value for code in answer.codes)),
        "reason": answer.reason.value if answer.reason else "",
        "raw": answer.raw,
        "asked": result.name,
        "text": result.text,
        "delist_url": result.entry.delist_url if answer.verdict is Verdict.LISTED else "",
        "elapsed_ms": round(result.elapsed.total_seconds() * 1000, 1),
    }


_STYLE = {Verdict.LISTED: "bold red", Verdict.NOTED: "cyan", Verdict.NOT_LISTED: "green", Verdict.UNKNOWN: "yellow"}


def _print_table(results: Sequence[Result]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column in ("subject", "list", "answer", "what it says", "next step"):
        table.add_column(column, overflow="fold")
    for result in sorted(results, key=lambda one: (one.subject, list(Verdict).index(one.answer.verdict))):
        answer = result.answer
        style = _STYLE[answer.verdict]
        says = answer.meaning or (answer.reason.value.replace("_", " ") if answer.reason else "")
        if answer.verdict is Verdict.UNKNOWN:
            says = f"{answer.reason.value.replace('_', ' ') if answer.reason else ''}: {answer.raw}"
        step = result.entry.delist_url if answer.verdict is Verdict.LISTED else ""
        table.add_row(
            escape(result.subject), result.entry.name, f"[{style}]{answer.verdict.value}[/]", escape(says), step
        )
    Console().print(table)


def _print_gaps(gaps: Iterable[NotCovered]) -> None:
    for gap in gaps:
        sys.stderr.write(f"{gap.text}\n")


def _status(results: Sequence[Result]) -> int:
    """1 for a listing of a subject itself, else 3 for an answer that is missing, else 0."""
    if any(result.answer.is_about_subject for result in results):
        return BAD_NEWS
    if not results or any(result.answer.verdict is Verdict.UNKNOWN for result in results):
        return COVERAGE_LOST
    return 0
