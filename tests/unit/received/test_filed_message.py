"""What is remembered of a message that somebody passed on."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from local.mails import junked_message, passed_on
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.received import filed_message
from staygreen.core.received.filing import Placement
from staygreen.core.received.reading import Receiver
from tests.unit.received.test_header_sets import SETS

NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
TEXTS = {each["name"]: each["headers"] for each in SETS}
JUNKED = junked_message("192.0.2.10", "Mon, 30 Nov 2026 10:15:11 +0100")


def attached(message):
    return list(filed_message.attached(passed_on(message, "support@example.com").encode(), NOW))


def test_it_says_where_when_and_by_which_codes_and_nothing_of_the_content():
    (found,) = attached(JUNKED)
    assert found.text == "Junked at Outlook.com on 30 November: SCL 5, CAT:SPM, BCL 4; SPF, DKIM and DMARC passed."
    assert (found.receiver, found.placement) == (Receiver.OUTLOOK_CONSUMER, Placement.JUNK)
    assert found.at == datetime(2026, 11, 30, 9, 15, 11, tzinfo=UTC)
    assert (found.ip, found.domain) == ("192.0.2.10", "example.com")
    for secret in ("offers", "reader", "Example Shop", "shop@"):
        assert secret not in str(found)


def test_it_is_about_the_address_and_the_domain_with_those_above():
    (found,) = attached(JUNKED.replace("header.from=example.com", "header.from=a.news.example.com"))
    assert [each.key for each in found.subjects] == [
        "ip:192.0.2.10", "domain:a.news.example.com", "domain:news.example.com", "domain:example.com",
    ]  # fmt: skip
    assert found.concerns(Subject(SubjectKind.DOMAIN, "example.com"))
    assert not found.concerns(Subject(SubjectKind.DOMAIN, "example.net"))
    assert not found.concerns(Subject(SubjectKind.IP, "192.0.2.11"))


@pytest.mark.parametrize(
    "name",
    [
        "only the report was pasted",
        "a message as it was sent, before any receiver",
        "an authserv-id that only looks like Gmail's",
        "a private server that nobody knows: results are shown, and count nothing",
    ],
)
def test_what_no_known_receiver_is_seen_to_have_written_is_not_remembered(name):
    assert attached(TEXTS[name]) == []


def test_a_mail_without_an_attachment_has_none():
    assert list(filed_message.attached(JUNKED.encode(), NOW)) == []


def test_an_attachment_in_base64_or_by_its_name_is_read():
    part = base64.encodebytes(JUNKED.encode()).decode()
    head = 'From: a@example.com\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n'
    kind = 'Content-Type: application/octet-stream; name="message.eml"\nContent-Transfer-Encoding: base64\n\n'
    assert len(list(filed_message.attached(f"{head}{kind}{part}--b--\n".encode(), NOW))) == 1


def test_a_date_in_the_future_is_the_time_at_which_we_heard_of_it():
    (found,) = attached(junked_message("192.0.2.10", "Mon, 30 Nov 2099 10:15:11 +0000"))
    assert found.at == NOW


def test_of_many_attachments_a_bounded_number_is_looked_at():
    part = f"--b\nContent-Type: message/rfc822\n\n{JUNKED}\n"
    mail = f'From: a@example.com\nContent-Type: multipart/mixed; boundary="b"\n\n{part * 50}--b--\n'
    assert len(list(filed_message.attached(mail.encode(), NOW))) == filed_message.MOST_ATTACHED
