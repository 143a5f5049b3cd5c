"""Microsoft's own view: one address turns yellow, then red."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta

from local.snds import SndsServer
from local.stage import Stage
from local.stories.telling import Untrue, deploy, require, show_mail, step, title
from staygreen.adapters.snds.history import History
from staygreen.adapters.snds.rest import TokenEndpoint
from staygreen.adapters.snds.token_store import SecretToken
from staygreen.cli.snds_status import print_calendar
from staygreen.core.naming import SNDS
from staygreen.core.snds.rows import Colour
from staygreen.core.snds.token import Challenge, Client, Grant, Secret, Token, authorize_url, read_redirect

_SIX_HOURS = timedelta(hours=6)
_ONE_DAY = timedelta(days=1)


def play(played: Stage) -> None:
    """Log in to SNDS, and watch one address turn yellow, then red."""
    with SndsServer() as server:
        settings = (
            f'token_secret = "{login_place(played)}"\nbase_url = "{server.base_url}"\nauthority = "{server.authority}"'
        )
        text = played.config.read_text()
        played.config.write_text(
            text.replace("[monitor.snds]\nenabled = false", f"[monitor.snds]\nenabled = true\n{settings}")
        )
        deploy(played)
        address = str(played.addresses()[0]["PublicIp"])
        title("Log in once; the browser is played by the stand-in for Microsoft")
        log_in(played, server)
        with step("six hours pass; the deployed schedule asks SNDS: no data yet, which is not green"):
            played.run_check("snds", _SIX_HOURS)
        require(not played.alerts(), "no data raises no alert")

        today = datetime.now(UTC).date()
        title(f"{address} turns yellow")
        _report(server, address, today - timedelta(days=3), Colour.GREEN)
        _report(server, address, today - timedelta(days=2), Colour.YELLOW)
        with step("six hours: the first yellow day is recorded and not announced"):
            played.run_check("snds", _SIX_HOURS)
        require(not played.alerts(), "one yellow day raises no alert")
        _report(server, address, today - timedelta(days=1), Colour.YELLOW)
        with step("six hours: the second yellow day in a row"):
            played.run_check("snds", _SIX_HOURS)
            yellow = played.wait_for_alert("opened", address)
        require(yellow["severity"] == "warning", "yellow is a warning")
        show_mail(played, yellow)

        title(f"{address} turns red")
        _report(server, address, today, Colour.RED)
        with step("a day passes"):
            played.run_check("snds", _ONE_DAY)
            red = played.wait_for_alert("changed", address)
        require(red["severity"] == "critical", "red is critical")
        show_mail(played, red)
        _show_calendar(played, address, today)


def login_place(played: Stage) -> str:
    """Where the login is kept."""
    return played.names.secret("snds-login")


def log_in(played: Stage, server: SndsServer) -> None:
    """Log in once, as the browser does; the token is in Secrets Manager alone."""
    client = Client(authority=server.authority)
    challenge = Challenge(verifier=Secret(secrets.token_urlsafe(48)), state=Secret(secrets.token_urlsafe(24)))
    pasted = server.authorize(authorize_url(client, challenge))
    now = datetime.now(UTC)
    grant = TokenEndpoint(client=client).redeem(read_redirect(pasted, challenge.state).code, challenge, now)
    if not isinstance(grant, Grant):
        raise Untrue("the login is granted")
    keeper = SecretToken(client=played.cloud.client("secretsmanager"), secret_id=login_place(played))
    keeper.login(Token(refresh_token=grant.refresh_token, obtained_at=now, account=grant.account))
    require(grant.account, f"logged in as {grant.account}; the token is in Secrets Manager only")


def _report(server: SndsServer, address: str, day: date, colour: Colour) -> None:
    on = f"{day.month}/{day.day}/{day.year}"
    row = f"{address},{on} 12:00 AM,{on} 11:59 PM,4220,4090,4220,{colour.value},< 0.1%,,,,,@example.com,\r\n"
    server.world.days[day.isoformat()] = row.encode()


def _show_calendar(played: Stage, address: str, today: date) -> None:
    history = History(client=played.cloud.client("dynamodb"), table=played.names.table(SNDS))
    shown = today + timedelta(days=1)
    days, _ = history.read(shown - timedelta(days=back) for back in range(1, 15))
    noon = datetime(shown.year, shown.month, shown.day, 12, tzinfo=UTC)
    print_calendar({ip: tuple(of_one) for ip, of_one in days.items()}, noon)
    require(any(str(ip) == address for ip in days), "the calendar that `staygreen snds status` draws")
