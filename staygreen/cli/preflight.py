"""`staygreen preflight`: what a deployment would lose and what is not possible yet, from live DNS and AWS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from staygreen.cli.config_file import DEFAULT_FILE, File, load
from staygreen.cli.output import AsJson, Styled, print_json, print_table, print_text
from staygreen.cli.progress import ASKING, waiting
from staygreen.cli.resolver_control import controlled
from staygreen.core.config.config import Config
from staygreen.core.config.parser import read_file
from staygreen.core.dns.resolver_control import own_questions
from staygreen.core.errors import ConfigError
from staygreen.core.preflight import judge
from staygreen.core.preflight.item import Item, Kind
from staygreen.core.preflight.world import World
from staygreen.core.published.dns_cache import Answers

BAD_NEWS = 1
COVERAGE_LOST = 3
_NO_ACCOUNT = "000000000000"
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
    beside: Annotated[
        list[Path] | None,
        typer.Option(help="Another file that may claim the same; those in FILE's folder are looked at by themselves."),
    ] = None,
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
        items = judge(config, world, answers, _others(file, config, beside or ()))
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


def _others(file: Path, config: Config, named: Iterable[Path]) -> Mapping[str, Config]:
    """The named files, and those of the folder that are of the same account; files that cannot be read are told."""
    folder = (each for each in sorted(file.parent.glob("*.toml")) if each.resolve() != file.resolve())
    # the examples stand for an account that nobody has
    around = folder if config.sender.account != _NO_ACCOUNT else ()
    found: dict[str, Config] = {}
    for each in dict.fromkeys((*named, *around)):
        try:
            found[str(each)] = read_file(each.read_text(encoding="utf-8"), str(each)).config
        except (OSError, UnicodeDecodeError, ConfigError):
            print_text(f"{each}: cannot be read, and is not compared (warning)", err=True)
    return found


def _print(items: Iterable[Item]) -> None:
    rows = [(Styled(item.kind.value, _STYLE[item.kind]), item.subject, item.text, item.next_step) for item in items]
    if rows:
        print_table(("", "subject", "what it is", "next step"), rows)
    else:
        print_text("Nothing is in the way.")
