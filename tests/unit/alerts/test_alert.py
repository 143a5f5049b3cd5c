import json
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from staygreen.core.alerts import alert as message
from staygreen.core.alerts import mail
from staygreen.core.finding import Evidence, State
from staygreen.core.incidents.incident import NOT_ASKED, Kind, acknowledge, advance, mute
from staygreen.core.incidents.run import remembered, settle
from tests.unit.incidents.examples import BEFORE, CONTEXT, HOUR, RULE, START, listing, report, run, silence

SCHEMA = json.loads((Path(__file__).parents[3] / "docs/alert.schema.json").read_text())
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())


def story(*findings):
    """Every announcement that a sequence of findings of one incident makes."""
    incident, alerts = None, []
    for finding in findings:
        incident, transition = advance(incident, finding, RULE, finding.observed_at)
        if transition:
            alerts.append(message.alert(transition, CONTEXT, RULE.clears))
    return alerts


def hours(*states, **more):
    return [listing(state, at=START + n * HOUR, **more) for n, state in enumerate(states)]


BAD, OK, UNKNOWN = State.BAD, State.OK, State.UNKNOWN
LIFE = hours(BAD, BAD, *[UNKNOWN] * 3, *[BAD] * 170, OK, OK, OK)


def grouped(number, first=BEFORE):
    known, last = {}, first
    for n in range(2):
        findings = [
            listing(at=START + n * HOUR, address=f"2001:db8::{i:x}", group="psbl") for i in range(1, number + 1)
        ]
        outcome = settle(report(*findings), remembered(known.values(), last), run(n, last=last))
        known |= {c.after.id: c.after for c in outcome.changes}
        last = outcome.heartbeat
        if outcome.bundles:
            return [message.alert(bundle, CONTEXT, RULE.clears) for bundle in outcome.bundles]
    return []


def test_every_message_keeps_to_the_schema():
    silent = [silence(at=START + n * HOUR) for n in range(3)]
    alerts = [*story(*LIFE), *story(*silent, silence(OK, at=START + 3 * HOUR)), *grouped(5), *grouped(1, first=None)]
    assert {a["kind"] for a in alerts} == {"opened", "stale", "reminder", "cleared", "baseline"}
    for alert in alerts:
        VALIDATOR.validate(alert)


def withdrawn():
    unasked = [replace(f, reason=NOT_ASKED) for f in hours(BAD, BAD, *[UNKNOWN] * 25)[2:]]
    return story(*hours(BAD, BAD), *unasked)


def test_an_incident_that_nobody_asks_about_any_more_says_so_and_wants_nothing():
    *_, stale, ended = withdrawn()
    assert "Nobody asks about it at present" in mail.text(stale)
    text = mail.text(ended)
    assert text.startswith("psbl has not been asked about 192.0.2.10 (mail.example.com) for a day")
    assert "Do now" not in text
    assert mail.subject_line(ended).startswith("[CLOSED]")
    VALIDATOR.validate(ended)


def test_a_remark_of_a_person_is_told_beside_what_still_holds():
    incident = None
    for finding in hours(BAD, BAD):
        incident, transition = advance(incident, finding, RULE, finding.observed_at)
    last = message.alert(transition, CONTEXT, RULE.clears)
    _, acknowledged = acknowledge(incident, "ada", START + 2 * HOUR)
    told = message.remark(last, acknowledged)
    assert told["remark"]["by"] == told["acknowledged_by"] == "ada"
    assert told["transition_id"] == acknowledged.id != last["transition_id"]
    assert {key: told[key] for key in ("kind", "what", "evidence")} == {
        key: last[key] for key in ("kind", "what", "evidence")
    }


def test_a_mute_is_told_while_it_lasts_and_not_afterwards():
    incident = None
    for finding in hours(BAD, BAD):
        incident, transition = advance(incident, finding, RULE, finding.observed_at)
    last = message.alert(transition, CONTEXT, RULE.clears)
    muted, transition = mute(incident, "ada", "we know", START + 5 * HOUR, START + 2 * HOUR)
    told = message.remark(last, transition)
    assert told["remark"]["text"].startswith("muted it until 19:05 UTC")
    assert (told["muted_until"], told["mute_reason"]) == ((START + 5 * HOUR).isoformat(), "we know")
    _, later = acknowledge(muted, "ben", START + 6 * HOUR)
    told = message.remark(last, later)
    assert told["remark"]["text"].startswith("is at it.")
    assert "muted_until" not in told


def test_the_first_line_of_a_mail_is_the_consequence():
    (opened,) = story(*hours(BAD, BAD))
    assert mail.text(opened).splitlines()[0] == "Mail from 192.0.2.10 is refused by receivers that use PSBL."


def test_a_mail_says_what_when_the_evidence_the_next_step_and_what_happens_by_itself():
    (opened,) = story(*hours(BAD, BAD))
    text = mail.text(opened)
    for part in (
        "First seen at 14:05 UTC on 3 June 2026",
        "psbl, just now: PSBL lists this address. It answered: 127.0.0.2",
        "Do now\n  1. Ask for removal.\n",
        "https://psbl.example/remove",
        "3 clean answers in a row close it",
        "https://docs.example/runbooks/blocklist.md#listed",
    ):
        assert part in text


def test_a_recovery_begins_with_the_good_news_and_asks_for_nothing():
    cleared = story(*LIFE)[-1]
    assert mail.text(cleared).startswith("192.0.2.10 (mail.example.com) is in order again")
    assert "Do now" not in mail.text(cleared)
    assert mail.subject_line(cleared).startswith("[OK] ")


def test_a_grouped_message_names_every_subject_and_leaves_both_explanations_open():
    (alert,) = grouped(5)
    text = mail.text(alert)
    assert all(f"2001:db8::{n}" in text for n in range(1, 6))
    assert "a real event hit all of them" in text
    assert "the list itself is at fault" in text
    assert alert["severity"] == "warning"


def test_a_summary_of_a_thousand_fits_and_counts_what_it_leaves_out():
    (alert,) = grouped(1000, first=None)
    VALIDATOR.validate(alert)
    assert len(message.encoded(alert).encode()) <= message.LARGEST_BYTES
    assert len(alert["subjects"]) + alert.get("subjects_omitted", 0) == 1000
    assert alert["evidence_omitted"]
    assert "left out for length" in mail.text(alert) or not alert["evidence"]


def test_too_much_evidence_is_cut_and_counted():
    much = tuple(Evidence(source="psbl", text="x" * 1000, observed_at=START, raw="é" * 1000) for _ in range(300))
    alerts = story(*(replace(finding, evidence=much) for finding in hours(BAD, BAD)))
    assert alerts[0]["evidence_omitted"] > 0
    assert len(alerts[0]["evidence"]) + alerts[0]["evidence_omitted"] == 300
    assert len(message.encoded(alerts[0]).encode()) <= message.LARGEST_BYTES


@pytest.mark.parametrize("address", ["192.0.2.10", "bücher\n.example", "x" * 300])
def test_a_mail_subject_is_one_short_line_of_ascii(address):
    for alert in story(*hours(BAD, BAD, OK, OK, OK, address=address)):
        line = mail.subject_line(alert)
        assert line.isascii()
        assert line.isprintable()
        assert len(line) <= mail.LONGEST_SUBJECT


def test_a_flapping_incident_says_how_long_it_is_held():
    alerts = story(*hours(*([BAD, BAD, OK, OK, OK] * 2), BAD, BAD))
    assert [a["kind"] for a in alerts] == ["opened", "cleared", "opened", "cleared", "opened"]
    assert "clean for 6 hours" in alerts[-1]["by_itself"]


def test_every_announced_kind_is_in_the_schema():
    assert set(SCHEMA["properties"]["kind"]["enum"]) >= {k.value for k in Kind} - {
        "seen_once",
        "acknowledged",
        "muted",
        "noted",
    }
