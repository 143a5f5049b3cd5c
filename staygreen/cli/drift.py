"""`staygreen drift`: what of the deployed stacks is not as their templates say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from staygreen.cli.config_file import DEFAULT_FILE, File, load
from staygreen.cli.deletion_protection import Protection
from staygreen.cli.output import AsJson, print_json, print_text
from staygreen.cli.progress import telling

if TYPE_CHECKING:
    from staygreen.adapters.estate.stack_drift import Compared

BAD_NEWS, COVERAGE_LOST = 1, 3


def register(root: typer.Typer) -> None:
    """Add the command."""
    root.command("drift")(drift)


def drift(file: File = DEFAULT_FILE, *, as_json: AsJson = False) -> None:
    """Have CloudFormation compare the sender's stacks with what is there. `make deploy ADOPT=1` ends with it.

    What was adopted keeps the settings it had. Exit status 1 when something differs; else 3 when a stack could not be
    compared; else 0.
    """
    import boto3

    from staygreen.adapters.estate.stack_drift import compare

    config = load(file).config
    session: Any = boto3.Session(region_name=config.sender.region)
    cloudformation = session.client("cloudformation")
    stacks = sorted(Protection(config.names, cloudformation, session.client("dynamodb")).stacks())
    found: list[Compared] = []
    with telling("comparing stacks") as tell:
        for each in compare(cloudformation, stacks):
            found.append(each)
            tell(f"{len(found)} of {len(stacks)}")
    if as_json:
        _print_json(found)
    else:
        _print(found, file)
    if any(each.drifted for each in found):
        raise typer.Exit(BAD_NEWS)
    if any(each.failure for each in found):
        raise typer.Exit(COVERAGE_LOST)


def _print(found: list[Compared], file: Path) -> None:
    if not found:
        print_text("Nothing is deployed.")
        return
    compared, resources = sum(each.compared for each in found), sum(each.resources for each in found)
    print_text(f"CloudFormation compared {compared} of {resources} resources; it compares no others.")
    for each in found:
        if each.failure:
            print_text(f"Not compared: the stack {each.stack} ({each.failure}).")
    drifted = [one for each in found for one in each.drifted]
    if not drifted:
        print_text("None of those compared differs from its template.")
        return
    print_text("What differs, as it is → as the template says:")
    for one in drifted:
        print_text(f"  {one}")
        for sentence in one.means:
            print_text(f"      {sentence}")
    print_text(
        "\nNext, one of the two:\n"
        f"  make deploy CONFIG={file} REVERT=1   # have CloudFormation make it as the template says\n"
        f"  write what is there into {file}, and deploy"
    )


def _print_json(found: list[Compared]) -> None:
    for each in found:
        print_json(
            {
                "stack": each.stack,
                "resources": each.resources,
                "compared": each.compared,
                "failure": each.failure,
                "drifted": [
                    {
                        "what": one.what,
                        "differences": [
                            {"what": one_of.what, "found": one_of.found, "declared": one_of.declared}
                            for one_of in one.differences
                        ],
                        "means": list(one.means),
                    }
                    for one in each.drifted
                ],
            }
        )
