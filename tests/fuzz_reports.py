"""Fuzzes the reading of DMARC, TLS and failure reports with damaged reports of every form.

    python -m tests.fuzz_reports [--seconds 600] [--seed 1]

A seed is a report of the tests, or a public sample when there are some. It is damaged (bytes changed, removed,
doubled, spliced with another, words of the formats put in), before or after it is packed, and read at once and in
pieces. It ends with the first exception, and where pieces read otherwise than the whole.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import time
import traceback
from pathlib import Path

from staygreen.core.reports import documents, services
from staygreen.core.reports.classes import Classifier
from staygreen.core.reports.estate import Estate
from staygreen.core.reports.report import AggregateReport, FailureReport, Quality, Refusal, TlsReport
from staygreen.core.reports.summary import Summary
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


def seeds() -> list[bytes]:
    """Reports to begin with."""
    contents = [content for content, *_ in (*REPORTS.values(), *TLS_REPORTS.values(), *FAILURE_REPORTS.values())]
    made = [content.encode() if isinstance(content, str) else content for content in contents]
    if SAMPLES.exists():
        made += [path.read_bytes() for path in sorted(SAMPLES.rglob("*")) if path.is_file()]
    return [content for content in made if len(content) < 200_000]


class Damage:
    """Damages bytes by chance."""

    def __init__(self, chance: random.Random, pool: list[bytes]) -> None:
        self._chance = chance
        self._pool = pool

    def one_input(self) -> bytes:
        """A damaged report, in a container or not."""
        content = self._damaged(self._chance.choice(self._pool))
        if self._chance.random() < 0.5:
            content = self._packed(content)
            if self._chance.random() < 0.5:
                content = self._damaged(content)
        return content

    def _damaged(self, content: bytes) -> bytes:
        data = bytearray(content)
        for _ in range(self._chance.choice((0, 1, 1, 2, 3, 8))):
            at = self._chance.randrange(len(data) + 1)
            end = min(len(data), at + self._chance.choice((1, 2, 10, 100, 1000)))
            how = self._chance.randrange(6)
            if how == 0 and at < len(data):
                data[at] = self._chance.randrange(256)
            elif how == 1:
                del data[at:end]
            elif how == 2:
                data[at:at] = data[at:end] * self._chance.choice((1, 1, 3, 40))
            elif how == 3:
                data[at:at] = self._chance.choice(WORDS)
            elif how == 4:
                data[at:end] = self._chance.choice(WORDS)
            else:
                other = self._chance.choice(self._pool)
                start = self._chance.randrange(len(other) + 1)
                data[at:end] = other[start : start + self._chance.choice((10, 200, 2000))]
        return bytes(data)

    def _packed(self, content: bytes) -> bytes:
        how = self._chance.randrange(5)
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


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()
    chance = random.Random(options.seed)  # noqa: S311 - nothing secret is made of it
    damage = Damage(chance, seeds())
    ends = time.monotonic() + options.seconds
    inputs, slowest, qualities = 0, 0.0, dict.fromkeys(("whole", "repaired", "partial", "refused"), 0)
    while time.monotonic() < ends:
        content = damage.one_input()
        started = time.process_time()
        try:
            found = check(content, chance.choice((1, 7, 64, 1000, 70_000)) if len(content) < 20_000 else 4096)
        except Exception:  # noqa: BLE001 - whatever it is, the input that does it is kept
            traceback.print_exc()
            Path("fuzz-input.bin").write_bytes(content)
            print(f"after {inputs} inputs; the input is in fuzz-input.bin")
            return 1
        slowest = max(slowest, time.process_time() - started)
        for item, _ in found:
            qualities[getattr(item, "quality", Quality.REFUSED).value] += 1
        inputs += 1
    print(f"{inputs} inputs, {qualities}, slowest {slowest:.2f} s of processor time for both readings")
    return 0


if __name__ == "__main__":
    sys.exit(main())
