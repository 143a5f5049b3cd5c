"""`staygreen case` with a deployed sender: the packet from what was counted, and who is suppressed for nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from local.cloud import LocalCloud
from staygreen.adapters.aws import recipient_hash
from staygreen.adapters.store.reply_counters import ReplyCounters
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.replies import counters as tally
from staygreen.core.replies.delivery_event import Kind, Notice
from tests import command

IP = "198.51.100.7"
NOW = datetime.now(UTC)
S3150 = (
    f"550 5.7.1 Unfortunately, messages from [{IP}] weren't sent. part of their network is on our block list (S3150)."
)
DEPLOYED = ("--sender", "example", "-e", "production")
WHERE = (IP, *DEPLOYED)


@pytest.fixture(scope="module")
def cloud():
    with LocalCloud(enforce=False) as made:
        made.client("secretsmanager").create_secret(
            Name="staygreen/example/production/recipient-key", SecretString="a key"
        )
        for table in ("replies", "incidents"):
            made.client("dynamodb").create_table(
                TableName=f"staygreen-example-production-{table}",
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            )
        yield made


def refuse(cloud, count):
    counters = ReplyCounters(client=cloud.client("dynamodb"), table="staygreen-example-production-replies")
    hashed = recipient_hash.hasher(cloud.client("secretsmanager"), "staygreen/example/production/recipient-key")
    subject = Subject(SubjectKind.IP, IP)
    counters.count(
        [
            tally.sighting(
                Notice(
                    kind=Kind.REFUSED,
                    source="ses",
                    text=S3150,
                    at=NOW - timedelta(minutes=n),
                    message=f"m{n}",
                    recipient=f"reader-{n}@outlook.test",
                ),
                subject,
                hashed,
                at=NOW,
                message="",
            )
            for n in range(count)
        ]
    )


def staygreen(cloud, *arguments):
    """Run the command as a user would; its exit status and what it printed."""
    done = command.staygreen(*arguments, env=cloud.env())
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def test_what_was_counted_makes_the_packet_once_no_cause_is_open(cloud):
    assert staygreen(cloud, "case", "open", *WHERE, "--no-lists")[0] == 1, "nothing was counted yet"
    refuse(cloud, 3)
    status, printed = staygreen(cloud, "case", "open", *WHERE, "--no-lists")
    assert (status, f"Give {IP} a PTR record" in printed) == (1, True), printed
    cloud.ensure_zone("Z0EXAMPLECOM00000000", "example.com")
    cloud.publish("Z0EXAMPLECOM00000000", "mta.example.com", "A", IP)
    cloud.ensure_zone("Z0REVERSE0000000000", "100.51.198.in-addr.arpa")
    cloud.publish("Z0REVERSE0000000000", "7.100.51.198.in-addr.arpa", "PTR", "mta.example.com.")
    status, printed = staygreen(cloud, "case", "refresh", *WHERE, "--no-lists")
    assert status == 0, printed
    assert printed.index("Issue title") < printed.index("Sender domain") < printed.index("Error text")
    assert S3150 in printed
    assert "Messages refused so far: 3" in printed
    assert "Reverse DNS: mta.example.com (forward-confirmed)" in printed
    assert staygreen(cloud, "case", "submitted", *WHERE, "--note", "SRX1")[0] == 0
    assert "submitted  SRX1" in staygreen(cloud, "case", "show", *WHERE)[1]


def test_the_packet_says_of_how_many_where_the_deliverability_manager_counts_them(cloud):
    cloud.client("sesv2").put_account_vdm_attributes(VdmAttributes={"VdmEnabled": "ENABLED"})
    cloud._local("PUT", "metrics", {"ISP=Hotmail": {NOW.date().isoformat(): 42}})
    status, printed = staygreen(cloud, "case", "refresh", *WHERE, "--no-lists")
    assert status == 0, printed
    assert "Messages refused so far: 3 of 42 that Amazon SES counts as sent to Microsoft since that day" in printed


def test_who_is_suppressed_for_the_addresss_sake_is_listed_and_nobody_else(cloud):
    refuse(cloud, 3)
    ses = cloud.client("sesv2")
    for name, reason in (("reader-0", "BOUNCE"), ("reader-1", "COMPLAINT"), ("stranger", "BOUNCE")):
        ses.put_suppressed_destination(EmailAddress=f"{name}@outlook.test", Reason=reason)
    status, printed = staygreen(cloud, "case", "suppressed", *WHERE)
    assert (status, printed.split()) == (1, ["reader-0@outlook.test"])
    assert staygreen(cloud, "case", "suppressed", "192.0.2.99", *DEPLOYED) == (0, "")
