"""Reports that a deployed sender has received and kept, as `staygreen reports` shows them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from staygreen.adapters import clock
from staygreen.cli.deployment import VARIABLE, required
from staygreen.cli.incidents import parse_duration
from staygreen.cli.output import print_json, print_text
from staygreen.cli.progress import ASKING, waiting
from staygreen.core.codec import decoded
from staygreen.core.dmarc import store
from staygreen.core.dmarc.day import DomainDay
from staygreen.core.dmarc.stored import summarised, unproven
from staygreen.core.naming import REPORTS, ResourceNames
from staygreen.core.reports import services
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.summary import Summary
from staygreen.core.wording import plural

if TYPE_CHECKING:
    from staygreen.adapters.reports.report_table import ReportTable


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReports:
    """What was read of a deployed sender's reports."""

    summary: Summary
    days: tuple[DomainDay, ...]
    proven: bool
    now: datetime
    since: date

    @property
    def _open(self) -> date | None:
        """The first day of which reports may still come."""
        return min((each.day for each in self.days if each.is_provisional(self.now)), default=None)

    def tell(self, as_json: bool) -> None:
        """Say what the numbers leave out, before they are shown."""
        reports, messages = unproven(self.days)
        if as_json:
            print_json(
                {
                    "kind": "stored",
                    "since": self.since.isoformat(),
                    "provisional_from": self._open.isoformat() if self._open else None,
                    "proven": self.proven,
                    "unproven_reports": reports,
                    "unproven_messages": messages,
                    "messages_in_no_source": self.summary.lumped,
                }
            )
            return
        if not self.days:
            print_text(f"No report about a day from {self.since} on is kept.")
            return
        first, last = min(each.day for each in self.days), max(each.day for each in self.days)
        print_text(f"Reports received about {first} to {last}.")
        if self._open:
            print_text(f"Reports of {self._open} and later days may still come.")
        if self.proven and reports:
            counted = f"{plural(reports, 'report')} with {plural(messages, 'message')}"
            print_text(f"Left out: {counted} that nothing proves genuine; --unproven shows them alone.")
        if not self.proven:
            print_text("Anybody may have sent these reports: nothing proves them genuine.")
        if self.summary.lumped:
            print_text(f"{plural(self.summary.lumped, 'message')} are kept in totals alone and stand in no source.")


def names_of(config: Sequence[Path] | None, sender: str, environment: str) -> ResourceNames:
    """Which deployed sender is meant, by the options or the shell's variable."""
    if config and len(config) > 1:
        raise typer.BadParameter("names several files: a deployed sender has one", param_hint="--config")
    file = config[0] if config else None
    if file is None and not (sender or environment) and os.environ.get(VARIABLE):
        file = Path(os.environ[VARIABLE])
    return required(file, sender, environment)


def stored(names: ResourceNames, since: str, *, proven: bool) -> StoredReports:
    """Read the days since a length of time ago."""
    import boto3

    from staygreen.adapters.reports.report_table import ReportTable

    begin = (clock.now() - max(parse_duration(since, "--since"), timedelta(days=1))).date()
    table = ReportTable(client=boto3.client("dynamodb"), table=names.table(REPORTS))
    with waiting(ASKING):
        present, estates = _declared(names), dict(table.estates(begin))
        days = tuple(_days(table, (present, *estates.values()), begin))
    found = store.StoredReports(days=days, estates=estates)
    return StoredReports(
        summary=summarised(found, present, services.load(), proven=proven),
        days=days,
        proven=proven,
        now=clock.now(),
        since=begin,
    )


def _declared(names: ResourceNames) -> Estate:
    """What the deployed configuration declares."""
    import boto3

    from staygreen.adapters.aws.settings import document

    settings = document(boto3.client("ssm"), names.reports_parameter)
    return decoded(Estate, settings["estate"])


def _days(table: ReportTable, estates: Iterable[Estate], since: date) -> Iterator[DomainDay]:
    for domain in policy_domains(name for estate in estates for name in estate.domains):
        yield from table.days(domain, since)


def policy_domains(domains: Iterable[str]) -> tuple[str, ...]:
    """Every domain whose policy may be applied to mail of ours: ours, and those above them."""
    labels = (domain.split(".") for domain in domains)
    return tuple(sorted({".".join(each[first:]) for each in labels for first in range(max(1, len(each) - 1))}))
