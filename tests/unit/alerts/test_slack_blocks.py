import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from staygreen.core.alerts import amazon_q, slack_blocks, slack_parts
from tests.budget import examples
from tests.unit.alerts.test_alert import BAD, OK, grouped, hours, story


def opened(**more):
    (alert,) = story(*hours(BAD, BAD, **more))
    return alert


def accepted(alert, *, with_buttons=True):
    made = slack_blocks.blocks(alert, with_buttons=with_buttons)
    assert len(made) <= slack_parts.MOST_BLOCKS
    for block in made:
        parsed = Block.parse(dict(block))
        assert parsed is not None
        parsed.validate_json()
        assert len(block.get("text", {}).get("text", "")) <= slack_parts.LONGEST_SECTION
    assert len(text_of(made)) < 13_000, "Slack refuses what is longer"
    return made


def accepted_thread(alert):
    """The parent and its details, as one text each."""
    made = slack_blocks.parent(alert, with_buttons=True), slack_blocks.details(alert)
    for blocks in made:
        assert len(blocks) <= slack_parts.MOST_BLOCKS
        for block in blocks:
            Block.parse(dict(block)).validate_json()
    return tuple(text_of(blocks) for blocks in made)


def test_a_thread_says_the_first_step_above_and_all_of_it_below():
    steps = ["Stop the cause. It lasts else.", "Ask for removal.", "Tell the others."]
    (one,) = opened()["evidence"]
    alert = {**opened(), "steps": steps, "evidence": [one, {**one, "text": "A second list agrees"}]}
    above, below = accepted_thread(alert)
    assert "*Do now:* Stop the cause. (2 more in the thread)" in above
    assert "(1 more in the thread)" in above.partition("*Do now:*")[0]
    assert "A second list agrees" not in above and "A second list agrees" in below
    for number, step in enumerate(steps, start=1):
        assert f"{number}. {step}" in below


def test_every_time_in_a_message_is_that_of_the_reader_s_clock():
    alert = {**opened(), "remark": {"by": "ada", "text": "muted it until 14:05 UTC on 3 June 2026: a move."}}
    token = "<!date^1780495500^{time} on {date_long}|14:05 UTC on 3 June 2026>"
    assert token in text_of(slack_blocks.remark_blocks(alert))
    muted = slack_blocks.parent({**opened(), "muted_until": "2026-06-03T14:05:00+00:00"}, with_buttons=True)
    assert token in json.dumps([block for block in muted if block["type"] == "context"])
    assert "14:05 UTC" in muted[0]["text"]["text"] or "<!date" not in json.dumps(muted[0])


def text_of(made):
    return "\n".join(block["text"]["text"] for block in made if "text" in block)


def test_a_message_says_what_since_when_evidence_next_step_and_runbook():
    text = text_of(accepted(opened()))
    for part in ("PSBL lists this address", "*Do now*\n1. Ask for removal.", "*staygreen does next:*", "|Runbook>"):
        assert part in text


def test_times_are_those_of_the_reader_s_clock():
    text = text_of(accepted(opened()))
    assert "First seen at <!date^1780495500^{time} on {date_long}|14:05 UTC on 3 June 2026>." in text


def test_a_phone_has_room_for_it():
    for alert in story(*hours(BAD, BAD, OK, OK, OK)):
        assert len(text_of(accepted(alert)).splitlines()) <= 12


def test_much_evidence_is_cut_and_what_to_do_is_not():
    alert = opened()
    (one,) = alert["evidence"]
    evidence = [{**one, "text": f"{number}: {'x' * 900}"} for number in range(40)]
    text = text_of(accepted({**alert, "evidence": evidence}))
    assert "(and 38 more, which the mail and `staygreen incidents show` have" in text
    assert "*Do now*" in text
    assert "|Runbook>" in text
    assert "*Do now*" in text_of(accepted({**alert, "evidence": [{**one, "text": "x" * 5000}]}))


def test_what_is_too_long_for_slack_altogether_is_left_out_at_the_end():
    long = {**opened(), "what": "y" * 6000, "steps": ["y" * 2900] * 5}
    assert "More is left out here" in json.dumps(accepted(long))


def test_an_open_incident_has_buttons_and_a_recovery_none():
    alerts = story(*hours(BAD, BAD, OK, OK, OK))
    kinds = [[b["type"] for b in accepted(alert)] for alert in alerts]
    assert "actions" in kinds[0]
    assert "actions" not in kinds[1]


def test_who_is_at_it_is_shown_and_the_button_for_it_is_gone():
    alert = {**opened(), "acknowledged_by": "ada (Slack U0123456789)"}
    made = accepted(alert)
    assert "<@U0123456789> is at it." in json.dumps(made)
    (actions,) = (block for block in made if block["type"] == "actions")
    assert [button["action_id"] for button in actions["elements"]] == ["mute"]


def test_a_remark_names_its_author_and_what_it_says_is_no_markup():
    alert = {**opened(), "remark": {"by": "<!here>", "text": "noted: <!channel>"}}
    assert text_of(slack_blocks.remark_blocks(alert)) == "&lt;!here&gt; noted: &lt;!channel&gt;"
    alert["remark"]["by"] = "<!here> (Slack U1>)"
    assert "<!here" not in text_of(slack_blocks.remark_blocks(alert))


def test_a_title_too_long_for_the_header_is_cut_and_the_consequence_stands_in_full_below_it():
    long = "Mail from 192.0.2.10 (mail.example.com) " + "is refused by one and all, " * 9 + "all"
    made = accepted({**opened(), "consequence": long, "title": long})
    assert made[0]["text"]["text"].endswith("...")
    assert long in made[1]["text"]["text"]


def test_what_the_title_says_is_not_said_again():
    alert = opened()
    made = accepted({**alert, "title": alert["consequence"].rstrip(".")})
    assert text_of(made[1:]).count(alert["consequence"].rstrip(".")) == 0


def test_over_is_over_whoever_was_at_it():
    *_, cleared = story(*hours(BAD, BAD, OK, OK, OK))
    assert "is at it" not in json.dumps(accepted({**cleared, "acknowledged_by": "ada"}))


def test_nothing_that_came_from_outside_is_markup():
    text = text_of(accepted(opened(raw="<!channel> <https://evil.example|click> & <@U1>")))
    assert "<!channel>" not in text
    assert "<@U1>" not in text
    assert "&lt;!channel&gt; &lt;https://evil.example|click&gt; &amp; &lt;@U1&gt;" in text


def test_a_summary_of_a_thousand_keeps_slack_s_limits():
    (alert,) = grouped(1000, first=None)
    accepted(alert)


@given(st.text(max_size=9000))
@examples(25)
def test_any_text_keeps_slack_s_limits(raw):
    accepted(opened(raw=raw))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://a.example/|x>"])
def test_only_web_addresses_become_links(url):
    assert f"<{url}" not in text_of(accepted({**opened(), "runbook": url}))


def test_a_chat_notification_has_its_schema_and_the_thread_of_its_incident():
    for alert in story(*hours(BAD, BAD, OK, OK, OK)):
        made = amazon_q.notification(alert)
        assert (made["version"], made["source"]) == ("1.0", "custom")
        assert made["metadata"]["threadId"] == alert["incident_id"]
        assert len(made["content"]["title"]) <= amazon_q.LONGEST_TITLE
        assert all(made["content"]["nextSteps"])
