"""Parsing and rendering are inverses, and nothing crashes on what the world publishes."""

import base64
from ipaddress import IPv4Network, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.records import dkim, dmarc, mail_from, ptr, spf, tags
from staygreen.core.records.dmarc import Alignment, Policy
from staygreen.core.records.fault import Fault
from tests.budget import examples

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
TOP = st.sampled_from(["test", "example"])
NAMES = st.builds(lambda labels, top: ".".join([*labels, top]), st.lists(LABELS, min_size=1, max_size=3), TOP)
QUALIFIERS = st.sampled_from(["", "+", "-", "~", "?"])
NETWORKS = st.one_of(
    st.builds(IPv4Network, st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 32)), st.just(False)),
    st.builds(IPv6Network, st.tuples(st.integers(0, 2**128 - 1), st.integers(0, 128)), st.just(False)),
)
DIRECTIVES = st.one_of(
    st.builds(spf.Directive, mechanism=st.just("all"), qualifier=QUALIFIERS),
    st.builds(spf.Directive, mechanism=st.sampled_from(["include", "exists"]), qualifier=QUALIFIERS, value=NAMES),
    st.builds(
        spf.Directive,
        mechanism=st.sampled_from(["a", "mx"]),
        qualifier=QUALIFIERS,
        value=st.one_of(st.just(""), NAMES),
        prefixes=st.sampled_from(["", "/24", "//64", "/0//128"]),
    ),
    st.builds(
        lambda network, qualifier: spf.Directive(
            mechanism=f"ip{network.version}", qualifier=qualifier, value=str(network)
        ),
        NETWORKS,
        QUALIFIERS,
    ),
)
MODIFIERS = st.builds(spf.Modifier, name=st.sampled_from(["x-note", "other"]), value=NAMES)
TERMS = st.lists(st.one_of(DIRECTIVES, MODIFIERS), max_size=6)
EXTRA_TAGS = st.lists(
    st.tuples(st.sampled_from(["x", "pct", "ri", "note_1"]), LABELS), max_size=3, unique_by=lambda pair: pair[0]
).map(tuple)
POLICIES = st.one_of(st.none(), st.sampled_from(Policy))
URIS = st.lists(NAMES.map(lambda name: f"mailto:reports@{name}"), max_size=3).map(tuple)


@pytest.mark.parametrize(
    ("term", "network"),
    [
        ("ip4:192.0.2.1", IPv4Network("192.0.2.1/32")),
        ("-ip4:192.0.2.128/24", IPv4Network("192.0.2.0/24")),
        ("ip6:2001:db8::/32", IPv6Network("2001:db8::/32")),
        ("a:mail.example.com", None),
        ("include:_spf.example.net", None),
    ],
)
def test_the_network_of_a_mechanism_is_known_where_dns_need_not_be_asked(term, network):
    directive = spf.parse_term(term)
    assert isinstance(directive, spf.Directive)
    assert directive.network == network


@examples(20)
@given(st.builds(spf.SpfRecord, terms=TERMS.map(tuple)))
def test_spf_survives_the_round_trip(record):
    assert spf.parse(str(record)) == record


@examples(20)
@given(
    st.builds(
        dmarc.DmarcRecord,
        policy=st.sampled_from(Policy),
        subdomain_policy=POLICIES,
        nonexistent_policy=POLICIES,
        dkim_alignment=st.sampled_from(Alignment),
        spf_alignment=st.sampled_from(Alignment),
        testing=st.booleans(),
        aggregate_reports=URIS,
        failure_reports=URIS,
        other=EXTRA_TAGS,
    )
)
def test_dmarc_survives_the_round_trip(record):
    assert dmarc.parse(str(record)) == record


@examples(20)
@given(
    st.builds(
        dkim.DkimKey,
        public_key=st.binary(max_size=300).map(lambda octets: base64.b64encode(octets).decode()),
        key_type=st.sampled_from(["rsa", "ed25519"]),
        versioned=st.booleans(),
        other=EXTRA_TAGS,
    )
)
def test_dkim_keys_survive_the_round_trip(key):
    assert dkim.parse(str(key)) == key


@given(st.builds(mail_from.MailFromMx, region=LABELS, preference=st.integers(0, 65535)))
def test_mail_from_survives_the_round_trip(record):
    assert mail_from.parse(str(record)) == record


@given(st.ip_addresses())
def test_reverse_names_survive_the_round_trip(address):
    assert ptr.parse(str(ptr.ReverseName(address))) == ptr.ReverseName(address)


@pytest.mark.parametrize("module", [spf, dmarc, dkim, mail_from, ptr, tags])
@pytest.mark.parametrize("start", ["", "v=spf1 ", "v=DMARC1; ", "v=DKIM1; p=", "10 feedback-smtp."])
def test_nothing_crashes_on_what_the_world_publishes(module, start):
    @examples(15)
    @given(st.text(max_size=60))
    def any_text(text):
        got = module.parse(start + text)
        assert not isinstance(got, Fault) or (got.reason and 0 <= got.position <= len(start + text))

    any_text()


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("spf1 -all", 0),
        ("v=spf1 ip4:192.0.2.0/33 -all", 11),
        ("v=spf1 a include: -all", 16),
        ("v=spf1 mx/33", 9),
        ("v=spf1 redirect=a.test redirect=b.test", 23),
        ("v=spf1 all:example.com", 10),
        ("v=spf1 include:localhost", 15),
    ],
)
def test_a_bad_spf_record_is_told_by_its_place(text, position):
    got = spf.parse(text)

    assert isinstance(got, Fault)
    assert got.position == position


def test_own_lookups_are_counted_by_the_rule():
    record = spf.parse("v=spf1 a mx include:a.test exists:%{i}.b.test ip4:192.0.2.1 ptr redirect=c.test")

    assert record.lookups == 6


@pytest.mark.parametrize(
    "text",
    [
        "v=DMARC1; p=rejct",
        "p=none; v=DMARC1",
        "v=DMARC1; p=none; p=none",
        "v=DMARC1; rua=reports@example.com",
        "v=DMARC1;; p=none",
    ],
)
def test_a_bad_dmarc_record_is_a_fault(text):
    assert isinstance(dmarc.parse(text), Fault)


def test_what_dmarc_no_longer_knows_is_kept_and_ignored():
    record = dmarc.parse("v=DMARC1;p=Reject; pct=50 ; rua=mailto:a@example.com!10m,mailto:b@example.com;")

    assert record.policy is Policy.REJECT
    assert record.other == (("pct", "50"),)
    assert record.aggregate_reports == ("mailto:a@example.com!10m", "mailto:b@example.com")


def test_a_revoked_key_is_no_key():
    assert dkim.parse("v=DKIM1; p=").is_revoked
    assert isinstance(dkim.parse("v=DKIM1; k=rsa"), Fault)
    assert isinstance(dkim.parse("v=DKIM1; p=not base64!"), Fault)


@pytest.mark.parametrize(
    ("name", "generic"),
    [
        ("mail.example.com", False),
        ("out-1.example.com", False),
        ("mx1.example.com", False),
        ("ec2-192-0-2-1.compute-1.amazonaws.com", True),
        ("ip-192-0-2-1.eu-west-1.compute.internal", True),
        ("192-0-2-1.example.com", True),
        ("host-12.example.com", True),
        ("static.192.0.2.1.example.net", True),
    ],
)
def test_a_reverse_name_says_who_sends(name, generic):
    assert ptr.is_generic(name) is generic
