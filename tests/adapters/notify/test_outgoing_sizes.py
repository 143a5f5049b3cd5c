"""Whatever strangers write, each message keeps within its channel's limit: it is shortened, and never fails."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from staygreen.adapters.notify.amazon_q import ChatTopic
from staygreen.adapters.notify.topic import AlertsTopic
from staygreen.core.alerts import alert as message
from staygreen.core.alerts import slack_blocks, slack_parts
from staygreen.core.alerts.digest import SCHEMA as DIGEST
from staygreen.core.finding import Evidence
from staygreen.core.incidents.incident import Kind, Transition, advance
from staygreen.core.incidents.run import Bundle
from tests.budget import examples
from tests.unit.alerts.test_alert import SCHEMA
from tests.unit.incidents.examples import CONTEXT, RULE, START, listing

LARGEST = 262_144
"""Bytes of an SNS message, attributes included (Amazon SNS API Reference, Publish)."""
NASTY = ['"', "\\", "<", "&", "\x00", "\n", "\U0001f4e7", "*", "a"]


class Topic:
    """SNS as far as it refuses."""

    def __init__(self):
        self.published = []

    def publish(self, *, Message, MessageAttributes=None, **more):
        attributes = MessageAttributes or {}
        size = len(Message.encode()) + sum(
            len(name) + len("String") + len(value["StringValue"].encode()) for name, value in attributes.items()
        )
        assert size <= LARGEST, f"InvalidParameter: {size} bytes"
        assert all(value["StringValue"] for value in attributes.values())
        if more.get("MessageStructure") == "json":
            assert isinstance(json.loads(Message)["default"], str)
        self.published.append(Message)


def told(evidence, members=1, consequence="Mail is refused."):
    finding = replace(listing(), evidence=tuple(evidence))
    finding = replace(finding, advice=replace(finding.advice, consequence=consequence))
    incident, _ = advance(None, replace(finding, is_event=True), RULE, START)
    if members == 1:
        return message.alert(Transition(id=f"{'0' * 16}-1", kind=Kind.OPENED, at=START, incident=incident), CONTEXT, 3)
    group = Bundle(id=f"{'0' * 16}-1", group="0" * 16, kind=Kind.OPENED, at=START, members=(incident,) * members)
    return message.alert(group, CONTEXT, 3)


def evidence(text, raw):
    return Evidence(source="list", text=text, observed_at=START, raw=raw, data={"codes": raw[:50]})


def publish(alert):
    topic = Topic()
    AlertsTopic(topic, "arn").send(alert)
    ChatTopic(topic, "arn").send(alert)
    for blocks in (
        slack_blocks.blocks(alert, with_buttons=True),
        slack_blocks.parent(alert, with_buttons=True),
        slack_blocks.details(alert),
    ):
        assert len(blocks) <= slack_parts.MOST_BLOCKS
        sections = [block["text"]["text"] for block in blocks if block["type"] == "section"]
        assert all(0 < len(text) <= slack_parts.LONGEST_SECTION for text in sections)
        assert sum(map(len, sections)) <= slack_parts.LONGEST_TOGETHER
        assert len(slack_blocks.summary(alert)) <= slack_blocks.LONGEST_FALLBACK
    return json.loads(topic.published[0])


def test_twenty_replies_full_of_quotes_reach_every_subscriber():
    bodies = publish(told([evidence("A reply that no rule knows", '"' * 2200) for _ in range(20)]))
    alert = json.loads(bodies.get("https", bodies["default"]))
    Draft202012Validator(SCHEMA).validate(alert)
    assert alert["evidence"], "shortened, not left out"


@examples(40)
@given(
    st.integers(0, 60),
    st.sampled_from(NASTY),
    st.integers(1, 20_000),
    st.integers(1, 40),
    st.integers(1, 100_000),
)
def test_an_alert_of_any_length_keeps_within_every_limit(many, character, length, members, consequence):
    alert = told(
        [evidence(character * length, character * length) for _ in range(many)], members, character * consequence
    )
    assert len(message.encoded(alert).encode()) <= message.LARGEST_BYTES
    Draft202012Validator(SCHEMA).validate(alert)
    publish(alert)


@pytest.mark.parametrize("character", NASTY, ids=repr)
def test_a_digest_of_any_length_keeps_within_every_limit(character):
    lines = [character * 5000] * 30
    digest = {
        "schema": DIGEST,
        "transition_id": "digest-1",
        "incident_id": "digest-1",
        "kind": "digest",
        "at": START.isoformat(),
        "sender": "acme",
        "environment": "staging",
        "region": "eu-central-1",
        "headline": character * 9000,
        "period": "A week.",
        "sections": [{"title": "New", "lines": lines} for _ in range(8)],
    }
    publish(digest)


def test_what_fits_is_not_touched():
    alert = told([evidence("PSBL lists this address", "127.0.0.2")])
    assert message.fitted(alert) is alert
