"""`staygreen verdict`: how an address or a domain of the deployed sender stands, from all that its checks hold.

Exit status: 1 when something speaks against it; else 3 when something did not
answer or the sender cannot be read; else 0.
"""

from __future__ import annotations

from typing import Annotated

import typer

from staygreen.adapters import clock
from staygreen.cli import aws_errors
from staygreen.cli.deployment import with_deployment
from staygreen.cli.diagnose import COVERAGE_LOST, document, exit_status, prose
from staygreen.cli.incidents import BAD_NEWS, deployed_before, incident_table, known_incidents
from staygreen.cli.output import AsJson, print_json, print_table, print_text
from staygreen.cli.progress import ASKING, waiting
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import Subject
from staygreen.core.incidents.incident import Status
from staygreen.core.naming import ResourceNames
from staygreen.core.verdict import first_look
from staygreen.core.verdict.verdict import Verdict
from staygreen.core.wording import named


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verdict")(run)


@with_deployment
def run(
    names: ResourceNames,
    subject: Annotated[
        str,
        typer.Argument(
            metavar="[IP|DOMAIN]",
            help="Absent: everything that anything was ever held against, or around which something is listed.",
        ),
    ] = "",
    *,
    as_json: AsJson = False,
) -> None:
    """Say how addresses and domains of the deployed sender stand, why, and what to do next.

    Needs the deployed sender; without one, `staygreen diagnose` looks from outside.
    """
    import boto3

    from staygreen.adapters.sources.verdict_evidence import Deployed

    now = clock.now()
    try:
        who = first_look.subject_of(subject) if subject else None
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="IP|DOMAIN") from None
    try:
        here = Deployed(dynamodb=boto3.client("dynamodb"), names=names)
        with waiting(ASKING):
            found = (here.verdict(who, now),) if who else here.verdicts(now)
    except SourceUnavailable as error:
        print_text(aws_errors.reason(error), err=True)
        raise typer.Exit(COVERAGE_LOST) from error
    if as_json:
        for each in found:
            print_json(document(each, now))
    elif who:
        print_text(prose(found[0], now).rstrip("\n"))
        _print_deployments(names, who, found[0])
    else:
        _print_table(found)
    statuses = [exit_status(each, is_all_read=True) for each in found]
    raise typer.Exit(min((status for status in statuses if status), default=0))


def _print_deployments(names: ResourceNames, subject: Subject, found: Verdict) -> None:
    """What was deployed before each open incident of a subject against which something speaks."""
    if exit_status(found, is_all_read=True) != BAD_NEWS:
        return
    for incident in known_incidents(incident_table(names)):
        if incident.subject == subject and incident.status is Status.OPEN:
            told = deployed_before(names, incident)
            if told:
                print_text(told)


def _print_table(found: tuple[Verdict, ...]) -> None:
    if not found:
        print_text("Nothing was ever held against anything of this sender.")
        return
    print_table(("subject", "stands", "because", "next"), [_row(each) for each in found])


def _row(found: Verdict) -> tuple[str, ...]:
    name = named(found.subject.id, found.subject.label)
    why = ", ".join(cause.word for cause in found.causes[:3]) or "nothing is held against it"
    around = ", ".join(exhibit.cause for exhibit in found.exhibits if exhibit.is_context)
    why += f"; around it: {around}" if around else ""
    return name, found.standing.words, why, found.next_step
