"""`staygreen deployments`: what was deployed, when, from which commit, and which mail facts it changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from staygreen.adapters import clock
from staygreen.cli.deployment import with_deployment
from staygreen.cli.incidents import COVERAGE_LOST, deployment_table, incident_table, known_incidents, parse_duration
from staygreen.cli.output import AsJson, print_json, print_text
from staygreen.cli.progress import ASKING, waiting
from staygreen.core.codec import encoded
from staygreen.core.deployments.before import Worse
from staygreen.core.deployments.deployment import Deployment, FactChange
from staygreen.core.deployments.past import past_troubles, written
from staygreen.core.incidents.incident import Status
from staygreen.core.naming import ResourceNames
from staygreen.core.wording import plural, utc_time

MOST_SHOWN = 12
"""Changed facts that are printed of one deployment; records come first."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("deployments")(deployments)


@with_deployment
def deployments(
    names: ResourceNames,
    since: Annotated[str, typer.Option("--since", help="How far back: 12h, 30d.")] = "30d",
    for_review: Annotated[
        Path | None,
        typer.Option("--for-review", help="Write that time's incidents there, for `staygreen review --incidents`."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List finished deployments with the mail facts that they changed, the newest first."""
    begin = clock.now() - parse_duration(since, "--since")
    table = deployment_table(names)
    with waiting(ASKING):
        recorded = table.recording_since()
        found = sorted(table.ended(begin), key=lambda each: each.id, reverse=True)
        past = _for_review(names, begin) if for_review is not None else ""
    if for_review is not None:
        for_review.write_text(past)
    if as_json:
        for each in found:
            print_json(encoded(each))
        return
    if recorded is None:
        print_text("No deployment was ever recorded: what was deployed is not known.")
        raise typer.Exit(COVERAGE_LOST)
    if recorded > begin:
        print_text(f"Deployments are recorded since {utc_time(recorded)}: what was before is not known.")
    if not found:
        print_text("Nothing was deployed in that time.")
    for each in found:
        print_text("\n".join(lines(each)))


def lines(deployment: Deployment) -> Iterator[str]:
    """One deployment for people: what, when, from where, and below it each changed fact."""
    outcome = deployment.outcome.value
    yield f"{deployment.at:%Y-%m-%d %H:%M} UTC  {outcome:11}  {deployment.stack}  ({deployment.source})"
    if deployment.unknown:
        yield f"    what it changed is not known: {deployment.unknown}"
        return
    yield from (f"    {_told(change)}" for change in deployment.changes[:MOST_SHOWN])
    hidden = len(deployment.changes[MOST_SHOWN:])
    if hidden or deployment.changes_left_out:
        more = plural(hidden + deployment.changes_left_out, "more change")
        yield f"    and {more}{'; --json has them' if not deployment.changes_left_out else f'; --json has {hidden}'}"
    if deployment.unread:
        yield f"    {plural(deployment.unread, 'part')} of the template could not be read, and may have changed"
    if not deployment.changes and not deployment.unread:
        yield "    no mail fact changed"


def _told(change: FactChange) -> str:
    values = " → ".join(part for part in (change.before, change.after) if part)
    return f"{change.sentence}{f': {values}' if values else ''}"


def _for_review(names: ResourceNames, begin: datetime) -> str:
    """The incidents of a time, with the records that they were about, as a review reads them."""
    incidents = known_incidents(incident_table(names))
    told = [each for each in incidents if each.status is not Status.SEEN and each.last_seen >= begin]
    return written(past_troubles((Worse(finding=each.finding, since=each.first_seen), each.last_seen) for each in told))
