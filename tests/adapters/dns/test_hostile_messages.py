"""What a hostile or broken server can put into one datagram, and what a blocklist's answer is then worth.

The laws: a subject is called clean only by a message that says so with all of its bytes, and listed only by a record
about the name that was asked. dnspython, without any leniency, is the judge of what a message says.
"""

from __future__ import annotations

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import pytest

from staygreen.adapters.dns.fallback import Truncated, Unusual
from staygreen.core.blocklist import catalogue, dnsbl
from staygreen.core.blocklist.dnsbl import Answer, Verdict
from staygreen.core.dns import wire
from staygreen.core.dns.message import Question, Rcode, RecordType, Reply

LIST = catalogue.load().by_id["psbl"]
ZONE = LIST.zone
NAME = f"10.2.0.192.{ZONE}"
QUESTION = Question(NAME)
SECTION = wire.question(NAME, RecordType.A)
ID = b"\x12\x34"

LISTING = (f"{NAME}.", 60, "IN", "A", "127.0.0.2")
OTHER_LISTING = (f"11.2.0.192.{ZONE}.", 60, "IN", "A", "127.0.0.2")
TEXT = (f"{NAME}.", 60, "IN", "TXT", '"why"')
INNER_ALIAS = (f"{NAME}.", 60, "IN", "CNAME", f"listed.{ZONE}.")
INNER_TARGET = (f"listed.{ZONE}.", 60, "IN", "A", "127.0.0.2")
OUTER_ALIAS = (f"{NAME}.", 60, "IN", "CNAME", "parking.test.")
SOA = (f"{ZONE}.", 60, "IN", "SOA", f"ns.{ZONE}. hostmaster.{ZONE}. 1 1 1 1 1")
OTHER_SOA = ("test.", 60, "IN", "SOA", "ns.test. hostmaster.test. 1 1 1 1 1")
NS = (f"{ZONE}.", 60, "IN", "NS", f"ns.{ZONE}.")
GLUE = (f"ns.{ZONE}.", 60, "IN", "A", "198.51.100.1")
ROWS = (LISTING, OTHER_LISTING, TEXT, INNER_ALIAS, INNER_TARGET, OUTER_ALIAS, SOA, OTHER_SOA, NS, GLUE)

Row = tuple[str, int, str, str, str]


def message(rcode: str = "NOERROR", answer=(), authority=(), additional=(), flags: int = 0) -> bytes:
    """An answer to the question as dnspython writes it."""
    made = dns.message.make_response(dns.message.from_wire(ID + wire.RECURSIVE + SECTION))
    made.set_rcode(dns.rcode.from_text(rcode))
    made.flags |= flags
    for section, rows in ((made.answer, answer), (made.authority, authority), (made.additional, additional)):
        section.extend(dns.rrset.from_text(*row) for row in rows)
    return made.to_wire()


def with_count(whole: bytes, section: int, count: int) -> bytes:
    """The same message with another count in its header: 0 questions, 1 answers, 2 authority, 3 additional."""
    at = 4 + 2 * section
    return whole[:at] + count.to_bytes(2, "big") + whole[at + 2 :]


def with_opcode(whole: bytes, opcode: int) -> bytes:
    return whole[:2] + bytes((whole[2] & 0x87 | opcode << 3,)) + whole[3:]


def judged(whole: bytes, question: Question = QUESTION, section: bytes = SECTION) -> Answer | None:
    """What the list's answer is worth; None where the message is not taken for an answer to the question.

    The way is the one that datagrams take: the common shapes first, the whole decoder for the others.
    """
    zone = wire.Zone(ZONE)
    plain = zone.read(whole, section)
    assert zone.read(whole, section) == plain, "what was read once is read alike again"
    plain = plain or wire.read(whole, section)
    if plain is not None:
        rcode, values, owner = plain
        return dnsbl.judge(LIST, Reply(question, rcode, values, "", owner))
    if not wire.is_reply(whole, section):
        return None
    unusual = Unusual(1.0)
    try:
        reply = unusual.decode(question, whole)
    finally:
        unusual.close()
    return None if isinstance(reply, Truncated) else dnsbl.judge(LIST, reply)


def verdict(whole: bytes) -> Verdict | None:
    found = judged(whole)
    return None if found is None else found.verdict


# --- what is clean --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "whole",
    [
        message("NXDOMAIN"),
        message("NXDOMAIN", authority=[SOA]),
        message("NOERROR"),
        message("NOERROR", authority=[SOA]),
        message("NXDOMAIN", authority=[SOA, NS], additional=[GLUE]),
    ],
)
def test_a_whole_negative_answer_of_the_list_is_clean(whole):
    assert verdict(whole) is Verdict.NOT_LISTED


@pytest.mark.parametrize(
    "whole",
    [
        message(answer=[LISTING]),
        message(answer=[INNER_ALIAS, INNER_TARGET]),
        message(answer=[INNER_TARGET, INNER_ALIAS]),
        message(answer=[LISTING], authority=[NS], additional=[GLUE]),
    ],
)
def test_a_whole_listing_is_a_listing(whole):
    assert verdict(whole) is Verdict.LISTED


HIDDEN_RECORDS = {
    "an answer count of 0 with the record behind it": with_count(message(answer=[LISTING]), 1, 0),
    "no such name, with the record behind it": with_count(message("NXDOMAIN", answer=[LISTING]), 1, 0),
    "a negative answer with bytes behind it": message("NXDOMAIN", authority=[SOA]) + b"\x00",
    "an authority count of 0 with its record behind it": with_count(message("NXDOMAIN", authority=[SOA]), 2, 0),
    "a negative answer that breaks off": message("NXDOMAIN", authority=[SOA])[:-1],
    "a negative answer of less data than it names": message("NXDOMAIN", authority=[SOA])[:-20],
}
OTHER_ANSWERS = {
    "another name's listing": message(answer=[OTHER_LISTING]),
    "another type of record": message(answer=[TEXT]),
    "an alias of another name": message(answer=[(f"11.2.0.192.{ZONE}.", 60, "IN", "CNAME", f"listed.{ZONE}.")]),
    "the listing in another class": message(answer=[(f"{NAME}.", 60, "CH", "TXT", '"why"')]),
    "no such name, and another name's listing": message("NXDOMAIN", answer=[OTHER_LISTING]),
}
CONTRADICTIONS = {
    "no such name, and its listing": message("NXDOMAIN", answer=[LISTING]),
    "no such name, its listing, and the zone's end": message("NXDOMAIN", answer=[LISTING], authority=[SOA]),
    "no such name, and an alias with its target": message("NXDOMAIN", answer=[INNER_ALIAS, INNER_TARGET]),
}
UNFINISHED = {
    "an alias without its target": message(answer=[INNER_ALIAS]),
    "an alias without its target, and the zone's end": message(answer=[INNER_ALIAS], authority=[SOA]),
    "an alias to nowhere": message("NXDOMAIN", answer=[INNER_ALIAS], authority=[SOA]),
    "an alias out of the zone": message(answer=[OUTER_ALIAS]),
    "two aliases of one name": message(answer=[INNER_ALIAS, (f"{NAME}.", 60, "IN", "CNAME", f"x.{ZONE}.")]),
    "a referral": message(authority=[NS], additional=[GLUE]),
    "a referral upwards": message(authority=[(".", 60, "IN", "NS", "ns.test.")]),
}
NOT_CLEAN = HIDDEN_RECORDS | OTHER_ANSWERS | CONTRADICTIONS | UNFINISHED


@pytest.mark.parametrize("kind", NOT_CLEAN)
def test_what_does_not_say_so_with_all_of_its_bytes_is_not_clean(kind):
    assert verdict(NOT_CLEAN[kind]) in (Verdict.UNKNOWN, None)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(QUESTION, Rcode.NXDOMAIN, ("127.0.0.2",)),
        Reply(QUESTION, Rcode.NOERROR, (), f"listed.{ZONE}"),
        Reply(QUESTION, Rcode.NXDOMAIN, (), f"listed.{ZONE}", ZONE),
    ],
)
def test_a_reply_that_contradicts_itself_is_unknown_whoever_read_it(reply):
    assert dnsbl.judge(LIST, reply).verdict is Verdict.UNKNOWN
