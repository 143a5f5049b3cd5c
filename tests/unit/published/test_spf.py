"""SPF as receivers evaluate it, and what the judge makes of it."""

import time
from ipaddress import ip_address

import pytest

from staygreen.core.dns.message import Rcode
from staygreen.core.published import spf
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.spf_evaluation import evaluate
from staygreen.core.published.spf_macro import Mail, expand
from tests.unit.published.dns_world import Zone, answers, states

APPENDIX_A = {
    "example.com MX": ["10 mail-a.example.com", "20 mail-b.example.com"],
    "example.com A": ["192.0.2.10", "192.0.2.11"],
    "amy.example.com A": "192.0.2.65",
    "bob.example.com A": "192.0.2.66",
    "mail-a.example.com A": "192.0.2.129",
    "mail-b.example.com A": "192.0.2.130",
    "example.org MX": "10 mail-c.example.org",
    "mail-c.example.org A": "192.0.2.140",
}
"""The zones of RFC 7208 appendix A."""


def result(record, client, table=APPENDIX_A, domain="example.com", sender=""):
    zone = {**table, f"{domain} TXT": record}
    mail = Mail(client=ip_address(client), sender=sender or f"postmaster@{domain}")
    return evaluate(domain, answers(zone), mail).result.value


@pytest.mark.parametrize(
    ("record", "passing", "failing"),
    [
        ("v=spf1 +all", ["192.0.2.1", "2001:db8::1"], []),
        ("v=spf1 a -all", ["192.0.2.10", "192.0.2.11"], ["192.0.2.12"]),
        ("v=spf1 a:example.org -all", [], ["192.0.2.10", "192.0.2.140"]),
        ("v=spf1 mx -all", ["192.0.2.129", "192.0.2.130"], ["192.0.2.131"]),
        ("v=spf1 mx:example.org -all", ["192.0.2.140"], ["192.0.2.129"]),
        ("v=spf1 mx mx:example.org -all", ["192.0.2.129", "192.0.2.130", "192.0.2.140"], ["192.0.2.10"]),
        ("v=spf1 mx/30 mx:example.org/30 -all", ["192.0.2.131", "192.0.2.143"], ["192.0.2.132", "192.0.2.144"]),
        ("v=spf1 ip4:192.0.2.128/28 -all", ["192.0.2.129", "192.0.2.140"], ["192.0.2.65"]),
    ],
)
def test_the_examples_of_rfc_7208_appendix_a_1(record, passing, failing):
    assert {result(record, client) for client in passing} <= {"pass"}
    assert {result(record, client) for client in failing} <= {"fail"}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d3}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
    ],
)
def test_the_macro_examples_of_rfc_7208_section_7_4(text, value):
    mail = Mail(client=ip_address("192.0.2.3"), sender="strong-bad@email.example.com")
    assert expand(text, "email.example.com", mail) == value


def test_the_ipv6_macro_example_of_rfc_7208_section_7_4():
    mail = Mail(client=ip_address("2001:db8::cb01"), sender="strong-bad@email.example.com")
    assert expand("%{ir}.%{v}._spf.%{d2}", "email.example.com", mail) == (
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
    )


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ({}, "none"),
        ({"d.test TXT": "v=spf1"}, "neutral"),
        ({"d.test TXT": "v=spf1 ?all"}, "neutral"),
        ({"d.test TXT": "v=spf1 ~all"}, "softfail"),
        ({"d.test TXT": ["v=spf1 -all", "v=spf1 ~all"]}, "permerror"),
        ({"d.test TXT": "v=spf1 inlcude:a.test -all"}, "permerror"),
        ({"d.test TXT": "v=spf1 include:a.test -all"}, "permerror"),
        ({"d.test TXT": "v=spf1 redirect=a.test"}, "permerror"),
        ({"d.test TXT": "v=spf1 redirect=a.test", "a.test TXT": "v=spf1 -all"}, "fail"),
        ({"d.test TXT": "v=spf1 include:a.test ~all", "a.test TXT": "v=spf1 -all"}, "softfail"),
        ({"d.test TXT": "v=spf1 include:a.test -all", "a.test TXT": "v=spf1 +all"}, "pass"),
        ({"d.test TXT": "v=spf1 include:d.test -all"}, "permerror"),
        ({"d.test TXT": "v=spf1 a:x.test -all", "x.test A": Rcode.SERVFAIL}, "temperror"),
        ({"d.test TXT": Rcode.TIMEOUT}, "temperror"),
        ({"d.test TXT": "v=spf1 exists:%{ir}.list.test -all", "9.113.0.203.list.test A": "127.0.0.2"}, "pass"),
        ({"d.test TXT": "v=spf1 a:x.test a:y.test a:z.test -all"}, "permerror"),
    ],
)
def test_what_a_stranger_gets(table, expected):
    mail = Mail(client=ip_address("203.0.113.9"), sender="a@d.test")
    assert evaluate("d.test", answers(table), mail).result.value == expected


def chain(length):
    """A record whose includes follow each other, `length` of them."""
    links = {f"i{n}.test TXT": f"v=spf1 include:i{n + 1}.test -all" for n in range(1, length)}
    return {"d.test TXT": "v=spf1 include:i1.test -all", **links, f"i{length}.test TXT": "v=spf1 -all"}


@pytest.mark.parametrize(
    ("length", "causes"), [(1, {}), (10, {}), (11, {"spf_lookups": "BAD"}), (99, {"spf_lookups": "BAD"})]
)
def test_ten_lookups_are_allowed_nested_ones_included(length, causes):
    assert states(spf.judge("d.test", answers(chain(length)), spf.Expected())) == causes


def test_the_mechanism_that_costs_is_named():
    table = {
        "d.test TXT": "v=spf1 mx include:big.test a -all",
        "big.test TXT": "v=spf1 " + " ".join(f"a:h{n}.test" for n in range(9)) + " -all",
        **{f"h{n}.test A": "192.0.2.1" for n in range(9)},
        "d.test A": "192.0.2.1",
        "d.test MX": "10 h1.test",
    }
    (told,) = (each for each in spf.judge("d.test", answers(table), spf.Expected()) if each.cause == "spf_lookups")
    assert "12 times" in told.text
    assert "include:big.test costs 10" in told.text


HOST = ip_address("192.0.2.10")


@pytest.mark.parametrize(
    ("record", "expected", "causes"),
    [
        (None, spf.Expected(), {"spf_missing": "BAD"}),
        (None, spf.Expected(is_required=False), {}),
        (["v=spf1 -all", "v=spf1 ~all"], spf.Expected(), {"spf_several": "BAD"}),
        (["v=spf1 -all", "site-verification=v=spf1"], spf.Expected(), {}),
        ("v=spf1 ip4:192.0.2.0/33 -all", spf.Expected(), {"spf_invalid": "BAD"}),
        ("v=spf1 include:none.test -all", spf.Expected(), {"spf_invalid": "BAD"}),
        ("v=spf1 a:x.test a:y.test a:z.test -all", spf.Expected(), {"spf_void": "BAD"}),
        ("v=spf1 a:x.test a:y.test -all", spf.Expected(), {}),
        ("v=spf1 +all", spf.Expected(), {"spf_all": "BAD"}),
        ("v=spf1 mx ?all", spf.Expected(), {"spf_all": "BAD"}),
        ("v=spf1 ip4:192.0.2.1", spf.Expected(), {"spf_all": "BAD"}),
        ("v=spf1 include:open.test -all", spf.Expected(), {"spf_all": "BAD"}),
        ("v=spf1 ip4:192.0.2.1 ~all", spf.Expected(hosts=(HOST,)), {"spf_hosts": "BAD"}),
        ("v=spf1 ip4:192.0.2.0/28 ~all", spf.Expected(hosts=(HOST,)), {}),
        ("v=spf1 ?ip4:192.0.2.10 ~all", spf.Expected(hosts=(HOST,)), {"spf_hosts": "BAD"}),
        ("v=spf1 ip4:192.0.2.1 -all", spf.Expected(declared="v=spf1 -all"), {"spf_differs": "BAD"}),
        ("V=SPF1  -all", spf.Expected(declared="v=spf1 -all"), {}),
        (Rcode.SERVFAIL, spf.Expected(), dict.fromkeys(spf.CAUSES, "UNKNOWN")),
        (Rcode.REFUSED, spf.Expected(is_required=False), dict.fromkeys(spf.CAUSES, "UNKNOWN")),
        (
            "v=spf1 include:silent.test -all",
            spf.Expected(),
            dict.fromkeys(("spf_invalid", "spf_lookups", "spf_void", "spf_all"), "UNKNOWN"),
        ),
    ],
)
def test_each_rule_fires_alone_or_is_unknown(record, expected, causes):
    table = {"open.test TXT": "v=spf1 +all", "silent.test TXT": Rcode.TIMEOUT}
    if record is not None:
        table["d.test TXT"] = record
    assert states(spf.judge("d.test", answers(table), expected)) == causes


def test_macro_bombs_end_as_names_that_dns_can_have():
    mail = Mail(client=ip_address("2001:db8::1"), sender=f"{'l' * 300}@d.test")
    assert len(expand("%{ir}." * 500 + "%{d99999999999999}", "d.test", mail)) <= 253
    assert evaluate("d.test", answers({"d.test TXT": "v=spf1 exists:%{l}.test -all"}), mail).result.value == "fail"


@pytest.mark.parametrize(
    ("table", "cause"),
    [
        ({"d.test TXT": "v=spf1 " + "a " * 32_000}, "spf_invalid"),
        ({"d.test TXT": "v=spf1 " + "x" * 64_000}, "spf_invalid"),
        ({"d.test TXT": "v=spf1 include:d.test -all"}, "spf_invalid"),
        ({"d.test TXT": "v=spf1 include:a.test -all", "a.test TXT": "v=spf1 include:d.test -all"}, "spf_invalid"),
        ({"d.test TXT": "v=spf1 redirect=d.test"}, "spf_invalid"),
        ({"d.test TXT": "v=spf1 " + "include:%{d}.%{d}.%{d}.%{d}.test " * 30 + "-all"}, "spf_lookups"),
        (
            {"d.test TXT": "v=spf1 exists:%{d9999999999999r}.test a:a.test a:b.test exists:c.test -all"},
            "spf_void",
        ),
        ({"d.test TXT": "v=spf1 " + "a:\ufffd\ufffd.test -all"}, "spf_invalid"),
        ({"d.test TXT": [f"string {n}" for n in range(200)]}, "spf_missing"),
        ({"d.test TXT": ["v=spf1 -all"] * 200}, "spf_several"),
        ({"d.test TXT": "v=spf1 mx -all", "d.test MX": [f"1 m{n}.test" for n in range(200)]}, "spf_invalid"),
        ({"d.test TXT": "v=spf1 " + " ".join(f"a:h{n}.test" for n in range(500)) + " -all"}, "spf_lookups"),
        (
            {
                "d.test TXT": "v=spf1 include:w1.test -all",
                **{f"w{n}.test TXT": "v=spf1 " + f"include:w{n + 1}.test " * 40 + "-all" for n in range(1, 30)},
            },
            "spf_lookups",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hostile_records_cost_little_and_are_named(table, cause):
    zone = Zone(table)
    started = time.process_time()
    found = states(spf.judge("d.test", Answers(zone), spf.Expected()))
    assert found == {cause: "BAD"}
    assert zone.asked <= 450
    assert time.process_time() - started < 5, "a bound against explosion, not a speed"
