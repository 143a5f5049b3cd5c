"""DMARC, TLS and failure reports, damaged before or after they are packed, and read at once and in pieces.

A seed is a report of the tests, or a public sample when there are some. A violation is an exception, and a reading in
pieces that differs from the whole.
"""

from __future__ import annotations

import gzip
import json
import random
from functools import cache

from staygreen.core.reports import documents, services
from staygreen.core.reports.classes import Classifier
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.report import AggregateReport, FailureReport, Quality, Refusal, TlsReport
from staygreen.core.reports.summary import Summary
from tests.fuzz.damage import damaged
from tests.unit.reports.building import Read, mail, packed, part, read, xml, zipped
from tests.unit.reports.test_failure_reports import REPORTS as FAILURE_REPORTS
from tests.unit.reports.test_tls_reports import REPORTS as TLS_REPORTS
from tests.unit.reports.test_variants import REPORTS, SAMPLES

WORDS = (
    b"<record>",
    b"</record>",
    b"<feedback>",
    b"</feedback>",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<?x?>",
    b"<?staygreen?>",
    b"&#0;",
    b"&amp;",
    b"&",
    b"<",
    b">",
    b"\0",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"<count>-1</count>",
    b"<source_ip>::</source_ip>",
    b"<xs:schema>",
    b"\x1f\x8b\x08\x08",
    b"PK\x03\x04",
    b"PK\x01\x02",
    b"\n\nFrom a\n",
    b"--b0undary\r\n",
    b"Content-Type: message/rfc822\r\n\r\n",
    b"1e309",
    b"9" * 30,
    b"[" * 50,
    b"\xc3",
    b'"',
)
ESTATE = Estate(domains=frozenset({"example.com"}), selectors=frozenset({("example.com", "s1")}))


@cache
def seeds() -> tuple[bytes, ...]:
    """Reports to begin with."""
    contents = [content for content, *_ in (*REPORTS.values(), *TLS_REPORTS.values(), *FAILURE_REPORTS.values())]
    made = [content.encode() if isinstance(content, str) else content for content in contents]
    if SAMPLES.exists():
        made += [path.read_bytes() for path in sorted(SAMPLES.rglob("*")) if path.is_file()]
    return tuple(content for content in made if len(content) < 200_000)


def one_input(chance: random.Random) -> bytes:
    """A damaged report, in a container or not."""
    content = damaged(chance, seeds(), WORDS)
    if chance.random() < 0.5:
        content = _packed(chance, content)
        if chance.random() < 0.5:
            content = damaged(chance, (content,), WORDS)
    return content


def _packed(chance: random.Random, content: bytes) -> bytes:
    how = chance.randrange(5)
    if how == 0:
        return packed(content)
    if how == 1:
        return gzip.compress(packed(content)) + content[:20]
    if how == 2:
        return zipped(("a.xml", content), ("b", xml().encode()))
    if how == 3:
        return mail(part(content))
    return mail(part(packed(content)), part(content, "text/plain", ""))


def check(content: bytes, size: int) -> list[Read]:
    """Read an input at once and in pieces; raises what the readers raise."""
    found = read(content)
    assert found, "every input gives a report or a refusal"
    pieces = read([content[at : at + size] for at in range(0, len(content), size)])
    assert [kept(each) for each in pieces] == [kept(each) for each in found], "pieces read otherwise than the whole"
    classifier = Classifier(ESTATE, services.load())
    for item, rows in found:
        json.dumps(document(item))
        if isinstance(item, AggregateReport) and item.quality is not Quality.REFUSED:
            assert len(rows) == item.rows, "rows are counted"
            assert (item.quality is Quality.WHOLE) == (not item.reasons), "a fault has a reason, and only a fault"
        for source, count, evidence in rows:
            assert count >= 0
            json.dumps(documents.evidence(evidence, item.policy if isinstance(item, AggregateReport) else evidence))
            if isinstance(item, AggregateReport):
                classifier.judge(source, evidence, item.policy)
    summary = Summary(ESTATE, services.load())
    for item, _ in found:
        summary.add(item)
    return found


def kept(found: Read) -> object:
    """What may not depend on pieces: of refused reports, rows that are dropped anyway do."""
    item, rows = found
    is_refused = isinstance(item, Refusal) or item.quality is Quality.REFUSED
    return item if not is_refused else getattr(item, "quality", None), None if is_refused else rows


def document(item: AggregateReport | TlsReport | FailureReport | Refusal) -> object:
    """The JSON of what was read."""
    if isinstance(item, AggregateReport):
        return documents.report(item)
    if isinstance(item, TlsReport):
        return documents.tls_report(item)
    return documents.failure_report(item) if isinstance(item, FailureReport) else documents.refusal(item)


def kind(found: list[Read]) -> str:
    """The qualities that were found."""
    return "+".join(sorted({getattr(item, "quality", Quality.REFUSED).value for item, _ in found}))
