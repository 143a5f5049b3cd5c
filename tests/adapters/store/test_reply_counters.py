"""Counters of replies in a table: nothing is counted twice, whoever counts at the same time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from local.cloud import LocalCloud
from staygreen.adapters.aws import recipient_hash
from staygreen.adapters.store.reply_counters import ACTIONS, ReplyCounters
from staygreen.core.errors import SourceUnavailable
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.replies import counters as tally
from staygreen.core.replies.counters import Class
from staygreen.core.replies.decode import Cause
from staygreen.core.replies.delivery_event import Kind, Notice

NOW = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
S3150 = "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. on our block list (S3150)."
IP = Subject(SubjectKind.IP, "192.0.2.10")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def cloud():
    with LocalCloud(enforce=False) as made:
        yield made


@pytest.fixture
def counters(cloud, request):
    client = cloud.client("dynamodb")
    table = f"replies-{abs(hash(request.node.name))}"
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    )
    return ReplyCounters(client=client, table=table)


def sighted(number, *, text=S3150, at=NOW, kind=Kind.REFUSED, recipient=""):
    notice = Notice(
        kind=kind, source="ses", text=text, at=at, message=f"m{number}", recipient=recipient or f"r{number}"
    )
    return tally.sighting(notice, IP, hashed=str, at=NOW, message="")


def total(counters, classes=(Class.OURS,)):
    found = counters.read(NOW - DAY, NOW, classes)
    return tuple(sum(getattr(each, name) for each in found) for name in ("messages", "new_messages", "new_recipients"))


def test_what_is_counted_can_be_read_again(counters):
    counters.count([sighted(1)])
    (found,) = counters.read(NOW - DAY, NOW, (Class.OURS,))
    assert found == tally.added([sighted(1)], {}).tallies[0]
    assert counters.read(NOW - DAY, NOW, (Class.UNKNOWN, Class.THEIRS)) == ()


def test_counters_of_yesterday_are_read_when_they_are_wanted(counters):
    counters.count([sighted(1, at=NOW - timedelta(hours=1))])
    assert len(counters.read(NOW - DAY, NOW, (Class.OURS,))) == 1
    assert counters.read(NOW - timedelta(minutes=30), NOW, (Class.OURS,)) == ()


def test_counting_again_changes_nothing(counters):
    batch = [sighted(n) for n in range(20)]
    for _ in range(3):
        counters.count(batch)
    assert total(counters) == (20, 20, 20)


def test_many_at_once_count_each_message_once(counters):
    batches = [[sighted(n) for n in range(start, start + 20)] for start in (0, 10, 20, 0, 10, 20)]
    with ThreadPoolExecutor(6) as workers:
        list(workers.map(counters.count, batches))
    assert total(counters) == (40, 40, 40)


def test_a_whole_portion_fits_one_transaction(counters):
    batch = [sighted(n) for n in range(200)]
    for part in tally.portions(batch, ACTIONS):
        counters.count(part)
    assert total(counters) == (200, 200, 200)


def test_what_was_said_about_a_recipient_is_found_by_its_hash(counters):
    counters.count([sighted(1, recipient="hash", kind=Kind.DELAYED, at=NOW - timedelta(hours=2))])
    counters.count([sighted(1, recipient="hash"), sighted(2, recipient="hash", text="550 5.1.1 user unknown")])
    blocked, unknown = sorted(counters.answers("hash"), key=lambda each: each.combination.cause.value)
    assert (blocked.combination.cause, blocked.refused, blocked.at) == (Cause.IP_BLOCKED, True, NOW)
    assert unknown.combination.cause is Cause.RECIPIENT_UNKNOWN
    assert counters.answers("another") == ()


def test_a_name_is_claimed_by_one_for_a_while(counters):
    assert counters.claim("wake", NOW, timedelta(minutes=1))
    assert not counters.claim("wake", NOW + timedelta(seconds=59), timedelta(minutes=1))
    assert counters.claim("wake", NOW + timedelta(seconds=60), timedelta(minutes=1))


def test_hashes_need_the_key_and_do_not_tell_upper_from_lower_case(cloud):
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name="one", SecretString="key one")
    secrets.create_secret(Name="two", SecretString="key two")
    one, two = recipient_hash.hasher(secrets, "one"), recipient_hash.hasher(secrets, "two")
    assert one("Anna@Customer.example") == one("<anna@customer.example>")
    assert one("anna@customer.example") != two("anna@customer.example")
    with pytest.raises(SourceUnavailable, match="three"):
        recipient_hash.hasher(secrets, "three")


def test_a_refusal_of_the_table_is_not_a_count(cloud):
    client = boto3.client(
        "dynamodb",
        endpoint_url=cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    with pytest.raises(client.exceptions.ResourceNotFoundException):
        ReplyCounters(client=client, table="absent").count([sighted(1)])
