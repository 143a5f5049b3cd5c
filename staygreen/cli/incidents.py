"""`staygreen incidents` and `staygreen redrive`: what is open, what happened, what people say to it."""

from __future__ import annotations

import getpass
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from staygreen.adapters import clock
from staygreen.cli.deployment import with_deployment
from staygreen.cli.output import AsJson, print_json, print_table, print_text
from staygreen.cli.progress import ASKING, waiting
from staygreen.core.alerts import alert, mail
from staygreen.core.checks import CHECKS
from staygreen.core.confirmation import Confirmation
from staygreen.core.deployments.before import Worse, cause_of, told_before
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import Severity, SubjectKind
from staygreen.core.incidents import incident as rules
from staygreen.core.incidents.incident import COVERAGE, Incident, Kind, Status, Transition
from staygreen.core.incidents.run import person_change
from staygreen.core.naming import ANNOUNCER, INCIDENTS, ResourceNames
from staygreen.core.wording import named, utc_time

if TYPE_CHECKING:
    from staygreen.adapters.store.deployments import DeploymentTable
    from staygreen.adapters.store.incidents import IncidentTable, Past

app = typer.Typer(no_args_is_help=True, help="Open incidents and their history; acknowledge, mute, note.")

BAD_NEWS, COVERAGE_LOST = 1, 3

Identifier = Annotated[str, typer.Argument(help="Id of an incident, or its beginning.", metavar="ID")]
By = Annotated[str, typer.Option("--by", help="Who says so; absent: the user of this machine.")]


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="incidents")
    root.command("redrive")(redrive)


@app.command("list")
@with_deployment
def list_(
    names: ResourceNames,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones and those seen once too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print incidents, the worst first. Exit status 1 when one is open, 3 when only coverage is lost."""
    with waiting(ASKING):
        found = [i for i in known_incidents(incident_table(names)) if everything or i.status is Status.OPEN]
    found.sort(key=lambda i: (i.status is not Status.OPEN, i.severity.rank, i.first_seen))
    if as_json:
        for incident in found:
            print_json(document(incident))
    else:
        _print_table(found)
    raise typer.Exit(status([i for i in found if i.status is Status.OPEN]))


@app.command()
@with_deployment
def show(names: ResourceNames, identifier: Identifier, as_json: AsJson = False) -> None:
    """Print one incident as its mail would tell it now, with notes and mute."""
    with waiting(ASKING):
        incident = _find(incident_table(names), identifier)
    if as_json:
        print_json(document(incident))
    else:
        print_text(_told(incident, names))
    raise typer.Exit(status([incident] if incident.status is Status.OPEN else []))


@app.command()
@with_deployment
def history(names: ResourceNames, identifier: Identifier, as_json: AsJson = False) -> None:
    """Print what happened to one incident, oldest first, and who was told when."""
    table = incident_table(names)
    with waiting(ASKING):
        incident = _find(table, identifier)
        happened = list(table.history(incident.id))
        before = "" if as_json else deployed_before(names, incident)
    if before:
        print_text(before)
    for past in happened:
        if as_json:
            row = {"id": past.id, "kind": past.kind, "at": past.at.isoformat(), "by": past.by, "sent": dict(past.sent)}
            print_json(row)
        else:
            print_text(_line(past))


def deployed_before(names: ResourceNames, incident: Incident) -> str:
    """The first line of a timeline: the deployment before it, or that there was none; empty where that is not known."""
    worse = Worse(finding=incident.finding, since=incident.first_seen)
    recorded = deployment_table(names).before(incident.first_seen)
    cause = cause_of(worse, recorded)
    told = cause.sentence if cause else told_before([worse], recorded)
    return f"{incident.first_seen:%Y-%m-%d %H:%M} UTC  {incident.finding.cause} first seen. {told}" if told else ""


def _line(past: Past) -> str:
    """One step for people: when, what, by whom, and who was told when."""
    who = f" by {past.by}" if past.by else ""
    sent = (f"{channel} at {utc_time(datetime.fromisoformat(at))}" for channel, at in sorted(past.sent.items()))
    told = ", ".join(sent)
    return f"{past.at:%Y-%m-%d %H:%M} UTC  {past.kind}{who}  ({f'told {told}' if told else 'not told on its own'})"


@app.command()
@with_deployment
def ack(names: ResourceNames, identifier: Identifier, by: By = "") -> None:
    """Say that somebody is at it: no reminders; changes and the recovery are still told."""
    _change(names, identifier, lambda i, now: rules.acknowledge(i, by or getpass.getuser(), now))


@app.command()
@with_deployment
def mute(
    names: ResourceNames,
    identifier: Identifier,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")],
    duration: Annotated[str, typer.Option("--for", help="How long: 90m, 8h, 3d.")],
    by: By = "",
) -> None:
    """Record what happens, and announce none of it, for a while."""
    length = parse_duration(duration)
    _refuse_long(reason, "--reason")
    _change(names, identifier, lambda i, now: rules.mute(i, by or getpass.getuser(), reason, now + length, now))


@app.command()
@with_deployment
def note(
    names: ResourceNames,
    identifier: Identifier,
    text: Annotated[str, typer.Argument(help="What to remember.")],
    by: By = "",
) -> None:
    """Keep a remark with the incident."""
    _refuse_long(text, "TEXT")
    _change(names, identifier, lambda i, now: rules.note(i, by or getpass.getuser(), text, now))


def _refuse_long(text: str, place: str) -> None:
    if len(text) > rules.LONGEST_NOTE:
        raise typer.BadParameter(
            f"it has {len(text):,} characters; {rules.LONGEST_NOTE:,} are kept: write less, and say where the rest is",
            param_hint=place,
        )


@with_deployment
def redrive(names: ResourceNames) -> None:
    """Have every announcement sent that some channel has not got. Exit status 3 when one could not be sent."""
    import boto3

    # The announcer sends: this machine needs neither Slack's secrets nor the right to publish.
    asked = json.dumps({"redrive": True})
    with waiting("the announcer sends"):
        reply = boto3.client("lambda").invoke(FunctionName=names.function(ANNOUNCER), Payload=asked)
        answer = json.loads(reply["Payload"].read())
    if "FunctionError" in reply:
        print_text(f"not sent: {answer.get('errorMessage', 'the log of the announcer says why')}", err=True)
        raise typer.Exit(COVERAGE_LOST)
    print_text(
        f"{answer['tried']} unsent: each is sent now, or is being sent" if answer["tried"] else "nothing was unsent"
    )


def status(open_ones: list[Incident]) -> int:
    """The exit status that a set of open incidents gives."""
    if any(i.finding.cause != COVERAGE and i.severity is not Severity.INFO for i in open_ones):
        return BAD_NEWS
    return COVERAGE_LOST if any(i.finding.cause == COVERAGE for i in open_ones) else 0


def parse_duration(text: str, option: str = "--for") -> timedelta:
    """A length of time such as ``90m``, ``8h`` or ``3d``, that an option gives."""
    found = re.fullmatch(r"([1-9]\d{0,4})([mhd])", text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a length of time such as 90m, 8h or 3d", param_hint=option)
    unit = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}[found[2]]
    return int(found[1]) * unit


def document(incident: Incident) -> Mapping[str, Any]:
    """One incident as JSON; its keys are an interface."""
    finding, advice = incident.finding, incident.finding.advice
    return {
        "id": incident.id,
        "check": finding.check,
        "subject": finding.subject.key,
        "label": finding.subject.label,
        "cause": finding.cause,
        "status": incident.status.value,
        "severity": finding.severity.value,
        "stale": incident.stale,
        "first_seen": incident.first_seen.isoformat(),
        "last_seen": incident.last_seen.isoformat(),
        "opened_at": _iso(incident.opened_at),
        "closed_at": _iso(incident.closed_at),
        "acknowledged_by": incident.acknowledged_by,
        "muted_until": _iso(incident.muted_until),
        "mute_reason": incident.mute_reason,
        "consequence": advice.consequence if advice else "",
        "next_step": advice.next_step if advice else "",
        "notes": [{"at": n.at.isoformat(), "by": n.by, "text": n.text} for n in incident.notes],
        "evidence": [{"source": e.source, "text": e.text, "raw": e.raw} for e in finding.evidence],
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def incident_table(names: ResourceNames) -> IncidentTable:
    """The incident table of a deployment."""
    import boto3

    from staygreen.adapters.store.incidents import IncidentTable

    return IncidentTable(boto3.client("dynamodb"), names.table(INCIDENTS))


def deployment_table(names: ResourceNames) -> DeploymentTable:
    """The deployments on record, in the same table."""
    import boto3

    from staygreen.adapters.store.deployments import DeploymentTable

    return DeploymentTable(boto3.client("dynamodb"), names.table(INCIDENTS))


def known_incidents(table: IncidentTable) -> Iterator[Incident]:
    """Every incident that is remembered."""
    for check in CHECKS:
        known, _ = table.load(check.id)
        yield from known.values()


def _find(table: IncidentTable, identifier: str) -> Incident:
    found = [i for i in known_incidents(table) if i.id.startswith(identifier.lower())]
    if len(found) != 1:
        said = "no incident has" if not found else f"{len(found)} incidents have"
        raise typer.BadParameter(f"{said} an id that begins with {identifier!r}", param_hint="ID")
    return found[0]


def _change(
    names: ResourceNames, identifier: str, do: Callable[[Incident, datetime], tuple[Incident, Transition]]
) -> None:
    table = incident_table(names)
    with waiting(ASKING):
        before = _find(table, identifier)
    after, transition = do(before, clock.now())
    try:
        table.save(person_change(before, after, transition))
    except SourceUnavailable as error:
        print_text(str(error), err=True)
        raise typer.Exit(COVERAGE_LOST) from error
    print_text(f"{after.id}: {transition.kind.value}")


def _told(incident: Incident, names: ResourceNames) -> str:
    kind = Kind.CLEARED if incident.status is Status.CLOSED else Kind.REMINDER
    told = Transition(id=f"{incident.id}-{incident.sequence}", kind=kind, at=clock.now(), incident=incident)
    context = alert.Context(
        sender=names.sender, environment=names.environment, region="-", runbook_base="docs/runbooks"
    )
    recorded = deployment_table(names).before(incident.first_seen)
    lines = [mail.text(alert.alert(told, context, Confirmation().clears, recorded=recorded)).rstrip()]
    if incident.muted_until:
        lines.append(f"Muted until {utc_time(incident.muted_until)}: {incident.mute_reason}")
    lines += [f"Note of {n.by}, {utc_time(n.at)}: {n.text}" for n in incident.notes]
    return "\n\n".join(lines)


def _print_table(found: list[Incident]) -> None:
    if not found:
        print_text("Nothing is open.")
        return
    columns = ("what is wrong", "severity", "status", "since", "last seen", "id")
    print_table(columns, [_row(incident) for incident in found])
    print_text("What to do: `staygreen incidents show ID`.")


def _row(incident: Incident) -> tuple[str, ...]:
    stands = incident.status.value + (", stale" if incident.stale else "")
    times = (f"{at:%Y-%m-%d %H:%M}" for at in (incident.first_seen, incident.last_seen))
    return _wrong(incident), incident.severity.value, stands, *times, incident.id


def _wrong(incident: Incident) -> str:
    """What is wrong, with what people call the subject; of a finding without advice, its subject and cause."""
    subject, advice = incident.subject, incident.finding.advice
    if advice is None or not advice.title:
        return f"{named(subject.id, subject.label)}: {incident.finding.cause}"
    return advice.title if subject.kind is SubjectKind.SOURCE else named(advice.title, subject.label)
