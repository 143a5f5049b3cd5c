"""`staygreen snds status`: how the login is, and the colours of the last 14 days."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from ipaddress import IPv4Address
from typing import Any

import typer

from staygreen.adapters import clock
from staygreen.cli.deployment import ConfigFile, Environment, Sender
from staygreen.cli.output import AsJson, Cell, Styled, print_json, print_table, print_text
from staygreen.cli.snds_login import UNREADABLE, LocalFile, Setting, find_setting, settings_of
from staygreen.core.errors import SourceUnavailable
from staygreen.core.snds import judgement
from staygreen.core.snds.history import Day
from staygreen.core.snds.rows import Colour
from staygreen.core.snds.token import LOGIN_COMMAND, Denial, Token

SHOWN_DAYS = 14
_MARKS = {
    Colour.GREEN: ("G", "black on green"),
    Colour.YELLOW: ("Y", "black on yellow"),
    Colour.RED: ("R", "white on red"),
    None: ("?", "dim"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network of the configuration and when access to it was last confirmed."""

    network: str
    attested: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """What is shown."""

    token: Token | None
    trouble: str
    """Why nothing new can be read; empty when it can."""
    last_good: datetime | None
    link_created: date | None
    networks: tuple[Network, ...]
    days: Mapping[IPv4Address, tuple[Day, ...]] = field(default_factory=dict)
    """The last 14 report dates by address, newest first."""


def status(
    config: ConfigFile = None,
    sender: Sender = "",
    environment: Environment = "",
    local: LocalFile = None,
    as_json: AsJson = False,
) -> None:
    """Show the age of the login and links, the networks, and each address's colours.

    Of a sender, what the deployed check has kept; with --local, what SNDS answers now. Exit status 1
    when an address is yellow or red, 3 when nothing new can be read.
    """
    settings = settings_of(config, sender, environment)
    setting = find_setting(settings, local)
    now = clock.now()
    overview = _live(setting, settings, now) if local else _kept(setting, settings, now)
    if as_json:
        for line in documents(overview, now):
            print_json(line)
    else:
        _show(overview, now)
    if any(of_one and of_one[0].filter_result in (Colour.YELLOW, Colour.RED) for of_one in overview.days.values()):
        raise typer.Exit(1)
    if overview.trouble:
        raise typer.Exit(UNREADABLE)


def documents(overview: Overview, now: datetime) -> Iterator[Mapping[str, Any]]:
    """The overview as JSON: one line about the login, one for each network, one for each address and day."""
    token = overview.token
    yield {
        "kind": "login",
        "account": token.account if token else None,
        "token_obtained_at": token.obtained_at.isoformat() if token else None,
        "token_age_days": (now - token.obtained_at).days if token else None,
        "link_created": overview.link_created.isoformat() if overview.link_created else None,
        "link_age_days": (now.date() - overview.link_created).days if overview.link_created else None,
        "last_good": overview.last_good.isoformat() if overview.last_good else None,
        "trouble": overview.trouble or None,
    }
    for network in overview.networks:
        months = judgement.months_since(network.attested, now.date())
        attested = network.attested.isoformat()
        yield {"kind": "network", "network": network.network, "attested": attested, "months": months}
    for address, days in sorted(overview.days.items()):
        for day in days:
            rate = day.complaint_rate
            yield {
                "kind": "day",
                "ip": str(address),
                "date": day.on.isoformat(),
                "source": day.source,
                "filter_result": day.filter_result.value if day.filter_result else None,
                "recipients": day.recipients,
                "complaint_rate": {"op": rate.op, "value": rate.value} if rate else None,
                "trap_hits": day.trap_hits,
            }


def print_calendar(days: Mapping[IPv4Address, tuple[Day, ...]], now: datetime) -> None:
    """Print one line for each address, one cell for each of the last 14 report dates, oldest first."""
    dates = shown_dates(now)
    print_text(f"{dates[0]} to {dates[-1]}; blank: no data; ?: no colour that is known")
    rows: list[list[Cell]] = []
    for address, of_one in sorted(days.items()):
        by_date = {day.on: day for day in of_one}
        cells = [Styled(*_MARKS[by_date[on].filter_result]) if on in by_date else "" for on in dates]
        rows.append([str(address), *cells])
    print_table(["IP", *(f"{on:%d}" for on in dates)], rows)


def shown_dates(now: datetime) -> tuple[date, ...]:
    """The report dates of the calendar, oldest first; today has no report yet."""
    return tuple(now.date() - timedelta(days=back) for back in range(SHOWN_DAYS, 0, -1))


def _live(setting: Setting, settings: Mapping[str, Any], now: datetime) -> Overview:
    """Ask SNDS now, with the login of the file."""
    from staygreen.adapters.snds.rest import SndsRest, TokenEndpoint

    places = setting.places
    outcome = setting.keeper.renew(TokenEndpoint(client=places.client).refresh, now)
    if isinstance(outcome, Denial):
        return _overview(setting, settings, trouble=f"{outcome.detail}; run `{LOGIN_COMMAND}`")
    api = SndsRest(access_token=outcome.access_token, refresh=lambda: None, base_url=places.base_url, zone=places.zone)
    days: dict[IPv4Address, list[Day]] = {}
    trouble = ""
    for on in reversed(shown_dates(now)):
        answer = api.day(on, now)
        for row in answer.data:
            days.setdefault(row.ip, []).append(Day.of_row(row, on, "snds_rest"))
        if not answer.is_usable and answer.reason:
            trouble = f"{answer.reason.value}: {answer.detail}"
            break
    shown = {address: tuple(of_one) for address, of_one in days.items()}
    return _overview(setting, settings, trouble=trouble, last_good=None if trouble else now, days=shown)


def _kept(setting: Setting, settings: Mapping[str, Any], now: datetime) -> Overview:
    """What the deployed check has kept."""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    from staygreen.adapters.snds.history import History, latest_mark

    try:
        history = History(client=boto3.client("dynamodb"), table=setting.places.table)
        days, marks = history.read(shown_dates(now))
    except (BotoCoreError, ClientError) as error:
        return _overview(setting, settings, trouble=f"the table {setting.places.table}: {type(error).__name__}")
    goods = [good for of_source in marks.values() if (good := latest_mark(of_source))]
    last_good = max(goods, default=None)
    trouble = ""
    if last_good is None or now - last_good > judgement.Limits().silence:
        trouble = "nothing was read for two days; the check's incidents say why"
    shown = {address: tuple(of_one) for address, of_one in days.items()}
    return _overview(setting, settings, trouble=trouble, last_good=last_good, days=shown)


def _overview(
    setting: Setting,
    settings: Mapping[str, Any],
    *,
    trouble: str,
    last_good: datetime | None = None,
    days: Mapping[IPv4Address, tuple[Day, ...]] | None = None,
) -> Overview:
    from botocore.exceptions import BotoCoreError

    token = None
    try:
        stored = setting.keeper.read()
        token = stored.token if stored else None
    except (ValueError, SourceUnavailable, BotoCoreError) as error:
        trouble = trouble or str(error)
    if token is None:
        trouble = trouble or f"nobody has logged in yet; run `{LOGIN_COMMAND}`"
    networks = tuple(
        Network(network=entry["network"], attested=date.fromisoformat(entry["attested"]))
        for entry in settings.get("networks", [])
    )
    return Overview(
        token=token,
        trouble=trouble,
        last_good=last_good,
        link_created=_link_created(setting),
        networks=networks,
        days=days or {},
    )


def _link_created(setting: Setting) -> date | None:
    if not setting.places.link_secret:
        return None
    import boto3

    from staygreen.adapters.aws import secrets
    from staygreen.adapters.snds.report_link import Link

    try:
        text = secrets.read(boto3.client("secretsmanager"), setting.places.link_secret)
        return Link.loads(text or "").created
    except (ValueError, SourceUnavailable):
        return None


def _show(overview: Overview, now: datetime) -> None:
    for line in summary(overview, now):
        print_text(line)
    if overview.days:
        print_calendar(overview.days, now)


def summary(overview: Overview, now: datetime) -> Iterator[str]:
    """The lines above the calendar."""
    if overview.token:
        age = (now - overview.token.obtained_at).days
        yield f"login      {overview.token.account or 'account without a name'}, renewed {age} days ago"
    if overview.link_created:
        yield f"link       made {(now.date() - overview.link_created).days} days ago; ends after 30"
    for network in overview.networks:
        months = judgement.months_since(network.attested, now.date())
        yield f"network    {network.network}, confirmed {network.attested} ({months} months ago; ends after 10)"
    yield f"last read  {overview.last_good:%Y-%m-%d %H:%M} UTC" if overview.last_good else "last read  never"
    if overview.trouble:
        yield f"trouble    {overview.trouble}"
