"""The bytes of questions and answers, with dnspython as the judge."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.core.blocklist import dnsbl
from staygreen.core.blocklist.subjects import Subjects
from staygreen.core.dns import wire
from staygreen.core.dns.message import Rcode, RecordType
from tests.budget import examples

ZONE = "zone.test"
LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_", min_size=1, max_size=63)
NAME = st.lists(LABEL, min_size=1, max_size=6).map(".".join).filter(lambda name: len(name) < 250)
ID = b"\x12\x34"


def asked(name: str = f"10.2.0.192.{ZONE}") -> bytes:
    return wire.Zone(ZONE).question(name, RecordType.A)


def reply(section: bytes, rcode=dns.rcode.NOERROR, answers=(), authority=()) -> bytes:
    """An answer as dnspython writes it, with its compression."""
    message = dns.message.make_response(dns.message.from_wire(ID + wire.RECURSIVE + section))
    message.set_rcode(rcode)
    message.answer.extend(dns.rrset.from_text(*row) for row in answers)
    message.authority.extend(dns.rrset.from_text(*row) for row in authority)
    return message.to_wire()


@given(NAME, st.sampled_from(RecordType), st.booleans())
def test_a_question_is_what_dnspython_writes(name, rtype, is_in_zone):
    whole = f"{name}.{ZONE}" if is_in_zone else name
    if len(whole) > 253:
        return
    query = dns.message.make_query(whole, rtype.value, use_edns=False, id=0x1234)
    assert ID + wire.RECURSIVE + wire.question(whole, rtype) == query.to_wire()
    assert wire.Zone(ZONE).question(whole, rtype) == wire.question(whole, rtype)


@given(st.ip_addresses())
def test_labels_that_are_kept_before_a_zone_make_the_same_question(address):
    name = str(address)
    ((subject, prefix, labels),) = next(Subjects([name]).pages(dnsbl.target_of(name)))
    assert subject == name
    assert labels + wire.Zone(ZONE).ending == wire.question(f"{prefix}.{ZONE}", RecordType.A)


@pytest.mark.parametrize("name", ["a..b", ".a", "x" * 64 + ".test", "ä.test", ".".join(["x" * 62] * 5)])
def test_what_dns_cannot_hold_is_refused(name):
    with pytest.raises(ValueError, match=r"label|name|ascii"):
        wire.question(name, RecordType.A)


def test_a_listing_and_its_absence_are_read():
    section, name = asked(), f"10.2.0.192.{ZONE}."
    listed = reply(section, answers=[(name, 60, "IN", "A", "127.0.0.2")])
    assert wire.read(listed, section) == (Rcode.NOERROR, ("127.0.0.2",), None)
    soa = [(f"{ZONE}.", 60, "IN", "SOA", "a. b. 1 1 1 1 1")]
    absent = reply(section, dns.rcode.NXDOMAIN, authority=soa)
    assert wire.read(absent, section) == (Rcode.NXDOMAIN, (), ZONE)
    assert wire.read(reply(section, dns.rcode.NXDOMAIN), section) == (Rcode.NXDOMAIN, (), None)


@pytest.mark.parametrize("rcode", [Rcode.SERVFAIL, Rcode.REFUSED])
def test_failures_are_read(rcode):
    section = asked()
    assert wire.read(reply(section, dns.rcode.from_text(rcode.value)), section) == (rcode, (), None)


@pytest.mark.parametrize(
    "rows",
    [
        [("10.2.0.192.zone.test.", 60, "IN", "A", "127.0.0.2", "127.0.0.4")],
        [("10.2.0.192.zone.test.", 60, "IN", "CNAME", "other.test.")],
        [("10.2.0.192.zone.test.", 60, "IN", "TXT", '"why"')],
        [("other.test.", 60, "IN", "A", "127.0.0.2")],
    ],
)
def test_what_is_out_of_the_common_is_left_to_a_whole_decoder(rows):
    section = asked()
    message = reply(section, answers=rows)
    assert wire.read(message, section) is None
    assert wire.is_reply(message, section)


def test_a_cut_off_answer_is_told():
    section = asked()
    message = bytearray(reply(section))
    message[2] |= 0x02
    assert wire.read(bytes(message), section) is None
    assert wire.is_truncated(bytes(message))


def test_another_question_a_query_and_another_type_are_not_the_answer():
    section = asked()
    other = reply(asked(f"11.2.0.192.{ZONE}"), answers=[("11.2.0.192.zone.test.", 60, "IN", "A", "127.0.0.2")])
    for message in (other, ID + wire.RECURSIVE + section, b"", b"\x12", other[:12]):
        assert wire.read(message, section) is None
        assert not wire.is_reply(message, section)


def test_another_case_is_the_same_name_and_is_looked_at_closely():
    section = wire.question(f"listed.{ZONE}", RecordType.A)
    loud = reply(section.upper(), dns.rcode.NXDOMAIN)
    assert wire.read(loud, section) is None
    assert wire.is_reply(loud, section)


def test_an_error_without_the_question_is_an_answer_that_lists_nobody():
    section = asked()
    refused = ID + b"\x80\x05" + b"\x00" * 8
    assert wire.is_reply(refused, section)
    assert wire.read(refused, section) is None
    named = ID + b"\x80\x00" + b"\x00" * 8
    assert not wire.is_reply(named, section)


@examples(60)
@given(st.binary(max_size=600), st.booleans(), NAME)
def test_garbage_is_read_without_a_crash_and_never_differs_from_dnspython(tail, is_ours, name):
    section = asked(f"{name}.{ZONE}") if len(name) < 240 else asked()
    message = ID + b"\x81\x80\x00\x01" + tail[:6].ljust(6, b"\x00") + section + tail[6:] if is_ours else tail
    agrees_with_dnspython(message, section)


@examples(60)
@given(st.data())
def test_every_mutation_of_an_answer_is_read_as_dnspython_reads_it(data):
    section, name = asked(), f"10.2.0.192.{ZONE}."
    soa = [(f"{ZONE}.", 60, "IN", "SOA", "a. b. 1 1 1 1 1")]
    message = bytearray(
        data.draw(
            st.sampled_from(
                [
                    reply(section, answers=[(name, 60, "IN", "A", "127.0.0.2")]),
                    reply(section, dns.rcode.NXDOMAIN, authority=soa),
                ]
            )
        )
    )
    for at, value in data.draw(st.lists(st.tuples(st.integers(0, len(message) - 1), st.integers(0, 255)), max_size=3)):
        message[at] = value
    agrees_with_dnspython(bytes(message[: data.draw(st.integers(0, len(message)))]), section)


@examples(60)
@given(
    st.lists(st.sampled_from(["10.2.0.192", "1.22.0.192", "9.2.0.191", "a.b.c.d.10"]), min_size=2, max_size=4),
    st.integers(0, 80),
    st.sampled_from([0x80, 0x83]),
    st.binary(max_size=12),
)
def test_a_zone_reads_each_answer_by_its_own_question_whatever_it_read_before(prefixes, pointer, code, rest):
    """The same bytes after two questions may point to different names."""
    zone = wire.Zone(ZONE)
    for prefix in prefixes:
        section = asked(f"{prefix}.{ZONE}")
        owner = bytes((0xC0, pointer)) + b"\x00\x06\x00\x01"
        message = ID + bytes((0x81, code)) + b"\x00\x01\x00\x00\x00\x01\x00\x00" + section + owner + rest
        assert zone.read(message, section) == wire.read(message, section)
        assert zone.read(message, section) == wire.read(message, section)


def test_a_zone_believes_no_answer_to_another_question():
    zone, section = wire.Zone(ZONE), asked()
    listed = reply(section, answers=[(f"10.2.0.192.{ZONE}.", 60, "IN", "A", "127.0.0.2")])
    assert zone.read(listed, section) == (Rcode.NOERROR, ("127.0.0.2",), None)
    assert zone.read(listed, asked(f"11.2.0.192.{ZONE}")) is None
    assert zone.read(listed[:20], section) is None


def agrees_with_dnspython(message: bytes, section: bytes) -> None:
    """What is read of a message without decoding it is what a strict decoder finds in the whole of it."""
    plain = wire.read(message, section)
    wire.is_reply(message, section)
    if plain is None:
        return
    assert wire.is_reply(message, section)
    whole = dns.message.from_wire(message, one_rr_per_rrset=True)
    rcode, values, owner = plain
    assert dns.rcode.to_text(whole.rcode()) == rcode.value
    assert list(values) == [rrset[0].to_text() for rrset in whole.answer]
    owners = [rrset.name.to_text(omit_final_dot=True).lower() for rrset in whole.authority]
    assert ([] if owner is None else [owner]) == owners
    assert not whole.additional
