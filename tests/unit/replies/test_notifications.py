"""What a notification says of the refusal, whatever else it carries."""

import base64

import pytest

from staygreen.core.replies import input_format
from staygreen.core.replies.decode import Cause
from staygreen.core.replies.delivery_event import Notice, Unreadable

BLOCK = "550 5.7.1 Unfortunately, messages from [192.0.2.10] weren't sent, they are on our block list (S3140)."
RETURNED = (
    f"Received: from a by b\nFrom: alerts@shop.example\nSubject: 192.0.2.10 is refused\n\nMicrosoft said: {BLOCK}\n"
)
EXIM = (
    "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
    "delivered to one or more of its recipients.\n\n  reader@customer.example\n{}\n\n"
)
HEAD = "From: Mail Delivery System <Mailer-Daemon@mx.example>\nSubject: Mail delivery failed\n\n"

DIVIDERS = [
    "------ This is a copy of the message, including all the headers. ------\n\n",
    "--- Below this line is a copy of the message.\n\n",
    "   ----- Original message -----\n\n",
    "----- Message header follows -----\n",
    "Original message follows.\n\n",
    "--- Mensaje original adjunto.\n\n",
    "The header and top 20 lines of the message follows\n\n",
    "",
]


def _only(data):
    (found,) = input_format.message(data.encode())
    return found


@pytest.mark.parametrize("divider", DIVIDERS)
def test_words_of_the_returned_mail_are_not_the_reason(divider):
    found = _only(HEAD + EXIM.format("    mailbox is full") + divider + RETURNED)
    assert found.decoded().cause is Cause.MAILBOX_FULL


@pytest.mark.parametrize("divider", DIVIDERS)
def test_a_notification_without_a_reason_takes_none_from_the_returned_mail(divider):
    found = _only(HEAD + EXIM.format("") + divider + RETURNED)
    assert isinstance(found, Unreadable) or found.decoded().cause is Cause.UNKNOWN


@pytest.mark.parametrize("divider", DIVIDERS[:-1])
def test_the_same_holds_when_it_is_pasted_without_its_headers(divider):
    found = list(input_format.replies(EXIM.format("    550 5.1.1 User unknown") + divider + RETURNED))
    assert [notice.decoded().cause for notice in found] == [Cause.RECIPIENT_UNKNOWN]


def _report(status, prose="", diagnostic=""):
    return (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\nSubject: Undelivered\n\n'
        f"--b\nContent-Type: text/plain\n\n{prose}\n--b\nContent-Type: message/delivery-status\n\n"
        "Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; reader@customer.example\nAction: failed\n"
        f"Status: {status}\n{diagnostic}\n--b\nContent-Type: message/rfc822\n\n{RETURNED}\n--b--\n"
    )


@pytest.mark.parametrize(
    ("status", "cause"),
    [
        ("5.0.0 (over quota of this mailbox)", Cause.MAILBOX_FULL),
        ("552 the message is too large", Cause.CONTENT_POLICY),
        ("5.0.0 (no such user)", Cause.RECIPIENT_UNKNOWN),
    ],
)
def test_a_reason_behind_the_status_is_read(status, cause):
    assert _only(_report(status)).decoded().cause is cause


FORWARDED = (
    "From: Anna <anna@shop.example>\nSubject: Fwd: look at this\nMessage-ID: <1@shop.example>\n"
    'Content-Type: multipart/mixed; boundary="f"\n\n--f\nContent-Type: text/plain\n\nWhat is this?\n\n--f\n{}\n--f--\n'
)


@pytest.mark.parametrize(
    "attachment",
    [
        "Content-Type: message/rfc822\n\n" + _report("5.7.1", diagnostic=f"Diagnostic-Code: smtp; {BLOCK}\n"),
        'Content-Type: application/octet-stream; name="bounce.eml"\nContent-Transfer-Encoding: base64\n\n'
        + base64.encodebytes(_report("5.7.1", diagnostic=f"Diagnostic-Code: smtp; {BLOCK}\n").encode()).decode(),
    ],
)
def test_a_notification_that_is_forwarded_as_an_attachment_is_read(attachment):
    found = _only(FORWARDED.format(attachment))
    assert (found.decoded().cause, found.recipient) == (Cause.IP_BLOCKED, "reader@customer.example")


def test_a_notification_that_is_forwarded_with_quote_marks_is_read():
    quoted = "\n".join(f"> {line}" for line in EXIM.format(f"    {BLOCK}").splitlines())
    found = _only(f"From: anna@shop.example\nSubject: Fwd: this\n\nSee below.\n\n{quoted}\n")
    assert (found.decoded().cause, found.decoded().ip) == (Cause.IP_BLOCKED, "192.0.2.10")


LINES = ("550-5.7.1 Messages from [192.0.2.10] are", "550-5.7.1 on our block list", "550 5.7.1 (S3140).")


@pytest.mark.parametrize(
    "front",
    [
        "",
        "host mx.customer.example [203.0.113.9]: ",
        "SMTP error after end of data:\n",
        "  reader@x.example\n    said: ",
    ],
)
def test_a_reply_of_several_lines_is_one_whatever_stands_in_front(front):
    found = list(input_format.replies(front + "\n".join(LINES)))
    assert len(found) == 1
    assert found[0].decoded().text.endswith("Messages from [192.0.2.10] are on our block list (S3140).")


def test_lines_without_enhanced_codes_on_one_line_are_one_reply():
    found = input_format.replies("554-mx.x.example hello 554-no mail from you 554 192.0.2.10 is banned here")
    assert [notice.decoded().text for notice in found] == [
        "554-mx.x.example hello no mail from you 192.0.2.10 is banned here"
    ]


def test_the_recipient_above_a_pasted_reply_is_its_recipient():
    (found,) = input_format.replies(f"reader@outlook.test\n    {BLOCK}")
    assert isinstance(found, Notice)
    assert found.recipient == "reader@outlook.test"


def test_an_alert_that_is_returned_as_an_attachment_is_not_a_new_block():
    found = _only(
        "From: MAILER-DAEMON@mx.example\nSubject: Undelivered\nMIME-Version: 1.0\n"
        'Content-Type: multipart/mixed; boundary="m"\n\n--m\nContent-Type: text/plain\n\nIt could not be delivered.\n\n'
        f'--m\nContent-Type: text/plain; name="original.txt"\n\n{RETURNED}\n--m--\n'
    )
    assert isinstance(found, Unreadable) or found.decoded().cause is Cause.UNKNOWN


def test_fields_above_a_pasted_reply_name_its_host_and_its_recipient():
    (found,) = input_format.replies(
        "Recipient: reader@outlook.test\nDelivery Host: outlook-com.olc.protection.outlook.com\n"
        f"Delivery IP: 203.0.113.9\nResult: SMTP error from remote mail server after MAIL FROM: {BLOCK}"
    )
    assert (found.recipient, found.host) == ("reader@outlook.test", "outlook-com.olc.protection.outlook.com")
    assert found.decoded().ip == "192.0.2.10"


def test_the_recipient_of_a_forwarded_notification_is_not_the_mail_system():
    found = _only(
        "From: anna@shop.example\nSubject: FW: Undeliverable\n\n-----Original Message-----\n"
        f"From: postmaster@shop.example\n\nreader@outlook.test\nRemote Server returned '{BLOCK}'\n"
    )
    assert found.recipient == "reader@outlook.test"
