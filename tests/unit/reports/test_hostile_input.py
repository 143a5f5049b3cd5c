"""What is made to break a reader is refused with a reason or read as far as it goes; nothing grows with it.

Work is counted, not timed: how many bytes are made of the input, and how much memory Python allocates meanwhile.
"""

import gzip
import json
import struct
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest

from staygreen.core.reports import limits
from staygreen.core.reports.aggregate_xml.record_parser import RecordParser
from staygreen.core.reports.containers.deflate import GZIP
from staygreen.core.reports.read import reports
from staygreen.core.reports.report import Quality, Rows
from tests.unit.reports.building import BEGIN, END, METADATA, mail, only, packed, part, read, record, xml, zipped

MEGABYTE = 1 << 20


def refusal(content) -> str:
    item, _ = only(content)
    assert getattr(item, "quality", Quality.REFUSED) is Quality.REFUSED, item
    return getattr(item, "reason", "") or "; ".join(item.reasons)


def bomb(megabytes: int, head: bytes = b"<feedback>") -> bytes:
    """Gzip of blanks: about a thousand to one."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    made = [squeezer.compress(head)]
    made += [squeezer.compress(b" " * MEGABYTE) for _ in range(megabytes)]
    return b"".join(made) + squeezer.flush()


def peak_memory(content: bytes) -> int:
    tracemalloc.start()
    try:
        for _ in reports([content]):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture
def low_ceiling(monkeypatch):
    """The ratio counts from 2 MB on, so that bombs of the tests can be small."""
    monkeypatch.setattr(limits, "FREE_OF_RATIO", 2 * MEGABYTE)


def bomb_of_records(megabytes: int) -> bytes:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    made = [squeezer.compress(xml("@@").partition("@@")[0].encode())]
    block = record().encode() * 500
    made += [squeezer.compress(block) for _ in range(megabytes * MEGABYTE // len(block))]
    return b"".join(made) + squeezer.flush()


@pytest.mark.usefixtures("low_ceiling")
def test_a_gzip_bomb_of_records_is_stopped_long_before_its_end():
    """Rows came before it was known: the report that they belong to is refused, so they are dropped."""
    item, rows = only(bomb_of_records(24))
    assert (item.quality, item.org) == (Quality.REFUSED, "Receiver Example")
    assert "times its size" in item.reasons[0]
    assert len(rows) < 14 * MEGABYTE / len(record())


def test_blanks_without_an_element_are_refused_after_a_megabyte():
    assert "no element ends" in refusal(bomb(20))


@pytest.mark.usefixtures("low_ceiling")
def test_a_bomb_in_a_bomb_is_stopped():
    assert "times its size" in refusal(gzip.compress(bomb_of_records(8)))


@pytest.mark.usefixtures("low_ceiling")
def test_a_zip_of_many_bombs_is_counted_together():
    blanks = xml().encode() + b"\n" * MEGABYTE
    found = read(zipped(*((f"{number}.xml", blanks) for number in range(8))))
    qualities = [item.quality for item, _ in found]
    assert qualities[-1] is Quality.REFUSED
    assert len(qualities) < 8


def test_nothing_is_inflated_beyond_a_gigabyte():
    """The ceiling holds for input that is too dull to be called a bomb by its ratio."""
    inflation = limits.Inflation()
    inflation.take(limits.MOST_INFLATED)
    inflation.make(limits.MOST_INFLATED)
    with pytest.raises(limits.RefusedError, match="1024 MB"):
        inflation.make(1)


@pytest.mark.parametrize(
    "entity",
    [
        '<!DOCTYPE feedback [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE feedback SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE feedback [<!ENTITY x SYSTEM "http://127.0.0.1/">]>',
        '<!DOCTYPE feedback [<!ATTLIST source_ip a CDATA "b">]>',
    ],
)
def test_documents_with_a_type_declaration_are_refused(entity):
    assert "document type" in refusal(xml(lead=entity))
    assert "document type" in refusal(packed(xml(lead=f'<?xml version="1.0"?>{entity}')))


def test_a_type_declaration_does_not_come_in_by_a_repair():
    broken = xml(record(identifiers="<header_from>a<b</header_from>"), lead="<!DOCTYPE feedback []>")
    assert "document type" in refusal(broken)


def test_depth_is_bounded():
    assert "within each other" in refusal("<feedback>" + "<a>" * 2_000_000)
    assert "within each other" in refusal(xml(record(more="<a>" * 40 + "</a>" * 40)))


def test_a_tag_that_never_ends_is_refused():
    assert "no element ends" in refusal(b'<feedback a="' + b"x" * (8 * MEGABYTE))
    assert "no element ends" in refusal(b"<feedback><" + b"x" * (8 * MEGABYTE))
    assert "no element ends" in refusal(b"<feedback><!--" + b"x" * (8 * MEGABYTE))


def test_a_value_without_end_is_refused():
    assert "no element ends" in refusal(b"<feedback><version>" + b"x" * (8 * MEGABYTE))


def test_ends_of_records_in_a_comment_do_not_make_expat_begin_it_again():
    """A comment comes to expat in large pieces, however many ends of records stand in it."""
    parser = RecordParser.feed
    fed = []

    def counting(self, data):
        fed.append(len(data))
        return parser(self, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RecordParser, "feed", counting)
        _, rows = only(xml(record(), f"<!-- {'<? </record>' * 40_000} -->", record("192.0.2.2")))
    assert len(rows) == 2
    assert len(fed) < 60


def test_many_attributes_do_no_harm():
    attributes = " ".join(f'a{number}="b"' for number in range(20_000))
    report, rows = only(xml(root=f"<feedback {attributes}>"))
    assert (report.quality, len(rows)) == (Quality.WHOLE, 1)


def test_containers_within_containers_are_bounded():
    content = xml().encode()
    for _ in range(10):
        content = gzip.compress(content)
    assert "containers within each other" in refusal(content)
    for _ in range(10):
        content = zipped(("x", content))
    assert "containers within each other" in refusal(content)


def test_mails_within_mails_are_bounded():
    content = mail(part(packed(xml())))
    for number in range(12):
        inner = content.replace(b"b0undary", f"inner{number}".encode())
        content = mail(b"Content-Type: message/rfc822\r\n\r\n" + inner)
    assert "containers within each other" in refusal(content)


def test_more_entries_than_anybody_sends_are_not_read():
    found = read(zipped(*((f"{number}.txt", b"x") for number in range(1_500)), compression=0))
    assert len(found) <= 1_001
    assert "more than 1000 entries" in getattr(found[-1][0], "reason", "")


def test_reports_behind_each_other_are_all_read_and_bounded():
    content = "".join(xml(metadata=METADATA.replace("r-1", f"r-{number}")) for number in range(300))
    assert [item.report_id for item, _ in read(content)] == [f"r-{number}" for number in range(300)]
    many = read("<feedback></feedback>" * 20_000)
    assert len(many) <= 1_002
    assert "more than 1000 reports" in many[-1][0].reason


def test_parts_of_a_mail_are_bounded():
    item, _ = only(mail(*[b"Content-Type: text/plain\r\n\r\nx\r\n"] * 5_000))
    assert "without a report" in item.reason


def test_sizes_that_a_zip_states_are_not_believed():
    made = bytearray(zipped(("r.xml", xml().encode())))
    struct.pack_into("<II", made, 18, 5, 0xFFFFFFF0)
    report, rows = only(bytes(made))
    assert (report.quality, len(rows)) == (Quality.WHOLE, 1)


def test_json_without_end_is_refused():
    assert "JSON of more than" in refusal(b'{"policies": ["' + b"x" * (20 * MEGABYTE))
    assert "cannot be read" in refusal(b'{"policies": ' + b"[" * 90_000)
    assert "more values" in refusal(b'{"policies": ' + b"[" * 1_000_000)
    assert "cannot be read" in refusal('{"policies": [], "a": 1' + "0" * 100_000 + "}")


def test_a_count_of_many_digits_in_json_is_no_count():
    policy = {"summary": {"total-failure-session-count": 10**30, "total-successful-session-count": -1}}
    dates = {"start-datetime": "2026-10-01T00:00:00Z", "end-datetime": "2026-10-01T23:59:59Z"}
    report, _ = only(json.dumps({"organization-name": "a", "date-range": dates, "policies": [policy]}))
    assert report.quality is Quality.PARTIAL


def test_a_gzip_header_without_end_is_refused():
    assert "without an end" in refusal(GZIP + b"\x08\x08" + b"\0" * 6 + b"x" * MEGABYTE)


def test_a_report_of_many_megabytes_takes_memory_of_few():
    """5 MB of XML in one gzip file."""

    def stream() -> Iterator[bytes]:
        squeezer = zlib.compressobj(1, zlib.DEFLATED, 31)
        head, _, tail = xml("@@").partition("@@")
        yield squeezer.compress(head.encode())
        block = "".join(record(f"198.51.{number // 250}.{number % 250}") for number in range(2_000)).encode()
        for _ in range(5 * MEGABYTE // len(block)):
            yield squeezer.compress(block)
        yield squeezer.compress(tail.encode()) + squeezer.flush()

    content = b"".join(stream())
    assert peak_memory(content) < 4 * MEGABYTE


def test_hostile_content_takes_memory_of_few_megabytes():
    for content in (bomb(50), b"<feedback>" + b"<a>" * 200_000, b"<feedback>" + b"<a/>" * 50_000 + b"</feedback>"):
        assert peak_memory(content) < 8 * MEGABYTE


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("0001-01-01T00:00:00+05:00", "0001-01-01T12:00:00+05:00"),
        ("9999-12-31T00:00:00-05:00", "9999-12-31T23:59:59-05:00"),
        ("0001-01-01", "0001-01-02"),
        ("1" + "0" * 20, "1" + "0" * 20),
    ],
)
def test_a_period_at_the_end_of_time_is_refused(begin, end):
    metadata = METADATA.replace(str(BEGIN), begin).replace(str(END), end)
    tls = {"policies": [], "date-range": {"start-datetime": begin, "end-datetime": end}}
    for content in (xml(metadata=metadata), json.dumps(tls)):
        (item,) = [each for each in reports([content.encode()]) if not isinstance(each, Rows)]
        assert item.quality is Quality.REFUSED
        assert "its period cannot be used" in item.reasons[0]


def test_a_mail_that_goes_too_deep_does_not_hide_the_mails_behind_it():
    deep = b"From: a@receiver.example\n\nhello\n"
    for _ in range(7):
        deep = b"From: a@receiver.example\nContent-Type: message/rfc822\n\n" + deep
    line = b"From a@receiver.example\n"
    found = list(reports([line + deep + b"\n" + line + mail(part(packed(xml())))]))
    assert [type(each).__name__ for each in found] == ["Refusal", "Rows", "AggregateReport"]


def test_a_sentence_that_begins_with_from_begins_no_mail():
    words = b"Content-Type: text/plain\n\nDear all,\n\nFrom now on reports come every day.\n"
    both = b"".join(b"From a@receiver.example\n" + mail(words, part(packed(xml()))) + b"\n" for _ in range(2))
    for size in (len(both), 7):
        found = list(reports(both[at : at + size] for at in range(0, len(both), size)))
        assert [type(each).__name__ for each in found] == ["Rows", "AggregateReport"] * 2


def test_a_mail_whose_text_names_a_feedback_type_keeps_its_report():
    words = b"Content-Type: text/plain\n\nFeedback-Type: is a field of RFC 5965\nand no more here\n"
    found = list(reports([mail(words, part(packed(xml())))]))
    assert [type(each).__name__ for each in found] == ["Rows", "AggregateReport"]
