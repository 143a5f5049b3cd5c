"""`staygreen facts`: what templates deploy, in lines that a person reads and compares."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from staygreen.cli.output import print_text
from staygreen.core.errors import StaygreenError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("facts")(facts)


def facts(
    templates: Annotated[Path, typer.Argument(help="Template or cloud assembly, such as cdk.out.")],
    base: Annotated[
        Path | None, typer.Option(help="Template or cloud assembly to compare with: only what differs is printed.")
    ] = None,
    region: Annotated[str, typer.Option(help="Where single templates would be deployed.")] = "",
) -> None:
    """Print what templates deploy: records, monitors, permissions and all else that acts, without AWS."""
    from staygreen.review import inventory, loading

    try:
        head = loading.load(templates, region)
        before = loading.load(base, region) if base else None
    except StaygreenError as error:
        print_text(str(error), err=True)
        raise typer.Exit(3) from error
    print_text(inventory.difference_as_text(before, head) if before else inventory.as_text(head), end="")
