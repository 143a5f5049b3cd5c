"""parsedmarc as an independent judge: where it takes a report, our rows are the same, or the difference is explained.

It is no requirement (70 MB): `pip install -r requirements-oracle.txt`, else these tests are skipped.
"""

import logging
from collections import Counter

import pytest

from staygreen.core.reports.report import Quality, Row
from tests.unit.reports.building import read
from tests.unit.reports.test_variants import REPORTS, SAMPLES

parsedmarc = pytest.importorskip("parsedmarc", reason="parsedmarc is not installed: requirements-oracle.txt")

_LOST = "it drops the bytes outside the charset, and with them a part of the name"
EXPLAINED = {
    "no source address": "it drops a record without an address; ours keeps it, since its messages were counted",
    "zeros in an address": "it keeps zeros in front, under which the address is found nowhere",
    "mapped address": "an IPv4 address written as IPv6 is the IPv4 address",
    "101 signatures": "ours keeps 100, says so, and calls the report partial",
    "header_from twice": "it leaves the name empty; ours keeps the first",
    "negative count": "it counts -3 messages; ours leaves the record out and says so",
    "count beyond belief": "it counts 10^20 messages; ours leaves the record out and says so",
    "ten years": "a period of ten years says nothing of any day; ours refuses the report",
    "Latin-1": _LOST,
    "Windows charset": _LOST,
    "bytes outside the charset": _LOST,
    "lone bracket": "it leaves the name empty; ours keeps it as it was written",
    "a record that cannot be read": "it silently ends there; ours goes on behind it and calls the report partial",
    "invalid_xml.xml": "it leaves the name empty; ours keeps it as it was written",
}
"""Where parsedmarc takes a report and our rows differ: why ours are right."""


def theirs(content: bytes) -> list[tuple[object, ...]] | None:
    """The rows that parsedmarc makes, in the form of `ours`; None: it refuses the report."""
    logging.getLogger("parsedmarc").setLevel(logging.CRITICAL)
    try:
        parsed = parsedmarc.parse_report_file(
            content, offline=True, always_use_local_files=True, normalize_timespan_threshold_hours=10**6
        )
    except Exception:  # noqa: BLE001 - it raises whatever its parts raise
        return None
    if parsed["report_type"] != "aggregate":
        return None
    return [_their_row(record) for record in parsed["report"]["records"]]


def _their_row(record: dict) -> tuple[object, ...]:
    said, evaluated = record["identifiers"], record["policy_evaluated"]
    return (
        record["source"]["ip_address"].strip(),
        record["count"],
        said["header_from"],
        said["envelope_from"] or "",
        said["envelope_to"] or "",
        evaluated["disposition"] or "",
        evaluated["dkim"] or "",
        evaluated["spf"] or "",
        tuple((each["domain"], each["selector"], each["result"]) for each in record["auth_results"]["dkim"]),
        tuple((each["domain"], each["scope"], each["result"]) for each in record["auth_results"]["spf"]),
    )


def ours(row: Row) -> tuple[object, ...]:
    """A row as parsedmarc would write it: it fills in what a report leaves out, and drops results without a domain."""
    said = row.evidence
    spf = tuple((each.domain, each.scope or "mfrom", each.result or "none") for each in said.spf if each.domain)
    return (
        str(row.source_ip),
        row.messages,
        said.header_from,
        said.envelope_from or (spf[-1][0] if spf and said.envelope_from is None else ""),
        said.envelope_to or "",
        said.disposition or "none",
        said.eval_dkim or "fail",
        said.eval_spf or "fail",
        tuple((each.domain, each.selector or "none", each.result or "none") for each in said.dkim if each.domain),
        spf,
    )


def contents() -> dict[str, bytes]:
    made = {name: content.encode() if isinstance(content, str) else content for name, (content, *_) in REPORTS.items()}
    if SAMPLES.exists():
        made |= {path.name: path.read_bytes() for path in (SAMPLES / "aggregate").iterdir()}
    return made


def compared() -> dict[str, str]:
    """What became of each variant: equal, explained, ours alone, theirs alone, neither, or different."""
    found = {}
    for name, content in contents().items():
        peer = theirs(content)
        taken = [
            rows for item, rows in read(content) if getattr(item, "quality", Quality.REFUSED) is not Quality.REFUSED
        ]
        mine = [ours(row) for each in taken for row in each]
        if peer is None:
            found[name] = "ours alone" if taken else "neither"
        elif not taken:
            found[name] = "theirs alone"
        else:
            found[name] = "equal" if peer == mine else "different"
    return found


def test_rows_are_the_same_or_the_difference_is_explained():
    found = compared()
    counted = Counter(found.values())
    different = {name for name, what in found.items() if what in ("different", "theirs alone")}
    assert different == EXPLAINED.keys() & found.keys(), counted
    assert counted["equal"] >= 70, counted
    assert counted["ours alone"] >= 40, counted
