"""`staygreen report` against the emulator: what is stored is on the page, and what is not there is named first."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from ipaddress import IPv4Address

import boto3
import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from local.made_up_sender import tally
from local.report_mails import aggregate_mail
from staygreen.adapters.reports.report_table import ReportTable
from staygreen.adapters.snds.history import History
from staygreen.adapters.sources import ses_standing
from staygreen.adapters.store.deployments import DeploymentTable
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.adapters.store.reply_counters import ReplyCounters
from staygreen.adapters.store.verdicts import Verdicts
from staygreen.cli.main import app
from staygreen.core.codec import encoded
from staygreen.core.deployments.deployment import Aspect, Deployment, Direction, FactChange, Outcome
from staygreen.core.dmarc.roll_up import roll_up
from staygreen.core.finding import Severity, State
from staygreen.core.incidents.run import Run, settle
from staygreen.core.naming import INCIDENTS, METRICS, REPLIES, REPORTS, SNDS, ResourceNames
from staygreen.core.pictures.period import Stretch
from staygreen.core.replies.counters import Sighting
from staygreen.core.reports.estate import Estate
from staygreen.core.snds.history import Day
from staygreen.core.snds.rows import Colour
from staygreen.core.verdict import evidence
from tests.adapters.store.test_incidents import create, dynamodb, render  # noqa: F401 - a fixture
from tests.cli.test_stored_reports import SIGNED
from tests.cli.test_stored_reports import report as received_report
from tests.unit.incidents.examples import HOUR, RULE, listing, report

NAMES = ResourceNames(sender="tried", environment="staging")
NOW = datetime.now(UTC)
OWN, OTHER = "192.0.2.10", "192.0.2.11"


@pytest.fixture
def command(dynamodb, monkeypatch, tmp_path):  # noqa: F811
    table = IncidentTable(dynamodb, create(dynamodb, NAMES.table(INCIDENTS)))
    monkeypatch.setenv("AWS_ENDPOINT_URL", dynamodb.meta.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    made = [table_of(dynamodb, REPLIES), table_of(dynamodb, SNDS), NAMES.table(INCIDENTS)]
    file = tmp_path / "page.html"

    def call(*arguments):
        result = CliRunner().invoke(app, ["report", *NAMES.options.split(), "--output", str(file), *arguments])
        call.page = unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", file.read_text()))) if file.exists() else ""
        return result

    call.dynamodb, call.table = dynamodb, table
    yield call
    for name in made:
        dynamodb.delete_table(TableName=name)


def table_of(client, part):
    name = NAMES.table(part)
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk")],
    )
    return name


def play(table, *runs):
    """Runs of the check blocklist, an hour apart, the last one an hour ago."""
    begin = NOW - len(runs) * HOUR
    for number, findings in enumerate(runs):
        at = begin + number * HOUR
        known, last = table.load("blocklist")
        run = Run(check="blocklist", id=str(number), at=at, rule=RULE, last=last)
        outcome = settle(report(*(each(at) for each in findings)), known, run)
        table.apply(outcome, run, render)
        Verdicts(table).keep(evidence.of_run(outcome, known, "blocklist"), outcome.heartbeat)


def found(address, severity=Severity.CRITICAL):
    return lambda at: listing(at=at, address=address, severity=severity)


def clean(address):
    return lambda at: listing(State.OK, at=at, address=address)


def test_what_is_stored_is_on_the_page(command):
    play(command.table, [], [found(OWN)], [found(OWN)])
    yesterday = NOW.date() - timedelta(days=1)
    counts = dict.fromkeys(("rcpt_commands", "data_commands", "recipients", "complaint_rate", "trap_hits"))
    row = Day(ip=IPv4Address(OWN), on=yesterday, source="snds_rest", filter_result=Colour.YELLOW, **counts)
    History(client=command.dynamodb, table=NAMES.table(SNDS)).keep(yesterday, [row], "snds_rest", NOW)
    counted = tally(OWN, NOW - timedelta(days=2), 1)
    sighting = Sighting(
        combination=counted.combination,
        at=counted.hour,
        message="m-1",
        recipient="",
        refused=True,
        source="ses",
        decoded=counted.decoded,
    )
    ReplyCounters(client=command.dynamodb, table=NAMES.table(REPLIES)).count([sighting])
    cloudwatch = boto3.client("cloudwatch")
    dimensions = [
        {"Name": name, "Value": value} for name, value in {**NAMES.dimensions, "service": "blocklist"}.items()
    ]
    silent = {"MetricName": "SourcesSilent", "Dimensions": dimensions, "Value": 2, "Timestamp": NOW - HOUR}
    cloudwatch.put_metric_data(Namespace=METRICS, MetricData=[silent])
    invocations(cloudwatch, "blocklist", NOW - HOUR)
    rate = {"MetricName": "Reputation.BounceRate", "Value": 0.021, "Timestamp": NOW - timedelta(days=1)}
    cloudwatch.put_metric_data(Namespace="AWS/SES", MetricData=[rate])

    result = command("--since", "10d")

    assert result.exit_code == 1, result.output
    assert f"Today mail is at risk for {OWN}." in result.stdout
    assert f"First, for {OWN}: Ask for removal." in command.page
    assert "SNDS yellow" in command.page
    assert "listed on psbl" in command.page
    assert "1 message (ip blocked)" in command.page
    assert "a source did not answer in full in one run or more" in command.page
    assert "bounces" in command.page
    assert "2.100%" in command.page
    assert command.page.index("Not in here: DMARC and TLS reports") < command.page.index("Today mail")


def invocations(cloudwatch, check, at, failed=0):
    """One run of a check, as Lambda counts it."""
    dimensions = [{"Name": "FunctionName", "Value": NAMES.check_function(check)}]
    counted = {"Invocations": 1, "Errors": failed}
    data = [
        {"MetricName": name, "Dimensions": dimensions, "Value": value, "Timestamp": at}
        for name, value in counted.items()
    ]
    cloudwatch.put_metric_data(Namespace="AWS/Lambda", MetricData=data)


def test_a_run_whose_sources_all_answered_is_on_record_and_a_run_that_failed_is_not(command):
    cloudwatch = boto3.client("cloudwatch")
    yesterday, before = (NOW - timedelta(days=days) for days in (1, 2))
    invocations(cloudwatch, "volume", yesterday)
    invocations(cloudwatch, "complaints", yesterday, failed=1)
    invocations(cloudwatch, "complaints", before)
    command("--since", "10d")
    silent = command.page.partition("Days without a run or a reading")[2]
    first = NOW - timedelta(days=9)
    assert f"volume {stretch(first, before)}, {stretch(NOW, NOW)} " in silent
    assert f"complaints {stretch(first, NOW - timedelta(days=3))}, {stretch(yesterday, NOW)} " in silent


def stretch(first, last):
    return str(Stretch(first.date(), last.date()))


def test_reports_that_are_handed_in_are_on_the_page(command, tmp_path):
    file = tmp_path / "report.eml"
    file.write_text(aggregate_mail(rows=((OWN, 7),), day=NOW.date() - timedelta(days=1)))
    result = command("--since", "10d", "--dmarc", str(file))
    assert result.exit_code == 0, result.output
    assert "7 messages in 1 report of 1 reporter" in command.page
    assert "DMARC and TLS reports" not in command.page


def test_reports_that_were_received_are_on_the_page_with_how_far_the_policy_is(command):
    table = table_of(command.dynamodb, REPORTS)
    settings = json.dumps({"estate": encoded(Estate(domains=frozenset({"example.com"})))})
    boto3.client("ssm").put_parameter(Name=NAMES.reports_parameter, Value=settings, Type="String")
    day = NOW.date() - timedelta(days=2)
    received = [received_report("a", day, ((OWN, SIGNED, 7),))]
    ReportTable(client=command.dynamodb, table=table).keep_day(roll_up("example.com", day, received, Estate()))
    result = command("--since", "10d")
    command.dynamodb.delete_table(TableName=table)
    boto3.client("ssm").delete_parameter(Name=NAMES.reports_parameter)
    assert result.exit_code == 0, result.output
    assert "7 messages in 1 report of 1 reporter" in command.page
    assert "How far the DMARC policies are" in command.page
    assert "R1: days with reports 1 of 35 90 % not met" in command.page


def test_former_episodes_come_from_the_history(command):
    two = [[found(OWN)]] * 2 + [[clean(OWN)]] * 3
    play(command.table, [], *two, *two)
    command("--since", "2d")
    rows = re.findall(r"192\.0\.2\.10 \(mail\.example\.com\) blocklist: psbl critical", command.page)
    assert len(rows) == 2


def test_a_page_for_a_case_names_no_other_address(command):
    play(command.table, [], [found(OWN), found(OTHER)], [found(OWN), found(OTHER)])
    result = command("--for-case", OWN)
    assert result.exit_code == 1
    assert f"Reputation of {OWN}" in command.page
    assert OTHER not in command.page


def test_a_page_for_a_case_does_not_tell_strangers_why_aws_said_no(command, monkeypatch):
    def refused(*_arguments):
        message = "User: arn:aws:iam::111122223333:user/ada is not authorized"
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": message}}, "GetMetricData")

    monkeypatch.setattr(ses_standing, "metrics", refused)
    command("--for-case", OWN)
    assert "Not in here: SES's rates in CloudWatch" in command.page
    assert "111122223333" not in command.page


def test_a_source_that_does_not_answer_is_named_first_and_is_coverage_lost(command, monkeypatch):
    def refused(*_arguments):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetMetricData")

    monkeypatch.setattr(ses_standing, "metrics", refused)
    result = command()
    assert result.exit_code == 3
    assert result.stdout.startswith("Not in here: SES's rates in CloudWatch (An error occurred (AccessDenied)")


def test_a_sender_without_snds_says_that_it_is_not_watched(command):
    command.dynamodb.delete_table(TableName=NAMES.table(SNDS))
    result = command()
    table_of(command.dynamodb, SNDS)
    assert result.exit_code == 0
    assert result.stdout.startswith("Not in here: SNDS (it is not watched)")


def test_nothing_deployed_is_no_page(command):
    result = CliRunner().invoke(
        app, ["report", "--sender", "nobody", "-e", "staging", "--output", "/nowhere/page.html"]
    )
    assert result.exit_code == 3
    assert "nothing is deployed as nobody (staging)" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "900d"], "400 days"),
        (["--since", "soon"], "not a length of time"),
        (["--for-case", "x"], "IP address"),
    ],
)
def test_wrong_usage_is_told(command, arguments, said):
    result = command(*arguments)
    assert result.exit_code == 2
    assert said in re.sub(r"[│\s]+", " ", result.stderr)


def test_an_address_of_the_senders_has_a_row_though_nothing_is_held_against_it(command):
    ec2 = boto3.client("ec2")
    tags = [{"Key": "staygreen:sender", "Value": "tried"}, {"Key": "staygreen:environment", "Value": "staging"}]
    specified = [{"ResourceType": "elastic-ip", "Tags": tags}]
    address = ec2.allocate_address(Domain="vpc", TagSpecifications=specified)["PublicIp"]
    command()
    assert f"{address}: SNDS 90 days without data; blocklists" in command.page


def test_a_deployment_of_several_stacks_is_one_mark(command):
    cloudformation = boto3.client("cloudformation")
    template = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}})
    for part in ("state", "monitoring"):
        cloudformation.create_stack(StackName=NAMES.stack(part), TemplateBody=template)
        cloudformation.get_waiter("stack_create_complete").wait(
            StackName=NAMES.stack(part), WaiterConfig={"Delay": 1, "MaxAttempts": 20}
        )
    change = FactChange(
        kind="record", name="_dmarc.example.com", direction=Direction.CHANGED, aspect=Aspect.DMARC, rtype="TXT"
    )
    recorded = Deployment(
        stack=NAMES.stack("state"),
        at=datetime.now(UTC),
        outcome=Outcome.DONE,
        commit="3f2a91c0",
        changes=(change,),
    )
    DeploymentTable(command.dynamodb, NAMES.table(INCIDENTS)).record(recorded)
    command()
    told = "deployment created state, monitoring; commit 3f2a91c; changed DMARC record of example.com"
    assert told in command.page
    assert command.page.count(" deployment created ") == 1
