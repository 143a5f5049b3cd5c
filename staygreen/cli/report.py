"""`staygreen report`: what the deployed sender knows, as one page of pictures that can be mailed or printed.

Exit status: 1 when something is held against the sender; else 3 when a source did not answer; else 0.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from botocore.exceptions import ClientError

from staygreen.adapters import clock
from staygreen.cli import aws_errors
from staygreen.cli.deployment import with_deployment_and_file
from staygreen.cli.incidents import parse_duration
from staygreen.cli.output import print_text
from staygreen.cli.progress import ASKING, waiting
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import IPAddress
from staygreen.core.naming import INCIDENTS, ResourceNames
from staygreen.core.pictures import short_verdict
from staygreen.core.pictures.period import Period
from staygreen.core.snds.history import KEPT

if TYPE_CHECKING:
    from staygreen.adapters.sources.report_facts import ReportSources
    from staygreen.core.dmarc.readiness.answer import Readiness
    from staygreen.core.pictures.facts import Facts
    from staygreen.core.reports.summary import Summary

BAD_NEWS, COVERAGE_LOST = 1, 3
_NOT_DEPLOYED = ("ParameterNotFound", "ResourceNotFoundException")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(run)


@with_deployment_and_file
def run(
    names: ResourceNames,
    config: Path | None,
    *,
    since: Annotated[str, typer.Option("--since", help="How far back: 30d, 90d; 400d at most.")] = "90d",
    output: Annotated[Path, typer.Option("--output", help="The file to write.")] = Path("report.html"),
    for_case: Annotated[
        str, typer.Option("--for-case", metavar="ADDRESS", help="Only what goes with a delisting request for it.")
    ] = "",
    dmarc: Annotated[
        list[str] | None,
        typer.Option("--dmarc", metavar="PATH", help="DMARC and TLS reports to show too: a file or directory."),
    ] = None,
) -> None:
    """Write what is known of the deployed sender as one page: the verdict in three sentences, then pictures.

    The page loads nothing and runs nothing: it can be mailed, attached and printed.
    """
    from staygreen.core.pictures import page

    length = parse_duration(since, "--since")
    if not timedelta(days=1) <= length <= KEPT:
        raise typer.BadParameter(f"from a day to {KEPT.days} days are kept", param_hint="--since")
    address = _address(for_case) if for_case else None
    reports = _reports(dmarc, config) if dmarc and not address else None
    now = clock.now()
    sources = _sources(names)
    try:
        with waiting(ASKING):
            facts = sources.facts(Period.until(now, length), now)
    except SourceUnavailable as error:
        print_text(aws_errors.reason(error), err=True)
        raise typer.Exit(COVERAGE_LOST) from error
    if address:
        from staygreen.adapters.sources.report_facts import of_address

        facts = of_address(facts, address)
    else:
        readiness: tuple[Readiness, ...] = ()
        missing = ""
        if reports is None:
            reports, readiness, missing = _received(names, config, since)
        unread = (*facts.unread, missing) if missing else facts.unread
        facts = replace(facts, reports=reports, readiness=readiness, unread=unread)
    drawn = page.for_case(facts, str(address)) if address else page.report(facts)
    _write(output, drawn)
    print_text("\n".join(filter(None, (short_verdict.not_asked(facts), *short_verdict.sentences(facts)))))
    print_text(f"{output}: {len(drawn.encode()) / 1000:,.0f} kB")
    raise typer.Exit(_status(facts, sources))


def _address(text: str) -> IPAddress:
    try:
        return ip_address(text)
    except ValueError:
        raise typer.BadParameter(f'"{text}" is not an IP address', param_hint="--for-case") from None


def _reports(paths: list[str], config: Path | None) -> Summary:
    """The reports, judged by what the configuration says is ours, where one is given."""
    from staygreen.cli.reports import summarised

    return summarised(paths, [config] if config else None)


def _received(
    names: ResourceNames, config: Path | None, since: str
) -> tuple[Summary | None, tuple[Readiness, ...], str]:
    """The reports that the sender has received, how far its policies are, and what is not there with its reason."""
    from staygreen.cli import dmarc, stored_reports

    try:
        found = stored_reports.stored(names, since, proven=True)
        if not found.days:
            return None, (), "DMARC and TLS reports (none was received; --dmarc PATH shows them)"
        domains = sorted({domain for domain, _ in found.summary.days})
        return found.summary, dmarc.answers(domains, [config] if config else None, names), ""
    except ClientError as error:
        is_deployed = error.response["Error"]["Code"] not in _NOT_DEPLOYED
        reason = aws_errors.reason(error) if is_deployed else "none is received"
        return None, (), f"DMARC and TLS reports ({reason}; --dmarc PATH shows them)"


def _sources(names: ResourceNames) -> ReportSources:
    import boto3

    from staygreen.adapters.sources.report_facts import ReportSources
    from staygreen.adapters.store.repairs import RepairTable
    from staygreen.core.alerts import alert
    from staygreen.core.alerts.repair_alert import Messages

    # it only reads: nothing is told from here
    context = alert.Context(sender=names.sender, environment=names.environment, region="", runbook_base="")
    dynamodb = boto3.client("dynamodb")
    return ReportSources(
        names=names,
        dynamodb=dynamodb,
        cloudwatch=boto3.client("cloudwatch"),
        cloudformation=boto3.client("cloudformation"),
        repairs=RepairTable(dynamodb, names.table(INCIDENTS), (), Messages(context=context)),
        reason=aws_errors.reason,
    )


def _write(output: Path, drawn: str) -> None:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"{output} cannot be written: {error.strerror}", param_hint="--output") from error


def _status(facts: Facts, sources: ReportSources) -> int:
    if short_verdict.is_bad(facts):
        return BAD_NEWS
    return COVERAGE_LOST if sources.failed else 0
