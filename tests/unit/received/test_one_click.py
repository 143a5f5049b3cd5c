"""One-click unsubscribe (RFC 8058), with dkimpy as the judge of what a signature covers."""

from __future__ import annotations

import base64

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from staygreen.core.received import authentication, fields, one_click
from staygreen.core.received.authentication import Signature
from staygreen.core.received.one_click import OneClick

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = KEY.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
)
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
)
LINK = b"List-Unsubscribe: <https://example.com/u/1>, <mailto:u@example.com>\r\n"
POST = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
MESSAGE = b"From: news@example.com\r\nTo: r@example.net\r\nSubject: News\r\n%s\r\nThe body.\r\n"
ALWAYS = [b"from", b"to", b"subject"]


def key_record(_name, **_options):
    return b"v=DKIM1; k=rsa; p=" + PUBLIC


def signed(names, extra=LINK + POST):
    message = MESSAGE % extra
    return dkim.sign(message, b"k1", b"example.com", PRIVATE, include_headers=[*ALWAYS, *names]) + message


def passes(message):
    return dkim.verify(message, dnsfunc=key_record)


def judged(message, value=""):
    checked = [Signature(domain="example.com", selector="k1", value=value, comment="", alignment=None)] if value else []
    return one_click.judge(fields.read(message), checked)


BOTH = [b"list-unsubscribe", b"list-unsubscribe-post"]


@pytest.mark.parametrize("names", [[], BOTH[:1], BOTH[1:], BOTH])
def test_it_is_ready_only_where_the_judge_notices_a_change_of_either_field(names):
    message = signed(names)
    assert passes(message)
    notices = [
        not passes(message.replace(b"/u/1>", b"/u/2>")),
        not passes(message.replace(b"One-Click\r\n", b"Two-Click\r\n")),
    ]
    assert (judged(message).state is OneClick.READY) == all(notices)
    assert judged(message).state in (OneClick.READY, OneClick.NOT_COVERED)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.sampled_from([*BOTH, b"list-id", b"date"]), unique=True, max_size=4), st.booleans())
def test_our_reading_of_the_signature_agrees_with_the_judge(names, is_altered):
    message = signed(names)
    if is_altered:
        message = message.replace(b"/u/1>", b"/u/2>")
    value = "pass" if passes(message) else "fail"
    state = judged(message, value).state
    if set(BOTH) <= set(names):
        assert state is (OneClick.READY if value == "pass" else OneClick.NOT_VALID)
    else:
        assert state is OneClick.NOT_COVERED


def test_a_signature_of_another_domain_that_covers_both_counts_as_long_as_it_passed():
    message = signed(BOTH)
    assert judged(message).state is OneClick.READY
    assert judged(message, "fail").state is OneClick.NOT_VALID
    assert not judged(message).is_checked
    assert judged(message, "pass").is_checked


@pytest.mark.parametrize(
    ("extra", "state", "fault"),
    [
        (b"", OneClick.ABSENT, "no List-Unsubscribe field"),
        (LINK, OneClick.INCOMPLETE, "no List-Unsubscribe-Post field"),
        (LINK.replace(b"https", b"http") + POST, OneClick.INCOMPLETE, "List-Unsubscribe has no HTTPS address"),
        (b"List-Unsubscribe: <mailto:u@example.com>\r\n" + POST, OneClick.INCOMPLETE, "has no HTTPS address"),
        (LINK + LINK + POST, OneClick.INCOMPLETE, "more than once"),
        (LINK + POST + POST, OneClick.INCOMPLETE, "more than once"),
        (LINK + POST.replace(b"One-Click", b"one click"), OneClick.INCOMPLETE, "is not List-Unsubscribe=One-Click"),
    ],
)
def test_what_is_missing_is_named(extra, state, fault):
    found = judged(signed(BOTH, extra))
    assert found.state is state
    assert any(fault in each for each in found.faults)


def test_folded_tags_and_capitals_are_read_as_the_standard_has_them():
    header = fields.read(
        LINK + POST + b"DKIM-Signature: v=1; a=rsa-sha256; d=Example.COM; s=k1;\r\n h=From : LIST-Unsubscribe\r\n"
        b"  :List-Unsubscribe-Post;\r\n bh=x; b=y\r\nFrom: a@example.com\r\n"
    )
    assert one_click.judge(header, ()).state is OneClick.READY


def test_alignment_without_asking_claims_no_more_than_names_show():
    aligned = authentication.aligned
    assert aligned("example.com", "example.com").value == "exact"
    assert aligned("bounce.example.com", "example.com").value == "relaxed"
    assert aligned("example.com", "news.example.com").value == "relaxed"
    assert aligned("a.example.com", "b.example.com").value == "unknown"
    assert aligned("shop.co.uk", "bank.co.uk").value == "unknown"
    assert aligned("amazonses.com", "example.com").value == "none"
    assert aligned("", "example.com") is None
