"""The `staygreen` command: one line for each group of commands."""

from __future__ import annotations

import sys

import typer

from staygreen.cli import (
    addresses,
    approvals,
    case,
    check,
    config_command,
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
config_command.register(app)
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


COVERAGE_LOST = 3
_HINTS = {
    "NoRegionError": "set AWS_DEFAULT_REGION, or a region in the profile that AWS_PROFILE names",
    "NoCredentialsError": "set AWS_PROFILE, or log in as you do for the AWS CLI",
}


def main() -> None:
    """Run the command; the entry point of the package.

    Where AWS cannot be asked, or says no, one line tells so, and the status is that of lost coverage.
    """
    try:
        app()
    except Exception as error:
        reason = _of_aws(error)
        if not reason:
            raise
        typer.echo(reason, err=True)
        raise SystemExit(COVERAGE_LOST) from None


def _of_aws(error: Exception) -> str:
    """What a person is told of an error of boto3's; empty: it is none."""
    # a command that asked AWS has loaded it; no other pays for it
    known = sys.modules.get("botocore.exceptions")
    if known is None or not isinstance(error, known.BotoCoreError | known.ClientError):
        return ""
    hint = _HINTS.get(type(error).__name__, "")
    return f"AWS did not answer: {str(error).rstrip('.')}{f'; {hint}' if hint else ''}"
