"""The short ways past expat read what expat reads: without them every report is the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.dmarc_estates import World, report
from staygreen.core.reports.aggregate_xml import plain_record, reader, record_shapes
from tests.unit.reports.building import Read, read, record, xml
from tests.unit.reports.test_variants import REPORTS


class NoShapes:
    """Sends every record through expat."""

    def __init__(self, root):
        pass

    def row(self, piece):
        return None

    def learn(self, piece, evidence):
        pass


def by_expat_alone(content: bytes | str) -> list[Read]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "RecordShapes", NoShapes)
        return read(content)


def remembering_nothing(content: bytes | str) -> list[Read]:
    record_shapes.memory.cache_clear()
    return read(content)


TEXT = st.text(st.sampled_from("ab.1-_ \t\n\r&<>\"';]é\x00\x0b￾"), max_size=8)
PIECES = st.sampled_from(
    [
        "<disposition>none</disposition>",
        "<dkim>pass</dkim>",
        "<spf> Fail </spf>",
        "<reason><type>other</type></reason>",
        "<domain>example.com</domain>",
        "<selector>s1</selector>",
        "<selector/>",
        "<result>PASS</result>",
        "<result x='1'>pass</result>",
        "<human_result>a</human_result>",
        "<scope>helo</scope>",
        "<x>y</x>",
        "<!-- a -->",
        "<![CDATA[a]]>",
        "&amp;",
        "</record><record>",
        "text",
    ]
)
INNER = st.lists(st.one_of(PIECES, TEXT), max_size=5).map("".join)
RECORDS = st.builds(
    lambda evaluated, name, dkim, spf: record(
        evaluated=evaluated,
        identifiers=f"<envelope_from>{name}</envelope_from><header_from>{name}</header_from>",
        results=f"<dkim>{dkim}</dkim><spf>{spf}</spf>",
    ),
    INNER,
    TEXT,
    INNER,
    INNER,
)


@given(records=st.lists(RECORDS, min_size=1, max_size=4))
def test_records_of_any_form_are_read_as_expat_reads_them(records):
    content = xml(record(), *records, record("192.0.2.77"), *records)
    assert remembering_nothing(content) == by_expat_alone(content)


@pytest.mark.parametrize("name", REPORTS)
def test_every_variant_is_read_as_expat_reads_it(name):
    content = REPORTS[name][0]
    assert remembering_nothing(content) == by_expat_alone(content)


@pytest.mark.parametrize("seed", range(3))
def test_reports_of_whole_estates_are_read_as_expat_reads_them(seed):
    world = World(seed)
    content = report(world, world.records())
    assert remembering_nothing(content) == read(content) == by_expat_alone(content)


def test_usual_records_take_the_short_way():
    """Else the tests above would compare expat with itself."""
    usual = record(evaluated="<disposition>none</disposition><dkim>pass</dkim><spf>fail</spf>").encode()
    rest = usual.partition(b"</count>")[2].removesuffix(b"</record>")
    assert plain_record.evidence(rest) is not None
    assert plain_record.evidence(rest.replace(b"pass", b"p&amp;ss", 1)) is None
    assert plain_record.evidence(rest.replace(b"<dkim>", b"<dkim x='1'>", 1)) is None
