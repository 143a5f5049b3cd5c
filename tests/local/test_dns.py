"""Local DNS behaves like the lists it stands for, whichever engine serves them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdatatype
import pytest

from local.dns import amazon, rbldnsd
from local.dns.answer import Message
from local.dns.blocklist_answerer import BlocklistAnswerer
from local.dns.blocklists import Blocklists, Misbehaviour, Zone
from local.dns.catalogue import zones_from
from local.dns.hosted_zones import HostedZones, ReverseZones
from local.dns.server import DnsServer
from local.patience import PATIENCE
from local.ports import free_port
from staygreen.core.blocklist.catalogue import load

ZONE = "bl.example.test"
TEST_POINTS = Zone(name=ZONE, names=(("test", "127.0.1.2"),))
SIX = "2.0.0.0." + "0." * 20 + "8.b.d.0.1.0.0.2"


@dataclass
class Service:
    lists: Blocklists
    server: DnsServer

    def ask(self, name: str, rtype: str = "A", *, tcp: bool = False) -> Message:
        send = dns.query.tcp if tcp else dns.query.udp
        return send(dns.message.make_query(name, rtype), "127.0.0.1", timeout=20, port=self.server.port)

    def codes(self, name: str, rtype: str = "A") -> list[str]:
        return sorted(str(record) for rrset in self.ask(name, rtype).answer for record in rrset)


def _fill(lists: Blocklists) -> None:
    lists.add_zone(TEST_POINTS)
    lists.list_ip(ZONE, "192.0.2.1", "127.0.0.2")
    lists.list_ip(ZONE, "192.0.2.1", "127.0.0.4")
    lists.list_ip(ZONE, "198.51.100.0/24", "127.0.0.3", "A whole network")
    lists.list_ip(ZONE, "2001:db8::2", "127.0.0.2")
    lists.list_name(ZONE, "bad.example", "127.0.1.5")
    lists.list_name(ZONE, ".worse.example", "127.0.1.6")


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Service]:
    lists = Blocklists(tmp_path)
    _fill(lists)
    with DnsServer([BlocklistAnswerer(lists)]) as server:
        yield Service(lists, server)


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Service]:
    program = rbldnsd.find()
    if program is None:
        pytest.skip("rbldnsd is not installed here: the in-process server is tested alone")
    lists = Blocklists(tmp_path)
    _fill(lists)
    daemon = rbldnsd.Rbldnsd(program, lists, free_port(), tmp_path / "log")
    try:
        assert daemon.wait_until_ready(), (tmp_path / "log").read_text()
        with DnsServer([BlocklistAnswerer(lists, daemon.port)]) as server:
            yield Service(lists, server)
    finally:
        daemon.stop()


QUESTIONS = [
    ("2.0.0.127", "A"),
    ("2.0.0.127", "TXT"),
    ("1.0.0.127", "A"),
    ("1.2.0.192", "A"),
    ("1.2.0.192", "AAAA"),
    ("77.100.51.198", "A"),
    ("77.100.51.198", "TXT"),
    ("77.113.0.203", "A"),
    (SIX, "A"),
    ("3" + SIX[1:], "A"),
    ("2.0.0.0.7.0.f.7.f.f.f.f." + ".".join("0" * 20), "A"),
    ("1.0.0.0.7.0.f.7.f.f.f.f." + ".".join("0" * 20), "A"),
    ("test", "A"),
    ("invalid", "A"),
    ("bad.example", "A"),
    ("www.bad.example", "A"),
    ("www.worse.example", "A"),
    ("worse.example", "A"),
    ("good.example", "A"),
]


def _facts(answer: Message) -> tuple[str, list[str], list[str]]:
    records = sorted(str(record) for rrset in answer.answer for record in rrset)
    soa = [str(rrset.name) for rrset in answer.authority if rrset.rdtype == dns.rdatatype.SOA]
    return dns.rcode.to_text(answer.rcode()), records, soa


@pytest.mark.parametrize(("name", "rtype"), QUESTIONS)
def test_the_real_and_the_own_engine_answer_alike(name: str, rtype: str, both: tuple[Service, Service]) -> None:
    real_one, own_one = (_facts(service.ask(f"{name}.{ZONE}", rtype)) for service in both)
    assert real_one == own_one


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Service]]:
    program = rbldnsd.find()
    if program is None:
        pytest.skip("rbldnsd is not installed here: there is nothing to compare with")
    lists = Blocklists(tmp_path_factory.mktemp("zones"))
    _fill(lists)
    daemon = rbldnsd.Rbldnsd(program, lists, free_port(), lists.directory / "log")
    try:
        assert daemon.wait_until_ready(), (lists.directory / "log").read_text()
        with (
            DnsServer([BlocklistAnswerer(lists, daemon.port)]) as with_daemon,
            DnsServer([BlocklistAnswerer(lists)]) as alone,
        ):
            yield Service(lists, with_daemon), Service(lists, alone)
    finally:
        daemon.stop()


def test_an_address_can_be_listed_and_unlisted_while_served(own: Service) -> None:
    name = f"9.113.0.203.{ZONE}"
    assert own.codes(name) == []
    own.lists.list_ip(ZONE, "203.0.113.9", "127.0.0.7")
    assert own.codes(name) == ["127.0.0.7"]
    own.lists.unlist_ip(ZONE, "203.0.113.9")
    assert own.codes(name) == []


def test_the_real_engine_notices_a_listing(real: Service, eventually: Callable[[Callable[[], bool]], None]) -> None:
    real.lists.list_ip(ZONE, "203.0.113.9", "127.0.0.7")
    eventually(lambda: real.codes(f"9.113.0.203.{ZONE}") == ["127.0.0.7"])
    real.lists.unlist_ip(ZONE, "203.0.113.9")
    eventually(lambda: real.codes(f"9.113.0.203.{ZONE}") == [])


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    from time import monotonic, sleep

    def wait(condition: Callable[[], bool]) -> None:
        until = monotonic() + PATIENCE
        while not condition():
            assert monotonic() < until, "it did not happen"
            sleep(0.05)

    return wait


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Misbehaviour.REFUSAL_CODE, "127.255.255.254"),
        (Misbehaviour.WILDCARD, "127.0.0.2"),
        (Misbehaviour.PARKED, "198.51.100.80"),
    ],
)
def test_a_list_can_answer_everything_alike(own: Service, kind: Misbehaviour, code: str) -> None:
    own.lists.misbehave(ZONE, kind)
    assert own.codes(f"1.0.0.127.{ZONE}") == own.codes(f"surely.not.there.{ZONE}") == [code]
    own.lists.behave(ZONE)
    assert own.codes(f"1.0.0.127.{ZONE}") == []


@pytest.mark.parametrize(
    ("kind", "rcode"), [(Misbehaviour.REFUSED, dns.rcode.REFUSED), (Misbehaviour.SERVFAIL, dns.rcode.SERVFAIL)]
)
def test_a_list_can_answer_with_an_error(own: Service, kind: Misbehaviour, rcode: dns.rcode.Rcode) -> None:
    own.lists.misbehave(ZONE, kind)
    assert own.ask(f"2.0.0.127.{ZONE}").rcode() == rcode


def test_a_silent_list_does_not_answer(own: Service) -> None:
    own.lists.misbehave(ZONE, Misbehaviour.SILENCE)
    with pytest.raises(dns.exception.Timeout):
        dns.query.udp(dns.message.make_query(f"2.0.0.127.{ZONE}", "A"), "127.0.0.1", timeout=0.1, port=own.server.port)


def test_a_truncated_answer_is_whole_over_tcp(own: Service) -> None:
    own.lists.misbehave(ZONE, Misbehaviour.TRUNCATION)
    name = f"2.0.0.127.{ZONE}"
    cut = own.ask(name)
    assert cut.flags & dns.flags.TC
    assert not cut.answer
    assert [str(record) for record in own.ask(name, tcp=True).answer[0]] == ["127.0.0.2"]


def test_garbage_gets_no_answer_and_does_no_harm(own: Service) -> None:
    assert own.server.respond(b"\x00garbage", over_tcp=False) is None
    assert own.codes(f"2.0.0.127.{ZONE}") == ["127.0.0.2"]


def test_every_list_of_the_catalogue_has_its_test_points(tmp_path: Path) -> None:
    catalogue = load()
    keys = {entry.key_family: "secretkey" for entry in catalogue.entries if entry.key_family}
    lists = Blocklists(tmp_path)
    zones = zones_from(catalogue, keys)
    for zone in zones:
        lists.add_zone(zone)
    assert {entry.asked_zone(keys.get(entry.key_family, "")) for entry in catalogue.entries} == set(lists.zones())
    positive = {control.name.lower() for entry in catalogue.entries for control in entry.positive}
    assert {name for zone in zones for name, _ in (*zone.addresses, *zone.names)} == positive


RECORDS = [
    {"Name": "example.com.", "Type": "TXT", "TTL": "60", "ResourceRecords": ['"v=spf1 -all"', f'"{"a" * 255}" "b"']},
    {"Name": "www.example.com.", "Type": "CNAME", "TTL": "60", "ResourceRecords": ["host.example.com"]},
    {"Name": "host.example.com.", "Type": "A", "TTL": "60", "ResourceRecords": [{"Value": "192.0.2.10"}]},
    {"Name": "\\052.wild.example.com.", "Type": "A", "TTL": "60", "ResourceRecords": ["192.0.2.11"]},
    {"Name": "t._domainkey.example.com.", "Type": "CNAME", "TTL": "60", "ResourceRecords": ["t.dkim.amazonses.com"]},
]


@pytest.fixture
def hosted() -> Iterator[Service]:
    zones = HostedZones(lambda: [("example.com.", RECORDS)], amazon.records)
    reverse = ReverseZones({"192.0.2.10": "host.example.com."}.get)
    with DnsServer([zones, reverse, amazon.AmazonZones()]) as server:
        yield Service(Blocklists.__new__(Blocklists), server)


@pytest.mark.parametrize(
    ("name", "rtype", "values"),
    [
        ("host.example.com", "A", ["192.0.2.10"]),
        ("www.example.com", "A", ["192.0.2.10", "host.example.com."]),
        ("deep.wild.example.com", "A", ["192.0.2.11"]),
        ("example.com", "TXT", [f'"{"a" * 255}" "b"', '"v=spf1 -all"']),
        ("10.2.0.192.in-addr.arpa", "PTR", ["host.example.com."]),
        ("amazonses.com", "TXT", [f'"{amazon.SPF}"']),
        ("feedback-smtp.eu-central-1.amazonses.com", "A", [amazon.SMTP_ADDRESS]),
        ("ns1.local.test", "A", ["127.0.0.1"]),
    ],
)
def test_provisioned_zones_are_served(hosted: Service, name: str, rtype: str, values: list[str]) -> None:
    assert hosted.codes(name, rtype) == values


def test_an_easy_dkim_name_leads_to_a_key(hosted: Service) -> None:
    answer = hosted.ask("t._domainkey.example.com", "TXT").answer
    assert [rrset.rdtype for rrset in answer] == [dns.rdatatype.CNAME, dns.rdatatype.TXT]
    assert b"".join(answer[1][0].strings).startswith(b"p=MII")


@pytest.mark.parametrize(
    ("name", "rcode"),
    [
        ("absent.example.com", "NXDOMAIN"),
        ("wild.example.com", "NOERROR"),
        ("_domainkey.example.com", "NOERROR"),
        ("11.2.0.192.in-addr.arpa", "NXDOMAIN"),
        ("elsewhere.example", "NXDOMAIN"),
    ],
)
def test_what_is_not_there_is_told_with_the_zone_that_says_so(hosted: Service, name: str, rcode: str) -> None:
    answer = hosted.ask(name)
    assert dns.rcode.to_text(answer.rcode()) == rcode
    assert answer.authority[0].rdtype == dns.rdatatype.SOA
