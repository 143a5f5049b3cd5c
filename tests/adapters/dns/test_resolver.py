from __future__ import annotations

import os
import socket
import socketserver
import struct
import threading
from contextlib import contextmanager
from datetime import timedelta

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from staygreen.adapters.dns.resolver import DnsLookup, Server, servers
from staygreen.core.dns.message import Question, Rcode, RecordType


def answer(query, rcode=dns.rcode.NOERROR, sections=(), authority=()):
    message = dns.message.make_response(query)
    message.set_rcode(rcode)
    message.answer.extend(dns.rrset.from_text(*row) for row in sections)
    message.authority.extend(dns.rrset.from_text(*row) for row in authority)
    return message


def behave(query, tcp):  # noqa: C901, PLR0911 - a table of behaviours
    name = query.question[0].name.to_text()
    kind, _, _ = name.partition(".")
    if kind == "listed":
        return answer(query, sections=[(name, 60, "IN", "A", "127.0.0.2", "127.0.0.4")]).to_wire()
    if kind == "alias":
        rows = [(name, 60, "IN", "CNAME", "Parking.Example."), ("parking.example.", 60, "IN", "A", "127.0.0.2")]
        return answer(query, sections=rows).to_wire()
    if kind == "loop":
        rows = [(name, 60, "IN", "CNAME", "b.example."), ("b.example.", 60, "IN", "CNAME", name)]
        return answer(query, sections=rows).to_wire()
    if kind == "nothing":
        soa = [("zone.test.", 60, "IN", "SOA", "a. b. 1 1 1 1 1")]
        return answer(query, dns.rcode.NXDOMAIN, authority=soa).to_wire()
    if kind in ("servfail", "refused", "notimp"):
        return answer(query, dns.rcode.from_text(kind.upper())).to_wire()
    if kind in ("big", "cut"):
        if tcp and kind == "big":
            rows = [(name, 60, "IN", "A", *(f"127.0.1.{n}" for n in range(200)))]
            return answer(query, sections=rows).to_wire()
        short = answer(query)
        short.flags |= dns.flags.TC
        return short.to_wire()
    if kind == "text":
        return answer(query, sections=[(name, 60, "IN", "TXT", '"see " "https://x.test"')]).to_wire()
    if kind == "garbage":
        return query.to_wire()[:2] + os.urandom(40)
    if kind == "short":
        return b"\x00"
    if kind == "other":
        wrong = answer(query, sections=[(name, 60, "IN", "A", "127.0.0.2")])
        wrong.id ^= 1
        return wrong.to_wire()
    return None


class Udp(socketserver.BaseRequestHandler):
    def handle(self):
        data, sock = self.request
        reply = behave(dns.message.from_wire(data), tcp=False)
        if reply is not None:
            sock.sendto(reply, self.client_address)


class Tcp(socketserver.StreamRequestHandler):
    def handle(self):
        size = self.rfile.read(2)
        if len(size) < 2:
            return
        data = self.rfile.read(struct.unpack("!H", size)[0])
        reply = behave(dns.message.from_wire(data), tcp=True) or b""
        self.wfile.write(struct.pack("!H", len(reply)) + reply)


class UdpServer(socketserver.ThreadingUDPServer):
    daemon_threads = True
    max_packet_size = 65535


class TcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def on_one_port():
    """Both servers; a port that is free for one transport may be taken for the other, by anybody on the machine."""
    with TcpServer(("127.0.0.1", 0), Tcp) as tcp:
        try:
            udp = UdpServer(tcp.server_address, Udp)
        except OSError:
            with on_one_port() as another:
                yield another
            return
        with udp:
            yield udp, tcp


@pytest.fixture(scope="module")
def port():
    with on_one_port() as (udp, tcp):
        threads = [threading.Thread(target=one.serve_forever, args=(0.01,)) for one in (udp, tcp)]
        for thread in threads:
            thread.start()
        yield udp.server_address[1]
        for one in (udp, tcp):
            one.shutdown()
        for thread in threads:
            thread.join()


@pytest.fixture
def lookup(port):
    return DnsLookup(servers=(Server("127.0.0.1", port),), timeout=timedelta(seconds=5))


@pytest.fixture
def impatient(port):
    return DnsLookup(servers=(Server("127.0.0.1", port),), timeout=timedelta(milliseconds=50))


def ask(lookup, name, rtype=RecordType.A):
    (reply,) = lookup([Question(name, rtype)])
    return reply


def test_all_addresses_come_back(lookup):
    reply = ask(lookup, "listed.zone.test")
    assert (reply.rcode, sorted(reply.values)) == (Rcode.NOERROR, ["127.0.0.2", "127.0.0.4"])
    assert reply.canonical == ""
    assert reply.elapsed > timedelta(0)


def test_the_end_of_an_alias_is_told(lookup):
    reply = ask(lookup, "alias.zone.test")
    assert (reply.values, reply.canonical) == (("127.0.0.2",), "parking.example")


def test_the_owner_of_the_soa_is_told(lookup):
    reply = ask(lookup, "nothing.zone.test")
    assert (reply.rcode, reply.values, reply.soa_owner) == (Rcode.NXDOMAIN, (), "zone.test")


def test_failing_and_refusing_are_told_apart(lookup):
    names = ("servfail.zone.test", "refused.zone.test", "notimp.zone.test")
    assert [ask(lookup, name).rcode for name in names] == [Rcode.SERVFAIL, Rcode.REFUSED, Rcode.OTHER]


def test_what_does_not_fit_is_asked_again_over_tcp(lookup):
    assert len(ask(lookup, "big.zone.test").values) == 200


def test_what_does_not_fit_over_tcp_either_is_unusable(lookup):
    assert ask(lookup, "cut.zone.test").rcode is Rcode.MALFORMED


@pytest.mark.parametrize("name", ["garbage.zone.test", "short.zone.test", "other.zone.test", "silent.zone.test"])
def test_garbage_strangers_and_silence_are_no_answer(impatient, name):
    assert ask(impatient, name).rcode in (Rcode.TIMEOUT, Rcode.MALFORMED)


def test_aliases_that_never_end_are_unusable(lookup):
    assert ask(lookup, "loop.zone.test").rcode is Rcode.MALFORMED


def test_names_that_dns_cannot_hold_are_unusable(lookup):
    assert ask(lookup, "x" * 64 + ".test").rcode is Rcode.MALFORMED
    assert ask(lookup, "a..b.test").rcode is Rcode.MALFORMED


def test_text_is_joined(lookup):
    assert ask(lookup, "text.zone.test", RecordType.TXT).values == ("see https://x.test",)


def test_every_question_has_one_reply(lookup):
    questions = [Question(f"listed.n{n}.zone.test") for n in range(300)]
    assert {reply.question for reply in lookup(questions)} == set(questions)


def test_without_servers_every_reply_is_a_time_out():
    assert ask(DnsLookup(servers=()), "listed.zone.test").rcode is Rcode.TIMEOUT


def test_the_next_server_is_asked_when_one_is_silent(port):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        both = (Server("127.0.0.1", silent.getsockname()[1]), Server("127.0.0.1", port))
        lookup = DnsLookup(servers=both, timeout=timedelta(milliseconds=100))
        assert ask(lookup, "listed.zone.test").rcode is Rcode.NOERROR


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.0.2.53", Server("192.0.2.53", 53)),
        ("192.0.2.53:5353", Server("192.0.2.53", 5353)),
        ("2001:db8::53", Server("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", Server("2001:db8::53", 5353)),
    ],
)
def test_a_resolver_is_an_address_with_or_without_a_port(text, server):
    assert Server.parse(text) == server


@pytest.mark.parametrize("text", ["resolver.example", "192.0.2.53:0", "192.0.2.53:x", "", "[2001:db8::53"])
def test_a_resolver_that_is_no_address_is_an_error(text):
    with pytest.raises(ValueError, match="is not"):
        Server.parse(text)


def test_the_local_clouds_resolver_counts_beside_a_loopback_endpoint_alone(monkeypatch):
    monkeypatch.setenv("STAYGREEN_RESOLVER", "127.0.0.1:5300")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://sts.amazonaws.com")
    assert servers("192.0.2.53") == (Server("192.0.2.53", 53),)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    assert servers("192.0.2.53") == (Server("127.0.0.1", 5300),)
