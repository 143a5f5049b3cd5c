"""What many incidents told as one say, read as prose: each kind of check in its own words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from staygreen.adapters.memory.world import MemoryAsk
from staygreen.core.alerts import alert as message
from staygreen.core.alerts import mail
from staygreen.core.checks import refusals
from staygreen.core.finding import Severity, State, Subject, SubjectKind
from staygreen.core.incidents.report import Report
from staygreen.core.incidents.run import Heartbeat, Run, remembered, settle
from tests.unit.incidents.examples import CONTEXT
from tests.unit.replies.test_refusals import HOUR, NOW, S3150, SETTINGS, SLOW, counted

CHECK = refusals.CHECK
ADDRESSES = [Subject(SubjectKind.IP, f"192.0.2.{n}") for n in range(1, 6)]
LISTS = ("list's own page", "reported them", "the list itself")


def judged(tallies=(), *, ago=timedelta(0), sent=0):
    ask = MemoryAsk(at=NOW - ago, found_replies=tuple(tallies), found_ses_sent=sent)
    return [each for each in refusals.run(SETTINGS, ask).findings if each.subject.kind is SubjectKind.IP]


def refused(text=S3150, number=5):
    return [
        each
        for subject in ADDRESSES[:number]
        for each in counted((text.replace("192.0.2.10", subject.id), HOUR, 3), subject=subject)
    ]


def told(*runs):
    """The grouped announcements of runs, each of which found something."""
    known, last, alerts = {}, Heartbeat(check=CHECK.id, run_id="before", at=NOW - HOUR), []
    for number, findings in enumerate(runs):
        at = NOW + number * HOUR
        run = Run(check=CHECK.id, id=f"run-{number}", at=at, rule=CHECK.confirmation(SETTINGS), last=last)
        outcome = settle(Report(findings=tuple(findings), coverage=()), remembered(known.values(), last), run)
        known |= {change.after.id: change.after for change in outcome.changes}
        last = outcome.heartbeat
        alerts += [message.alert(bundle, CONTEXT, 1) for bundle in outcome.bundles]
    return alerts


def test_many_refusals_are_told_as_refusals_with_all_that_they_hit():
    (alert,) = told(judged(refused()))
    text = mail.text(alert)
    assert text.splitlines()[0] == (
        "Outlook.com refuses mail from 5 addresses: 15 messages to at most 15 recipients so far. "
        "Retrying does not help."
    )
    assert "what they share is the likelier cause" in text
    assert "Do now\n  1. Look for what they share and stop that first. Then take each on its own" in text
    assert "sender support form" in text
    assert not any(words in text for words in LISTS)


def test_many_throttles_are_slowed_down_and_not_refused():
    (alert,) = told(judged(refused(SLOW)))
    first = mail.text(alert).splitlines()[0]
    assert first.startswith("Outlook.com slows down mail from 5 addresses: 15 messages")
    assert first.endswith("Retrying delivers in the end, provided that it is slower.")


def over(state, reason=""):
    quiet = [
        replace(each, state=state, severity=Severity.INFO, evidence=(), advice=None, reason=reason)
        for each in judged(refused())
    ]
    return [replace(each, observed_at=NOW + HOUR) for each in quiet]


def test_their_end_says_that_mail_is_taken_again():
    _, alert = told(judged(refused()), over(State.OK))
    assert mail.text(alert).splitlines()[0] == (
        "Outlook.com takes mail from 5 addresses again: none was refused for a while in which mail was sent."
    )


def test_two_are_told_each_by_itself():
    assert told(judged(refused(number=2))) == []


@pytest.mark.parametrize(
    ("check", "first"),
    [
        ("reverse_dns", "DNS is wrong for 5 addresses, all found in one run: blocked outlook consumer."),
        ("blocklist", "Mail from 5 addresses may be refused:"),
        ("snds", "Mail from 5 addresses is at risk: Microsoft's SNDS spoke against them all in one run."),
    ],
)
def test_other_checks_have_their_own_words(check, first):
    findings = [replace(each, check=check, evidence=()) for each in judged(refused())]
    (alert,) = told(findings)
    text = mail.text(alert)
    assert text.startswith(first)
    assert ("the list's own page" in text) == (check == "blocklist")
