"""`staygreen verdict`: how an address or a domain of the deployed sender stands, from all that its checks hold.

Exit status: 1 when something speaks against it; else 3 when something did not
answer or the sender cannot be read; else 0.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from staygreen.adapters import clock
from staygreen.cli.diagnose import COVERAGE_LOST, document, exit_status, prose
from staygreen.core.errors import SourceUnavailable
from staygreen.core.naming import Names
from staygreen.core.verdict import first_look
from staygreen.core.verdict.verdict import Verdict


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verdict")(run)


def run(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="[IP|DOMAIN]",
            help="Absent: everything that anything was ever held against, or around which something is listed.",
        ),
    ] = "",
    environment: Annotated[
        str, typer.Option("--environment", "-e", help="Which copy of the system to ask.")
    ] = "production",
    as_json: Annotated[bool, typer.Option("--json", help="JSON Lines, which is also what a pipe gets.")] = False,
) -> None:
    """Say how addresses and domains of the deployed sender stand, why, and what to do next.

    Needs the deployed sender; without one, `staygreen diagnose` looks from outside.
    """
    import boto3

    from staygreen.adapters.sources.verdict_evidence import Deployed

    now = clock.now()
    try:
        who = first_look.subject_of(subject) if subject else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="IP|DOMAIN") from None
    try:
        here = Deployed(dynamodb=boto3.client("dynamodb"), names=Names(environment=environment))
        found = (here.verdict(who, now),) if who else here.verdicts(now)
    except SourceUnavailable as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(COVERAGE_LOST) from error
    if as_json or not sys.stdout.isatty():
        for each in found:
            typer.echo(json.dumps(document(each, now), ensure_ascii=False))
    elif who:
        typer.echo(prose(found[0], now), nl=False)
    else:
        _print_table(found)
    statuses = [exit_status(each, is_all_read=True) for each in found]
    raise typer.Exit(min((status for status in statuses if status), default=0))


def _print_table(found: tuple[Verdict, ...]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if not found:
        typer.echo("Nothing was ever held against anything of this sender.")
        return
    shown = Table("subject", "stands", "because", "next", box=None)
    for each in found:
        name = f"{each.subject.id} {each.subject.label}".strip()
        why = ", ".join(cause.word for cause in each.causes[:3]) or "nothing is held against it"
        around = ", ".join(exhibit.cause for exhibit in each.exhibits if exhibit.is_context)
        why += f"; around it: {around}" if around else ""
        shown.add_row(escape(name), each.standing.value.replace("_", " "), escape(why), escape(each.next_step))
    Console().print(shown)
