"""`staygreen doctor`: whether a deployment works as assumed, asked of the account after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from staygreen import __version__
from staygreen.cli.deployment import VARIABLE, load
from staygreen.cli.output import AsJson, Styled, print_json, print_table, print_text
from staygreen.cli.progress import ASKING, waiting
from staygreen.core.doctor import Result, State, examine, report

BAD_NEWS = 1
COVERAGE_LOST = 3
_STYLE = {State.FAILS: "bold red", State.UNKNOWN: "yellow", State.WAITS: "cyan", State.HOLDS: "green"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


def doctor(
    file: Annotated[Path, typer.Option("--config", envvar=VARIABLE, help="The deployed sender's configuration file.")],
    *,
    for_report: Annotated[
        bool, typer.Option("--report", help="Print what an issue asks for: no names, addresses or accounts.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say whether what was deployed works: runs, topics, alarms, reverse names, permissions. Changes nothing.

    Exit status 1 when something fails; else 3 when something could not be asked; else 0.
    """
    import botocore

    from staygreen.adapters import clock
    from staygreen.cli.deployment_survey import survey, wanted

    config = load(file)
    asked_for = wanted(config)
    with waiting(ASKING):
        results = examine(asked_for, survey(config, asked_for), clock.now())
    if as_json:
        for each in results:
            print_json(asdict(each))
    elif for_report:
        print_text(report(results, __version__, config.sender.region, botocore.__version__))
    else:
        _print(results)
    states = {each.state for each in results}
    if State.FAILS in states:
        raise typer.Exit(BAD_NEWS)
    if State.UNKNOWN in states:
        raise typer.Exit(COVERAGE_LOST)


def _print(results: Iterable[Result]) -> None:
    found = tuple(results)
    told = [each for each in found if each.state is not State.HOLDS]
    rows = [(Styled(each.state.value, _STYLE[each.state]), each.subject, each.text, each.next_step) for each in told]
    if rows:
        print_table(("", "subject", "what it is", "next step"), rows)
    holding = len(found) - len(told)
    print_text(f"{holding} of {len(found)} hold. `staygreen doctor --report` prints what to tell an issue.")
