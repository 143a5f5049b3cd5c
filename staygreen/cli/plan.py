"""`staygreen plan`: what a deployment of a file would do with what exists, in the words of a review."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from staygreen.cli.config_file import File, load
from staygreen.cli.output import AsJson, Styled, print_json, print_table, print_text
from staygreen.cli.progress import telling
from staygreen.cli.resolver_control import controlled
from staygreen.core.config.config import Config
from staygreen.core.declared.identity import has_identity
from staygreen.core.dns.resolver_control import own_questions
from staygreen.core.errors import SourceUnavailable
from staygreen.core.estate.comparison.beside import Resource, State
from staygreen.core.estate.comparison.plan import Plan, plan
from staygreen.core.estate.found import Estate
from staygreen.core.published.dns_cache import Answers

if TYPE_CHECKING:
    from staygreen.core.mail_facts.template import Assembly
    from staygreen.review.report import Report

BAD_NEWS, COVERAGE_LOST = 1, 3
_STYLE = {State.CREATE: "green", State.ADOPT: "cyan", State.CHANGE: "bold red", State.UNKNOWN: "yellow"}
_SHOWN = 40


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("plan")(run)


def run(
    file: File,
    *,
    resolver: Annotated[
        str, typer.Option(metavar="ADDR[:PORT]", help="Ask this resolver instead of the system's.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Compare FILE with the account: what would be created, adopted and changed, and what is left alone.

    Exit status 1 when the review of the change says stop; else 3 when something could not be read; else 0.
    """
    config = load(file).config
    estate = read_estate(config, resolver)
    found = plan(config, estate)
    report = reviewed(config, found, str(file))
    if as_json:
        _print_json(found, report)
    else:
        _print(found, report, estate)
    if report.verdict == "stop":
        raise typer.Exit(BAD_NEWS)
    if estate.failures or found.of(State.UNKNOWN):
        raise typer.Exit(COVERAGE_LOST)


def read_estate(config: Config, resolver: str, names: Iterable[str] = ()) -> Estate:
    """Read what a file is compared with: everything, and the details of the identities that it manages.

    Args:
        config: The file.
        resolver: ADDR[:PORT]; empty: the system's.
        names: Further domains whose details are read.
    """
    from staygreen.cli.account_reader import reader, region_of

    region_of(config.sender.region)
    answers = Answers(controlled(resolver, (each for domain in config.domains for each in own_questions(domain.name))))
    with telling("reading the account") as tell:
        reading = reader(config.sender.region, answers, tell, config.names, all_regions=False)
        managed = [domain.name for domain in config.domains if has_identity(domain)]
        return reading.with_details(reading.read(), [*managed, *names])


def reviewed(config: Config, found: Plan, source: str) -> Report:
    """Review what is there against what would be deployed."""
    from staygreen.review import planned, report

    deployed = _deployed(config)
    head = planned.declared(config, found.resources, source, deployed)
    base = planned.found(found.resources, "the account", config.sender.region, deployed)
    return report.review(base, head, datetime.now(UTC).date())


def _deployed(config: Config) -> Assembly | None:
    """The templates of the sender's own stacks that have mail, or the settings of checks."""
    from staygreen.review import deployed, planned

    try:
        return deployed.ask(planned.stacks(config))
    except SourceUnavailable as error:
        print_text(f"What the sender's own stacks have beside the file was not asked: {error}", err=True)
        return None


def _print(found: Plan, report: Report, estate: Estate) -> None:
    from staygreen.review import render

    unread = f"Not read: {', '.join(estate.failures)}. Of the rest: " if estate.failures else ""
    print_text(f"{unread}{_headline(found)}")
    print_text("Not compared: functions, tables and alarms that watch; `cdk diff` shows them.")
    for what, why in estate.failures.items():
        print_text(f"Could not be read: {what} ({why}).")
    rows = [_row(each) for each in found.resources if each.state is not State.KEEP]
    rows += [(Styled("create", _STYLE[State.CREATE]), added, "") for added in found.added]
    if rows:
        print_text("")
        print_table(("", "what", "difference"), rows)
    if found.left:
        print_text("\nLeft alone:")
        for left in found.left[:_SHOWN]:
            print_text(f"  {left.kind.value} {left.name}: {left.why}")
        if len(found.left) > _SHOWN:
            print_text(f"  and {len(found.left) - _SHOWN} more; --json has all")
    if report.findings:
        print_text("")
        print_text(render.as_text(report).rstrip())


def _headline(found: Plan) -> str:
    kept = len(found.of(State.KEEP))
    if found.changes_nothing:
        adopted = len(found.of(State.ADOPT))
        taken = f"; {adopted} that exist would be taken over as they are" if adopted else ""
        return f"Nothing differs: a deployment changes nothing that exists{taken}."
    counts = {state: len(found.of(state)) for state in (State.CREATE, State.ADOPT, State.CHANGE, State.UNKNOWN)}
    counts[State.CREATE] += len(found.added)
    told = ", ".join(f"{count} to {state.value}" for state, count in counts.items() if count)
    return f"{told.replace('to unknown', 'not known')}; {kept} as they are."


def _row(each: Resource) -> tuple[Styled | str, ...]:
    differences = "; ".join(map(str, each.differences))
    owner = f"{each.owner.tool} has it ({each.owner.place})" if each.owner else ""
    what = f"{each.kind.value} {each.name}"
    return Styled(each.state.value, _STYLE[each.state]), what, "; ".join(filter(None, (differences, owner)))


def _print_json(found: Plan, report: Report) -> None:
    for each in found.resources:
        print_json(
            {
                "action": each.state.value,
                "kind": each.kind.value,
                "name": each.name,
                "stack": each.stack,
                "differences": [
                    {"what": one.what, "found": one.found, "declared": one.declared} for one in each.differences
                ],
                "owner": str(each.owner) if each.owner else None,
            }
        )
    for added in found.added:
        print_json({"action": "create", "kind": "event destination", "name": added})
    for left in found.left:
        print_json({"action": "leave", "kind": left.kind.value, "name": left.name, "why": left.why})
    print_json({"verdict": report.verdict, "findings": len(report.findings)})
