"""Whose mail is it, is ours in order, and may we go a step further: reports of three receivers, day by day.

In order; a key is replaced and the server goes on signing with the old one; others send in our name; five weeks later
the policy may become `quarantine`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from local.cloud import ROOT
from local.drifts import public_key
from local.report_mails import aggregate_mail
from local.stage import DMARC, HOUR, Stage
from local.stories.telling import Untrue, command, console, deploy, require, show_mail, step, title
from staygreen.adapters.reports.report_table import ReportTable
from staygreen.adapters.sources.ses_standing import NAMESPACE
from staygreen.core.naming import REPORTS

PAGE = ROOT / "build" / "report.html"
DOMAIN = "example.com"
SES_KEY, SERVER_KEY = "s2026a", "helpdesk"
SES_ADDRESS = "54.240.8.11"
STRANGERS = ("198.51.100.24", "198.51.100.87")
_DAY = timedelta(days=1)
_DUE = time(6)
"""When reports of the day before have come, UTC; what follows on a day ends before the next."""
_RUN = timedelta(hours=6)
"""How often the check runs."""
_BEFORE, _AFTER = 8, 35
"""Days in order before the fault, and after it."""
_UNWATCHED = ("blocklist", "reverse_dns", "auth_records", "ses_reputation", "volume", "refusals", "complaints", "cases",
              "tls_reports")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Messages of one address that a receiver judged alike."""

    ip: str
    messages: int
    selector: str = ""
    """Of a signature of ours; empty: unsigned."""
    signature: str = "pass"
    envelope: str = f"bounce.{DOMAIN}"
    spf: str = "pass"
    stopped: bool = False
    """By the receiver itself: the policy asks for nothing."""

    def xml(self) -> str:
        """As a report has it (RFC 9990)."""
        dkim = self.signature if self.selector else "fail"
        aligned = "pass" if self.spf == "pass" and self.envelope.endswith(DOMAIN) else "fail"
        signed = (
            f"<dkim><domain>{DOMAIN}</domain><selector>{self.selector}</selector><result>{dkim}</result></dkim>"
            if self.selector
            else ""
        )
        reason = "<reason><type>local_policy</type></reason>" if self.stopped else ""
        disposition = "reject" if self.stopped else "none"
        return (
            f"<record><row><source_ip>{self.ip}</source_ip><count>{self.messages}</count><policy_evaluated>"
            f"<disposition>{disposition}</disposition><dkim>{dkim}</dkim><spf>{aligned}</spf>{reason}"
            f"</policy_evaluated></row><identifiers><envelope_from>{self.envelope}</envelope_from>"
            f"<header_from>{DOMAIN}</header_from></identifiers><auth_results>{signed}<spf>"
            f"<domain>{self.envelope}</domain><scope>mfrom</scope><result>{self.spf}</result></spf>"
            "</auth_results></record>"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """Somebody who reports, and its part of the mail."""

    domain: str
    org: str
    part: float


RECEIVERS = (
    Receiver(domain="google.com", org="google.com", part=0.5),
    Receiver(domain="microsoft.com", org="Enterprise Outlook", part=0.3),
    Receiver(domain="yahoo.com", org="Yahoo", part=0.2),
)
Day = Callable[[float], Sequence[Record]]
"""What a receiver saw on a day, by its part of the mail."""


def play(played: Stage) -> None:
    """Let reports come, day by day, and read what they say."""
    _configure(played)
    deploy(played)
    server = str(played.addresses()[0]["PublicIp"])
    in_order = _in_order(server)

    title(f"{_BEFORE} days of reports by three receivers: all in order")
    for _ in range(_BEFORE):
        _pass(played, in_order)
    _judge(played)
    require(not played.alerts(), "nobody was told anything")

    title("A deployment replaces the key of the helpdesk's server, which goes on signing with the old one")
    _replace_key(played)
    _pass(played, _broken(server))
    _judge(played)
    alert = played.wait_for_alert("opened", DOMAIN)
    show_mail(played, alert)
    told = str(alert)
    require(f"{SERVER_KEY}._domainkey.{DOMAIN}" in told, "the alert names the key")
    require("Deployed" in told and f"DKIM record of {DOMAIN} ({SERVER_KEY}) changed" in told, "and the deployment")

    title("The server gets the new key; strangers send in the domain's name")
    for _ in range(2):
        _pass(played, in_order)
    _judge(played)
    require(played.wait_for_alert("cleared", DOMAIN), "two whole days in order: it is over")
    _pass(played, lambda part: (*in_order(part), *_campaign(part)))
    _judge(played)
    notices = played.cloud.wait_until(lambda: _others(played, alert), what="the notice of the campaign")
    require([each["severity"] for each in notices] == ["info"], "one quiet notice: receivers stopped all of it")

    title(f"{_AFTER} days later")
    with step(f"{_AFTER} times three reports"):
        for _ in range(_AFTER):
            _pass(played, _small(server), quietly=True)
    _judge(played)
    ready = command(played.cloud, "dmarc", "ready", DOMAIN, "--config", str(played.config))
    console.print("\n".join(f"    {line}" for line in ready.stdout.splitlines()), style="cyan", markup=False)
    require("ready for quarantine: 770 of 770" in ready.stdout, f"ready for quarantine: 770 of 770{ready.stderr}")
    require(ready.returncode == 0, "status 0")
    require("v=DMARC1; p=quarantine" in ready.stdout, "the next record is printed, ready to paste")
    PAGE.unlink(missing_ok=True)
    drawn = command(played.cloud, "report", "--config", str(played.config), "--output", str(PAGE))
    require(PAGE.exists() and "at none: ready for quarantine" in PAGE.read_text(), f"the page shows it{drawn.stderr}")


def _configure(played: Stage) -> None:
    """Reports come in; two keys are published, one that SES signs with and one of a server; the policy asks nothing."""
    played.with_mailbox()
    played.with_reports()
    text = played.config.read_text()
    for check in _UNWATCHED:
        text, done = re.subn(rf"(\[monitor\.{check}\]\nenabled = )true", r"\1false", text)
        if not done and f"[monitor.{check}]\nenabled = false" not in text:
            raise Untrue(f"the example watches {check}")
    made = [command(played.cloud, "dkim", "new", DOMAIN, name) for name in (SES_KEY, SERVER_KEY)]
    keys = "\n".join(each.stdout for each in made).replace("signing = false", "signing = true", 1)
    for old, new in (
        ('mode = "easy" ', f'mode = "byodkim"\n{keys}\n# '),
        ('policy = "quarantine" ', 'policy = "none" '),
        ('subdomain_policy = "quarantine" ', 'subdomain_policy = "none" '),
    ):
        if old not in text:
            raise Untrue(f"the example says {old}")
        text = text.replace(old, new, 1)
    # nobody else sends: what is declared and never seen keeps a domain from its next step
    text = re.sub(r"\[\[domain\.sender\]\]\n(?:[a-z_]+ = .*\n)+", "", text)
    played.config.write_text(text)


def _others(played: Stage, alert: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What opened beside an alert's incident."""
    opened = [each for each in played.alerts() if each["kind"] == "opened"]
    return [each for each in opened if each["incident_id"] != alert["incident_id"]]


def _replace_key(played: Stage) -> None:
    text = played.config.read_text()
    block = re.search(rf'name = "{SERVER_KEY}"\npublic_key = "([^"]+)"', text)
    if block is None:
        raise Untrue("the configuration has the server's key")
    played.config.write_text(text.replace(block[1], public_key()))
    with step("cdk deploy --all"):
        played.deploy(played.synth())


def _in_order(server: str) -> Day:
    return lambda part: (
        Record(ip=SES_ADDRESS, messages=round(160 * part), selector=SES_KEY),
        _helpdesk(server, round(240 * part)),
    )


def _broken(server: str) -> Day:
    return lambda part: (
        Record(ip=SES_ADDRESS, messages=round(160 * part), selector=SES_KEY),
        _helpdesk(server, round(240 * part), signature="fail"),
    )


def _small(server: str) -> Day:
    return lambda part: (
        Record(ip=SES_ADDRESS, messages=round(10 * part), selector=SES_KEY),
        _helpdesk(server, round(10 * part) + (2 if part == RECEIVERS[0].part else 0)),
    )


def _helpdesk(server: str, messages: int, signature: str = "pass") -> Record:
    """Mail of the helpdesk, whose return path is its maker's: only the signature is aligned."""
    return Record(
        ip=server, messages=messages, selector=SERVER_KEY, signature=signature, envelope="bounces.helpdesk.example"
    )


def _campaign(part: float) -> Iterator[Record]:
    for ip in STRANGERS:
        yield Record(ip=ip, messages=round(900 * part), envelope="mail.stranger.example", spf="fail", stopped=True)


def _pass(played: Stage, day: Day, *, quietly: bool = False) -> None:
    """A day is over, and its reports come in the morning after."""
    now = played.cloud.now()
    over = now.date()
    _measure(played, over)
    played.cloud.advance(datetime.combine(over + _DAY, _DUE, UTC) - now)
    for receiver in RECEIVERS:
        xml = _report(receiver, over, day(receiver.part))
        mail = aggregate_mail(xml=xml, org=receiver.domain, identifier=f"{over}-{receiver.org}")
        played.cloud.receive_mail(DMARC, mail, sender=f"noreply@{receiver.domain}")
    played.cloud.wait_until(
        lambda: len(list(_table(played).reports(DOMAIN, over))) == len(RECEIVERS), what="the reports"
    )
    if not quietly:
        console.print(f"  ✓ {over:%d %b}: {len(RECEIVERS)} reports came", markup=False)


def _table(played: Stage) -> ReportTable:
    return ReportTable(client=played.cloud.client("dynamodb"), table=played.names.table(REPORTS))


def _measure(played: Stage, over: date) -> None:
    """What SES counts of the day: as much again went to receivers that report nothing."""
    at = datetime.combine(over, time(12), UTC)
    played.cloud.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE, MetricData=[{"MetricName": "Send", "Value": 40, "Timestamp": at}]
    )


def _judge(played: Stage) -> None:
    """The days are made of their reports, within the hour; then the check runs."""
    with step("the days are made, and judged"):
        played.cloud.advance(2 * HOUR)
        played.cloud.wait_until(lambda: not list(_table(played).changed()), what="the days")
        played.run_check("dmarc", _RUN)


def _report(receiver: Receiver, over: date, records: Sequence[Record]) -> str:
    begin = int(datetime.combine(over, time(), UTC).timestamp())
    end = begin + int(_DAY.total_seconds()) - 1
    return (
        f'<?xml version="1.0"?><feedback><report_metadata><org_name>{receiver.org}</org_name>'
        f"<email>noreply@{receiver.domain}</email><report_id>{over}-{receiver.org}</report_id>"
        f"<date_range><begin>{begin}</begin><end>{end}</end></date_range>"
        f"</report_metadata><policy_published><domain>{DOMAIN}</domain><adkim>r</adkim><aspf>r</aspf>"
        "<p>none</p><sp>none</sp><np>reject</np></policy_published>"
        f"{''.join(record.xml() for record in records)}</feedback>"
    )
