"""Whose address it is: the account's word before the world's, and nothing where nothing is known."""

from ipaddress import ip_address

import pytest

from staygreen.core import owner
from staygreen.core.owner import OwnerKind, OwnerSource

SES = ip_address("54.240.8.77")
ELSEWHERE = ip_address("192.0.2.10")


@pytest.mark.parametrize(
    "text",
    [
        *("10.1.2.3", "172.16.0.9", "192.168.7.7", "100.64.1.1", "127.0.0.1", "169.254.10.10", "0.0.0.0", "224.0.0.5"),
        *("240.1.1.1", "255.255.255.255", "198.18.0.1", "::", "::1", "fd00::25", "fe80::1", "ff02::1"),
        "::ffff:10.0.0.1",
    ],
)
def test_private_and_reserved_addresses_are_nobodys_whatever_else_is_said(text):
    found = owner.find(ip_address(text), [owner.from_operator(OwnerKind.OURS)])
    assert found.kind is OwnerKind.NOT_PUBLIC
    assert "no public address" in found.text and "RFC" in found.text


@pytest.mark.parametrize("text", ["192.0.2.1", "54.240.8.11", "2001:db8::25", "172.32.0.1", "::ffff:54.240.8.11"])
def test_other_addresses_are_not_called_reserved(text):
    assert owner.from_registry(ip_address(text)) is None


def test_without_a_clue_it_is_not_known():
    found = owner.find(ELSEWHERE, [])
    assert (found.kind, found.clues) == (OwnerKind.UNKNOWN, ())
    assert "not known" in found.text


def test_a_name_below_amazonses_that_leads_back_is_ses():
    clue = owner.from_reverse_name("a8-77.smtp-out.eu-west-1.amazonses.com", is_confirmed=True)
    assert owner.find(SES, [clue]).kind is OwnerKind.SES_SHARED


@pytest.mark.parametrize("name", ["a8-77.smtp-out.amazonses.com", "o1.ptr1.sendgrid.net"])
def test_a_name_that_does_not_lead_back_says_nothing(name):
    assert owner.from_reverse_name(name, is_confirmed=False) is None


@pytest.mark.parametrize("name", ["amazonses.com.example.net", "notamazonses.com", "mail.example.com"])
def test_a_name_that_only_looks_like_a_providers_says_nothing(name):
    assert owner.from_reverse_name(name, is_confirmed=True) is None


def test_another_providers_name_names_the_provider():
    clue = owner.from_reverse_name("o7.ptr2.sendgrid.net", is_confirmed=True)
    found = owner.find(ELSEWHERE, [clue])
    assert (found.kind, found.provider) == (OwnerKind.OTHER_PROVIDER, "Twilio SendGrid")
    assert "SendGrid" in found.text


def test_ranges_that_dns_gives_decide_over_our_copy():
    assert owner.from_ses_ranges(SES, ["v=spf1 ip4:203.0.113.0/24 -all"]) is None
    assert owner.from_ses_ranges(SES, ["some text", "v=spf1 ip4:54.240.0.0/18 -all"]).source is OwnerSource.SPF_RANGE
    assert owner.from_ses_ranges(SES).source is OwnerSource.KNOWN_RANGE
    assert "copy" in owner.from_ses_ranges(SES).text


def test_a_range_that_the_record_refuses_is_nobodys_evidence():
    assert owner.from_ses_ranges(SES, ["v=spf1 -ip4:54.240.0.0/18 ~all"]) is None


@pytest.mark.parametrize("kind", [OwnerKind.OURS, OwnerKind.SES_DEDICATED])
def test_the_accounts_word_goes_before_what_one_sees_from_outside(kind):
    outside = [owner.from_event(), owner.from_ses_ranges(SES)]
    found = owner.find(SES, [*outside, owner.from_account(kind, "AWS lists it")])
    assert found.kind is kind and "AWS lists it" in found.text
    assert "range" not in found.text


def test_only_evidence_for_the_kind_stands_in_its_sentence():
    clue = owner.from_reverse_name("a8-77.smtp-out.amazonses.com", is_confirmed=True)
    found = owner.find(SES, [owner.from_ses_ranges(SES), clue])
    assert found.text.index("reverse name") < found.text.index("range")
