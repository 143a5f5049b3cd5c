"""`staygreen protect`: stacks and tables that were made are protected against deletion."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from staygreen.cli.config_file import DEFAULT_FILE, File, load
from staygreen.cli.deletion_protection import Protection
from staygreen.cli.output import print_text

BAD_NEWS = 1


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command("protect")(protect)


def protect(
    file: File = DEFAULT_FILE,
    *,
    check: Annotated[bool, typer.Option("--check", help="Change nothing: say what is not protected.")] = False,
    stacks: Annotated[
        bool, typer.Option("--stacks", help="Change nothing: print the stacks that were made, divided by commas.")
    ] = False,
) -> None:
    """Protect the sender's stacks and tables against deletion, and look whether they are. `make deploy` runs it.

    Exit status 1 when something is not protected.
    """
    import boto3

    config = load(file).config
    session: Any = boto3.Session(region_name=config.sender.region)
    found = Protection(config.names, session.client("cloudformation"), session.client("dynamodb"))
    if stacks:
        print_text(",".join(sorted(found.stacks())))
        return
    if not check:
        found.switch_on()
    state = {f"the stack {name}": is_on for name, is_on in found.stacks().items()}
    state |= {f"the table {name}": is_on for name, is_on in found.tables().items()}
    bare = [what for what, is_on in state.items() if not is_on]
    for what in bare:
        print_text(f"Not protected against deletion: {what}")
    if bare:
        raise typer.Exit(BAD_NEWS)
    print_text(f"{len(state)} stacks and tables are protected against deletion." if state else "Nothing is deployed.")
