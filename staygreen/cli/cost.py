"""`staygreen cost`: what a deployment costs in a month."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from staygreen.cli.output import print_text
from staygreen.core.errors import StaygreenError

if TYPE_CHECKING:
    from staygreen.review.cost import Line


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("cost")(cost)


def cost(
    templates: Annotated[Path | None, typer.Argument(help="Cloud assembly, such as cdk.out.")] = None,
    assumed: Annotated[
        Path | None, typer.Option("--usage", help="What it does in a month, in the form of data/usage.toml.")
    ] = None,
    reports: Annotated[
        int | None, typer.Option("--reports", min=0, help="DMARC and TLS reports a day: what receiving them adds.")
    ] = None,
) -> None:
    """Print what templates cost in a month, or what reports add: computed from prices of a fixed day, asking no AWS."""
    from staygreen.review import cost, loading, report_cost

    if (templates is None) == (reports is None):
        raise typer.BadParameter("give a cloud assembly, or --reports NUMBER")
    try:
        usage = cost.usage(assumed)
        if templates is None:
            _print_reports(reports or 0, report_cost.bill(reports or 0, cost.prices(), usage))
            return
        found = loading.load(templates)
    except (StaygreenError, OSError, tomllib.TOMLDecodeError) as error:
        print_text(str(error), err=True)
        raise typer.Exit(3) from error
    print_text("Computed from list prices of us-east-1 without free tier, not measured.")
    for part in found.unread_parts():
        print_text(f"Not counted, since it could not be read: {part.name} ({part.why})")
    print_text(cost.table(cost.bill(found, cost.prices(), usage)))


def _print_reports(a_day: int, lines: tuple[Line, ...]) -> None:
    from staygreen.review import cost

    print_text("Computed from list prices of us-east-1 without free tier, not measured; beside what stands anyway.")
    print_text(f"{a_day:,} reports a day, in a month in which as much goes as comes:")
    print_text(cost.table(lines))
