import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from slack_sdk.models.blocks import Block

from staygreen.core.alerts import amazon_q, digest, slack_blocks, slack_parts
from staygreen.core.alerts.digest import MOST_LINES, SECTIONS, Picture
from staygreen.core.deployments.before import Recorded
from staygreen.core.deployments.deployment import Aspect, Deployment, Direction, FactChange, Outcome
from staygreen.core.finding import State
from staygreen.core.incidents.incident import UNKNOWN_REPLIES, acknowledge, advance
from staygreen.core.incidents.report import Coverage
from staygreen.core.incidents.run import Heartbeat
from staygreen.core.snds.rows import Colour
from tests.unit.incidents.examples import CONTEXT, HOUR, RULE, START, listing, silence

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/digest.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
NOW = START + timedelta(days=7)
WEEK = timedelta(days=7)


def lived(*states, begin=START, address="192.0.2.10"):
    incident = None
    for n, state in enumerate(states):
        finding = listing(state, at=begin + n * HOUR, address=address)
        incident, _ = advance(incident, finding, RULE, finding.observed_at)
    return incident


BAD, OK = State.BAD, State.OK
FRESH = lived(BAD, BAD, begin=NOW - 9 * HOUR, address="192.0.2.1")
OLD = lived(BAD, BAD, begin=START - 30 * HOUR, address="192.0.2.2")
GONE = lived(BAD, BAD, OK, OK, OK, address="192.0.2.3")
SEEN_ONCE = lived(BAD, OK, address="192.0.2.4")
EARLIER = lived(BAD, BAD, OK, OK, OK, begin=START - 30 * HOUR, address="192.0.2.5")


def silent(source="spamcop"):
    incident = None
    for n in range(3):
        incident, _ = advance(incident, silence(at=START + n * HOUR, source=source), RULE, START + n * HOUR)
    return incident


def drawn(**more):
    picture = Picture(since=NOW - WEEK, now=NOW, **more)
    made = digest.digest(picture, CONTEXT)
    VALIDATOR.validate(made)
    return made


def section(made, title):
    return next((s["lines"] for s in made["sections"] if s["title"] == title), [])


def test_what_is_new_what_is_open_and_what_is_over_are_kept_apart():
    made = drawn(incidents=(FRESH, OLD, GONE, SEEN_ONCE, EARLIER))
    (new,) = section(made, "New problems")
    assert new.startswith("warning: Mail from 192.0.2.1 is refused by receivers that use PSBL. Since ")
    (still,) = section(made, "Open since before")
    assert "192.0.2.2" in still
    (over,) = section(made, "Over")
    assert "192.0.2.3" in over
    assert made["headline"] == "2 problems open, 1 of them new; 1 is over."
    assert made["period"] == "The 7 days to 14:05 UTC on 10 June 2026."


def test_a_quiet_week_says_that_nothing_is_known_to_be_wrong():
    last = Heartbeat(check="blocklist", run_id="r", at=NOW - HOUR, coverage=(full("psbl"), full("spamcop")))
    made = drawn(heartbeats=(last,))
    assert made["headline"] == "No problem with your mail is known."
    (line,) = section(made, "What was asked, and what did not answer")
    assert line == "The check blocklist last ran 1 hour ago: 2 of 2 sources answered in full."


def full(source):
    return Coverage(source=source, asked=2, answered=2)


def test_silent_sources_are_named_and_are_not_problems_with_mail():
    lost = Coverage(source="spamcop", asked=2, answered=0, reason="refused")
    last = Heartbeat(check="blocklist", run_id="r", at=NOW - HOUR, coverage=(full("psbl"), lost))
    made = drawn(incidents=(silent(),), heartbeats=(last,), list_names={"spamcop": "SpamCop"})
    told = section(made, "What was asked, and what did not answer")
    assert told[0].startswith("spamcop has given no usable answer since")
    assert told[1].endswith("1 of 2 sources answered in full; not SpamCop.")
    assert made["headline"] == "No problem with your mail is known; 1 source without an answer."


def test_what_is_not_asked_for_want_of_a_key_is_not_taken_for_silence():
    unkeyed = Coverage(source="spamhaus-zen", asked=0, answered=0, reason="no_key")
    last = Heartbeat(check="blocklist", run_id="r", at=NOW - HOUR, coverage=(full("psbl"), unkeyed))
    (line,) = section(drawn(heartbeats=(last,)), "What was asked, and what did not answer")
    assert "1 of 1 source answered in full; spamhaus-zen could not be asked" in line


def deployment(at, **more):
    given = {"stack": "staygreen-acme-staging-d-test", "outcome": Outcome.DONE, "commit": "3f2a91c0de", **more}
    return Deployment(at=at, **given)


DKIM_GONE = FactChange(
    kind="record", name="s1._domainkey.d.test", direction=Direction.REMOVED, aspect=Aspect.DKIM, rtype="CNAME"
)


def test_the_deployments_of_the_period_are_named_with_what_they_changed():
    first = deployment(NOW - 9 * HOUR, changes=(DKIM_GONE,) * 5)
    second = deployment(NOW - 2 * HOUR, commit="", outcome=Outcome.ROLLED_BACK)
    third = deployment(NOW - HOUR, unknown="its template could not be read")
    made = drawn(deployments=Recorded(deployments=(third, second, first), since=START))
    one, two, three = section(made, "Deployed")
    assert one == (
        "05:05 UTC on 10 June 2026: staygreen-acme-staging-d-test, done (commit 3f2a91c); "
        + "DKIM record of d.test (s1) removed; " * 3
        + "2 more."
    )
    assert two.endswith("rolled back (commit unknown); no mail fact changed.")
    assert three.endswith("what it changed is not known: its template could not be read.")


def test_a_digest_claims_nothing_of_deployments_that_nobody_recorded():
    assert section(drawn(), "Deployed") == []
    (late,) = section(drawn(deployments=Recorded(deployments=(), since=NOW - HOUR)), "Deployed")
    assert late.endswith("what was before is not known.")


def test_every_channel_leads_to_the_dashboard_where_there_is_one_and_by_no_presigned_link():
    made = drawn(dashboard="staygreen-acme-staging-dashboard")
    assert made["link"].endswith("#dashboards/dashboard/staygreen-acme-staging-dashboard")
    assert "X-Amz" not in made["link"] and "Signature" not in made["link"]
    assert made["link"] in digest.text(made)
    assert made["link"] in amazon_q.notification(made)["content"]["nextSteps"]
    for blocks in (slack_blocks.blocks(made, with_buttons=True), slack_blocks.parent(made, with_buttons=True)):
        assert f"<{made['link']}|Dashboard>" in json.dumps(blocks)
    assert "link" not in drawn()


def test_colours_are_counted_the_worst_address_first():
    green, yellow, red = Colour.GREEN, Colour.YELLOW, Colour.RED
    made = drawn(colours={"192.0.2.1": (green, green, yellow), "192.0.2.2": (green, red), "192.0.2.3": (green,)})
    assert section(made, SECTIONS[-1][0]) == [
        "192.0.2.2: 1 red, 1 green; last green.",
        "192.0.2.1: 1 yellow, 2 green; last green.",
        "192.0.2.3: 1 green; last green.",
    ]


def test_replies_that_no_rule_knows_are_shown_as_they_came():
    finding = replace(listing(BAD, at=NOW - HOUR), cause=UNKNOWN_REPLIES, is_conclusive=True)
    told = replace(finding.evidence[0], text="Another mail system, 4 messages", raw="550 5.7.999 (Q42)")
    incident, _ = advance(None, replace(finding, evidence=(told,)), replace(RULE, sightings=1), NOW - HOUR)
    assert list(digest.unknown_replies(Picture(since=NOW - WEEK, now=NOW, incidents=(incident,)))) == [
        "Another mail system, 4 messages: 550 5.7.999 (Q42)"
    ]


def test_who_is_at_it_is_said_and_that_nobody_is():
    taken, _ = acknowledge(FRESH, "ada", NOW)
    made = drawn(incidents=(taken, OLD))
    assert section(made, "New problems")[0].endswith("ada is at it.")
    assert section(made, "Open since before")[0].endswith("nobody is at it yet.")


def test_what_is_left_out_is_counted():
    many = tuple(lived(BAD, BAD, begin=NOW - HOUR * 9, address=f"2001:db8::{n:x}") for n in range(1, 100))
    lines = section(drawn(incidents=many), "New problems")
    assert len(lines) == MOST_LINES + 1
    assert lines[-1].startswith(f"and {99 - MOST_LINES} more")


@pytest.mark.parametrize("number", [0, 200])
def test_mail_slack_and_chat_show_the_same_within_their_limits(number):
    many = tuple(lived(BAD, BAD, begin=NOW - HOUR * 9, address=f"2001:db8::{n:x}") for n in range(1, number + 1))
    hostile = replace(GONE, finding=replace(GONE.finding, cause="<!channel>"))
    made = drawn(incidents=(*many, hostile))
    assert digest.text(made).startswith(made["headline"])
    assert len(digest.subject_line(made)) <= 100
    blocks = slack_blocks.blocks(made, with_buttons=True)
    assert len(blocks) <= slack_parts.MOST_BLOCKS
    for block in blocks:
        parsed = Block.parse(dict(block))
        parsed.validate_json()
    assert "<!channel>" not in json.dumps(blocks)
    assert "actions" not in {block["type"] for block in blocks}
    told = amazon_q.notification(made)
    assert len(told["content"]["description"]) <= amazon_q.LONGEST_DESCRIPTION
    assert digest.attributes(made)["severity"] == "info"
