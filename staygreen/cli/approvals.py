"""`staygreen approvals`, `staygreen stop` and `staygreen start`: what waits for a person, and the switch."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from staygreen.adapters import clock
from staygreen.adapters.aws import kill_switch
from staygreen.cli.deployment import with_deployment
from staygreen.cli.output import AsJson, print_json, print_table, print_text
from staygreen.cli.progress import ASKING, waiting
from staygreen.core.alerts import alert, decision
from staygreen.core.alerts.repair_alert import Messages, details, values
from staygreen.core.naming import APPROVALS, INCIDENTS, ResourceNames
from staygreen.core.repair.repair import Measure, Stage
from staygreen.core.wording import utc_time

if TYPE_CHECKING:
    from staygreen.adapters.store.repairs import RepairTable

app = typer.Typer(no_args_is_help=True, help="Repairs that wait for a person, and all that are in force.")
BAD_NEWS, UNREADABLE = 1, 3
TIMEOUT_SECONDS = 40

Identifier = Annotated[str, typer.Argument(help="Id of a measure, or its beginning.", metavar="ID")]


def register(root: typer.Typer) -> None:
    """Add the commands."""
    root.add_typer(app, name="approvals")
    root.command("stop")(stop)
    root.command("start")(start)


@app.command("list")
@with_deployment
def list_(
    names: ResourceNames,
    everything: Annotated[bool, typer.Option("--all", help="What is planned or in force too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print what waits for a decision. Exit status 1 when something does."""
    with waiting(ASKING):
        found = [m for m in _table(names).open_measures() if everything or m.stage is Stage.AWAITING]
    found.sort(key=lambda m: (m.stage is not Stage.AWAITING, m.plan.severity.rank, m.plan.made_at))
    if as_json:
        for one in found:
            print_json(details(one))
    else:
        _print(found)
    raise typer.Exit(BAD_NEWS if any(m.stage is Stage.AWAITING for m in found) else 0)


@app.command()
@with_deployment
def show(names: ResourceNames, identifier: Identifier, as_json: AsJson = False) -> None:
    """Print a plan: what it sets from what to what, why, at what risk, how it is undone, and what happened so far."""
    table = _table(names)
    with waiting(ASKING):
        one = _find(table, identifier)
        happened = list(table.history(one.id))
    if as_json:
        print_json(details(one))
        return
    print_text("\n".join(described(one)))
    for past, text in happened:
        print_text(f"{past.at:%Y-%m-%d %H:%M} UTC  {past.kind}{' by ' + past.by if past.by else ''}: {text}")


@app.command()
@with_deployment
def approve(names: ResourceNames, identifier: Identifier) -> None:
    """Approve the plan as it stands; who you are is what IAM says."""
    _decide("approve", identifier, names)


@app.command()
@with_deployment
def deny(names: ResourceNames, identifier: Identifier) -> None:
    """Deny the plan; nothing is changed."""
    _decide("deny", identifier, names)


@with_deployment
def stop(names: ResourceNames, reason: Annotated[str, typer.Option("--reason", help="Why; it is kept.")]) -> None:
    """Stop every repair at once: nothing is applied and nothing is taken back until `staygreen start`."""
    _turn(names, stopped=True, reason=reason)
    print_text("Repairs are stopped. What is in force stays as it is; `staygreen start` lets them go on.")


@with_deployment
def start(names: ResourceNames) -> None:
    """Let repairs go on."""
    _turn(names, stopped=False, reason="")
    print_text("Repairs go on. What was held is taken up within a quarter of an hour.")


def _turn(names: ResourceNames, *, stopped: bool, reason: str) -> None:
    import boto3

    switch = names.kill_switch
    kill_switch.turn(boto3.client("ssm"), switch, stopped=stopped, by=getpass.getuser(), reason=reason, at=clock.now())


def _table(names: ResourceNames) -> RepairTable:
    import boto3

    from staygreen.adapters.store.repairs import RepairTable

    # it only reads: nothing is told from here
    context = alert.Context(sender=names.sender, environment=names.environment, region="", runbook_base="")
    return RepairTable(boto3.client("dynamodb"), names.table(INCIDENTS), (), Messages(context=context))


def _find(table: RepairTable, identifier: str) -> Measure:
    whole = table.measure(identifier.lower())
    if whole is not None:
        return whole
    found = [m for m in table.open_measures() if m.id.startswith(identifier.lower())]
    if len(found) != 1:
        said = "no measure has" if not found else f"{len(found)} measures have"
        raise typer.BadParameter(f"{said} an id that begins with {identifier!r}", param_hint="ID")
    return found[0]


def described(one: Measure) -> Iterator[str]:
    """What, where, before and after, why, what objects, how it is undone, until when; then what to type."""
    plan = one.plan
    yield f"What: {plan.summary}"
    for point in decision.points(details(one), list(_assignments(one))):
        yield from _point(point)
    yield from (f"Approved by {each.by}, {utc_time(each.at)}" for each in one.approvals)
    if plan.command:
        yield f"By hand: {plan.command}"
    yield f"{one.id}: {plan.remediation}, {one.stage.value}, mode {one.mode.value}, plan {plan.hash[:16]}"
    if one.stage is Stage.AWAITING:
        yield f"`staygreen approvals approve {one.id}` or `staygreen approvals deny {one.id}` decides."


def _point(point: decision.Point) -> Iterator[str]:
    if len(point.lines) == 1 and "\n" not in point.lines[0]:
        yield f"{point.name}: {point.lines[0]}"
        return
    yield f"{point.name}:"
    yield from (f"  {line}" for text in point.lines for line in text.splitlines())


def _assignments(one: Measure) -> Iterator[str]:
    done = dict.fromkeys(one.made, " (set)") | dict.fromkeys(one.unsure, " (interrupted: nobody knows who set it)")
    for place, action in enumerate(one.plan.actions):
        before, after = values(action)
        sets = {"sets": action.setting.value, "of": action.resource, "before": before, "after": after}
        yield decision.assignment(sets) + done.get(place, "")


def _print(found: list[Measure]) -> None:
    if not found:
        print_text("Nothing waits.")
        return
    print_table(("what", "severity", "stage", "good until", "id"), [_row(one) for one in found])
    print_text("To decide: `staygreen approvals show ID`.")


def _row(one: Measure) -> tuple[str, ...]:
    until = f"{one.plan.good_until:%Y-%m-%d %H:%M}"
    return one.plan.summary, one.plan.severity.value, one.stage.value, until, one.id


def _decide(decision: str, identifier: str, names: ResourceNames) -> None:
    with waiting(ASKING):
        one = _find(_table(names), identifier)
        asked = {"decision": decision, "measure": one.id, "plan": one.plan.hash}
        status, answer = _call(names, json.dumps(asked))
    if status != 200:
        print_text(f"Not done: {answer.get('error') or answer.get('Message') or f'status {status}'}", err=True)
        raise typer.Exit(UNREADABLE if status in (403, 500, 502) else BAD_NEWS)
    needed = answer["approvals_needed"] - len(answer["approvals"])
    waits = f"; {needed} more needed" if answer["stage"] == Stage.AWAITING.value else ""
    print_text(f"{one.id}: {answer['stage']}{waits}")


def _call(names: ResourceNames, body: str) -> tuple[int, Any]:
    """Call the function URL, signed as whoever runs the command."""
    import boto3
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.httpsession import URLLib3Session

    client = boto3.client("lambda")
    url = client.get_function_url_config(FunctionName=names.function(APPROVALS))["FunctionUrl"]
    if clock.is_local_cloud():
        url = f"{client.meta.endpoint_url}/_aws/lambda-url/{(urlsplit(url).hostname or '').partition('.')[0]}/"
    request = AWSRequest("POST", url, {"Content-Type": "application/json"}, body)
    credentials = boto3.Session().get_credentials()
    if credentials is None:
        return 403, {"error": "there are no AWS credentials"}
    SigV4Auth(credentials, "lambda", client.meta.region_name).add_auth(request)
    answer = URLLib3Session(timeout=TIMEOUT_SECONDS).send(request.prepare())
    try:
        return answer.status_code, json.loads(answer.content or b"{}")
    except ValueError:
        return answer.status_code, {}
