"""A name server on loopback that does its worst: nothing crashes, nothing is invented, all is counted."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import dns.edns
import dns.message
import dns.rcode
import dns.rrset
import pytest

from staygreen.adapters.dns.resolver import DnsLookup, Server
from staygreen.core.dns.message import Question, Rcode, RecordType
from staygreen.core.dns.route import Limits, Route

FAST = Route(id="fast")


def true_answer(query: dns.message.Message, *values: str) -> dns.message.Message:
    message = dns.message.make_response(query)
    name = query.question[0].name.to_text()
    message.answer.append(dns.rrset.from_text(name, 60, "IN", "A", *(values or ("127.0.0.2",))))
    return message


def wrong_id(query):
    forged = true_answer(query)
    forged.id ^= 0xFFFF
    return [forged.to_wire()]


def wrong_case(query):
    return [true_answer(query).to_wire().replace(b"zone", b"ZoNe")]


def other_question(query):
    forged = dns.message.make_query("another.zone.test.", "A", id=query.id)
    return [true_answer(forged).to_wire()]


def loop(query):
    """The owner of the answer is a pointer to itself."""
    wire = dns.message.make_response(query).to_wire()
    at = len(wire).to_bytes(2, "big")
    pointer = bytes((0xC0 | at[0], at[1]))
    return [wire[:6] + b"\x00\x01" + wire[8:] + pointer + b"\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x7f\x00\x00\x02"]


def pointers(query):
    """A chain of two pointers that lead to each other."""
    wire = dns.message.make_response(query).to_wire()
    at = len(wire)
    ring = bytes((0xC0, at + 2, 0xC0, at))
    return [wire[:6] + b"\x00\x01" + wire[8:] + ring + b"\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\x7f\x00\x00\x02"]


def too_many(query):
    """It says a thousand records and has one."""
    wire = true_answer(query).to_wire()
    return [wire[:6] + b"\x03\xe8" + wire[8:]]


def noise(query):
    return [query.to_wire()[:2] + os.urandom(size) for size in (0, 3, 10, 40, 512, 4000)]


def flood(query):
    """Two thousand guesses before the truth."""
    forged = true_answer(query, "127.0.0.9").to_wire()
    guesses = [number.to_bytes(2, "big") + forged[2:] for number in range(0, 65536, 32)]
    return [guess for guess in guesses if guess[:2] != forged[:2]] + [dns.message.make_response(query).to_wire()]


def large(count: int):
    def answer(query):
        return [true_answer(query, *(f"127.0.{n // 250}.{n % 250 + 1}" for n in range(count))).to_wire(max_size=65535)]

    return answer


def with_edns(query):
    message = true_answer(query)
    message.use_edns(0, payload=4096)
    return [message.to_wire()]


BEHAVIOURS = {
    "wrong-id": wrong_id,
    "wrong-case": wrong_case,
    "other": other_question,
    "loop": loop,
    "pointers": pointers,
    "many": too_many,
    "noise": noise,
    "flood": flood,
    "b512": large(28),
    "b4096": large(250),
    "edns": with_edns,
    "silent": lambda _: [],
    "query": lambda query: [query.to_wire()],
    "good": lambda query: [true_answer(query).to_wire()],
}


class Hostile(threading.Thread):
    def __init__(self, delay=0.0, drop=lambda number: False):
        super().__init__(daemon=True)
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.sock.bind(("127.0.0.1", 0))
        self.server = Server("127.0.0.1", self.sock.getsockname()[1])
        self.drop = drop
        self.delay = delay
        self.seen: list[tuple[float, int, str, int]] = []
        """When, from which port, for which name, with which id."""

    def run(self):
        while True:
            try:
                data, source = self.sock.recvfrom(4096)
            except OSError:
                return
            if not data:
                return
            query = dns.message.from_wire(data)
            name = query.question[0].name.to_text()
            self.seen.append((time.monotonic(), source[1], name, query.id))
            if self.drop(len(self.seen)):
                continue
            if self.delay:
                time.sleep(self.delay)
            for message in BEHAVIOURS[name.partition(".")[0]](query):
                self.sock.sendto(message, source)


@contextmanager
def hostile(**options):
    server = Hostile(**options)
    server.start()
    try:
        yield server
    finally:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", ("127.0.0.1", server.server.port))
        server.join()
        server.sock.close()


def lookup_at(*servers: Server, seconds=0.3, tries=1, **options) -> DnsLookup:
    return DnsLookup(servers=servers, timeout=timedelta(seconds=seconds), tries=tries, ceiling=None, **options)


def one(kind: str, lookup: DnsLookup):
    return lookup.ask(Question(f"{kind}.zone.test"))


@pytest.fixture(scope="module")
def server():
    with hostile() as running:
        yield running.server


@pytest.mark.parametrize("kind", ["wrong-id", "other", "query", "noise"])
def test_what_does_not_answer_the_question_is_ignored_and_counted(server, kind):
    lookup = lookup_at(server)
    reply = one(kind, lookup)
    assert (reply.rcode, reply.values) == (Rcode.TIMEOUT, ())
    assert sum(lookup.tally.ignored.values()) > 0
    assert lookup.tally.lost == 1


@pytest.mark.parametrize("kind", ["loop", "pointers", "many"])
def test_what_is_broken_is_malformed_and_lists_nobody(server, kind):
    reply = one(kind, lookup_at(server))
    assert (reply.rcode, reply.values) == (Rcode.MALFORMED, ())


def test_another_case_is_read_and_counted_as_unusual(server):
    lookup = lookup_at(server)
    assert one("wrong-case", lookup).values == ("127.0.0.2",)
    assert lookup.tally.unusual == 1


def test_a_flood_of_guesses_is_ignored_and_the_truth_is_heard(server):
    lookup = lookup_at(server, seconds=5, tries=2)
    reply = one("flood", lookup)
    assert (reply.rcode, reply.values) == (Rcode.NOERROR, ())
    assert lookup.tally.ignored["no_such_id"] > 1000


@pytest.mark.parametrize(("kind", "count"), [("b512", 28), ("b4096", 250), ("edns", 1)])
def test_large_answers_and_extensions_are_read_whole(server, kind, count):
    assert len(one(kind, lookup_at(server, seconds=2)).values) == count


def test_an_unreachable_port_is_a_time_out_and_the_next_server_is_asked(server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
        closed.bind(("127.0.0.1", 0))
        nobody = Server("127.0.0.1", closed.getsockname()[1])
    lookup = lookup_at(nobody, tries=2)
    assert one("good", lookup).rcode is Rcode.TIMEOUT
    assert lookup.tally.ignored["unreachable"] > 0
    assert one("good", lookup_at(nobody, server, seconds=1, tries=2)).values == ("127.0.0.2",)


def test_what_is_lost_is_repeated_twice():
    with hostile(drop=lambda number: number < 3) as server:
        lookup = lookup_at(server.server, seconds=2, tries=3)
        assert one("good", lookup).values == ("127.0.0.2",)
        assert (lookup.tally.sent, lookup.tally.repeated) == (3, 2)


def test_ids_and_ports_change():
    with hostile() as server:
        questions = [Question(f"good.n{number}.test") for number in range(2500)]
        replies = list(lookup_at(server.server, seconds=3, tries=3)(questions))
        assert {reply.rcode for reply in replies} == {Rcode.NOERROR}
        by_port: dict[int, int] = {}
        for _, port, _, _ in server.seen:
            by_port[port] = by_port.get(port, 0) + 1
        assert max(by_port.values()) <= 1000
        assert len(by_port) >= 3
        ids = [ident for _, _, _, ident in server.seen]
        assert len(set(ids)) > 2000


def test_a_silent_list_holds_up_no_other_and_a_limit_is_kept():
    slow = Route(id="slow", limits=Limits(in_flight=5))
    with hostile() as server:
        streams = (
            (Question(f"silent.n{number}.test", route=slow) for number in range(7)),
            (Question(f"good.n{number}.test", route=FAST) for number in range(500)),
        )
        order = [reply.question.route.id for reply in lookup_at(server.server, seconds=1, tries=1)(*streams)]
        unanswered = [when for when, _, name, _ in server.seen if name.startswith("silent")]
    assert len(order) == 507
    # no more than five at a time: the sixth had to wait until one of them was given up
    assert unanswered[5] - unanswered[0] > 0.5
    # a list that waited for the silent one would have had no answer by then; how many it had is the machine's matter
    assert order.index("slow") > 100


def test_questions_a_second_are_limited_for_that_list_alone():
    paced = Route(id="paced", limits=Limits(per_second=100))
    with hostile() as server:
        streams = (
            (Question(f"good.p{number}.test", route=paced) for number in range(60)),
            (Question(f"good.n{number}.test", route=FAST) for number in range(300)),
        )
        list(lookup_at(server.server, seconds=3, tries=3)(*streams))
        at = [when for when, _, name, _ in server.seen if name.startswith("good.p")]
    assert at[-1] - at[0] > 0.35


def test_a_share_of_a_quota_ends_in_not_asked():
    small = Route(id="small", limits=Limits(questions=5))
    with hostile() as server:
        replies = list(lookup_at(server.server)(Question(f"good.n{n}.test", route=small) for n in range(8)))
        assert len(server.seen) == 5
    assert sorted(reply.rcode.value for reply in replies) == ["NOERROR"] * 5 + ["NOT_ASKED"] * 3


def test_when_the_time_is_over_every_question_still_has_its_reply():
    with hostile() as server:
        lookup = lookup_at(server.server, seconds=30, ends_at=time.monotonic() + 0.3)
        questions = [Question(f"silent.n{number}.test") for number in range(400)]
        replies = list(lookup(questions))
    assert {reply.question for reply in replies} == set(questions)
    assert {reply.rcode for reply in replies} == {Rcode.NOT_ASKED}


def test_a_lookup_that_was_left_half_way_can_be_used_again():
    route = Route(id="list", limits=Limits(in_flight=3))
    with hostile() as server:
        lookup = lookup_at(server.server, seconds=1)
        for reply in lookup(Question(f"good.n{number}.test", route=route) for number in range(50)):
            assert reply.rcode is Rcode.NOERROR
            break
        assert len(list(lookup(Question(f"good.m{number}.test", route=route) for number in range(20)))) == 20


def test_an_address_is_no_answer_to_a_question_about_text():
    with hostile() as server:
        reply = lookup_at(server.server).ask(Question("good.zone.test", RecordType.TXT))
    assert (reply.rcode, reply.values) == (Rcode.MALFORMED, ())
