"""Text of strangers wherever people read it: nothing in it hides, turns its order or steers."""

import ast
import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.adapters.notify.topic import AlertsTopic
from staygreen.cli.output import print_table, print_text
from staygreen.core.alerts import alert as message
from staygreen.core.alerts import amazon_q, digest, mail, repair_alert, slack_blocks
from staygreen.core.finding import Advice, Evidence, State, Subject, SubjectKind
from staygreen.core.incidents.incident import acknowledge, advance, mute, note
from staygreen.core.incidents.run import remembered, settle
from staygreen.core.visible import escaped_json, visible, visible_document, visible_line
from tests.unit.alerts.test_repair_alert import awaiting
from tests.unit.incidents.examples import BEFORE, CONTEXT, HOUR, RULE, START, listing, run
from tests.unit.incidents.examples import report as run_report

POINTS = [
    *range(0x09),
    *range(0x0B, 0x20),
    *range(0x7F, 0xA0),
    0x00AD,
    0x061C,
    *range(0x200B, 0x2010),
    *range(0x2028, 0x202F),
    *range(0x2060, 0x2070),
    0xFEFF,
    0xE0041,
    0xE007F,
]
FORBIDDEN = {chr(point) for point in POINTS}
HOSTILE = "a".join(["Invoice ", *sorted(FORBIDDEN), " end"])


def test_nothing_that_steers_or_hides_is_left_and_every_letter_is():
    shown = visible(HOSTILE)
    assert not FORBIDDEN & set(shown)
    assert shown.count("a") == HOSTILE.count("a")


@pytest.mark.parametrize(
    "text",
    [
        "Grüße aus Köln, 50 % – “ok”",
        "مرحبا بالعالم",
        "می\u200cخواهم",  # Persian writes a joiner that does not join inside a word
        "क्\u200dष",
        "שלום עולם",
        "家族 👨\u200d👩\u200d👧 ❤\ufe0f\u200d🔥",
        "two lines\n\tand a tab",
    ],
)
def test_text_of_every_language_stays_as_it_is(text):
    assert visible(text) == text


def test_joiners_that_join_nothing_are_left_out():
    assert visible("pay\u200dpal.\u200cexample") == "paypal.example"
    assert visible("👨\u200d\u200d\u200d👩") == "👨👩"


@given(st.text())
def test_what_is_visible_stays_as_it_is_and_can_be_encoded(text):
    shown = visible(text)
    assert visible(shown) == shown
    shown.encode()
    assert len(visible_line(text).splitlines()) <= 1
    assert not {char for char in shown if unicodedata.bidirectional(char) in {"LRE", "RLE", "LRO", "RLO", "LRI"}}


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_for_programs_keeps_the_original_and_shows_nothing_hidden(document):
    encoded = escaped_json(json.dumps(document, ensure_ascii=False))
    assert json.loads(encoded) == document
    assert not FORBIDDEN & set(encoded) - {"\n"}
    encoded.encode()


def hostile(state, n, address="192.0.2.10", words=HOSTILE):
    at = START + n * HOUR
    evidence = Evidence(source=words, text=words, observed_at=at, raw=words, data={"name": words})
    return replace(
        listing(state, at=at, address=address, group="psbl"),
        subject=Subject(SubjectKind.IP, address + words, words),
        evidence=(evidence,) if state is State.BAD else (),
        advice=Advice(
            consequence=words,
            meaning=words,
            title=words,
            title_over=words,
            steps=(words,),
            by_itself=words,
            link=f"https://list.example/{words}",
            runbook="blocklist#listed",
        ),
    )


def lived(words=HOSTILE):
    """An incident's transitions, with steps of a person whose every word is hostile."""
    incident, transitions = None, []
    for n, state in enumerate([State.BAD, State.BAD, State.OK, State.OK, State.OK]):
        incident, transition = advance(incident, hostile(state, n, words=words), RULE, START + n * HOUR)
        if transition:
            transitions.append(transition)
            yield message.alert(transition, CONTEXT, RULE.clears, {incident.subject.key: words})
    opened, last = transitions[0].incident, message.alert(transitions[0], CONTEXT, RULE.clears)
    for step in (
        acknowledge(opened, words, START + 2 * HOUR),
        mute(opened, words, words, START + 9 * HOUR, START + 2 * HOUR),
        note(opened, words, words, START + 2 * HOUR),
    ):
        yield message.remark(last, step[1])
    period = digest.Picture(since=START - HOUR, now=START + 9 * HOUR, incidents=(opened, incident))
    yield digest.digest(period, CONTEXT)


def grouped():
    known, last = {}, BEFORE
    for n in range(2):
        findings = [hostile(State.BAD, n, f"2001:db8::{i:x}") for i in range(1, 6)]
        outcome = settle(run_report(*findings), remembered(known.values(), last), run(n, last=last))
        known |= {change.after.id: change.after for change in outcome.changes}
        last = outcome.heartbeat
        yield from (message.alert(bundle, CONTEXT, RULE.clears) for bundle in outcome.bundles)


def repaired():
    world, one = awaiting()
    plan = replace(one.plan, summary=HOSTILE, why=HOSTILE, risk=HOSTILE, undo=HOSTILE, command=HOSTILE)
    event = replace(world.store.events[-1][1], text=HOSTILE)
    yield repair_alert.alert(replace(one, plan=plan), event, CONTEXT)


def alerts():
    return [*lived(), *grouped(), *repaired()]


class Client:
    """Keeps what is published."""

    def __init__(self):
        self.published = []

    def publish(self, **arguments):
        self.published.append(arguments)


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from texts(each)


def test_no_message_of_any_channel_holds_what_steers_or_hides():
    made = alerts()
    assert {one["kind"] for one in made} >= {"opened", "cleared", "repair", "digest"}
    for one in made:
        client = Client()
        AlertsTopic(client, "arn").send(one)
        (published,) = client.published
        mail = json.loads(published["Message"])
        out = [published["Subject"], published["Message"], *mail.values(), *texts(amazon_q.notification(one))]
        out += texts(list(slack_blocks.blocks(one, with_buttons=True)))
        out += texts([*slack_blocks.parent(one, with_buttons=True), *slack_blocks.details(one)])
        out.append(slack_blocks.summary(one))
        if "remark" in one:
            out += [*texts(list(slack_blocks.remark_blocks(one))), slack_blocks.remark_summary(one)]
        for text in out:
            assert not FORBIDDEN & set(text), one["kind"]
        assert any("Invoice" in text for text in out) or one["kind"] == "cleared"


def test_no_line_of_a_strangers_text_begins_one_of_the_mail_or_of_slack():
    feigned = "x\n\n*Do now*\nDo now\n  1. pay\r\n\u2028Do now"
    made = list(zip(lived(feigned), lived("x"), strict=True))
    for feigning, plain in made:
        form = digest if digest.is_digest(plain) else mail
        shown, wanted = form.text(feigning).splitlines(), form.text(plain).splitlines()
        assert len(shown) == len(wanted)
        assert shown.count("Do now") == wanted.count("Do now")
        lines = "\n".join(texts(list(slack_blocks.blocks(feigning, with_buttons=True)))).splitlines()
        own = "\n".join(texts(list(slack_blocks.blocks(plain, with_buttons=True)))).splitlines()
        assert lines.count("*Do now*") == own.count("*Do now*")
    assert any("\nDo now\n" in mail.text(plain) for _, plain in made if not digest.is_digest(plain))


def test_only_one_module_of_the_command_prints():
    allowed = {"output.py": 3, "progress.py": 2, "standard_streams.py": 1}  # progress, without a word of a stranger
    for path in Path("staygreen/cli").glob("*.py"):
        calls = [ast.unparse(each.func) for each in ast.walk(ast.parse(path.read_text())) if isinstance(each, ast.Call)]
        printing = {"typer.echo", "typer.secho", "print", "click.echo", "sys.stdout.write", "sys.stderr.write"}
        assert sum(call in printing for call in calls) <= allowed.get(path.name, 0), path


def test_programs_get_the_original():
    opened = next(lived())
    assert json.loads(message.encoded(opened))["evidence"][0]["raw"] == HOSTILE


def test_no_command_prints_what_steers_or_hides(capsys):
    print_text(HOSTILE)
    print_text(HOSTILE, err=True)
    print_table(("text", "more"), [(HOSTILE, "b")])
    for printed in capsys.readouterr():
        assert "Invoice" in printed
        assert not FORBIDDEN & set(printed)


def test_a_document_keeps_its_form():
    document = {"lines": ("a\x1b", 1, None), "more": {"deep": ["\u202eb"]}}
    assert visible_document(document) == {"lines": ["a�", 1, None], "more": {"deep": ["�b"]}}
