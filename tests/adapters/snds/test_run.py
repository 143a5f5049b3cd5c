"""A whole run: token, lease, reports, history and CloudWatch, against the emulator and the stand-in."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv4Address

import boto3
import pytest

from local.patience import PATIENCE
from local.ports import free_port
from local.snds import Denial, Failure, SndsServer
from staygreen.adapters.snds.history import History
from staygreen.adapters.snds.rest import Web
from staygreen.adapters.snds.run import Clients, Run
from staygreen.adapters.snds.token_store import Lease, SecretToken
from staygreen.core.checks import snds as check
from staygreen.core.finding import State, Subject, SubjectKind
from staygreen.core.snds.rest_answer import Reason
from staygreen.core.snds.rows import Colour, ComplaintRate
from staygreen.core.snds.run_result import Question
from staygreen.core.snds.token import Secret, Token

NOW = datetime(2026, 9, 14, 6, tzinfo=UTC)
OURS = IPv4Address("192.0.2.10")
DEDICATED = IPv4Address("198.51.100.7")


def row(day, colour="GREEN", ip=OURS, rate="< 0.1%"):
    start = f"{day.month}/{day.day}/{day.year} 8:00 AM"
    end = f"{day.month}/{day.day}/{day.year} 8:00 PM"
    return f"{ip},{start},{end},422,409,422,{colour},{rate},,,,,@example.com,\r\n".encode()


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    port = free_port()
    environment = {
        **os.environ,
        "GATEWAY_PORT": str(port),
        "PERSIST_STATE": "0",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    log = (tmp_path_factory.mktemp("emulator") / "log").open("w")
    emulator = subprocess.Popen(
        [sys.executable, "-c", "from ministack.app import main; main()"], env=environment, stdout=log, stderr=log
    )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url)
        options = {
            "endpoint_url": url,
            "region_name": "eu-central-1",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }
        yield lambda service: boto3.client(service, **options)
    finally:
        emulator.terminate()
        emulator.wait()
        log.close()


def _wait(url):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(f"{url}/_ministack/health", timeout=1).close()  # noqa: S310 - loopback
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the emulator did not start")


@pytest.fixture
def server():
    with SndsServer() as running:
        yield running


@pytest.fixture
def clients(aws):
    return Clients(secrets=aws("secretsmanager"), table=aws("dynamodb"), metrics=aws("cloudwatch"), objects=aws("s3"))


@pytest.fixture
def settings(server, clients, request):
    name = request.node.name.split("[")[0].replace("_", "-")[-40:] + os.urandom(3).hex()
    clients.table.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    bucket = name.lower().strip("-")
    clients.objects.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    SecretToken(client=clients.secrets, secret_id=name).login(
        Token(refresh_token=Secret(server.world.refresh_token), obtained_at=NOW - timedelta(days=1))
    )
    return {
        "token_secret": name,
        "table": name,
        "bucket": bucket,
        "base_url": server.base_url,
        "authority": server.authority,
    }


def reading(settings, clients, now=NOW, dedicated=(), owner="run"):
    question = Question(places=check.places(settings), dedicated=frozenset(dedicated), own=frozenset({OURS}))
    web = Web(pause=lambda seconds: None)
    return Run(question=question, clients=clients, now=lambda: now, owner=owner, web=web).read()


class World:
    """What the check asks, with the real run behind it."""

    def __init__(self, settings, clients, now):
        self.settings, self.clients, self.at = settings, clients, now

    def now(self):
        return self.at

    def elastic_ips(self):
        return [Subject(SubjectKind.IP, str(OURS), "mail.example.com")]

    def dedicated_ips(self):
        return []

    def snds(self, question):
        return reading(self.settings, self.clients, self.at)


def bad(settings, clients, now=NOW):
    report = check.run(settings, World(settings, clients, now))
    return {(finding.subject.id, finding.cause): finding for finding in report.findings if finding.state is State.BAD}


def test_the_days_of_the_window_are_read_kept_and_not_asked_for_again(server, settings, clients):
    for back in range(2, 30):
        day = (NOW - timedelta(days=back)).date()
        server.world.days[day.isoformat()] = row(day)
    first = reading(settings, clients)
    assert len(first.days[OURS]) == 28
    asked = len(server.world.requests)
    second = reading(settings, clients, NOW + timedelta(hours=6))
    again = [path for path in server.world.requests[asked:] if "/report/data/" in path]
    assert [day.on for day in second.days[OURS]] == [day.on for day in first.days[OURS]]
    # Only days young enough to be late, or without rows so far, are asked for again.
    assert {path.rpartition("/")[2] for path in again} <= {"2026-09-13", "2026-09-12", "2026-09-11", "2026-08-15"}


def test_the_raw_line_is_kept_beside_the_row(server, settings, clients):
    day = date(2026, 9, 11)
    server.world.days["2026-09-11"] = row(day, rate="0.4%")
    reading(settings, clients)
    history = History(client=clients.table, table=settings["table"])
    (kept,) = history.of_address(OURS, [day, date(2026, 9, 12)])
    assert kept.raw == row(day, rate="0.4%").decode().strip()
    assert kept.complaint_rate == ComplaintRate("=", 0.004)
    assert kept.trap_hits is None


def test_a_day_that_arrives_late_is_filled_in(server, settings, clients):
    assert OURS not in reading(settings, clients).days
    server.world.days["2026-09-12"] = row(date(2026, 9, 12))
    later = reading(settings, clients, NOW + timedelta(days=1))
    assert [day.on for day in later.days[OURS]] == [date(2026, 9, 12)]


def test_addresses_that_are_not_ours_are_counted_and_not_kept(server, settings, clients):
    server.world.days["2026-09-12"] = row(date(2026, 9, 12), ip=IPv4Address("203.0.113.9"))
    result = reading(settings, clients)
    assert (result.foreign, dict(result.days)) == (1, {})
    assert check.run(settings, World(settings, clients, NOW)).notes == (
        "1 rows about addresses that are not ours were ignored",
    )


def test_reading_a_double_row_twice_changes_nothing(server, settings, clients):
    server.world.days["2026-09-12"] = row(date(2026, 9, 12)) * 2
    for minutes in (0, 1):
        reading(settings, clients, NOW + timedelta(minutes=minutes))
    history = History(client=clients.table, table=settings["table"])
    days, _ = history.read([date(2026, 9, 12)])
    assert len(days[OURS]) == 1


def test_a_red_day_is_bad_news_and_critical(server, settings, clients):
    server.world.days["2026-09-12"] = row(date(2026, 9, 12), "RED")
    finding = bad(settings, clients)[(str(OURS), "filter_result")]
    assert finding.severity.value == "critical"
    assert "192.0.2.10 (mail.example.com)" in finding.advice.consequence


def test_yellow_needs_two_days_in_a_row(server, settings, clients):
    server.world.days["2026-09-12"] = row(date(2026, 9, 12), "YELLOW")
    assert not bad(settings, clients)
    server.world.days["2026-09-13"] = row(date(2026, 9, 13), "YELLOW")
    assert set(bad(settings, clients, NOW + timedelta(hours=6))) == {(str(OURS), "filter_result")}


def test_an_expired_token_is_one_alarm_that_names_the_command(server, settings, clients):
    server.deny(Denial.INVALID_GRANT)
    found = bad(settings, clients)
    assert set(found) == {("snds_rest", "auth_expired")}
    assert "staygreen snds login" in found[("snds_rest", "auth_expired")].advice.next_step


def test_drift_is_one_alarm_with_the_raw_body_kept(server, settings, clients):
    drifted = row(date(2026, 9, 12)).replace(b"\r\n", b",0.7\r\n")
    server.world.days["2026-09-12"] = drifted
    found = bad(settings, clients)
    assert set(found) == {("snds_rest", "schema_drift")}
    key = found[("snds_rest", "schema_drift")].evidence[0].text.rpartition(f"s3://{settings['bucket']}/")[2]
    assert clients.objects.get_object(Bucket=settings["bucket"], Key=key)["Body"].read() == drifted


@pytest.mark.parametrize(
    ("failure", "cause"),
    [(Failure.LOGIN_PAGE, "auth_expired"), (Failure.FORBIDDEN, "access_lapsed"), (Failure.SERVER_ERROR, "coverage")],
)
def test_each_failure_is_one_alarm_of_its_own_and_no_address_is_called_bad(server, settings, clients, failure, cause):
    server.fail(*[failure] * 3)
    assert set(bad(settings, clients)) == {("snds_rest", cause)}


def test_a_failed_run_never_marks_a_day_as_read(server, settings, clients):
    server.world.days["2026-09-12"] = row(date(2026, 9, 12), "RED")
    server.fail(*[Failure.RESET] * 3)
    assert reading(settings, clients).of("snds_rest").reason is Reason.SOURCE_DOWN
    assert reading(settings, clients).days[OURS][0].filter_result is Colour.RED


def test_while_another_run_holds_the_lease_nothing_is_asked(server, settings, clients):
    with Lease(client=clients.table, table=settings["table"], owner="other").held(lambda: NOW):
        result = reading(settings, clients)
    assert result.of("snds_rest").reason is Reason.SOURCE_DOWN
    assert not server.world.requests


def test_each_run_leaves_the_rotated_token_as_the_current_one(server, settings, clients):
    server.world.strict = True
    for hours in (0, 6, 12):
        assert reading(settings, clients, NOW + timedelta(hours=hours)).of("snds_rest").reason is None
    current = clients.secrets.get_secret_value(SecretId=settings["token_secret"])["SecretString"]
    assert json.loads(current)["refresh_token"] == server.world.refresh_token


def test_dedicated_addresses_are_read_from_cloudwatch_by_whatever_dimension_they_have(settings, clients):
    # The emulator, like CloudWatch, takes no points that are older than two weeks by the real clock.
    now = datetime.now(UTC)
    at = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=2)
    values = {"SNDS.SpamRate": 0.5, "SNDS.ComplaintRate": 0, "SNDS.RCPTCommands": 900, "SNDS.TrapHits": 2}
    clients.metrics.put_metric_data(
        Namespace="AWS/SES",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": "Some Dimension", "Value": str(DEDICATED)}],
                "Timestamp": at,
                "Value": value,
            }
            for name, value in values.items()
        ],
    )
    clients.metrics.put_metric_data(
        Namespace="AWS/SES",
        MetricData=[{"MetricName": "Send", "Timestamp": at + timedelta(hours=hour), "Value": 1} for hour in range(24)],
    )
    learned = reading(settings, clients, now, dedicated=[DEDICATED])
    assert learned.sends.by_day[at.date()] == 24
    (day,) = learned.days[DEDICATED]
    assert (day.on, day.filter_result, day.trap_hits) == (at.date(), Colour.YELLOW, 2)
    assert (day.complaint_rate, day.recipients) == (ComplaintRate("<", 0.001), None)


def test_a_link_is_read_when_there_is_no_token_and_its_age_is_told(server, settings, clients):
    clients.secrets.create_secret(
        Name=settings["table"] + "-link", SecretString=json.dumps({"url": server.link, "created": "2026-08-20"})
    )
    by_link = {**settings, "token_secret": "", "link_secret": settings["table"] + "-link"}
    server.world.days["2026-09-12"] = row(date(2026, 9, 12), "RED")
    found = bad(by_link, clients)
    assert set(found) == {(str(OURS), "filter_result"), ("snds_link", "link_age")}
    assert "25 days ago" in found[("snds_link", "link_age")].evidence[0].text


def test_no_reading_finding_or_log_shows_a_token_or_a_key(server, settings, clients, caplog):
    caplog.set_level("DEBUG", logger="staygreen")
    shown = []
    for failure in (None, Failure.LOGIN_PAGE, Failure.JSON, Failure.RESET, Failure.UNAUTHORIZED):
        if failure:
            server.fail(*[failure] * 3)
        report = check.run(settings, World(settings, clients, NOW))
        shown.append(repr(report))
        server.world.failures.clear()
    text = "\n".join([*shown, caplog.text])
    for hidden in (*server.world.access_tokens, *server.world.replaced_tokens, server.world.refresh_token):
        assert hidden not in text
