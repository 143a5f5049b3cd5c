"""Messages that people passed on, kept and read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from local.cloud import LocalCloud
from staygreen.adapters.store.filed_messages import MOST, FiledMessages
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.received.filed_message import FiledMessage
from staygreen.core.received.filing import Placement
from staygreen.core.received.reading import Receiver

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
MESSAGE = FiledMessage(
    at=NOW,
    receiver=Receiver.OUTLOOK_CONSUMER,
    placement=Placement.JUNK,
    cause="content_or_reputation",
    text="Junked at Outlook.com on 1 December: SCL 5.",
    step="See how they stand.",
    ip="192.0.2.10",
    domain="news.example.com",
)
DOMAIN = Subject(SubjectKind.DOMAIN, "example.com")


@pytest.fixture(scope="module")
def kept():
    with LocalCloud(enforce=False) as cloud:
        client = cloud.client("dynamodb")
        client.create_table(
            TableName="filed",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        )
        yield FiledMessages(client=client, table="filed")


def test_what_is_kept_twice_is_read_once_under_each_subject_newest_first_and_no_more_than_are_shown(kept):
    for _ in range(2):
        kept.keep(MESSAGE, "m1")
    assert kept.of(Subject(SubjectKind.IP, "192.0.2.10")) == kept.of(DOMAIN) == (MESSAGE,)
    assert kept.of(Subject(SubjectKind.DOMAIN, "other.example")) == ()
    for number in range(MOST):
        kept.keep(replace(MESSAGE, at=NOW + timedelta(hours=number + 1)), f"n{number}")
    found = kept.of(DOMAIN)
    assert len(found) == MOST
    assert [each.at for each in found] == sorted((each.at for each in found), reverse=True)
    assert MESSAGE not in found
