"""DMARC: fires, does not fire, unknown; the examples of RFC 9989."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.dns.message import Rcode
from staygreen.core.published import dmarc
from staygreen.core.published.dns_cache import Answers
from tests.budget import examples
from tests.unit.published.dns_world import SILENT, Zone, answers, states


def test_the_tree_walk_example_of_rfc_9989_section_4_10():
    assert dmarc.names("a.b.c.d.e.f.g.h.i.j.mail.example.com") == (
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    )


@pytest.mark.parametrize(
    ("records", "organization"),
    [
        ({"mail.example.com": "v=DMARC1; p=none", "example.com": "v=DMARC1; p=none"}, "example.com"),
        ({"mail.example.com": "v=DMARC1; p=none; psd=n"}, "mail.example.com"),
        ({"com": "v=DMARC1; p=none; psd=y"}, "example.com"),
        ({}, "a.mail.example.com"),
    ],
)
def test_the_organizational_domain_examples_of_rfc_9989_section_4_10_2(records, organization):
    table = {f"_dmarc.{name} TXT": text for name, text in records.items()}
    found = dmarc.walk("a.mail.example.com", answers(table))
    assert dmarc.organizational("a.mail.example.com", found) == organization


@pytest.mark.parametrize(
    ("records", "applied"),
    [
        ({"a.b.d.test": "p=none", "d.test": "p=reject"}, "a.b.d.test"),
        ({"b.d.test": "p=none", "d.test": "p=reject"}, "d.test"),
        ({"b.d.test": "p=none; psd=n", "d.test": "p=reject"}, "b.d.test"),
        ({"d.test": "p=reject", "test": "p=none; psd=y"}, "d.test"),
        ({"test": "p=none; psd=y"}, "test"),
    ],
)
def test_the_own_record_comes_first_then_the_organizations(records, applied):
    table = {f"_dmarc.{name} TXT": f"v=DMARC1; {text}" for name, text in records.items()}
    found = dmarc.walk("a.b.d.test", answers(table))
    assert dmarc.applied("a.b.d.test", found).domain == applied


LABELS = st.lists(st.from_regex(r"[a-z]{1,3}", fullmatch=True), min_size=1, max_size=40)


@examples(25)
@given(LABELS)
def test_no_walk_asks_more_than_eight_names_and_each_is_above_the_last(labels):
    names = dmarc.names(".".join(labels))
    assert len(names) <= 8
    assert names[-1] == labels[-1] or len(labels) == 1
    assert all(longer.endswith(f".{shorter}") for longer, shorter in itertools.pairwise(names))


MX = {"d.test MX": "10 mx.d.test"}


@pytest.mark.parametrize(
    ("table", "declared", "found"),
    [
        ({}, "", {"dmarc_missing": "BAD"}),
        ({"_dmarc.test TXT": "v=DMARC1; p=none; psd=y"}, "", {}),
        ({"_dmarc.d.test TXT": "v=DMARC1; p=none"}, "", {}),
        ({"_dmarc.test TXT": "v=DMARC1; p=none"}, "v=DMARC1; p=none", {"dmarc_missing": "BAD"}),
        ({"_dmarc.d.test TXT": ["v=DMARC1; p=none"] * 2}, "", {"dmarc_several": "BAD"}),
        ({"_dmarc.d.test TXT": ["v=DMARC1; p=none", "something else"]}, "", {}),
        ({"_dmarc.d.test TXT": "v=DMARC1; p=rejct"}, "", {"dmarc_invalid": "BAD"}),
        ({"_dmarc.d.test TXT": "v=DMARC1; p=none; p=reject"}, "", {"dmarc_invalid": "BAD"}),
        ({"_dmarc.d.test TXT": "v=DMARC1; p=reject; pct=20"}, "v=DMARC1; p=reject", {"dmarc_obsolete": "BAD"}),
        ({"_dmarc.d.test TXT": "v=DMARC1; p=none"}, "v=DMARC1; p=reject", {"dmarc_weaker": "BAD"}),
        ({"_dmarc.d.test TXT": "v=DMARC1; p=reject; t=y"}, "v=DMARC1; p=reject", {"dmarc_differs": "BAD"}),
        ({"_dmarc.d.test TXT": "v=DMARC1;p=Reject;"}, "v=DMARC1; p=reject", {}),
        ({"_dmarc.d.test TXT": "v=DMARC1; p=none; rua=mailto:a@d.test", **MX}, "", {}),
        (
            {"_dmarc.d.test TXT": "v=DMARC1; p=none; rua=mailto:a@d.test"},
            "",
            {"dmarc_reports_undeliverable": "BAD"},
        ),
        (
            {"_dmarc.d.test TXT": "v=DMARC1; p=none; rua=mailto:a@d.test", "d.test MX": "0 ."},
            "",
            {"dmarc_reports_undeliverable": "BAD"},
        ),
        (
            {"_dmarc.d.test TXT": "v=DMARC1; p=none; rua=mailto:a@r.example", "r.example A": "192.0.2.1"},
            "",
            {"dmarc_reports_unauthorised": "BAD"},
        ),
        (
            {
                "_dmarc.d.test TXT": "v=DMARC1; p=none; rua=mailto:a@r.example",
                "r.example A": "192.0.2.1",
                "d.test._report._dmarc.r.example TXT": "v=DMARC1;",
            },
            "",
            {},
        ),
        (
            {
                "_dmarc.d.test TXT": "v=DMARC1; p=none; rua=mailto:a@r.example",
                "r.example MX": Rcode.TIMEOUT,
                "d.test._report._dmarc.r.example TXT": Rcode.SERVFAIL,
            },
            "",
            {"dmarc_reports_undeliverable": "UNKNOWN", "dmarc_reports_unauthorised": "UNKNOWN"},
        ),
        ({"_dmarc.test TXT": Rcode.SERVFAIL}, "", dict.fromkeys(dmarc.CAUSES, "UNKNOWN")),
        ({"_dmarc.d.test TXT": "v=DMARC1; p=none", "_dmarc.test TXT": Rcode.SERVFAIL}, "", {}),
        ({"_dmarc.d.test TXT": "v=DMARC1; p=none; " + "x" * 64_000}, "", {"dmarc_invalid": "BAD"}),
        ({"_dmarc.d.test TXT": ["v=DMARC1; p=none"] * 200}, "", {"dmarc_several": "BAD"}),
    ],
)
def test_dmarc(table, declared, found):
    assert states(dmarc.judge("d.test", answers(table), declared=declared)) == found


@pytest.mark.parametrize("failure", SILENT)
def test_a_resolver_that_fails_says_nothing_about_dmarc(failure):
    found = states(dmarc.judge("d.test", answers({"_dmarc.d.test TXT": failure}), declared="v=DMARC1; p=none"))
    assert found == dict.fromkeys(dmarc.CAUSES, "UNKNOWN")


def test_a_record_with_a_thousand_receivers_costs_little():
    uris = ",".join(f"mailto:a@r{n}.example" for n in range(1000))
    zone = Zone({"_dmarc.d.test TXT": f"v=DMARC1; p=none; rua={uris}"[:8192]})
    dmarc.judge("d.test", Answers(zone))
    assert zone.asked < 150
