"""`staygreen preflight`: what a deployment would lose and what is not possible yet, from live DNS and AWS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer

from staygreen.cli.config_file import DEFAULT_FILE, File, load
from staygreen.cli.output import AsJson, Styled, print_json, print_table, print_text
from staygreen.cli.progress import ASKING, waiting
from staygreen.cli.resolver_control import controlled
from staygreen.core.dns.resolver_control import own_questions
from staygreen.core.preflight import judge
from staygreen.core.preflight.item import Item, Kind
from staygreen.core.preflight.world import World
from staygreen.core.published.dns_cache import Answers

BAD_NEWS = 1
COVERAGE_LOST = 3
_STYLE = {Kind.LOST: "bold red", Kind.IMPOSSIBLE: "red", Kind.UNKNOWN: "yellow", Kind.NOTE: "cyan"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("preflight")(run)


def run(
    file: File = DEFAULT_FILE,
    *,
    resolver: Annotated[
        str, typer.Option(metavar="ADDR[:PORT]", help="Ask this resolver instead of the system's.")
    ] = "",
    aws: Annotated[bool, typer.Option("--aws/--no-aws", help="Ask the AWS account too.")] = True,
    as_json: AsJson = False,
) -> None:
    """Say what a deployment would lose, and what is not possible yet. Changes nothing.

    Exit status 1 when something would be lost or cannot work; else 3 when something could not be asked; else 0.
    """
    config = load(file).config
    answers = Answers(controlled(resolver, (each for domain in config.domains for each in own_questions(domain.name))))
    world = World()
    if aws:
        from staygreen.cli.account_survey import survey

        with waiting(ASKING):
            world = survey(config)
    with waiting("asking DNS"):
        items = judge(config, world, answers)
    if as_json:
        for item in items:
            print_json(asdict(item))
    else:
        _print(items)
    kinds = {item.kind for item in items}
    if kinds & {Kind.LOST, Kind.IMPOSSIBLE}:
        raise typer.Exit(BAD_NEWS)
    if Kind.UNKNOWN in kinds:
        raise typer.Exit(COVERAGE_LOST)


def _print(items: Iterable[Item]) -> None:
    rows = [(Styled(item.kind.value, _STYLE[item.kind]), item.subject, item.text, item.next_step) for item in items]
    if rows:
        print_table(("", "subject", "what it is", "next step"), rows)
    else:
        print_text("Nothing is in the way.")
