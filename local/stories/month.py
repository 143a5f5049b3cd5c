"""A month in minutes, through the deployed functions on the moved clock, and the page that shows all of it.

A listing, a yellow week at Microsoft, a wave of throttling, a broken selector that is repaired, three deployments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from html import unescape

from local import drifts
from local.cloud import ROOT
from local.snds import SndsServer
from local.stage import HOUR, Stage
from local.stories.repair import run, wait_for_repair
from local.stories.snds import log_in, login_place
from local.stories.telling import Untrue, console, deploy, require, step, title
from staygreen.adapters.sources import picture_facts
from staygreen.adapters.sources.ses_standing import NAMESPACE
from staygreen.core.pictures.period import Period, Stretch
from staygreen.core.snds.rows import Colour

PAGE = ROOT / "build" / "report.html"
LISTING, LISTED_AS = "psbl.surriel.com", "psbl"
DEDICATED = "198.51.100.7"
DAYS = 30
_DAY, _QUARTER = timedelta(days=1), timedelta(minutes=15)
_YELLOW = range(9, 16)
_RED = 16
_SLOW = (
    f"451 4.7.651 The mail server [{DEDICATED}] has been temporarily rate limited due to IP reputation. For e-mail "
    "delivery information, see https://postmaster.live.com (S844)"
)
_WAVE = {18: 6, 19: 14, 20: 9}
_WATCHED = ("blocklist", "snds", "refusals", "auth_records")
_UNWATCHED = ("reverse_dns", "ses_reputation", "volume", "complaints", "cases")
"""What the month does not need, and what would take its time."""
_BROKEN = "one Easy DKIM name is lost"
_REPAIR = ("[remediation.restore_records]   # brings drifted DNS records back\nmode = ", '"off"', '"auto"')


@dataclass(kw_only=True)
class Month:
    """The month while it is played."""

    played: Stage
    server: SndsServer
    address: str
    begun: date
    """The day of the first deployment: day 0."""
    numbered: int = 0
    """Events of SES that were published."""
    events: Mapping[int, Callable[[], None]] = field(default_factory=dict)

    def day(self, number: int) -> date:
        """The date of a day of the month."""
        return self.begun + number * _DAY

    def stretch(self, first: int, last: int) -> str:
        """Days as the page writes them."""
        return str(Stretch(self.day(first), self.day(last)))


def play(played: Stage) -> None:
    """Let a month pass, and look at the page."""
    with SndsServer() as server:
        _configure(played, server)
        deploy(played)
        played.cloud.lease_dedicated_ip(DEDICATED)
        address = str(played.addresses()[0]["PublicIp"])
        month = Month(played=played, server=server, address=address, begun=played.cloud.now().date())
        log_in(played, server)
        _microsoft_knows(month)
        title("A month passes; each day the deployed schedules ask")
        month.events = {
            3: lambda: played.list_address(LISTING, address),
            6: lambda: played.unlist_address(LISTING, address),
            10: lambda: _deploy(month, 'policy = "quarantine"  ', 'policy = "reject"  '),
            18: lambda: _slow_down(month, 18),
            19: lambda: _slow_down(month, 19),
            20: lambda: _slow_down(month, 20),
            22: lambda: _break(month),
            26: lambda: _deploy(month, 'spf_alignment = "relaxed"', 'spf_alignment = "strict" '),
        }
        for number in range(DAYS):
            _pass(month, number)
        shown = _page(month)
    _look(month, shown)


def _configure(played: Stage, server: SndsServer) -> None:
    """SNDS is watched, and drifted records are put back without asking."""
    text = played.config.read_text()
    for check in _UNWATCHED:
        table = f"[monitor.{check}]\nenabled = "
        if f"{table}true" not in text:
            raise Untrue(f"the example watches {check}")
        text = text.replace(f"{table}true", f"{table}false")
    key, off, auto = _REPAIR
    if f"{key}{off}" not in text:
        raise Untrue("the example has its repair of records")
    login = f'token_secret = "{login_place(played)}"\nbase_url = "{server.base_url}"\nauthority = "{server.authority}"'
    watched = text.replace("[monitor.snds]\nenabled = false", f"[monitor.snds]\nenabled = true\n{login}")
    played.config.write_text(watched.replace(f"{key}{off}", f"{key}{auto}"))


def _microsoft_knows(month: Month) -> None:
    """A grade for each day and both addresses, which the check reads on the day after."""
    for number in range(DAYS):
        on = month.day(number)
        rows = [_row(DEDICATED, on, Colour.GREEN), _row(month.address, on, _grade(number))]
        month.server.world.days[on.isoformat()] = "".join(rows).encode()


def _grade(number: int) -> Colour:
    return Colour.RED if number == _RED else Colour.YELLOW if number in _YELLOW else Colour.GREEN


def _row(ip: str, on: date, colour: Colour) -> str:
    day = f"{on.month}/{on.day}/{on.year}"
    return f"{ip},{day} 12:00 AM,{day} 11:59 PM,4220,4090,4220,{colour.value},< 0.1%,,,,,@example.com,\r\n"


def _pass(month: Month, number: int) -> None:
    """One day: what happens on it, and then every check at its schedule."""
    happens = month.events.get(number)
    if happens:
        happens()
    _measure(month, number)
    with step(f"{month.day(number + 1):%d %b}: a day has passed, and every check has run"):
        month.played.cloud.advance(_DAY)
        _wait_for_runs(month, month.day(number + 1))


def _wait_for_runs(month: Month, day: date) -> None:
    """Until each check has counted its run of a day: what comes after the next step would count there."""
    played = month.played
    cloudwatch = played.cloud.client("cloudwatch")

    def has_run() -> bool:
        return set(_WATCHED) <= picture_facts.runs(cloudwatch, played.names, Period(day, day)).keys()

    played.cloud.wait_until(has_run, what=f"the runs of {day}")


def _measure(month: Month, number: int) -> None:
    """What SES counts of itself in CloudWatch."""
    at = datetime.combine(month.day(number), time(12), UTC)
    values = {
        "Reputation.BounceRate": 0.01 + number / 3000,
        "Reputation.ComplaintRate": 0.0002,
        "Send": 4000 + 90 * number,
    }
    data = [{"MetricName": name, "Value": value, "Timestamp": at} for name, value in values.items()]
    month.played.cloud.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)


def _slow_down(month: Month, number: int) -> None:
    with step(f"Outlook.com puts {_WAVE[number]} messages from {DEDICATED} off"):
        for _ in range(_WAVE[number]):
            month.numbered += 1
            month.played.cloud.publish_ses_event(
                "transactional",
                "DeliveryDelay",
                MessageId=f"delayed-{month.numbered}",
                Recipient=f"reader-{month.numbered}@outlook.test",
                Diagnostic=f"smtp; {_SLOW}",
                Ip=DEDICATED,
            )
        month.played.run_check("refusals", _QUARTER)


def _break(month: Month) -> None:
    """Somebody deletes a name of DKIM; nobody but staygreen puts it back."""
    broken = next(each for each in drifts.drifts(drifts.public_key()) if each.name == _BROKEN)
    played = month.played
    broken.happens(played)
    with step("a move of the zone forgets a name of DKIM; two hours, and it is told"):
        for _ in range(2):
            played.run_check("auth_records", HOUR)
        played.wait_for_alert("opened", drifts.DOMAIN)
    with step("it is put back from the deployed stack, and three hours later it is over"):
        wait_for_repair(played, "applied", "restore_records")
        for _ in range(3):
            played.run_check("auth_records", HOUR)
        played.wait_for_alert("cleared", drifts.DOMAIN)


def _deploy(month: Month, old: str, new: str) -> None:
    played = month.played
    text = played.config.read_text()
    if old not in text:
        raise Untrue(f"the example says {old}")
    played.config.write_text(text.replace(old, new, 1))
    with step(f"a deployment: {new.strip()}"):
        played.deploy(played.synth())


def _page(month: Month) -> str:
    """The page, as a person makes it; its text without markup."""
    title("The page")
    with step(f"staygreen report --since {DAYS + 1}d --output {PAGE.relative_to(ROOT)}"):
        made = run(month.played, {}, "report", "--since", f"{DAYS + 1}d", "--output", str(PAGE))
    console.print("\n".join(f"    {line}" for line in made.stdout.splitlines()), style="cyan", markup=False)
    if made.returncode not in (0, 1):
        raise Untrue(f"the page is made: {made.stdout}{made.stderr}")
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", PAGE.read_text(encoding="utf-8"))))


def _look(month: Month, shown: str) -> None:
    """Every fact of the month is on it."""
    address = month.address
    grades = f"{address} {month.stretch(_YELLOW[0], _YELLOW[-1])} SNDS yellow"
    require(grades in shown, f"the yellow week: {grades}")
    require(f"{address} {month.stretch(_RED, _RED)} SNDS red" in shown, "the red day after it")
    require(re.search(rf"{address} [^:]{{5,30}} listed on {LISTED_AS}", shown), "the days of the listing")
    require(re.search(rf"{address} \S* ?[^:]*blocklist: {LISTED_AS}", shown), "the incident of it")
    for number, messages in _WAVE.items():
        said = f"{DEDICATED} {month.stretch(number, number)} {messages} messages (ip throttled)"
        require(said in shown, f"the wave: {said}")
    require("refusals: throttled outlook consumer" in shown, "the incident of it")
    require("auth records: dkim missing" in shown, "the broken selector")
    require("restore_records applied: " in shown, "its repair")
    require(len(re.findall(r" deployment (?:created|updated) ", shown)) == 3, "three deployments")
    require("Bounces" in shown, "SES's rates")
    silent = shown.partition("Days without a run or a reading")[2]
    require(" blocklist " not in silent, "runs on every day, that of the first deployment too")
