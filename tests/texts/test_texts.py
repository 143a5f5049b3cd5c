"""What people read at three in the morning: short, each fact once, and kept in files."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from local.slack_text import shown as in_slack
from staygreen.core.alerts import amazon_q, digest, mail
from tests.texts import comparison, render
from tests.texts.scenes import alerts, every_advice

SCENES = alerts()
ADVISED = list(every_advice())
ALL = [*((name, one) for name, one in SCENES.items() if not digest.is_digest(one))]
ALL += [(f"{one['check']} {one['cause']}", one) for one in ADVISED]
EACH = pytest.mark.parametrize("alert", [one for _, one in ALL], ids=[name for name, _ in ALL])
LEAST_WORDS = 5


def sentences(text):
    """The sentences of a mail, without headings, numbers of steps and the last line."""
    lines = [re.sub(r"^\s*\d+\. ", "", line).strip() for line in text.splitlines()]
    for line in lines[:-1]:
        for sentence in re.split(r"(?<=[.!?;]) ", line):
            words = sentence.strip(" .!?:;").split()
            if len(words) >= LEAST_WORDS:
                yield " ".join(words).lower()


TEXTS = render.texts()


@pytest.mark.parametrize("name", TEXTS)
def test_each_text_appears_as_its_file_says(name):
    file = render.FOLDER / f"{name}.txt"
    assert TEXTS[name] == file.read_text(encoding="utf-8"), (
        "python -m tests.texts.render writes the files anew; review what changed"
    )


def test_there_is_no_file_of_a_text_that_is_not_made_any_more():
    assert {file.stem for file in render.FOLDER.glob("*.txt")} == set(TEXTS)


def test_twelve_mails_stand_beside_what_they_were():
    assert comparison.PAGE.read_text(encoding="utf-8") == comparison.page(), "python -m tests.texts.render"
    assert comparison.page().count("<table>") == 12


@EACH
def test_the_subject_fits_and_begins_with_its_mark(alert):
    line = mail.subject_line(alert)
    assert len(line) <= 78
    assert re.match(r"\[[A-Z]+\] \S", line)


@EACH
def test_the_body_is_short_before_its_evidence(alert):
    before, _, _ = mail.text(alert).partition("\nEvidence\n")
    assert len(mail.text(alert).splitlines()) <= 25 or len(alert["subjects"]) > 1
    assert len(before) <= 1200


@EACH
def test_no_sentence_stands_twice(alert):
    # several facts of one kind read alike; against the rest of the mail one of them stands for all
    said = Counter(sentences(mail.text({**alert, "evidence": alert["evidence"][:1], "evidence_omitted": 0})))
    assert [sentence for sentence, number in said.items() if number > 1] == []


@EACH
def test_no_answer_stands_twice(alert):
    text = mail.text(alert)
    assert all(text.count(each["raw"]) == 1 for each in alert["evidence"] if each["raw"])


@EACH
def test_each_step_is_one_act_and_no_step_is_left_to_guess(alert):
    assert alert["steps"]
    assert not any(re.fullmatch(r"(?:Repair|Fix) the cause\.?", step) for step in alert["steps"])
    assert alert["next_step"] == " ".join(alert["steps"])


@pytest.mark.parametrize("name", SCENES)
def test_a_phone_has_room_for_the_message_in_a_chat(name):
    beside = len(SCENES[name].get("subjects", ())) if len(SCENES[name].get("subjects", ())) > 1 else 0
    # the sender's name stands above every message, and buttons and origin below
    assert len(list(in_slack(render.in_chat(SCENES[name])))) - 3 - beside <= 12
    assert len(list(in_slack(render.parent(SCENES[name])))) - 3 <= 12
    notified = amazon_q.notification(SCENES[name])["content"]
    assert 1 + len(notified["description"].splitlines()) + len(notified["nextSteps"]) <= 12


def test_the_same_incident_lasted_as_long_in_every_message():
    assert "after 2 hours" in mail.subject_line(SCENES["listing-cleared"])
    (over,) = (line for part in SCENES["digest"]["sections"] if part["title"] == "Over" for line in part["lines"])
    assert "it lasted 2 hours" in over
