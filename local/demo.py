"""The demo: staygreen's main job, from deployment to alert and recovery, in the local cloud.

    python -m local.demo [STORY] [--keep]

Every line that claims something is printed after it was seen: the demo ends with status 0 only when all of it happened.
"""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import dns.reversename
from rich.console import Console

from cli.snds_status import calendar
from lambdas.adapters.snds_history import History
from lambdas.adapters.snds_rest import TokenEndpoint
from lambdas.adapters.snds_token import SecretToken
from lambdas.core.snds.rows import Colour
from lambdas.core.snds.token import Challenge, Client, Grant, Secret, Token, authorize_url, read_redirect
from local.cloud import CommandFailed
from local.dns.blocklists import Misbehaviour
from local.snds import SndsServer
from local.stage import Stage, query_name, stage

LISTING = "psbl.surriel.com"
LISTING_ID = "psbl"
REFUSING = "bl.spamcop.net"
REFUSING_ID = "spamcop"
_SIX_HOURS = timedelta(hours=6)
_ONE_DAY = timedelta(days=1)

_console = Console(highlight=False, soft_wrap=True)


class Untrue(Exception):
    """What the demo was about to show did not happen."""


def main() -> int:
    """Play one story; 0 when everything in it happened, 1 when something did not."""
    parser = argparse.ArgumentParser(prog="make demo", description="Stories: " + ", ".join(STORIES))
    parser.add_argument("story", nargs="?", default="main", choices=sorted(STORIES))
    parser.add_argument("--keep", action="store_true", help="leave the local cloud running until Ctrl-C")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    started = time.monotonic()
    try:
        with stage() as played:
            STORIES[arguments.story](played)
            _say(f"\n[bold green]All of it happened[/], in {time.monotonic() - started:.0f} s.")
            if arguments.keep:
                _keep(played)
        _say("The local cloud is stopped and removed.")
    except (Untrue, TimeoutError, CommandFailed, RuntimeError) as error:
        _console.print(f"\nThis did not happen: {error}", style="bold red", markup=False)
        return 1
    except KeyboardInterrupt:
        _say("\nStopped; the local cloud is removed.")
        return 130
    return 0


def main_job(played: Stage) -> None:
    """Deploy a sender, list one of its addresses, get the alert, and hear of the recovery."""
    _deploy(played)
    address = _show_provisioned(played)
    _title("The first run is the baseline: nothing is wrong yet")
    with _step("one hour passes; the deployed schedule runs the blocklist check"):
        played.run_check()
    _require(not played.alerts(), "a clean sender raises no alert")

    _title(f"{address} gets onto a blocklist, and another list starts refusing us")
    cloud = played.cloud
    played.list_address(LISTING, address)
    cloud.blocklists.misbehave(REFUSING, Misbehaviour.REFUSAL_CODE)
    _dig(played, query_name(address, LISTING), "A")
    _dig(played, query_name(address, REFUSING), "A")
    with _step("one hour: the listing is seen once, which is recorded and not announced"):
        played.run_check()
    _require(not played.alerts(), "one sighting raises no alert")
    with _step("one hour: the second sighting confirms it"):
        played.run_check()
        alert = played.wait_for_alert("opened", address)
    _require(not any(alert["cause"] == REFUSING_ID for alert in played.alerts()), "a refusal is not a listing")

    _title("The alert, as subscribers got it")
    _show_mail(played, alert)
    _show_json(alert)
    queued = played.queued()
    _require([each["transition_id"] for each in queued] == [alert["transition_id"]], "SQS got the same, once")

    _title(f"{REFUSING_ID} goes on refusing: no listing, but lost coverage")
    with _step("one hour: the third run without an answer"):
        played.run_check()
        coverage = played.wait_for_alert("opened", REFUSING_ID)
    _show_mail(played, coverage)

    _title("The address is removed from the list, and the other list answers again")
    played.unlist_address(LISTING, address)
    cloud.blocklists.behave(REFUSING)
    for number in (1, 2, 3):
        with _step(f"one hour: clean reading {number} of 3"):
            played.run_check()
    played.wait_for_alert("cleared", REFUSING_ID)
    recovery = played.wait_for_alert("cleared", address)
    _show_mail(played, recovery)
    told = [(alert["kind"], alert["subjects"][0]["id"]) for alert in played.alerts()]
    _require(len(told) == len(set(told)) == 4, "four messages in all, none twice")


def microsoft(played: Stage) -> None:
    """Log in to SNDS, and watch one address turn yellow, then red."""
    with SndsServer() as server:
        settings = (
            f'token_secret = "staygreen/snds-login"\nbase_url = "{server.base_url}"\nauthority = "{server.authority}"'
        )
        text = played.config.read_text()
        played.config.write_text(
            text.replace("[monitor.snds]\nenabled = false", f"[monitor.snds]\nenabled = true\n{settings}")
        )
        _deploy(played)
        address = str(played.addresses()[0]["PublicIp"])
        _title("Log in once; the browser is played by the stand-in for Microsoft")
        _log_in(played, server)
        with _step("six hours pass; the deployed schedule asks SNDS: no data yet, which is not green"):
            played.run_check("snds", _SIX_HOURS)
        _require(not played.alerts(), "no data raises no alert")

        today = datetime.now(UTC).date()
        _title(f"{address} turns yellow")
        _report(server, address, today - timedelta(days=3), Colour.GREEN)
        _report(server, address, today - timedelta(days=2), Colour.YELLOW)
        with _step("six hours: the first yellow day is recorded and not announced"):
            played.run_check("snds", _SIX_HOURS)
        _require(not played.alerts(), "one yellow day raises no alert")
        _report(server, address, today - timedelta(days=1), Colour.YELLOW)
        with _step("six hours: the second yellow day in a row"):
            played.run_check("snds", _SIX_HOURS)
            yellow = played.wait_for_alert("opened", address)
        _require(yellow["severity"] == "warning", "yellow is a warning")
        _show_mail(played, yellow)

        _title(f"{address} turns red")
        _report(server, address, today, Colour.RED)
        with _step("a day passes"):
            played.run_check("snds", _ONE_DAY)
            red = played.wait_for_alert("changed", address)
        _require(red["severity"] == "critical", "red is critical")
        _show_mail(played, red)
        _show_calendar(played, address, today)


def _log_in(played: Stage, server: SndsServer) -> None:
    client = Client(authority=server.authority)
    challenge = Challenge(verifier=Secret(secrets.token_urlsafe(48)), state=Secret(secrets.token_urlsafe(24)))
    pasted = server.authorize(authorize_url(client, challenge))
    now = datetime.now(UTC)
    grant = TokenEndpoint(client=client).redeem(read_redirect(pasted, challenge.state).code, challenge, now)
    if not isinstance(grant, Grant):
        raise Untrue("the login is granted")
    keeper = SecretToken(client=played.cloud.client("secretsmanager"), secret_id="staygreen/snds-login")  # noqa: S106 - a name
    keeper.login(Token(refresh_token=grant.refresh_token, obtained_at=now, account=grant.account))
    _require(grant.account, f"logged in as {grant.account}; the token is in Secrets Manager only")


def _report(server: SndsServer, address: str, day: date, colour: Colour) -> None:
    on = f"{day.month}/{day.day}/{day.year}"
    row = f"{address},{on} 12:00 AM,{on} 11:59 PM,4220,4090,4220,{colour.value},< 0.1%,,,,,@example.com,\r\n"
    server.world.days[day.isoformat()] = row.encode()


def _show_calendar(played: Stage, address: str, today: date) -> None:
    history = History(client=played.cloud.client("dynamodb"), table="staygreen-production-snds")
    shown = today + timedelta(days=1)
    days, _ = history.read(shown - timedelta(days=back) for back in range(1, 15))
    noon = datetime(shown.year, shown.month, shown.day, 12, tzinfo=UTC)
    _console.print(calendar({ip: tuple(of_one) for ip, of_one in days.items()}, noon))
    _require(any(str(ip) == address for ip in days), "the calendar that `staygreen snds status` draws")


def _deploy(played: Stage) -> None:
    _title("Deploy config/examples/one-domain.toml into the local cloud")
    with _step("cdk bootstrap"):
        played.cloud.bootstrap()
    with _step("cdk synth"):
        assembly = played.synth()
    with _step("cdk deploy --all"):
        played.deploy(assembly)


def _show_provisioned(played: Stage) -> str:
    _title("What was provisioned")
    identity = played.cloud.client("sesv2").get_email_identity(EmailIdentity="example.com")
    _require(identity["VerifiedForSendingStatus"], "SES verified example.com through the DKIM records")
    mail_from = identity["MailFromAttributes"]
    _require(mail_from["MailFromDomainStatus"] == "SUCCESS", f"SES verified MAIL FROM {mail_from['MailFromDomain']}")
    for name, rtype in (
        ("example.com", "TXT"),
        ("_dmarc.example.com", "TXT"),
        (f"{identity['DkimAttributes']['Tokens'][0]}._domainkey.example.com", "CNAME"),
        ("bounce.example.com", "MX"),
        ("bounce.example.com", "TXT"),
        ("mail.example.com", "A"),
    ):
        _require(_dig(played, name, rtype), f"{name} {rtype} answers")
    address = str(played.addresses()[0]["PublicIp"])
    pointers = _dig(played, str(dns.reversename.from_address(address)), "PTR")
    _require(pointers == ["mail.example.com."], f"reverse DNS of {address} is forward-confirmed")
    return address


# --- what is printed --------------------------------------------------------------------------------------------------


def _say(text: str) -> None:
    _console.print(text)


def _title(text: str) -> None:
    _say(f"\n[bold]{text}[/]")


@contextmanager
def _step(text: str) -> Iterator[None]:
    started = time.monotonic()
    _console.print(f"  … {text}", end="" if _console.is_terminal else "\n", markup=False)
    yield
    back = "\r" if _console.is_terminal else ""
    _console.print(f"{back}  ✓ {text} ({time.monotonic() - started:.1f} s)", markup=False)


def _require(condition: object, claim: str) -> None:
    if not condition:
        raise Untrue(claim)
    _console.print(f"  ✓ {claim}", markup=False)


def _dig(played: Stage, name: str, rtype: str) -> list[str]:
    """Ask the local DNS and print the answer as `dig` would."""
    found = played.ask(name, rtype)
    lines = [line for rrset in found for line in rrset.to_text().splitlines()]
    for line in lines or [f"{name} {rtype}: no answer"]:
        _console.print(f"    {line}", style="dim", markup=False)
    return [str(record) for rrset in found for record in rrset]


def _show_mail(played: Stage, alert: Mapping[str, Any]) -> None:
    """Print the mail that tells the same as the alert, as the subscriber by mail got it."""

    def arrived() -> Any:
        told = (mail for mail in played.cloud.mails() if f"message {alert['transition_id']}." in mail.get_content())
        return next(told, None)

    mail = played.cloud.wait_until(arrived, 20.0, f"the mail of {alert['transition_id']}")
    body = mail.get_content().partition("\n--\n")[0].strip()
    _console.print(f"\n  To: {mail['To']}\n  Subject: {mail['Subject']}\n", style="cyan", markup=False)
    _console.print("\n".join(f"  {line}" for line in body.splitlines()), style="cyan", markup=False)


def _show_json(alert: Mapping[str, Any]) -> None:
    text = json.dumps(alert, indent=2, ensure_ascii=False)
    _say("\n  and the JSON, as HTTP, SQS and Lambda subscribers got it:\n")
    _console.print("\n".join(f"  {line}" for line in text.splitlines()), style="dim", markup=False)


def _keep(played: Stage) -> None:
    """Leave everything running, and say how to look around."""
    exports = "\n".join(f"  export {name}={value}" for name, value in played.cloud.client_variables().items())
    address = played.addresses()[0]["PublicIp"]
    _say("\n[bold]It keeps running until Ctrl-C.[/] In another terminal, from this directory:\n")
    _console.print(exports, markup=False)
    _console.print(
        "\n  .venv/bin/staygreen incidents list\n"
        f"  .venv/bin/staygreen check blocklist {address} --resolver {played.cloud.dns_address}\n"
        f"  .venv/bin/staygreen records {played.config} --deployed\n"
        f"  dig @127.0.0.1 -p {played.cloud.dns_port} example.com TXT\n"
        f"  less {played.cloud.directory / 'emulator.log'}",
        markup=False,
    )
    signal.pause()


STORIES: Mapping[str, Callable[[Stage], None]] = {"main": main_job, "snds": microsoft}
"""Each a function that plays on a fresh local cloud and raises when something did not happen."""


if __name__ == "__main__":
    sys.exit(main())
