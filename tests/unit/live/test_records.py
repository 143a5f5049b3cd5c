"""Truth tables of the other records: fires, does not fire, unknown."""

import base64
import itertools
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from published import Zone, answers, states

from lambdas.core.finding import State
from lambdas.core.live import causes, dkim, dmarc, mail_from, ptr, ses_identity, spf, transport
from lambdas.core.live.answers import Answers
from lambdas.core.sources import Rcode, Reply, ServerAnswer, SesIdentity
from tests.budget import examples

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SILENT = [Rcode.SERVFAIL, Rcode.REFUSED, Rcode.OTHER, Rcode.TIMEOUT, Rcode.MALFORMED]


def rsa_key(bits):
    # 512 bits are refused by the library: a modulus of any length will do for who only reads the record
    if bits < 1024:
        modulus = (1 << (bits - 1)) | 1
        numbers = b"\x02" + length(modulus.bit_length() // 8 + 1) + modulus.to_bytes(modulus.bit_length() // 8 + 1)
        inner = sequence(numbers + b"\x02\x03\x01\x00\x01")
        algorithm = sequence(bytes.fromhex("06092a864886f70d0101010500"))
        return base64.b64encode(sequence(algorithm + b"\x03" + length(len(inner) + 1) + b"\0" + inner)).decode()
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    return base64.b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def length(octets):
    return bytes([octets]) if octets < 0x80 else bytes([0x82, octets >> 8, octets & 0xFF])


def sequence(content):
    return b"\x30" + length(len(content)) + content


GOOD, WEAK, SHORT, OTHER = rsa_key(2048), rsa_key(1024), rsa_key(512), rsa_key(1024)
NAME = "s1._domainkey.d.test"


@pytest.mark.parametrize(
    ("table", "selector", "found"),
    [
        ({}, dkim.Selector(name="s1"), {"dkim_missing": "BAD"}),
        ({f"{NAME} TXT": f"v=DKIM1; k=rsa; p={GOOD}"}, dkim.Selector(name="s1"), {}),
        ({f"{NAME} TXT": f"v=DKIM1; k=rsa; p={GOOD}"}, dkim.Selector(name="s1", public_key=GOOD), {}),
        ({f"{NAME} TXT": f"p={OTHER}"}, dkim.Selector(name="s1", public_key=GOOD), {"dkim_differs": "BAD"}),
        ({f"{NAME} TXT": f"p={WEAK}"}, dkim.Selector(name="s1"), {"dkim_weak": "BAD"}),
        ({f"{NAME} TXT": f"p={SHORT}"}, dkim.Selector(name="s1"), {"dkim_short": "BAD"}),
        ({f"{NAME} TXT": "v=DKIM1; p="}, dkim.Selector(name="s1"), {"dkim_revoked": "BAD"}),
        ({f"{NAME} TXT": f"v=DKIM1; p={GOOD[:200]}"}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": f"p={GOOD}; v=DKIM1"}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": [f"p={GOOD}"] * 2}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": "k=rot13; p=AAAA"}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": "k=ed25519; p=AAAA"}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": "v=DKIM1; " + "a" * 64_000}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": ["x"] * 200}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({f"{NAME} TXT": "v=DKIM1; p=\ufffd\ufffd"}, dkim.Selector(name="s1"), {"dkim_invalid": "BAD"}),
        ({}, dkim.Selector(name="s1", target="s1.dkim.test"), {"dkim_missing": "BAD"}),
        ({f"{NAME} CNAME": "s1.dkim.test."}, dkim.Selector(name="s1", target="s1.dkim.test"), {}),
        ({f"{NAME} CNAME": "s2.dkim.test"}, dkim.Selector(name="s1", target="s1.dkim.test"), {"dkim_differs": "BAD"}),
    ],
)
def test_dkim(table, selector, found):
    assert states(dkim.judge("d.test", (selector,), answers(table))) == found


@pytest.mark.parametrize("failure", SILENT)
def test_a_resolver_that_fails_says_nothing_about_keys(failure):
    for table, selector in (
        ({f"{NAME} TXT": failure}, dkim.Selector(name="s1")),
        ({f"{NAME} CNAME": failure}, dkim.Selector(name="s1", target="s1.dkim.test")),
    ):
        assert states(dkim.judge("d.test", (selector,), answers(table))) == dict.fromkeys(dkim.CAUSES, "UNKNOWN")


def test_one_silent_selector_hides_no_other():
    table = {f"{NAME} TXT": Rcode.TIMEOUT, "s2._domainkey.d.test TXT": "p="}
    found = states(dkim.judge("d.test", (dkim.Selector(name="s1"), dkim.Selector(name="s2")), answers(table)))
    assert found["dkim_revoked"] == "BAD"
    assert found["dkim_missing"] == "UNKNOWN"


# --- DMARC -----------------------------------------------------------------------------------------------------------


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


# --- MAIL FROM, MTA-STS, TLS-RPT -------------------------------------------------------------------------------------

SES = {"amazonses.com TXT": "v=spf1 ip4:198.51.100.0/24 -all"}
RIGHT_MX, RIGHT_SPF = "10 feedback-smtp.eu-west-1.amazonses.com", "v=spf1 include:amazonses.com ~all"


@pytest.mark.parametrize(
    ("mx", "text", "found"),
    [
        (RIGHT_MX, RIGHT_SPF, {}),
        (f"{RIGHT_MX}.", "v=spf1 ip4:192.0.2.1 include:amazonses.com -all", {}),
        (None, RIGHT_SPF, {"mail_from_mx": "BAD"}),
        ("10 feedback-smtp.us-east-1.amazonses.com", RIGHT_SPF, {"mail_from_mx": "BAD"}),
        ([RIGHT_MX, "20 mx.d.test"], RIGHT_SPF, {"mail_from_mx": "BAD"}),
        ("10 mx.d.test", RIGHT_SPF, {"mail_from_mx": "BAD"}),
        (RIGHT_MX, None, {"mail_from_spf": "BAD"}),
        (RIGHT_MX, "v=spf1 -all", {"mail_from_spf": "BAD"}),
        (RIGHT_MX, "v=spf1 ?include:amazonses.com -all", {"mail_from_spf": "BAD"}),
        (RIGHT_MX, [RIGHT_SPF, RIGHT_SPF], {"mail_from_spf": "BAD"}),
        (RIGHT_MX, "v=spf1 include:amazonses.com include:gone.test ~all", {"mail_from_spf": "BAD"}),
        (Rcode.TIMEOUT, RIGHT_SPF, {"mail_from_mx": "UNKNOWN"}),
        (RIGHT_MX, Rcode.SERVFAIL, {"mail_from_spf": "UNKNOWN"}),
    ],
)
def test_mail_from(mx, text, found):
    table = {**SES, "b.d.test MX": mx, "b.d.test TXT": text}
    table = {key: value for key, value in table.items() if value is not None}
    assert states(mail_from.judge("b.d.test", "eu-west-1", answers(table))) == found


@pytest.mark.parametrize(
    ("live", "state"),
    [
        ("v=STSv1; id=1;", "OK"),
        ("v=STSv1;id=1", "OK"),
        (None, "BAD"),
        ("v=STSv1; id=2;", "BAD"),
        (["v=STSv1; id=1;"] * 2, "BAD"),
        (Rcode.REFUSED, "UNKNOWN"),
    ],
)
def test_a_declared_mta_sts_record(live, state):
    table = {"_mta-sts.d.test TXT": live} if live is not None else {}
    (judged,) = transport.judge("d.test", {"mta_sts": "v=STSv1; id=1;"}, answers(table))
    assert judged.state.value == state
    assert transport.judge("d.test", {}, answers(table)) == ()


# --- SES -------------------------------------------------------------------------------------------------------------


def identity(**changed):
    given_by_ses = {
        "name": "d.test",
        "is_verified": True,
        "verification": "SUCCESS",
        "dkim_status": "SUCCESS",
        "mail_from": "b.d.test",
        "mail_from_status": "SUCCESS",
        "configuration_set": "main",
    }
    return SesIdentity(**{**given_by_ses, **changed})


@pytest.mark.parametrize(
    ("changed", "explained", "found"),
    [
        ({}, False, {}),
        ({"is_verified": False, "verification": "FAILED"}, False, {"ses_unverified": "BAD"}),
        ({"is_verified": False, "verification": "FAILED", "dkim_status": "FAILED"}, True, {}),
        ({"is_verified": False, "verification": "PENDING"}, False, {"ses_unverified": "UNKNOWN"}),
        ({"dkim_status": "TEMPORARY_FAILURE"}, False, {"ses_dkim": "BAD"}),
        ({"signing_enabled": False}, False, {"ses_dkim": "BAD"}),
        ({"mail_from": "", "mail_from_status": ""}, False, {"ses_mail_from": "BAD"}),
        ({"mail_from_status": "FAILED"}, False, {"ses_mail_from": "BAD"}),
        ({"mail_from_status": "FAILED"}, True, {}),
        ({"mail_from_status": "PENDING"}, False, {"ses_mail_from": "UNKNOWN"}),
        ({"configuration_set": ""}, False, {"ses_configuration_set": "BAD"}),
    ],
)
def test_what_ses_says_counts_where_dns_does_not_explain_it(changed, explained, found):
    judged = ses_identity.judge(
        identity(**changed), mail_from="b.d.test", is_dkim_explained=explained, is_mail_from_explained=explained
    )
    assert states(judged) == found


# --- reverse DNS -----------------------------------------------------------------------------------------------------

IP, POINTER = "192.0.2.10", "10.2.0.192.in-addr.arpa PTR"
RIGHT = {POINTER: "mail.d.test", "mail.d.test A": IP}


def expected(**changed):
    return ptr.Expected(**{"address": ip_address(IP), "domains": ("d.test",), **changed})


@pytest.mark.parametrize(
    ("table", "changed", "found"),
    [
        (RIGHT, {}, {}),
        ({}, {}, {"ptr_missing": "BAD"}),
        ({**RIGHT, POINTER: ["mail.d.test", "other.d.test"]}, {}, {"ptr_several": "BAD"}),
        ({POINTER: "mail.d.test"}, {}, {"ptr_unconfirmed": "BAD"}),
        ({**RIGHT, "mail.d.test A": "192.0.2.11"}, {}, {"ptr_unconfirmed": "BAD"}),
        ({**RIGHT, "mail.d.test A": ["192.0.2.11", IP]}, {}, {}),
        ({**RIGHT, "mail.d.test A": Rcode.TIMEOUT}, {}, {"ptr_unconfirmed": "UNKNOWN"}),
        ({POINTER: "ec2-192-0-2-10.compute-1.amazonaws.com"}, {}, {"ptr_generic": "BAD"}),
        (RIGHT, {"declared": "out.d.test"}, {"ptr_differs": "BAD"}),
        (RIGHT, {"domains": ("other.test",)}, {"ptr_unaligned": "BAD"}),
        (RIGHT, {"domains": ("news.d.test",)}, {}),
        (RIGHT, {"domains": ("other.test",), "is_amazons": True}, {}),
        (RIGHT, {"helo": "mail.d.test"}, {}),
        (RIGHT, {"helo": "helo.d.test"}, {"helo_unconfirmed": "BAD"}),
        (RIGHT, {"pending": "new.d.test"}, dict.fromkeys(ptr.CAUSES, "UNKNOWN")),
        ({}, {"pending": ""}, dict.fromkeys(ptr.CAUSES, "UNKNOWN")),
        ({POINTER: Rcode.SERVFAIL}, {}, dict.fromkeys(ptr.CAUSES, "UNKNOWN")),
        ({POINTER: [f"h{n}.d.test" for n in range(200)]}, {}, {"ptr_several": "BAD"}),
    ],
)
def test_reverse_dns(table, changed, found):
    assert states(ptr.judge(expected(**changed), ptr.Views(resolvers={"one": answers(table)}))) == found


def test_an_ipv6_address_is_confirmed_by_its_aaaa_record():
    address = ip_address("2001:db8::25")
    table = {f"{address.reverse_pointer} PTR": "mail.d.test", "mail.d.test AAAA": "2001:db8::25"}
    judged = ptr.judge(ptr.Expected(address=address), ptr.Views(resolvers={"one": answers(table)}))
    assert states(judged) == {}


def told(rcode, *addresses):
    return lambda _name, _rtype: (ServerAnswer(server="ns1", rcode=rcode, addresses=addresses),)


@pytest.mark.parametrize(
    ("second", "authorities", "found"),
    [
        (RIGHT, told(Rcode.NOERROR, IP), {}),
        (RIGHT, told(Rcode.NXDOMAIN), {"ptr_unconfirmed": "BAD"}),
        (RIGHT, told(Rcode.SERVFAIL), {}),
        ({POINTER: Rcode.TIMEOUT, "mail.d.test A": Rcode.TIMEOUT}, told(Rcode.TIMEOUT), {}),
        ({POINTER: "mail.d.test", "mail.d.test A": "192.0.2.99"}, told(Rcode.NOERROR, IP), {"ptr_unconfirmed": "BAD"}),
        ({}, told(Rcode.NOERROR, IP), dict.fromkeys(ptr.CAUSES[:-1], "UNKNOWN")),
    ],
)
def test_every_resolver_and_every_authoritative_server_has_a_say(second, authorities, found):
    views = ptr.Views(resolvers={"one": answers(RIGHT), "two": answers(second)}, authorities=authorities)
    assert states(ptr.judge(ptr.Expected(address=ip_address(IP)), views)) == found


# --- all of them -----------------------------------------------------------------------------------------------------


def test_every_cause_has_its_words():
    auth = {*spf.CAUSES, *dkim.CAUSES, *dmarc.CAUSES, *mail_from.CAUSES, *transport.CAUSES, *ses_identity.CAUSES}
    assert set(causes.AUTH_RECORDS) == auth
    assert set(causes.REVERSE_DNS) == set(ptr.CAUSES)


@examples(20)
@given(st.text(max_size=200), st.sampled_from(["v=spf1 ", "v=DMARC1; p=none; ", "v=DKIM1; p=", ""]))
def test_nothing_that_is_published_breaks_a_judge(text, start):
    def everything(questions):
        for question in questions:
            yield Reply(question=question, rcode=Rcode.NOERROR, values=(start + text,))

    found = Answers(everything)
    judged = [
        *spf.judge("d.test", found, spf.Expected(hosts=(ip_address(IP),))),
        *dmarc.judge("d.test", found, declared="v=DMARC1; p=none"),
        *dkim.judge("d.test", (dkim.Selector(name="s"), dkim.Selector(name="t", target="t.test")), found),
        *mail_from.judge("b.d.test", "eu-west-1", found),
        *transport.judge("d.test", {"tls_rpt": "v=TLSRPTv1; rua=mailto:a@d.test"}, found),
        *ptr.judge(ptr.Expected(address=ip_address(IP)), ptr.Views(resolvers={"one": found})),
    ]
    assert all(each.text and each.state in State for each in judged if each.state is not State.OK)
