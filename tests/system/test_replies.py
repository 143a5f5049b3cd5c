"""Replies of receiving servers, from SES and from a mail server's log, become incidents and are told by SNS."""

import json
from datetime import UTC, datetime, timedelta

import dns.reversename
import pytest

from local.cloud import LocalCloud
from local.stage import Stage
from staygreen.cli.deployment import VARIABLE
from staygreen.core.naming import ResourceNames
from tests import command
from tests.system.deployment import deploy

DEDICATED = "198.51.100.7"
QUARTER = timedelta(minutes=15)
ZONE = "Z0EXAMPLECOM00000000"
NAMES = ResourceNames(sender="example", environment="production")
UNREAD = NAMES.bucket("unread", "000000000000", "us-east-1")
SLOW = (
    "451 4.7.651 The mail server [{ip}] has been temporarily rate limited due to IP reputation. For e-mail delivery "
    "information, see https://postmaster.live.com (S844)"
)
S3150 = (
    "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent. Please contact your Internet service provider since "
    "part of their network is on our block list (S3150)."
)
EXPIRED = "554 4.4.7 Message expired: unable to deliver in 840 minutes.<{reply}>"
CONFIG = """
[sender]
name = "example"
account = "000000000000"
region = "us-east-1"

[[domain]]
name = "example.com"
zone = { id = "Z0EXAMPLECOM00000000", name = "example.com" }

[[pool]]
name = "warm"

[[configuration_set]]
name = "transactional"
pool = "warm"

[monitor.blocklist]
enabled = false

[monitor.refusals]
log_groups = ["/mail/postfix"]
unreadable_alarm = 3
"""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    example = tmp_path_factory.mktemp("replies") / "example.toml"
    example.write_text(CONFIG)
    with LocalCloud() as cloud:
        here = Stage(cloud, example)
        cloud.client("logs").create_log_group(logGroupName="/mail/postfix")
        deploy(here)
        cloud.lease_dedicated_ip(DEDICATED, "warm")
        here.run_check("refusals", QUARTER)
        yield here


def event(here, kind, reply, number, ip=DEDICATED):
    here.cloud.publish_ses_event(
        "transactional",
        kind,
        MessageId=f"{kind}-{number}",
        Recipient=f"reader-{number}@outlook.test",
        Diagnostic=f"smtp; {reply.format(ip=ip)}",
        Ip=ip,
        BounceType="Transient",
    )


def told(here, subject, cause):
    return [a for a in here.alerts() if a["cause"] == cause and subject in {each["id"] for each in a["subjects"]}]


def wait_told(here, subject, cause, kind):
    def found():
        return next((alert for alert in told(here, subject, cause) if alert["kind"] == kind), None)

    return here.cloud.wait_until(found, what=f"{kind} {cause} of {subject}\n{here.cloud.log()[-3000:]}")


def test_delays_warn_and_the_block_that_follows_is_critical_at_once(deployed):
    for number in range(3):
        event(deployed, "DeliveryDelay", SLOW, number)
    warning = wait_told(deployed, DEDICATED, "throttled_outlook_consumer", "opened")
    assert warning["severity"] == "warning"
    for number in (0, 1, 2, 2, 2):
        event(deployed, "Bounce", S3150, number)
    critical = wait_told(deployed, DEDICATED, "blocked_outlook_consumer", "opened")
    assert critical["severity"] == "critical"
    assert critical["consequence"].startswith("Outlook.com (Outlook, Hotmail, Live, MSN) refuses mail from")
    assert f"staygreen case open {DEDICATED}" in critical["next_step"]
    deployed.run_check("refusals", QUARTER)
    assert len(told(deployed, DEDICATED, "throttled_outlook_consumer")) == 1
    assert len(told(deployed, DEDICATED, "blocked_outlook_consumer")) == 1


def test_a_message_is_counted_once_however_often_it_is_told(deployed):
    deployed.cloud.wait_until(lambda: all_taken(deployed), what="the queue to be empty")
    items = deployed.cloud.client("dynamodb").scan(
        TableName="staygreen-example-production-replies", ConsistentRead=True
    )
    counters = [item for item in items["Items"] if "new_messages" in item]
    by_code = {}
    for item in counters:
        code = item["sk"]["S"].split("#")[3]
        by_code[code] = by_code.get(code, 0) + int(item["new_messages"]["N"])
    assert (by_code["S844"], by_code["S3150"]) == (3, 3)
    assert "reader-" not in json.dumps(items["Items"]), "recipients are kept as hashes alone"


def all_taken(here):
    """Whether nothing waits in the queue of replies or is being read."""
    queue = here.cloud.client("sqs")
    url = queue.get_queue_url(QueueName="staygreen-example-production-replies")["QueueUrl"]
    numbers = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return numbers["ApproximateNumberOfMessages"] == numbers["ApproximateNumberOfMessagesNotVisible"] == "0"


def staygreen(here, *arguments):
    """Run the command as a user would; its exit status and what it printed."""
    done = command.staygreen(*arguments, env={**here.cloud.env(), VARIABLE: str(here.config)})
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def test_the_verdict_rests_on_what_was_counted(deployed):
    status, printed = staygreen(deployed, "verdict", DEDICATED, "--json")
    verdict = json.loads(printed)
    assert status == 1
    assert verdict["standing"] == "blocked"
    assert verdict["by_realm"]["outlook_consumer"] == "blocked"
    assert verdict["causes"][0]["cause"] == "blocked_outlook_consumer"
    table = [json.loads(line) for line in staygreen(deployed, "verdict", "--json")[1].splitlines()]
    assert f"ip:{DEDICATED}" in {each["subject"] for each in table}


def test_no_packet_while_a_cause_is_open_and_then_one_from_what_was_counted(deployed):
    where = (DEDICATED, *NAMES.options.split())
    status, printed = staygreen(deployed, "case", "open", *where, "--domain", "example.com", "--no-lists")
    assert status == 1
    assert "Not yet. First:" in printed
    assert "Publish a DMARC record" in printed
    for name, rtype, value in (
        ("example.com", "TXT", f'"v=spf1 ip4:{DEDICATED} ~all"'),
        ("_dmarc.example.com", "TXT", '"v=DMARC1; p=none"'),
    ):
        deployed.cloud.publish(ZONE, name, rtype, value)
    status, printed = staygreen(deployed, "case", "refresh", *where, "--no-lists")
    assert status == 0, printed
    assert printed.index("Issue title") < printed.index("Sender domain") < printed.index("Error text")
    assert S3150.format(ip=DEDICATED) in printed
    assert "Messages refused so far: 3" in printed
    assert staygreen(deployed, "case", "submitted", *where, "--note", "SRX1")[0] == 0
    assert "submitted  SRX1" in staygreen(deployed, "case", "show", *where)[1]


def test_who_is_suppressed_for_the_addresss_sake_is_listed_and_nobody_else(deployed):
    ses = deployed.cloud.client("sesv2")
    for name, reason in (("reader-0", "BOUNCE"), ("reader-1", "COMPLAINT"), ("stranger", "BOUNCE")):
        ses.put_suppressed_destination(EmailAddress=f"{name}@outlook.test", Reason=reason)
    status, printed = staygreen(deployed, "case", "suppressed", DEDICATED)
    assert (status, printed.split()) == (1, ["reader-0@outlook.test"])
    assert "case suppressed" in staygreen(deployed, "case", "show", DEDICATED, *NAMES.options.split())[1]


def test_the_reply_inside_ses_own_words_counts_and_a_shared_address_leads_to_aws(deployed):
    event(deployed, "Bounce", EXPIRED.format(reply=S3150), "wrapped", ip="203.0.113.9")
    alert = wait_told(deployed, "ses-shared", "blocked_outlook_consumer", "opened")
    assert "AWS Support" in alert["next_step"]


def test_complaints_that_ses_tells_become_one_alert(deployed):
    for number in range(5):
        here = {"Recipient": f"reader-{number}@outlook.test", "MessageId": f"complaint-{number}", "Ip": DEDICATED}
        deployed.cloud.publish_ses_event("transactional", "Complaint", **here)
    table = deployed.cloud.client("dynamodb")

    def kept():
        found = table.query(
            TableName="staygreen-example-production-incidents",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"complaint#ip:{DEDICATED}"}},
            ConsistentRead=True,
        )
        return len(found["Items"]) == 5

    deployed.cloud.wait_until(kept, what="the complaints")
    deployed.run_check("complaints", QUARTER)
    alert = wait_told(deployed, DEDICATED, "complaints", "opened")
    assert "5 complaints" in alert["consequence"]
    assert "reader-" not in json.dumps(alert), "who complained is told to nobody"


@pytest.fixture(scope="module")
def server(deployed):
    """The address of a mail server on EC2, which has no name of its own yet."""
    made = deployed.cloud.client("ec2").allocate_address(Domain="vpc")
    return made["AllocationId"], made["PublicIp"]


def test_lines_of_a_mail_log_take_the_same_road(deployed, server):
    _, ip = server
    logs = deployed.cloud.client("logs")
    logs.create_log_stream(logGroupName="/mail/postfix", logStreamName="mail-1")
    now = datetime.now(UTC)
    said = f"host mx.olc.protection.outlook.com[198.51.100.1] said: {S3150.format(ip=ip)} (in reply to MAIL FROM)"
    lines = [
        f"{now.isoformat()} mail-1 postfix/smtp[7]: 4F{n}: to=<r{n}@outlook.test>, relay=mx.olc.protection.outlook.com"
        f"[198.51.100.1]:25, status=bounced ({said})"
        for n in range(2)
    ] + [f"{now.isoformat()} mail-1 postfix/smtp[7]: 4G: to=<a@b.test>, status=sent (250 ok)"]
    entries = [{"timestamp": int(now.timestamp() * 1000), "message": line} for line in lines]
    logs.put_log_events(logGroupName="/mail/postfix", logStreamName="mail-1", logEvents=entries)
    alert = wait_told(deployed, ip, "blocked_outlook_consumer", "opened")
    assert "2 messages to 2 recipients" in alert["consequence"]
    assert f"staygreen case open {ip} --sender example -e production" in alert["next_step"]


def test_the_packet_of_a_mail_server_is_made_from_its_log(deployed, server):
    allocation, ip = server
    status, printed = staygreen(deployed, "verdict", ip, "--json")
    assert (status, json.loads(printed)["standing"]) == (1, "blocked")
    where = (ip, *NAMES.options.split())
    status, printed = staygreen(deployed, "case", "open", *where, "--domain", "example.com", "--no-lists")
    assert status == 1
    assert "Not yet. First:" in printed
    assert "PTR" in printed
    deployed.cloud.publish(ZONE, "mail.example.com", "A", ip)
    deployed.cloud.client("ec2").modify_address_attribute(AllocationId=allocation, DomainName="mail.example.com")
    reverse = str(dns.reversename.from_address(ip))
    deployed.cloud.wait_until(lambda: deployed.ask(reverse, "PTR"), what="the name of the address")
    status, printed = staygreen(deployed, "case", "refresh", *where, "--no-lists")
    assert status == 0, printed
    assert S3150.format(ip=ip) in printed
    assert "mail.example.com" in printed
    assert "Messages refused so far: 2" in printed


def test_what_cannot_be_read_is_kept_with_its_reason_and_many_are_an_alarm(deployed):
    # wherever the border between two periods of the alarm lies, three are on one side of it
    for number in range(6):
        body = {"DetailType": "Email Bounced", "Detail": {"eventType": "Levitation", "number": number}}
        deployed.cloud._local("POST", "detail", body)
    objects = deployed.cloud.client("s3")
    kept = deployed.cloud.wait_until(
        lambda: len(found := objects.list_objects_v2(Bucket=UNREAD).get("Contents", [])) == 6 and found, what="6 kept"
    )
    assert all(each["Key"].startswith("unknown_event_type/") for each in kept)
    body = objects.get_object(Bucket=UNREAD, Key=kept[0]["Key"])["Body"].read()
    assert json.loads(body)["detail"]["eventType"] == "Levitation"
    alarms = deployed.cloud.client("cloudwatch")
    name = "staygreen-example-production-replies-unreadable"
    deployed.cloud.wait_until(
        lambda: alarms.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"] == "ALARM", what=name
    )


def test_silence_closes_a_block_only_when_mail_was_sent(deployed):
    deployed.run_check("refusals", timedelta(hours=49))
    assert not [a for a in told(deployed, DEDICATED, "blocked_outlook_consumer") if a["kind"] == "cleared"]
    deployed.cloud.client("sesv2").send_email(
        FromEmailAddress="news@example.com",
        Destination={"ToAddresses": ["reader@customer.test"]},
        Content={"Simple": {"Subject": {"Data": "s"}, "Body": {"Text": {"Data": "t"}}}},
    )
    deployed.run_check("refusals", QUARTER)
    wait_told(deployed, DEDICATED, "blocked_outlook_consumer", "cleared")
    wait_told(deployed, DEDICATED, "throttled_outlook_consumer", "cleared")
