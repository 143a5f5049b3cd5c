"""The catalogue of services: each entry says where and when it was looked up, and names are found below its domains."""

from datetime import date

import pytest

from staygreen.core import data
from staygreen.core.records.name import is_dns_name
from staygreen.core.reports import services

ENTRIES = data.table("mail_services.toml")["service"]


def test_the_catalogue_names_between_60_and_100_services():
    assert 60 <= len({entry["name"] for entry in ENTRIES}) <= 100


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry["domains"][0])
def test_every_entry_has_a_source_and_a_date(entry):
    assert entry["source"].startswith("https://")
    assert date(2026, 1, 1) <= entry["verified"]
    assert all(is_dns_name(domain) and domain == domain.lower() for domain in entry["domains"])


def test_a_domain_belongs_to_one_service():
    domains = [domain for entry in ENTRIES for domain in entry["domains"]]
    assert len(domains) == len(set(domains))


def test_names_are_found_for_a_domain_and_below_it():
    found = services.load()
    assert found.name("sendgrid.net") == found.name("em1234.u99.wl.sendgrid.net") == "Twilio SendGrid"
    assert found.name("notsendgrid.net") == found.name("net") == found.name("") == ""


def test_mailbox_providers_that_forward_are_no_services():
    assert all(services.load().name(name) == "" for name in ("gmail.com", "outlook.com", "yahoo.com"))
