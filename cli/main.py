"""The `staygreen` command: one line for each group of commands."""

from __future__ import annotations

import typer

from cli import (
    addresses,
    approvals,
    case,
    check,
    config,
    decode,
    diagnose,
    dkim,
    incidents,
    preflight,
    records,
    replay,
    review,
    snds,
    spf,
    verdict,
)

app = typer.Typer(
    name="staygreen",
    help="Keeps the IPs and domains a company sends mail from on AWS in good standing.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
config.register(app)
records.register(app)
preflight.register(app)
addresses.register(app)
dkim.register(app)
app.add_typer(check.app)
app.add_typer(snds.app)
decode.register(app)
diagnose.register(app)
verdict.register(app)
app.add_typer(case.app)
incidents.register(app)
approvals.register(app)
replay.register(app)
review.register(app)
spf.register(app)


def main() -> None:
    """Run the command; the entry point of the package."""
    app()
