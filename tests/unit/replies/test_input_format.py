"""What the input is, and what is read from it."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.replies import input_format
from staygreen.core.replies.decode import Cause, System
from staygreen.core.replies.delivery_event import Kind, Notice, Unreadable
from staygreen.core.replies.input_format import Form

SAMPLES = Path(__file__).parents[4] / "shared" / "samples" / "bounces"
S3150 = (
    "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent. "
    "part of their network is on our block list (S3150)."
)
POSTFIX = (
    "2026-11-24T05:00:00+00:00 mail postfix/smtp[123]: 4F0A: to=<reader@outlook.test>, "
    "relay=outlook-com.olc.protection.outlook.com[198.51.100.7]:25, delay=1, dsn=5.7.1, status=bounced "
    f"(host outlook-com.olc.protection.outlook.com[198.51.100.7] said: {S3150} (in reply to MAIL FROM command))"
)
EXIM = (
    "2026-11-24 05:00:00 1tF0aB-000000001AB-1abc ** reader@outlook.test R=dnslookup T=remote_smtp "
    "H=outlook-com.olc.protection.outlook.com [198.51.100.7]: SMTP error from remote mail server after "
    f"MAIL FROM:<news@shop.example>: {S3150}"
)


REPORT = (
    "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.test\nAction: failed\n"
    f"Diagnostic-Code: smtp; {S3150}\n"
)


def bounce(text, kind="Bounce"):
    key, members = ("bounce", "bouncedRecipients") if kind == "Bounce" else ("deliveryDelay", "delayedRecipients")
    return {
        "eventType": kind,
        key: {
            "bounceType": "Transient",
            members: [{"emailAddress": "reader@outlook.test", "diagnosticCode": f"smtp; {text}"}],
            "timestamp": "2026-11-24T05:00:00.000Z",
        },
        "mail": {"source": "news@shop.example", "tags": {"ses:outgoing-ip": ["192.0.2.10"]}},
    }


def dsn(report, text="undelivered", kind="text/plain"):
    return (
        "From: postmaster@mx.example\r\nDate: Tue, 24 Nov 2026 05:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: {kind}\r\n\r\n{text}\r\n"
        + (f"--b\r\nContent-Type: message/delivery-status\r\n\r\n{report}\r\n" if report else "")
        + "--b--\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"", Form.EMPTY),
        (b" \r\n\0", Form.EMPTY),
        (b'{"eventType": "Bounce"}', Form.JSON),
        (b"[{}]", Form.JSON),
        (dsn(""), Form.MAIL),
        (POSTFIX.encode(), Form.LOG),
        (EXIM.encode(), Form.LOG),
        (b"Nov 24 05:00:00 mail postfix/qmgr[1]: 4F0A: removed", Form.LOG),
        (S3150.encode(), Form.REPLIES),
        (b"[192.0.2.10] refused", Form.REPLIES),
    ],
)
def test_the_form_of_an_input_shows_at_its_start(start, expected):
    assert input_format.form(start) is expected


@pytest.mark.parametrize("line", [POSTFIX, EXIM], ids=["postfix", "exim"])
def test_a_log_line_yields_reply_host_recipient_and_time(line):
    (found,) = input_format.log([line])
    assert found.recipient == "reader@outlook.test"
    assert found.host == "outlook-com.olc.protection.outlook.com"
    assert found.at is not None
    assert found.text == S3150
    assert found.decoded().cause is Cause.IP_BLOCKED


def test_lines_without_a_refusal_yield_nothing():
    lines = ["Nov 24 05:00:00 mail postfix/smtp[1]: 4F0: to=<a@b.test>, status=sent (250 ok)", "", "x" * 100_000]
    assert list(input_format.log(lines)) == []


def wraps():
    event = bounce(S3150)
    yield pytest.param(event, id="alone")
    yield pytest.param([event], id="array")
    yield pytest.param({"Type": "Notification", "Message": json.dumps(event)}, id="sns")
    yield pytest.param({"Records": [{"Sns": {"Message": json.dumps(event)}}]}, id="sns to lambda")
    yield pytest.param({"Records": [{"body": json.dumps({"Message": json.dumps(event)})}]}, id="sns to sqs")
    yield pytest.param({"source": "aws.ses", "detail-type": "Email Bounced", "detail": event}, id="eventbridge")


@pytest.mark.parametrize("value", list(wraps()))
def test_an_event_is_read_in_every_wrapping(value):
    (found,) = input_format.events(json.dumps(value).encode())
    assert isinstance(found, Notice)
    assert found.decoded().code == "S3150"
    assert (found.recipient, found.domain) == ("reader@outlook.test", "shop.example")


def test_json_lines_of_events_keep_what_cannot_be_read():
    lines = [json.dumps(bounce(S3150)), "{broken", json.dumps(bounce("451 4.7.651 rate limited", "DeliveryDelay"))]
    first, second, third = input_format.events("\n".join(lines).encode())
    assert isinstance(first, Notice)
    assert second == Unreadable(reason="not_json", excerpt="{broken")
    assert third.kind is Kind.DELAYED


def test_the_bounce_type_is_not_trusted():
    (found,) = input_format.events(json.dumps(bounce(S3150)).encode())
    assert found.decoded().permanent is True


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"eventType": "Complaint", "complaint": {"complaintFeedbackType": "abuse"}}, Kind.COMPLAINT),
        ({"eventType": "Reject", "reject": {"reason": "Bad content"}}, Kind.REJECTED),
        ({"eventType": "Rendering Failure", "failure": {"errorMessage": "no such variable"}}, Kind.RENDERING_FAILED),
    ],
)
def test_other_bad_events_are_told_apart(event, kind):
    (found,) = input_format.events(json.dumps(event).encode())
    assert found.kind is kind
    assert found.decoded().cause is Cause.UNKNOWN


@pytest.mark.parametrize("event", [{"eventType": "Teleport"}, {"eventType": "Bounce"}, 5, "x", {"bounce": None}])
def test_events_of_an_unknown_kind_are_kept_with_the_reason(event):
    (found,) = input_format.events(json.dumps([event]).encode())
    assert isinstance(found, Unreadable)


def test_a_tower_of_wrappings_ends():
    value = bounce(S3150)
    for _ in range(50):
        value = {"detail": value}
    (found,) = input_format.events(json.dumps(value).encode())
    assert found.reason == "nested_too_deep"
    (deep,) = input_format.events(b"[" * 100_000)
    assert isinstance(deep, Unreadable)


def test_records_put_end_to_end_are_each_read():
    text = json.dumps(bounce(S3150)) + json.dumps(bounce(S3150, "DeliveryDelay")) + "\n"
    assert [item.kind for item in input_format.events(text.encode())] == [Kind.REFUSED, Kind.DELAYED]


@pytest.mark.parametrize("wrap", [lambda data: {"records": [{"data": data}]}, lambda data: {"kinesis": {"data": data}}])
def test_a_record_of_a_stream_is_unpacked(wrap):
    data = base64.b64encode(json.dumps(bounce(S3150)).encode()).decode()
    (found,) = input_format.events(json.dumps(wrap(data)).encode())
    assert found.decoded().code == "S3150"


@pytest.mark.parametrize(
    ("word", "cause"),
    [("IPFailure", Cause.IP_THROTTLED), ("MailboxFull", Cause.MAILBOX_FULL), ("General", Cause.UNKNOWN)],
)
def test_a_delay_without_a_reply_is_known_by_the_word_of_ses_for_it(word, cause):
    members = [{"emailAddress": "a@b.test", "status": "4.4.7"}]
    event = bounce("", "DeliveryDelay") | {"deliveryDelay": {"delayType": word, "delayedRecipients": members}}
    (found,) = input_format.events(json.dumps(event).encode())
    assert (found.decoded().cause, found.decoded().code) == (cause, "4.4.7")


def test_exim_names_no_router_for_a_recipient_that_none_took():
    (found,) = input_format.log(["2026-11-24 05:00:00 1tF0aB-000000001AB-1abc ** reader@b.test: Unrouteable address"])
    assert (found.recipient, found.decoded().cause) == ("reader@b.test", Cause.RECIPIENT_UNKNOWN)


def test_deliveries_are_silent():
    assert list(input_format.events(b'{"eventType": "Delivery", "delivery": {}}')) == []


def test_a_notification_yields_each_failed_recipient():
    report = "Reporting-MTA: dns; mx.example\r\n\r\n" + "\r\n".join(
        f"Final-Recipient: rfc822; r{n}@outlook.test\r\nAction: failed\r\nStatus: 5.7.1\r\n"
        f"Diagnostic-Code: smtp; {S3150}\r\n"
        for n in range(5_000)
    )
    found = list(input_format.message(dsn(report)))
    assert len(found) == 5_000
    assert {each.decoded().cause for each in found} == {Cause.IP_BLOCKED}


def test_a_delivered_recipient_is_no_refusal():
    report = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.test\nAction: delivered\nStatus: 2.0.0\n"
    (found,) = input_format.message(dsn(report))
    assert found.reason == "nothing_refused"


def test_a_field_that_says_less_than_the_text_gives_way_to_it():
    report = "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.test\nAction: failed\nStatus: 5.0.0\n"
    (found,) = input_format.message(dsn(report, text=f"<a@b.test>: host mx[198.51.100.7] said:\r\n    {S3150}"))
    assert found.decoded().code == "S3150"


def test_a_notification_without_a_report_is_read_from_its_text():
    text = (
        "Delivery has failed to these recipients:\n\nreader@customer.example\n\n"
        "Diagnostic information for administrators:\n\nGenerating server: AM0.eurprd02.prod.outlook.com\n\n"
        "Remote Server returned '550 5.7.606 Access denied, banned sending IP [192.0.2.10]. To request removal'"
    )
    (found,) = input_format.message(dsn("", text=text))
    assert (found.decoded().system, found.decoded().ip) == (System.EXCHANGE_ONLINE, "192.0.2.10")


def test_outlooks_outbound_server_reports_what_another_server_said():
    report = (
        "Reporting-MTA: dns;BAY004-OMC1S18.hotmail.com\n\nFinal-Recipient: rfc822;a@b.test\nAction: failed\n"
        "Status: 5.2.2\nDiagnostic-Code: smtp;550 5.2.2 <a@b.test>... Mailbox Full\n"
    )
    (found,) = input_format.message(dsn(report))
    assert (found.decoded().system, found.decoded().cause) == (System.OTHER, Cause.MAILBOX_FULL)


def test_a_bare_status_is_explained_by_the_words_around_it():
    report = (
        "Reporting-MTA: dns;BAY004-OMC1S18.hotmail.com\n\nFinal-Recipient: rfc822;a@b.test\nAction: failed\n"
        "Status: 4.4.7\n"
    )
    (found,) = input_format.message(dsn(report, text="Not delivered, for being unable to connect to the mail server."))
    assert (found.decoded().system, found.decoded().cause) == (System.OUTLOOK_CONSUMER, Cause.SERVER_BUSY)


def test_the_server_that_is_called_remote_spoke_and_not_the_one_that_wrote_the_report():
    text = (
        "Generating server: AM0.eurprd02.prod.outlook.com\n\nreader@customer.example\nmx.customer.example\n"
        "Remote Server returned '550 5.1.1 it isn't here'\n\nOriginal message headers:\n\nReceived: from x"
    )
    (found,) = input_format.message(dsn("", text=text))
    assert (found.decoded().system, found.host) == (System.OTHER, "mx.customer.example")
    assert found.text == "550 5.1.1 it isn't here"


def test_each_recipient_of_a_notification_in_prose_has_a_reply_of_their_own():
    text = (
        "A message could not be delivered.\n\n  one@b.test\n    SMTP error from remote mail server after "
        "RCPT TO:<one@b.test>:\n    host mx.b.test [198.51.100.7]: 550 5.1.1 <one@b.test>... User unknown\n"
        f"  two@outlook.test\n    SMTP error after MAIL FROM: {S3150}\n\n"
        "------ This is a copy of the message ------\n\nReceived: from x\nthree@b.test 550 5.2.2 full\n"
    )
    found = list(input_format.message(dsn("", text=text)))
    assert [(each.recipient, each.decoded().cause) for each in found] == [
        ("one@b.test", Cause.RECIPIENT_UNKNOWN),
        ("two@outlook.test", Cause.IP_BLOCKED),
    ]


def test_of_a_transcript_the_answer_counts_and_not_what_the_client_made_of_it():
    text = (
        "  ----- Transcript of session follows ----\n... while talking to mx.b.test.:\n>>> MAIL From:<n@shop.example>\n"
        f"<<< {S3150}\n550 5.1.1 <a@b.test>... User unknown\n>>> DATA\n<<< 503 5.0.0 Need RCPT\n"
    )
    (found,) = input_format.message(dsn("", text=text))
    assert found.decoded().code == "S3150"


def test_a_file_of_several_mails_yields_each():
    one = dsn(REPORT)
    mailbox = b"From MAILER-DAEMON Tue Nov 24\r\n" + one + b"\r\nFrom MAILER-DAEMON Tue Nov 24\r\n" + one
    assert [each.decoded().code for each in input_format.mailbox(mailbox)] == ["S3150", "S3150"]


def test_a_sentence_that_begins_with_from_begins_no_mail():
    text = f"This is the mail system at host mx.\n\nFrom here on it was refused.\n\n<a@b.test>: host c said: {S3150}"
    mailbox = b"From MAILER-DAEMON Tue Nov 24\n" + dsn("", text=text)
    assert [each.decoded().code for each in input_format.mailbox(mailbox)] == ["S3150"]


def test_values_behind_each_other_on_a_line_are_read_in_one_pass():
    found = list(input_format.event_line("{} \t\0" * 20_000))
    assert len(found) == 20_000


def test_lines_that_end_with_a_carriage_return_alone_are_read():
    message = dsn(REPORT).replace(b"\r\n", b"\r").replace(b"\n", b"\r")
    assert input_format.form(message) is Form.MAIL
    (found,) = input_format.message(message)
    assert found.decoded().code == "S3150"


def test_a_notification_in_html_alone_is_read():
    text = f"<html><body><p>Sorry.</p><p>The server said:<br>{S3150.replace(chr(39), '&#39;')}</p></body></html>"
    (found,) = input_format.message(dsn("", text=text, kind="text/html; charset=no-such-charset"))
    assert found.decoded().code == "S3150"


def test_parts_nested_a_thousand_deep_end():
    message = "Content-Type: text/plain\n\nend"
    for n in range(1_000):
        message = f'Content-Type: multipart/mixed; boundary="b{n}"\n\n--b{n}\n{message}\n--b{n}--\n'
    (found,) = input_format.message(("Subject: x\n" + message).encode())
    assert isinstance(found, Unreadable)


def test_a_message_of_40_mb_is_read_for_its_report():
    message = dsn(REPORT).replace(b"--b--\r\n", b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + b"x" * 40_000_000)
    (found,) = input_format.message(message)
    assert found.decoded().code == "S3150"


def test_thousands_of_recipients_in_one_notification_are_each_read():
    blocks = (
        f"Final-Recipient: rfc822; r{n}@b.test\nAction: failed\nDiagnostic-Code: smtp; {S3150}\n" for n in range(5_000)
    )
    found = list(input_format.message(dsn("Reporting-MTA: dns; mx.example\n\n" + "\n".join(blocks))))
    assert len({each.recipient for each in found}) == 5_000
    assert {each.decoded().code for each in found} == {"S3150"}


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain; charset=x-does-not-exist",
        "text/plain; charset=utf-16",
        "text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: base64",
        "text/plain; charset=\x00",
        "",
    ],
)
@pytest.mark.parametrize("report", ["", REPORT], ids=["prose", "report"])
def test_a_charset_or_encoding_that_lies_hides_no_report_and_makes_no_answer(kind, report):
    found = list(input_format.message(dsn(report, "undelivered ümläut\0", kind)))
    assert found
    for each in found:
        assert each.decoded().code == "S3150" if isinstance(each, Notice) else report == ""


def test_a_part_that_its_header_promises_and_that_is_not_there_is_kept_with_the_reason():
    (found,) = input_format.message(dsn("").replace(b"--b--\r\n", b"--b\r\n"))
    assert found.reason == "no_reply_in_message"


@given(st.binary(max_size=2_000))
def test_no_bytes_make_a_message_fail(data):
    assert list(input_format.message(data))


@given(cut=st.integers(0, 1_500), nul=st.integers(0, 500))
def test_a_cut_notification_with_nuls_is_read_or_kept(cut, nul):
    message = dsn(REPORT)
    damaged = message[:nul] + b"\0" + message[nul:cut]
    assert list(input_format.message(damaged))


def test_pasted_replies_are_told_apart_and_a_folded_one_is_kept_whole():
    text = (
        "550-5.7.26 first line\n550 5.7.26 last line\n\n"
        "451 4.7.651 The mail server [192.0.2.10] has been\n  rate limited\n552 5.2.2 full"
    )
    assert [each.text.partition(" ")[0] for each in input_format.replies(text)] == ["550-5.7.26", "451", "552"]


def test_a_reply_of_several_lines_on_one_line_does_not_swallow_the_next():
    text = "550-5.1.1 no such 550 5.1.1 account - gsmtp\n550 5.7.1 refused\n"
    assert [each.text for each in input_format.replies(text)] == text.splitlines()


ARF = (
    "From: feedback@reports.example\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=feedback-report; "
    'boundary="b"\n\n--b\nContent-Type: text/plain\n\nA complaint.\n--b\nContent-Type: message/feedback-report\n\n'
    "Feedback-Type: abuse\nUser-Agent: Microsoft Junk Mail Reporting Program\nVersion: 0.1\nSource-IP: 192.0.2.10\n"
    "Reported-Domain: shop.example\n--b\nContent-Type: text/rfc822-headers\n\nFrom: News <news@shop.example>\n--b--\n"
)


def test_a_complaint_charges_the_address_that_sent_and_names_no_recipient():
    (found,) = input_format.message(ARF.encode())
    assert (found.kind, found.ip, found.domain, found.recipient) == (
        *(Kind.COMPLAINT, "192.0.2.10", "shop.example"),
        "",
    )
    assert found.decoded().system is System.OUTLOOK_CONSUMER


def sample(name):
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"the real sample {name} is not here")
    return list(input_format.message(path.read_bytes()))


def test_the_real_complaint_charges_the_address_in_its_subject():
    (found,) = sample("arf-22.eml")
    assert (found.kind, found.ip) == (Kind.COMPLAINT, "192.0.2.222")


@pytest.mark.parametrize(
    ("name", "system", "cause"),
    [
        ("rhost-microsoft-01.eml", System.EXCHANGE_ONLINE, Cause.IP_BLOCKED),
        ("rhost-microsoft-02.eml", System.EXCHANGE_ONLINE, Cause.RECIPIENT_UNKNOWN),
        ("lhost-amazonses-01.eml", System.OTHER, Cause.UNKNOWN),
        ("lhost-amazonses-02.eml", System.OTHER, Cause.RECIPIENT_UNKNOWN),
        ("lhost-amazonses-03.eml", System.OTHER, Cause.MAILBOX_FULL),
        ("lhost-amazonses-05.eml", System.OTHER, Cause.RECIPIENT_UNKNOWN),
    ],
)
def test_real_notifications_are_decoded(name, system, cause):
    (found,) = sample(name)
    assert (found.decoded().system, found.decoded().cause) == (system, cause)


def test_a_mail_is_known_by_its_fields_whatever_the_first_one_holds():
    start = (
        b"x-store-info:D6taffyBScEUZsL+ZXbbDvsjG9szfvD7\nReceived: from mx\nSubject: Delivery Status Notification\n\nx"
    )
    assert input_format.form(start) is Form.MAIL


def test_a_boundary_that_was_rewritten_in_the_header_is_found_in_the_body():
    message = dsn(REPORT).replace(b'boundary="b"', b'boundary="another"').replace(b"--b", b"--1576547931/mx")
    assert [item.recipient for item in input_format.message(message)] == [
        item.recipient for item in input_format.message(dsn(REPORT))
    ]


def test_an_event_that_sns_sent_by_mail_is_an_event():
    head = b"From: AWS Notifications <no-reply@sns.amazonaws.com>\nSubject: AWS Notification Message\n\n"
    foot = b"\n\n--\nIf you wish to stop receiving notifications, visit https://sns.example/\n"
    (found,) = input_format.message(head + json.dumps(bounce("550 5.1.1 user unknown")).encode() + foot)
    assert (found.source, found.decoded().cause) == ("ses", Cause.RECIPIENT_UNKNOWN)


WORDS_ALONE = (
    "Return-Path: <>\nFrom: Mail Delivery System <mailer-daemon@mx.shop.example>\nSubject: failed\n\n"
    "This message was created automatically.\n\n  {}\n\n------ This is a copy of the message. ------\n"
)


@pytest.mark.parametrize(
    ("said", "cause"),
    [
        ("reader@customer.example\n    Unrouteable mail domain", Cause.RECIPIENT_UNKNOWN),
        ("reader@customer.example\n    Your style is not to our taste", Cause.UNKNOWN),
    ],
)
def test_a_report_without_a_code_is_read_from_its_words(said, cause):
    (found,) = input_format.message(WORDS_ALONE.format(said).encode())
    assert found.decoded().cause is cause


def test_a_person_who_writes_of_an_unknown_user_refuses_nothing():
    (found,) = input_format.message(
        b"From: Anna <anna@shop.example>\nSubject: hello\n\nThat user unknown to me wrote again.\n"
    )
    assert isinstance(found, Unreadable)


def test_a_date_that_has_no_utc_is_none():
    date = "Fri, 31 Dec 9999 23:59:59 -1400"
    report = (
        f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; a@b.test\r\nStatus: 5.0.0\r\nLast-Attempt-Date: {date}"
    )
    (found,) = input_format.message(dsn(report).replace(b"Tue, 24 Nov 2026 05:00:00 +0000", date.encode()))
    assert found.at is None


@pytest.mark.parametrize("date", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_line_of_a_log_at_a_time_that_has_no_utc_is_read_without_it(date):
    (found,) = input_format.log([POSTFIX.replace(POSTFIX.split()[0], date, 1)])
    assert found.at is None
