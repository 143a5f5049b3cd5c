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
from hypothesis import given
from hypothesis import strategies as st

from staygreen.adapters.dns.fallback import Truncated, Unusual
from staygreen.core.blocklist import catalogue, dnsbl
from staygreen.core.blocklist.dnsbl import Answer, Verdict
from staygreen.core.dns import wire
from staygreen.core.dns.message import Question, Rcode, RecordType, Reply
from tests.budget import examples

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
MISPLACED = {
    "the listing in another section": with_count(with_count(message(answer=[LISTING]), 1, 0), 3, 1),
    "the listing where name servers stand": with_count(with_count(message(answer=[LISTING]), 1, 0), 2, 1),
    "no such name, with an alias of it elsewhere": message("NXDOMAIN", additional=[INNER_ALIAS]),
    "the end of a zone in another class": message(
        "NXDOMAIN", authority=[(f"{ZONE}.", 60, "CH", "SOA", "a. b. 1 1 1 1 1")]
    ),
}
NOT_CLEAN = MISPLACED | HIDDEN_RECORDS | OTHER_ANSWERS | CONTRADICTIONS | UNFINISHED


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


ANSWERS = {
    "listing": message(answer=[LISTING]),
    "absence": message("NXDOMAIN"),
    "absence with the zone's end": message("NXDOMAIN", authority=[SOA]),
    "alias": message(answer=[INNER_ALIAS, INNER_TARGET]),
}


@pytest.mark.parametrize("opcode", range(1, 16))
@pytest.mark.parametrize("kind", ANSWERS)
def test_a_message_that_answers_no_query_is_no_answer(kind, opcode):
    """RFC 1035 §4.1.1: a response has the operation of its question."""
    assert judged(with_opcode(ANSWERS[kind], opcode)) is None


@pytest.mark.parametrize("count", [0, 1, 2, 3, 0x0100, 0xFFFF])
@pytest.mark.parametrize("section", range(4))
@pytest.mark.parametrize("kind", ANSWERS)
def test_a_message_with_another_count_than_it_has_records_is_no_answer(kind, section, count):
    whole = ANSWERS[kind]
    altered = with_count(whole, section, count)
    if altered != whole:
        assert verdict(altered) in (Verdict.UNKNOWN, None)


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_message_that_goes_on_after_its_end_is_no_answer(kind):
    assert verdict(ANSWERS[kind] + b"\x00") is Verdict.UNKNOWN


# --- the laws, over whatever can be made of an answer -----------------------------------------------------------------


@st.composite
def hostile_messages(draw) -> bytes:
    """Answers with sections that do not fit each other, then with bytes changed, added and cut off."""
    rows = st.lists(st.sampled_from(ROWS), max_size=3)
    whole = message(
        draw(st.sampled_from(["NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED", "NOTIMP"])),
        *(draw(rows) for _ in range(3)),
        flags=draw(st.sampled_from([0, dns.flags.AA, dns.flags.RA, dns.flags.TC])),
    )
    for section in draw(st.lists(st.integers(0, 3), max_size=2)):
        whole = with_count(whole, section, draw(st.integers(0, 3)))
    if draw(st.booleans()):
        whole = with_opcode(whole, draw(st.integers(0, 15)))
    changed = bytearray(whole)
    places = st.tuples(st.integers(2, len(whole) - 1), st.integers(0, 255))
    for at, value in draw(st.lists(places, max_size=2)):
        changed[at] = value
    tail = draw(st.sampled_from([b"", b"", b"\x00", message(answer=[LISTING])[len(SECTION) + 12 :]]))
    return bytes(changed[: draw(st.sampled_from([len(whole), len(whole), len(whole) - 1, len(whole) // 2]))]) + tail


def read_strictly(whole: bytes) -> dns.message.Message | None:
    """The message, if it is a whole answer to the question."""
    try:
        found = dns.message.from_wire(whole, one_rr_per_rrset=True)
    except (dns.exception.DNSException, ValueError):
        return None
    is_answer = found.flags & dns.flags.QR and not found.flags & dns.flags.TC and found.opcode() == dns.opcode.QUERY
    question = [(rrset.name, rrset.rdtype, rrset.rdclass) for rrset in found.question]
    asked = [(dns.name.from_text(f"{NAME}."), dns.rdatatype.A, dns.rdataclass.IN)]
    return found if is_answer and question == asked else None


def says_clean(found: dns.message.Message) -> bool:
    """No address and no alias of the name in any section, nothing that leads elsewhere, nothing of another class."""
    records = [*found.answer, *found.authority, *found.additional]
    about = [rrset for rrset in records if rrset.name == dns.name.from_text(f"{NAME}.")]
    if any(rrset.rdtype in (dns.rdatatype.A, dns.rdatatype.CNAME) for rrset in about):
        return False
    if any(rrset.rdclass != dns.rdataclass.IN for rrset in records):
        return False
    owners = [rrset.name for rrset in found.authority if rrset.rdtype == dns.rdatatype.SOA]
    return (
        found.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
        and not found.answer
        and (not owners or owners[0].is_subdomain(dns.name.from_text(f"{ZONE}.")))
    )


def says_listed(found: dns.message.Message) -> bool:
    """An address of the list's own, of the name or of what an alias of it leads to."""
    addresses = [rrset for rrset in found.answer if rrset.rdtype == dns.rdatatype.A]
    return found.rcode() == dns.rcode.NOERROR and any(rrset[0].address.startswith("127.") for rrset in addresses)


def lawful(whole: bytes) -> Verdict | None:
    """What a message is worth; raises where it is believed and does not say it with all of its bytes."""
    answer = verdict(whole)
    if answer is Verdict.NOT_LISTED:
        found = read_strictly(whole)
        assert found is not None
        assert says_clean(found)
    elif answer in (Verdict.LISTED, Verdict.NOTED):
        found = read_strictly(whole)
        assert found is not None
        assert says_listed(found)
    return answer


@examples(300)
@given(hostile_messages())
def test_no_message_is_believed_that_does_not_say_it_with_all_of_its_bytes(whole):
    lawful(whole)


@examples(100)
@given(st.binary(max_size=80), st.integers(0, 15), st.integers(0, 15))
def test_nothing_but_a_name_that_is_absent_is_clean_whatever_follows_the_question(tail, rcode, additional):
    header = ID + bytes((0x81, 0x80 | rcode)) + b"\x00\x01\x00\x00\x00\x00" + additional.to_bytes(2, "big")
    whole = header + SECTION + tail
    if verdict(whole) is Verdict.NOT_LISTED:
        found = read_strictly(whole)
        assert found is not None
        assert says_clean(found)
