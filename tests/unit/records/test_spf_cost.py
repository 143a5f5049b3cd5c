import warnings
from datetime import date

import checkdmarc.spf
import checkdmarc.utils
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staygreen.adapters.memory.world import MemoryLookup
from staygreen.core.dns.message import Question, Rcode, RecordType, Reply
from staygreen.core.errors import ReportError
from staygreen.core.records import spf, spf_answers, spf_cost
from tests.unit.records.zone_server import resolver

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import spf as pyspf

TODAY = date(2026, 11, 24)
NAME = "example.com"


def world(zone):
    """`{"name TYPE": [values]}` as a lookup; any other name does not exist."""
    replies = {}
    for key, values in zone.items():
        name, rtype = key.split()
        found = values if isinstance(values, list) else [values]
        replies[key] = Reply(question=Question(name, RecordType(rtype)), rcode=Rcode.NOERROR, values=tuple(found))
        replies.setdefault(name, Reply(question=Question(name), rcode=Rcode.NOERROR))
    return MemoryLookup(replies=replies)


def tree(record, zone=()):
    return spf_cost.tree(NAME, record, world(dict(zone)))


NESTED = {
    "one.test TXT": "v=spf1 include:two.test a:host.test -all",
    "two.test TXT": ["unrelated", "v=spf1 ip4:192.0.2.1 mx -all"],
    "two.test MX": "10 host.test",
    "host.test A": "192.0.2.1",
}


def test_every_term_that_asks_dns_counts_nested_ones_included():
    found = tree("v=spf1 include:one.test ip4:192.0.2.9 exists:%{i}.list.test ptr -all", NESTED)

    assert (found.lookups, found.void_lookups, found.is_whole) == (6, 0, True)
    assert [(branch.term, branch.lookups) for branch in found.all()] == [
        ("", 6),
        ("include:one.test", 4),
        ("include:two.test", 2),
        ("mx", 1),
        ("a:host.test", 1),
        ("exists:%{i}.list.test", 1),
        ("ptr", 1),
    ]


@pytest.mark.parametrize(
    ("record", "lookups"),
    [
        ("v=spf1 a:host.test -all mx include:one.test", 1),
        ("v=spf1 redirect=one.test", 4),
        ("v=spf1 ~all redirect=one.test", 0),
        ("v=spf1 +include:one.test ?a:host.test", 5),
    ],
)
def test_what_stands_after_all_is_never_evaluated(record, lookups):
    """RFC 7208 §5.1: terms after "all" are ignored, and redirect wherever there is an "all"."""
    assert tree(record, NESTED).lookups == lookups


def test_questions_without_an_answer_are_counted_and_named():
    found = tree("v=spf1 a:gone.test mx:host.test include:empty.test -all", {**NESTED, "empty.test A": "192.0.2.1"})

    assert found.void_lookups == 3
    assert found.faults == ("empty.test has no SPF record",)
    assert [branch.term for branch in found.all() if branch.is_void] == [
        "a:gone.test",
        "mx:host.test",
        "include:empty.test",
    ]


def test_a_name_with_ipv6_alone_is_not_void():
    assert tree("v=spf1 a:six.test -all", {"six.test AAAA": "2001:db8::1"}).void_lookups == 0


@pytest.mark.parametrize(
    ("zone", "fault"),
    [
        ({"x.test TXT": "v=spf1 include:example.com -all"}, "include:example.com leads back to example.com for ever"),
        ({"x.test TXT": "v=spf1 include:x.test"}, "include:x.test leads back to x.test for ever"),
        ({"x.test TXT": ["v=spf1 -all", "v=spf1 ~all"]}, "x.test has 2 SPF records"),
        ({"x.test TXT": "no policy"}, "x.test has no SPF record"),
        ({"x.test TXT": "v=spf1 inclde:y.test"}, "the record of x.test cannot be read"),
        ({"x.test TXT": "v=spf1 mx", "x.test MX": [f"10 h{n}.test" for n in range(11)]}, "x.test has 11 MX records"),
    ],
)
def test_what_ends_in_permerror_says_why(zone, fault):
    (told,) = tree("v=spf1 include:x.test -all", zone).faults

    assert told.startswith(fault)


def test_silence_is_not_absence():
    def silent(question):
        return Reply(question=question, rcode=Rcode.SERVFAIL)

    lookup = MemoryLookup(replies={"x.test": silent, "y.test": silent})
    found = spf_cost.tree(NAME, "v=spf1 include:x.test a:y.test include:%{d}.test -all", lookup)

    assert (found.lookups, found.void_lookups, found.faults) == (3, 0, ())
    assert [branch.open for branch in found.all() if branch.open] == [
        "there is no answer for x.test",
        "there is no answer for y.test",
        "include:%{d}.test depends on the message",
    ]


def test_a_record_without_end_is_followed_for_a_bounded_time():
    def endless(question):
        number = int(question.name.removeprefix("x").partition(".")[0])
        record = " ".join(["v=spf1", *(f"include:x{number * 7 + add}.test" for add in range(1, 8))])
        return Reply(question=question, rcode=Rcode.NOERROR, values=(record,))

    lookup = MemoryLookup()
    lookup._reply = endless
    found = spf_cost.tree(NAME, "v=spf1 include:x1.test -all", lookup)

    assert len(lookup.asked) <= 200
    assert not found.is_whole


NAMES = st.sampled_from([f"n{number}.test" for number in range(6)])
TERMS = st.one_of(
    st.builds("include:{}".format, NAMES),
    st.builds("a:{}".format, NAMES),
    st.builds("mx:{}".format, NAMES),
    st.just("ip4:192.0.2.1"),
)


@given(st.lists(st.lists(TERMS, max_size=4), min_size=6, max_size=6), st.lists(TERMS, max_size=5))
def test_dearer_records_never_count_less(zone, root):
    """A term more is never a lookup less, whatever the records below say."""
    names = {f"n{number}.test TXT": " ".join(["v=spf1", *terms, "-all"]) for number, terms in enumerate(zone)}
    counts = [tree(" ".join(["v=spf1", *root[:size]]), names).lookups for size in range(len(root) + 1)]

    assert counts == sorted(counts)
    assert counts[-1] >= sum(not term.startswith("ip4") for term in root)


ZONE_FILE = """
example.com. 300 IN TXT "v=spf1 include:one.test a:host.test mx:two.test exists:host.test -all"
one.test. 300 IN TXT "v=spf1 include:two.test a:host.test a:gone.test -all"
two.test. 300 IN TXT "v=spf1 ip4:192.0.2.1 mx -all"
two.test. 300 IN MX 10 host.test.
host.test. 300 IN A 192.0.2.1
"""


def test_checkdmarc_counts_the_same():
    checkdmarc.utils.DNS_CACHE.clear()
    theirs = checkdmarc.spf.check_spf(NAME, resolver=resolver(ZONE_FILE))
    zone = {
        "one.test TXT": "v=spf1 include:two.test a:host.test a:gone.test -all",
        "two.test TXT": "v=spf1 ip4:192.0.2.1 mx -all",
        "two.test MX": "10 host.test",
        "host.test A": "192.0.2.1",
    }
    ours = tree("v=spf1 include:one.test a:host.test mx:two.test exists:host.test -all", zone)

    assert (ours.lookups, ours.void_lookups) == (theirs["dns_lookups"], theirs["void_dns_lookups"]) == (8, 1)


@pytest.mark.parametrize("terms", [10, 11])
def test_pyspf_gives_up_where_we_say_so(terms, monkeypatch):
    record = " ".join(["v=spf1", *(f"include:n{number}.test" for number in range(terms)), "-all"])
    zone = {f"n{number}.test TXT": "v=spf1 ip4:203.0.113.9 -all" for number in range(terms)}

    def look_up(name, qtype, *_, **__):
        text = record if name.rstrip(".") == NAME else zone.get(f"{name.rstrip('.')} TXT", "")
        return [((name, "TXT"), (text.encode(),))] if qtype == "TXT" and text else []

    monkeypatch.setattr(pyspf, "DNSLookup", look_up)
    theirs = pyspf.check2(i="192.0.2.99", s=f"x@{NAME}", h="x.test")[0]

    assert (tree(record, zone).lookups > spf.MAX_LOOKUPS) == (theirs == "permerror")


def test_the_file_says_what_dns_said_and_silence_keeps_what_it_had():
    earlier = spf_answers.parse(
        '{"answers": [{"name": "x.test", "type": "TXT", "answer": ["v=spf1 -all"], "date": "2026-01-01"}]}', "a.json"
    )

    def silent(question):
        return Reply(question=question, rcode=Rcode.TIMEOUT)

    lookup = world(NESTED)
    lookup.replies["x.test"] = silent
    recorder = spf_answers.Recorder(lookup, TODAY)
    live = spf_cost.tree(NAME, "v=spf1 include:one.test a:gone.test include:x.test -all", recorder)
    written = spf_answers.parse(recorder.answers(earlier).text(), "a.json")

    assert [asked.name for asked in recorder.silent()] == ["x.test"]
    assert [each.name for each in written.stale(TODAY)] == ["x.test"]
    assert "the oldest of 2026-01-01: run `staygreen spf record` again" in written.warning(TODAY, "a.json")
    assert next(each.values for each in written.entries if each.name == "two.test") == ("10 host.test",)
    again = spf_cost.tree(NAME, live.record, written)
    assert (again.lookups, again.void_lookups, again.is_whole) == (live.lookups, live.void_lookups, True)
    assert "unrelated" not in recorder.answers().text()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"answers": [\n}', "a.json:2: is not valid JSON"),
        ("[]", "a.json:1: has no list `answers`"),
        ('{"answers": [{"name": "x.test", "type": "TXT", "answer": []}]}', "a.json: answers[0]: needs name, type"),
        ('{"answers": [{"name": "x", "type": "A", "answer": [1], "date": "2026-01-01"}]}', "a.json: answers[0]: needs"),
    ],
)
def test_a_broken_file_is_told_with_its_place(text, told):
    with pytest.raises(ReportError, match="staygreen spf record") as caught:
        spf_answers.parse(text, "a.json")

    assert str(caught.value).startswith(told)
