"""The `staygreen` command: one line for each command, and how the program ends."""

from __future__ import annotations

import traceback
from importlib import import_module
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup
from typer.main import get_group

from staygreen import __version__
from staygreen.cli import aws_errors, standard_streams
from staygreen.cli.output import print_text

MODULES = {
    "init": "init",
    "plan": "plan",
    "adopt": "adopt",
    "import-map": "adopt",
    "config": "config_command",
    "records": "records",
    "preflight": "preflight",
    "doctor": "doctor",
    "addresses": "addresses",
    "protect": "protect",
    "drift": "drift",
    "deploy-policy": "deploy_policy",
    "dkim": "dkim",
    "check": "check",
    "snds": "snds",
    "decode": "decode",
    "slow-down": "decode",
    "read": "read",
    "diagnose": "diagnose",
    "verdict": "verdict",
    "report": "report",
    "case": "case",
    "incidents": "incidents",
    "redrive": "incidents",
    "deployments": "deployments",
    "approvals": "approvals",
    "stop": "approvals",
    "start": "approvals",
    "replay": "replay",
    "review": "review",
    "facts": "facts",
    "cost": "cost",
    "spf": "spf",
    "reports": "reports",
    "dmarc": "dmarc",
}
"""The module of `staygreen.cli` that registers each command, in the order of `--help`."""
COVERAGE_LOST = 3


class Commands(TyperGroup):
    """The commands, each imported when it is asked for: one of them costs a fifth of what all cost."""

    def list_commands(self, ctx: Any) -> list[str]:
        """The name of every command."""
        del ctx
        return list(MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of a name; None for a name that no command has."""
        # the names of all are what a typing error is compared with
        for name in [cmd_name] if cmd_name in MODULES else MODULES:
            if name not in self.commands:
                self.commands.update(registered(MODULES[name], self.rich_markup_mode))
        return super().get_command(ctx, cmd_name)


def registered(module: str, markup_mode: Literal["markdown", "rich"] | None = None) -> dict[str, Any]:
    """The commands that a module of `staygreen.cli` registers, by name."""
    one = typer.Typer(rich_markup_mode=markup_mode)
    import_module(f"staygreen.cli.{module}").register(one)
    return dict(get_group(one).commands)


app = typer.Typer(
    name="staygreen",
    cls=Commands,
    help="Keeps the IPs and domains a company sends mail from on AWS in good standing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # panels and colours are for a terminal: `main` asks for them there
    rich_markup_mode=None,
    context_settings={"terminal_width": 120},
)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        print_text(f"staygreen {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options of the program itself."""
    del version


def main() -> None:
    """Run the command; the entry point of the package.

    Where AWS cannot be asked, or says no, one line tells so, and the status is that of lost coverage. So it is when
    the program fails: status 1 is bad news about mail alone.
    """
    standard_streams.end_with_reader()
    if standard_streams.are_terminals():
        app.rich_markup_mode = "rich"
    try:
        try:
            app()
        finally:
            standard_streams.flush()
    except Exception as error:  # noqa: BLE001 - a program that fails has no news about mail, so its status is not 1
        reason = _of_aws(error)
        if reason:
            print_text(reason, err=True)
        else:
            print_text(traceback.format_exc(), err=True, end="")
        raise SystemExit(COVERAGE_LOST) from None


def _of_aws(error: Exception) -> str:
    """What a person is told of an error of boto3's; empty: it is none."""
    if not aws_errors.is_aws(error):
        return ""
    return aws_errors.about("AWS", error)


if __name__ == "__main__":
    main()
