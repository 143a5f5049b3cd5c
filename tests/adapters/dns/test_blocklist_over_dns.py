"""The blocklist check over real DNS, against a real rbldnsd where there is one, with every way to misbehave."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta

import pytest

from local.dns import rbldnsd
from local.dns.blocklist_answerer import BlocklistAnswerer
from local.dns.blocklists import Blocklists, Misbehaviour
from local.dns.catalogue import zones_from
from local.dns.server import DnsServer
from local.ports import free_port
from staygreen.adapters.dns.resolver import DnsLookup, Server
from staygreen.adapters.memory.world import MemoryAsk
from staygreen.core.blocklist import catalogue
from staygreen.core.checks import blocklist
from staygreen.core.finding import State, Subject, SubjectKind

KEY = "abcdefghijklmnopqrstuvwxyz"
IP = "192.0.2.10"
IP6 = "2001:db8::10"
DOMAIN = "shop.example"
PSBL = "psbl.surriel.com"


@pytest.fixture
def made(tmp_path):
    lists = Blocklists(tmp_path / "lists")
    for zone in zones_from(catalogue.load(), {"spamhaus": KEY, "abusix": KEY, "spamrats": KEY}):
        lists.add_zone(zone)
    # rbldnsd looks an IPv6 address that maps an IPv4 one up among the IPv4 ones, which this zone has none of
    lists.list_ip("bl.ipv6.spameatingmonkey.net", "127.0.0.2")
    return lists


@pytest.fixture
def port(made):
    with DnsServer([BlocklistAnswerer(made)]) as server:
        yield server.port


@contextmanager
def daemon(made, log):
    """A real rbldnsd over what is listed by now."""
    program = rbldnsd.find()
    if program is None:
        pytest.skip("rbldnsd is not installed here: the in-process server is tested alone")
    running = rbldnsd.Rbldnsd(program, made, free_port(), log)
    try:
        assert running.wait_until_ready(), log.read_text()
        yield running.port
    finally:
        running.stop()


def run(port, settings=None):
    lookup = DnsLookup(servers=(Server("127.0.0.1", port),), timeout=timedelta(milliseconds=800), tries=2)
    ask = MemoryAsk(
        lookup=lookup,
        found_elastic_ips=(Subject(SubjectKind.IP, IP), Subject(SubjectKind.IP, IP6)),
        found_identities=(Subject(SubjectKind.DOMAIN, DOMAIN),),
        secrets={"key": KEY},
    )
    every = [one.id for one in catalogue.load().entries if one.default is not catalogue.Default.NEVER]
    keys = {"spamhaus": "key", "abusix": "key", "spamrats": "key"}
    return blocklist.run({"on": every, "keys": keys, **(settings or {})}, ask)


def bad(report):
    return {(one.subject.id, one.cause) for one in report.findings if one.state is State.BAD}


def test_every_list_of_the_catalogue_is_usable_and_clean(made, port, tmp_path):
    with daemon(made, tmp_path / "log") as real:
        for report in (run(port), run(real)):
            assert [one.evidence for one in report.findings if one.state is State.BAD] == []
            assert {one.state for one in report.findings} == {State.OK}
            assert len(report.coverage) > 45
            assert all(one.is_full for one in report.coverage)


def test_listings_of_each_kind_of_subject_are_found(made, port, tmp_path):
    made.list_ip(PSBL, IP)
    made.list_ip(f"{KEY}.zen.dq.spamhaus.net", IP6)
    made.list_name("multi.uribl.com", DOMAIN, "127.0.0.2")
    with daemon(made, tmp_path / "log") as real:
        for report in (run(port), run(real)):
            assert bad(report) == {(IP, "psbl"), (IP6, "spamhaus-zen"), (DOMAIN, "uribl-multi")}


@pytest.mark.parametrize("kind", [one for one in Misbehaviour if one is not Misbehaviour.TRUNCATION])
def test_a_list_that_misbehaves_is_lost_and_lists_nobody(made, port, kind):
    made.list_ip(PSBL, IP)
    made.misbehave(PSBL, kind)
    off = [one.id for one in catalogue.load().entries if one.id not in ("psbl", "uceprotect-1")]
    report = run(port, {"on": [], "keys": {}, "off": off})
    assert bad(report) == {("psbl", "coverage")}
    (found,) = [one for one in report.findings if one.cause == "psbl"]
    assert found.state is State.UNKNOWN


def test_an_answer_that_is_cut_off_is_read_over_tcp(made, port):
    made.list_ip(PSBL, IP)
    made.misbehave(PSBL, Misbehaviour.TRUNCATION)
    assert (IP, "psbl") in bad(run(port))
