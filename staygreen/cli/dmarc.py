"""`staygreen dmarc ready`: whether a domain's DMARC policy may go a step further, from reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from staygreen.adapters import clock
from staygreen.cli.deployment import Environment, Sender
from staygreen.cli.output import AsJson, print_json, print_table, print_text
from staygreen.core.codec import encoded
from staygreen.core.config.config import Config
from staygreen.core.config.tables.domain import Domain
from staygreen.core.declared.dmarc import declared
from staygreen.core.dmarc.day import DomainDay, ReportSummary
from staygreen.core.dmarc.judgement.judge import read_days
from staygreen.core.dmarc.judgement.reading import DayReading
from staygreen.core.dmarc.readiness.answer import Readiness, Standing
from staygreen.core.dmarc.readiness.conditions import WINDOW, Known
from staygreen.core.dmarc.readiness.kept import SUFFIX, kept, written
from staygreen.core.dmarc.readiness.ready import readiness
from staygreen.core.dmarc.roll_up import roll_up
from staygreen.core.dmarc.store import StoredReports
from staygreen.core.dmarc.summarize import Summarizer
from staygreen.core.dmarc.weight import weight
from staygreen.core.naming import REPORTS, ResourceNames
from staygreen.core.reports import estate_file, services
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.report import AggregateReport, Item, Quality, Rows
from staygreen.core.wording import plural

BAD_NEWS, UNREADABLE = 1, 3
_GOOD = frozenset({Standing.READY, Standing.STAY, Standing.DONE})

app = typer.Typer(no_args_is_help=True, help="The DMARC policy of a domain: whether it may go a step further.")


def register(root: typer.Typer) -> None:
    """Add the group to the command."""
    root.add_typer(app, name="dmarc")


@app.callback()
def _group() -> None:
    """Keep `ready` a command of the group, though it is the only one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """What the answer rests on."""

    days: list[DayReading]
    known: Known
    is_parked: bool
    last: date
    """The day after the last one that is looked at."""
    source: str
    is_refused: bool = False
    """Whether a file could not be read."""


@app.command()
def ready(
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="The policy domain.")],
    *,
    reports: Annotated[
        list[str] | None,
        typer.Option(
            "--reports",
            metavar="PATH",
            help="Reports, mails, archives, directories of them; else the deployed sender's.",
        ),
    ] = None,
    config: Annotated[
        list[Path] | None,
        typer.Option("--config", metavar="FILE", help="The configuration, or a file that lists what is yours."),
    ] = None,
    sender: Sender = "",
    environment: Environment = "",
    sent: Annotated[
        int | None, typer.Option("--sent", help="Messages that were sent as the domain in the last 35 days.", min=0)
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Keep the answer with its date beside the configuration, for reviews.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say whether a domain may go from p=none to quarantine, or to reject, with each condition and what is missing.

    From a deployed sender's reports, or from files with --reports, which needs no AWS.

    Exit status: 1 not yet, or the way is back; 3 no report about the domain, or one that cannot be read; 0 otherwise.
    """
    name = domain.strip().rstrip(".").lower()
    if write and not config:
        raise typer.BadParameter("needs --config: the answer is kept beside that file", param_hint="--write")
    whole = _configuration(config)
    if reports:
        read = _from_files(name, reports, config, whole, sent)
    else:
        from staygreen.cli.stored_reports import names_of

        read = _from_store([name], names_of(config, sender, environment), whole, sent)[name]
    if not any(day.reporters for day in read.days):
        print_text(f"No report about {name} is there: nothing can be said of its policy.", err=True)
        raise typer.Exit(UNREADABLE)
    answer = readiness(name, read.days, read.known, read.last, parked=read.is_parked)
    if as_json:
        print_json({"kind": "dmarc_ready", "source": read.source, **encoded(answer)})
    else:
        _print(answer, read.source)
    if write and config:
        in_window = [day for day in read.days if read.last - read.known.window <= day.day < read.last]
        file = config[0].with_name(f"{config[0].stem}.{name}{SUFFIX}")
        file.write_text(written(kept(answer, in_window)), encoding="utf-8")
        print_text(f"Kept in {file}.", err=as_json)
    if answer.standing not in _GOOD:
        raise typer.Exit(BAD_NEWS)
    raise typer.Exit(UNREADABLE if read.is_refused else 0)


def answers(domains: Sequence[str], config: list[Path] | None, names: ResourceNames) -> tuple[Readiness, ...]:
    """How far each domain's policy is, by what a deployed sender has received; of those with a report alone.

    Raises:
        ClientError: AWS does not let the reports be read.
    """
    whole = _configuration(config)
    read = _from_store(domains, names, whole, None)
    return tuple(
        readiness(name, of.days, of.known, of.last, parked=of.is_parked)
        for name, of in read.items()
        if any(day.reporters for day in of.days)
    )


def _print(answer: Readiness, source: str) -> None:
    not_asked = f" Not known: {', '.join(answer.not_asked)}." if answer.not_asked else ""
    print_text(f"{source}{not_asked}")
    print_text(_headline(answer))
    if answer.why:
        print_text(answer.why)
    if answer.conditions:
        rows = [
            (each.id, each.title, each.value, each.limit, {True: "yes", False: "no", None: "not known"}[each.is_met])
            for each in answer.conditions
        ]
        print_table(("", "condition", "value", "limit", "met"), rows)
    if answer.standing is not Standing.READY:
        for each in answer.missing:
            print_text(f"{each.id} lacks {each.missing}. {each.act}")
    if answer.testing and answer.standing in (Standing.READY, Standing.NOT_YET):
        print_text(answer.testing)
    if answer.record:
        print_text(
            f"The next record at _dmarc.{answer.domain}:\n\n  {answer.record}\n\nThe change of the configuration:\n"
        )
        print_text("\n".join(f"  {line}" for line in answer.change.splitlines()))
    if answer.standing is Standing.READY and answer.next is not None:
        print_text(
            f"The way back is the present policy, p={answer.present.value}: ask again two days after the step, and "
            f"whenever "
            "an alert says that own mail is broken."
        )


def _headline(answer: Readiness) -> str:
    passing = f"{answer.own_messages - answer.own_failing:,} of {answer.own_messages:,}"
    step = answer.next.value if answer.next else ""
    match answer.standing:
        case Standing.READY:
            return f"{answer.domain} is ready for {step}: {passing} own messages pass."
        case Standing.NOT_YET:
            return f"{answer.domain} is not yet ready for {step}: {passing} own messages pass."
        case Standing.STAY:
            return f"{answer.domain} stays at {answer.present.value}: {passing} own messages pass."
        case Standing.GO_BACK:
            return f"{answer.domain} has to go back to {step}: {passing} own messages pass."
    return f"{answer.domain} is at {answer.present.value}: {passing} own messages pass."


def _configuration(files: list[Path] | None) -> Config | None:
    """The first of the files that is a whole configuration; None: none is."""
    from staygreen.cli import config_file

    whole = (file for file in files or () if estate_file.is_configuration(config_file.read_text(file)))
    first = next(whole, None)
    return config_file.load(first).config if first else None


def _from_files(
    domain: str, paths: list[str], config: list[Path] | None, whole: Config | None, sent: int | None
) -> _Read:
    from staygreen.cli import reports

    estate = reports.estate_of(config)
    if estate is None:
        raise typer.BadParameter("is needed: without it nothing says what mail is yours", param_hint="--config")
    found = _Files(domain)
    for item in reports.items_of(paths):
        found.add(item)
    last = max(found.by_day, default=clock.now().date()) + timedelta(days=1)
    stored = StoredReports(days=tuple(found.days(estate)))
    days = read_days(stored, domain, estate, services.load(), last - timedelta(days=1), trusts_all=True)
    source = f"From files: nothing proves their reporters. The last day in them is {last - timedelta(days=1)}."
    return _Read(
        days=days,
        known=_known(whole, domain, estate, sent),
        is_parked=_is_parked(whole, domain, estate),
        last=last,
        source=source,
        is_refused=found.is_refused,
    )


class _Files:
    """The reports about one domain, each once and as it was read best."""

    def __init__(self, domain: str) -> None:
        self._domain = domain
        self._summarizer = Summarizer()
        self.by_day: dict[date, dict[str, ReportSummary]] = {}
        self.is_refused = False

    def add(self, item: Item) -> None:
        """Take one more of what was read."""
        if isinstance(item, Rows):
            self._summarizer.add(item)
        elif isinstance(item, AggregateReport):
            self.is_refused |= item.quality is Quality.REFUSED
            made = self._summarizer.end(item, is_proven=False)
            if made is not None and made.policy.domain == self._domain:
                of_day = self.by_day.setdefault(made.day, {})
                before = of_day.get(made.identity)
                if before is None or weight(made) >= weight(before):
                    of_day[made.identity] = made

    def days(self, estate: Estate) -> Iterator[DomainDay]:
        """The days."""
        for day, summaries in sorted(self.by_day.items()):
            yield roll_up(self._domain, day, summaries.values(), estate)


def _from_store(
    domains: Sequence[str], names: ResourceNames, whole: Config | None, sent: int | None
) -> Mapping[str, _Read]:
    """What is stored about each domain; what they share is read once."""
    import boto3

    from staygreen.adapters.reports.report_table import ReportTable
    from staygreen.cli.progress import ASKING, waiting

    now = clock.now()
    begin = now.date() - max((_window(whole, each) for each in domains), default=WINDOW)
    table = ReportTable(client=boto3.client("dynamodb"), table=names.table(REPORTS))
    with waiting(ASKING):
        days = tuple(day for each in domains for day in table.days(each, begin))
        stored = StoredReports(days=days, estates=dict(table.estates(begin)))
        return {each: _of_store(each, stored, whole, sent, now) for each in domains}


def _of_store(domain: str, stored: StoredReports, whole: Config | None, sent: int | None, now: datetime) -> _Read:
    begin = now.date() - _window(whole, domain)
    if sent is None and whole is not None and _is_alone(whole, domain):
        sent = _sent(datetime.combine(begin, time(), UTC), now)
    present = estate_file.of_config(whole) if whole else _newest(stored)
    days = read_days(stored, domain, present, services.load(), now.date() - timedelta(days=1))
    return _Read(
        days=days,
        known=_known(whole, domain, present, sent),
        is_parked=_is_parked(whole, domain, present),
        last=now.date(),
        source=f"From {plural(sum(1 for day in days if day.reporters), 'day')} of proven reports that were received.",
    )


def _sent(begin: datetime, now: datetime) -> int:
    import boto3

    from staygreen.adapters.ses import sending_metrics

    return sending_metrics.sent(boto3.client("cloudwatch"), begin, now)


def _is_alone(config: Config, domain: str) -> bool:
    """Whether what SES counts for the account is this domain's alone."""
    return [each.name for each in config.domains if each.ses and not each.parked] == [domain]


def _newest(stored: StoredReports) -> Estate:
    return stored.estates[max(stored.estates)] if stored.estates else Estate()


def _of(config: Config | None, domain: str) -> Domain | None:
    return next((each for each in config.domains if each.name == domain), None) if config else None


def _is_parked(config: Config | None, domain: str, estate: Estate) -> bool:
    found = _of(config, domain)
    return found.parked if found else domain in estate.parked


def _window(config: Config | None, domain: str) -> timedelta:
    """As far back as the slowest declared sender needs."""
    found = _of(config, domain)
    return max((WINDOW, *(each.cycle for each in found.senders))) if found else WINDOW


def _known(config: Config | None, domain: str, estate: Estate, sent: int | None) -> Known:
    found = _of(config, domain)
    dmarc = found.dmarc if found else None
    senders = tuple(each.name for each in estate.senders if not each.is_forwarder)
    if found:
        senders = tuple(each.name for each in found.senders if not each.forwarder)
    known = Known(
        declared=declared(dmarc) if dmarc else None, senders=senders, sent=sent, window=_window(config, domain)
    )
    if dmarc is None or config is None:
        return known
    return Known(
        declared=known.declared,
        senders=senders,
        sent=sent,
        people=dmarc.people,
        acknowledged=frozenset(dmarc.acknowledged),
        accepted_loss=dmarc.accepted_loss,
        window=known.window,
        limits=config.monitors.dmarc.limits,
    )
