"""`staygreen cost`: what a deployment costs in a month."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import typer

from staygreen.cli.output import print_text
from staygreen.core.errors import StaygreenError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("cost")(cost)


def cost(
    templates: Annotated[Path, typer.Argument(help="Cloud assembly, such as cdk.out.")],
    assumed: Annotated[
        Path | None, typer.Option("--usage", help="What it does in a month, in the form of data/usage.toml.")
    ] = None,
) -> None:
    """Print what templates cost in a month: computed from prices of a fixed day, never asked of AWS."""
    from staygreen.review import cost, loading

    try:
        found = loading.load(templates)
        usage = cost.usage(assumed)
    except (StaygreenError, OSError, tomllib.TOMLDecodeError) as error:
        print_text(str(error), err=True)
        raise typer.Exit(3) from error
    print_text("Computed from list prices of us-east-1 without free tier, not measured.")
    for part in found.unread_parts():
        print_text(f"Not counted, since it could not be read: {part.name} ({part.why})")
    print_text(cost.table(cost.bill(found, cost.prices(), usage)))
