"""What a received report is worth, and when counts become findings."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from staygreen.adapters.memory.world import MemoryAsk
from staygreen.core.checks import complaints as check
from staygreen.core.config.parser import parse
from staygreen.core.config.tables.monitors.complaints import Complaints as Limits
from staygreen.core.finding import Severity, State, Subject, SubjectKind
from staygreen.core.replies import arf, complaints, input_format
from staygreen.core.replies.complaints import Complaint, Mail, Reading
from staygreen.core.replies.delivery_event import Kind, Notice
from staygreen.core.ses.suppression_list import Entry, Reason
from tests.unit.config.test_parser import SENDER

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
IP, DOMAIN = "192.0.2.10", "shop.example"
REPORTERS = ("staff@hotmail.com", "arf.mail.yahoo.com")
SAMPLE = Path(__file__).parents[3].parent / "shared" / "samples" / "bounces" / "arf-22.eml"


def notification(sender="staff@hotmail.com", dmarc="PASS", **more):
    return {
        "notificationType": "Received",
        "mail": {
            "messageId": "m1",
            "timestamp": "2026-11-24T11:00:00.000Z",
            "source": "bounce@example.net",
            "commonHeaders": {"from": [f"Someone <{sender}>"], "subject": "complaint about message from 192.0.2.10"},
        },
        "receipt": {
            "recipients": ["JMRP@reports.example.com"],
            "dmarcVerdict": {"status": dmarc},
            "spamVerdict": {"status": "PASS"},
            "virusVerdict": {"status": "PASS"},
            "action": {"type": "S3", "bucketName": "mail", "objectKey": "jmrp/m1"},
            **more,
        },
    }


@pytest.mark.parametrize(
    ("sender", "dmarc", "proven"),
    [
        ("staff@hotmail.com", "PASS", True),
        ("Staff@Hotmail.com", "PASS", True),
        ("staff@hotmail.com", "FAIL", False),
        ("staff@hotmail.com", "GRAY", False),
        ("staff@hotmail.com", "", False),
        ("evil@hotmail.com", "PASS", False),
        ("feedback@arf.mail.yahoo.com", "PASS", True),
        ("evil@yahoo.com", "PASS", False),
        ("x@notarf.mail.yahoo.com", "PASS", False),
    ],
)
def test_a_report_is_genuine_when_dmarc_proves_a_reporter_that_is_no_strangers_mailbox(sender, dmarc, proven):
    assert complaints.receipt(notification(sender, dmarc), NOW).is_proven(REPORTERS) is proven


def test_a_from_header_of_several_authors_proves_none():
    given = notification()
    given["mail"]["commonHeaders"]["from"] = ["staff@hotmail.com, evil@example.net"]
    assert not complaints.receipt(given, NOW).is_proven(REPORTERS)


@pytest.mark.parametrize("broken", [{}, {"mail": {}}, {"mail": None, "receipt": None}, {"receipt": {"recipients": 1}}])
def test_a_notification_that_names_no_mail_is_refused(broken):
    with pytest.raises(ValueError, match=r"."):
        complaints.receipt({**({} if not broken else notification()), **broken}, NOW)


@pytest.mark.parametrize(
    "time",
    [
        "0001-01-01T00:00:00+14:00",
        "0001-01-01T00:00:00Z",
        "2010-12-31T23:59:59Z",
        "9999-12-31T23:59:59-14:00",
        "9999-12-31T23:59:59Z",
        "2026-11-25T12:00:00",
        "yesterday",
        "\ud800",
    ],
)
def test_a_time_at_which_ses_received_nothing_is_refused(time):
    given = notification()
    given["mail"]["timestamp"] = time
    with pytest.raises(ValueError, match=r"."):
        complaints.receipt(given, NOW)


def test_a_clock_may_be_behind():
    given = notification()
    given["mail"]["timestamp"] = (NOW + timedelta(hours=1)).isoformat()
    assert complaints.receipt(given, NOW).at == NOW + timedelta(hours=1)


def report(kind="abuse", ip=f"Source-IP: {IP}"):
    return (
        "From: staff@hotmail.com\nSubject: complaint\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nThis is a report.\n"
        f"--b\nContent-Type: message/feedback-report\n\nFeedback-Type: {kind}\nUser-Agent: JMRP/2\nVersion: 1\n{ip}\n"
        "--b\nContent-Type: text/rfc822-headers\n\nFrom: News <news@shop.example>\nTo: someone@outlook.com\n--b--\n"
    ).encode()


def charged(data, **more):
    (item,) = input_format.message(data)
    return complaints.complaint(item, complaints.receipt(notification(**more), NOW), REPORTERS)


def test_a_header_only_report_charges_the_address_that_it_names_and_no_recipient():
    made = charged(report())
    assert (made.ip, made.domain, made.reporter, made.is_proven) == (IP, DOMAIN, "JMRP/2", True)
    assert "someone" not in repr(made)


def test_a_report_without_an_address_charges_the_domain():
    assert charged(report(ip="")).subjects == (Subject(SubjectKind.DOMAIN, DOMAIN),)


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc", "something-new"])
def test_a_report_that_is_not_against_the_sender_charges_nobody(kind):
    (item,) = input_format.message(report(kind))
    assert (item.kind, item.ip) == (Kind.FEEDBACK, IP)
    assert f"({kind})" in item.text
    assert complaints.complaint(item, complaints.receipt(notification(), NOW), REPORTERS) is None


def test_old_lines_that_end_in_carriage_returns_alone_are_read():
    assert charged(report().replace(b"\n", b"\r")).ip == IP


@pytest.mark.skipif(not SAMPLE.exists(), reason="../shared/samples/bounces/arf-22.eml is not here")
def test_the_old_format_is_read():
    made = charged(SAMPLE.read_bytes())
    assert (made.ip, made.reporter) == ("192.0.2.222", "jmrp")


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"\0" * 100_000,
        b"Content-Type: text/html\n\n<html><body>not spam</body></html>",
        b"Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/feedback-report",
        b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 2000,
        b"Content-Type: message/feedback-report; charset=x-none\n\n\xff\xfe\0Feedback-Type: abuse",
        report().replace(b"Source-IP: 192.0.2.10", b"Source-IP: " + b"9" * 100_000),
        report() + b"x" * 3_000_000,
    ],
    ids=["empty", "nul", "html", "cut off", "bomb", "charset", "long address", "long tail"],
)
def test_hostile_mail_is_read_within_bounds_and_never_dropped(hostile):
    assert list(input_format.message(hostile))


def test_a_notice_that_is_no_complaint_charges_nobody():
    refused = Notice(kind=Kind.REFUSED, source="reply", text="550", ip=IP)
    assert complaints.charged(refused, identifier="1", at=NOW, is_proven=True) is None


# --- the check ------------------------------------------------------------------------------------------------------

SETTINGS = {
    **check.settings(parse(SENDER, "x.toml")),
    "warning": 3,
    "critical": 5,
}


def received(n, *, ip=IP, domain=DOMAIN, proven=True, at=NOW - HOUR, reporter="jmrp", start=0):
    return tuple(
        Complaint(id=f"c{start + i}", at=at, reporter=reporter, is_proven=proven, ip=ip, domain=domain)
        for i in range(n)
    )


def judged(*groups, mails=(), missing=(), settings=SETTINGS, complainers=(), suppressed=()):
    ask = MemoryAsk(
        at=NOW,
        found_elastic_ips=(Subject(SubjectKind.IP, IP, "mail.example.com"),),
        found_identities=(Subject(SubjectKind.DOMAIN, DOMAIN, "SES identity"),),
        found_received=Reading(
            complaints=tuple(each for group in groups for each in group),
            mails=mails,
            complainers=complainers,
            missing_rules=missing,
        ),
        found_suppressed=suppressed,
    )
    made = check.run(settings, ask)
    return {(finding.subject.id, finding.cause): finding for finding in made.findings}


@pytest.mark.parametrize(
    ("count", "state", "severity"),
    [(2, State.OK, None), (3, State.BAD, Severity.WARNING), (5, State.BAD, Severity.CRITICAL)],
)
def test_counts_over_a_limit_are_findings(count, state, severity):
    finding = judged(received(count))[IP, "complaints"]
    assert finding.state is state
    assert severity in (None, finding.severity)


def test_forged_reports_open_nothing_and_are_shown():
    assert judged(received(500, proven=False))[IP, "complaints"].state is State.OK
    both = judged(received(3), received(500, proven=False, start=3))[IP, "complaints"]
    assert both.severity is Severity.WARNING
    assert any("500 complaints more could not be proven" in each.text for each in both.evidence)


def test_complaints_outside_the_window_count_nothing():
    assert judged(received(9, at=NOW - 25 * HOUR))[IP, "complaints"].state is State.OK


def test_what_an_address_of_ours_is_charged_with_is_not_told_again_for_the_domain():
    assert judged(received(9))[DOMAIN, "complaints"].state is State.OK


def test_complaints_about_a_shared_address_charge_the_domain():
    found = judged(received(9, ip="198.51.100.99", reporter="ses"))
    assert found[DOMAIN, "complaints"].state is State.BAD
    assert found[IP, "complaints"].state is State.OK


def test_mail_from_below_an_identity_charges_the_closest_one():
    found = judged(received(9, ip="198.51.100.99", domain=f"news.{DOMAIN}", reporter="ses"))
    assert found[DOMAIN, "complaints"].state is State.BAD
    assert judged(received(9, ip="", domain=f"un{DOMAIN}"))[DOMAIN, "complaints"].state is State.OK


def test_an_address_that_is_not_ours_makes_no_subject():
    assert {subject for subject, _ in judged(received(9, ip="203.0.113.9", domain=""))} == {IP, DOMAIN}


def test_mail_for_a_person_is_told_once_with_its_link():
    mail = Mail(
        id="m", at=NOW - HOUR, recipient="postmaster@mail.shop.example", sender="snds@microsoft.com",
        subject="Request", link="https://console.example/m",
    )  # fmt: skip
    finding = judged(mails=(mail, replace(mail, id="n", at=NOW - 2 * HOUR)))["mail.shop.example", "mail_postmaster"]
    assert finding.is_event
    assert finding.observed_at == mail.at, "so that the next run tells nothing"
    assert finding.advice.link == mail.link
    assert len(finding.evidence) == 2


def complainer(recipient, at=NOW - 2 * HOUR, domain=f"news.{DOMAIN}"):
    return Complaint(id=recipient, at=at, reporter="ses", is_proven=True, domain=domain, recipient=recipient)


def on_list(recipient, reason=Reason.COMPLAINT):
    return Entry(recipient=recipient, reason=reason, at=NOW - 2 * HOUR)


def test_whoever_complained_and_is_not_on_the_suppression_list_is_told_and_named_to_the_repair_alone():
    found = judged(
        complainers=(complainer("Anna@outlook.test"), complainer("bert@outlook.test"), complainer("cora@yahoo.test")),
        suppressed=(on_list("bert@outlook.test"), on_list("cora@yahoo.test", Reason.BOUNCE)),
    )[DOMAIN, "complaint"]
    assert (found.state, found.severity) == (State.BAD, Severity.WARNING)
    assert found.advice.consequence.startswith("2 recipients marked mail from shop.example as spam")
    assert [(each.data["recipient"], each.data["verified"]) for each in found.evidence] == [
        ("anna@outlook.test", "ses"),
        ("cora@yahoo.test", "ses"),
    ]
    assert not any("anna" in each.text or each.raw for each in found.evidence)


@pytest.mark.parametrize(
    ("complainers", "suppressed"),
    [
        ((), ()),
        ((complainer("anna@outlook.test"),), (on_list("anna@outlook.test"),)),
        ((complainer("anna@outlook.test", at=NOW - HOUR / 2),), ()),
        ((complainer("anna@outlook.test", domain="other.example"),), ()),
    ],
    ids=["nobody", "suppressed", "SES has an hour", "not of ours"],
)
def test_otherwise_nothing_is_said_of_complainers(complainers, suppressed):
    assert judged(complainers=complainers, suppressed=suppressed)[DOMAIN, "complaint"].state is State.OK


def test_a_rule_set_without_our_rules_is_told():
    with_mailbox = {**SETTINGS, "rules": ["staygreen-example-production-jmrp"], "jmrp": "jmrp@reports.shop.example"}
    assert judged(settings=with_mailbox)["mailbox", "not_receiving"].state is State.OK
    lost = judged(settings=with_mailbox, missing=("staygreen-example-production-jmrp",))["mailbox", "not_receiving"]
    assert lost.state is State.BAD
    assert "jmrp@reports.shop.example" in lost.advice.consequence


def test_without_a_mailbox_nothing_is_said_of_it():
    assert ("mailbox", "not_receiving") not in judged()


def test_it_is_deployed_where_complaints_can_come_from():
    assert not check.CHECK.enabled(parse(SENDER, "x.toml"))
    through_ses = '[[configuration_set]]\nname = "news"\n'
    assert check.CHECK.enabled(parse(SENDER + through_ses, "x.toml"))
    assert not check.CHECK.enabled(parse(SENDER + through_ses + "[monitor.refusals]\nenabled = false\n", "x.toml"))
    with_mailbox = '[mailbox]\ndomain = "reports.example.com"\n'
    assert check.CHECK.enabled(parse(SENDER + with_mailbox, "x.toml"))
    assert not check.CHECK.enabled(parse(SENDER + with_mailbox + "[monitor.complaints]\nenabled = false\n", "x.toml"))


def test_settings_are_what_a_parameter_can_hold():
    given = check.settings(parse(SENDER + '[mailbox]\ndomain = "reports.example.com"\n', "x.toml"))
    assert json.loads(json.dumps(given)) == given
    assert given["rules"] == ["staygreen-example-production-jmrp"]
    assert check.confirmation(given) == Limits().confirmation


def test_a_letter_that_names_a_feedback_type_is_no_complaint():
    letter = (
        b"From: friend@example.com\nSubject: a question\nContent-Type: text/plain\n\n"
        b"What does this line mean?\nFeedback-Type: abuse\nThank you.\n"
    )
    assert arf.complaint(letter) is None
