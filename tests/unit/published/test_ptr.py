"""Reverse DNS: fires, does not fire, unknown."""

from ipaddress import ip_address

import pytest

from staygreen.core.dns.authoritative import ServerAnswer
from staygreen.core.dns.message import Rcode
from staygreen.core.published import ptr
from tests.unit.published.dns_world import answers, states

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


def test_a_change_on_its_way_is_told_with_what_ec2_says_of_it():
    asked = expected(pending="new.d.test", progress=" (EC2: PENDING: no A record)")
    for each in ptr.judge(asked, ptr.Views(resolvers={"one": answers(RIGHT)})):
        assert "to new.d.test (EC2: PENDING: no A record)" in each.text


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
