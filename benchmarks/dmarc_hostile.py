"""What hostile DMARC reports cost: processor time and memory of each, in a process of its own.

`python -m benchmarks.dmarc_hostile [--json]`

Every input is refused or read as far as it goes; the outcome is printed beside its cost. Memory is what reading adds to
a process that has imported the reader and holds the input.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import io
import json
import resource
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterable

MOST_SECONDS, MOST_MEMORY_MB = 30.0, 32.0
MEGABYTE = 1 << 20
_HEAD = (
    b"<feedback><report_metadata><org_name>a</org_name><report_id>1</report_id><date_range><begin>1790812800</begin>"
    b"<end>1790899199</end></date_range></report_metadata><policy_published><domain>example.com</domain></policy_published>"
)
_RECORD = (
    b"<record><row><source_ip>192.0.2.1</source_ip><count>1</count></row><identifiers><header_from>example.com"
    b"</header_from></identifiers></record>"
)


def squeezed(pieces: Iterable[bytes], times: int = 1) -> bytes:
    """Pieces as gzip, made piece by piece."""
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    made = [squeezer.compress(piece) for _ in range(times) for piece in pieces]
    return b"".join(made) + squeezer.flush()


def distinct(number: int) -> bytes:
    """Records of which none is like another."""
    return b"".join(_RECORD.replace(b"example.com", b"n%d.example.com" % each) for each in range(number))


def zip_of(count: int, content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(count):
            file.writestr(f"{number}.xml", content)
    return made.getvalue()


def nested_mail(depth: int) -> bytes:
    content = b"Subject: x\r\nContent-Type: text/plain\r\n\r\nx\r\n"
    for number in range(depth):
        boundary = b"b%d" % number
        content = (
            b"Subject: x\r\nContent-Type: multipart/mixed; boundary=" + boundary + b"\r\n\r\n--" + boundary
            + b"\r\nContent-Type: message/rfc822\r\n\r\n" + content + b"\r\n--" + boundary + b"--\r\n"
        )  # fmt: skip
    return content


INPUTS: dict[str, Callable[[], bytes]] = {
    "gzip of 1 GB of blanks": lambda: squeezed([_HEAD, *[b" " * MEGABYTE] * 1024]),
    "gzip of equal records, 1 GB": lambda: squeezed([_HEAD]) + squeezed([_RECORD * 6000], 1024),
    "gzip in gzip, 10 GB in all": lambda: gzip.compress(squeezed([_HEAD]) + squeezed([_RECORD * 6000], 300)),
    "zip of 1,000 entries of 1 MB of blanks": lambda: zip_of(1000, _HEAD + b" " * MEGABYTE),
    "2,000,000 open tags": lambda: b"<feedback>" + b"<a>" * 2_000_000,
    "a tag of 64 MB": lambda: b"<feedback><" + b"a" * (64 * MEGABYTE),
    "an attribute of 64 MB": lambda: b'<feedback a="' + b"a" * (64 * MEGABYTE),
    "a comment of 64 MB": lambda: b"<feedback><!-- " + b"a" * (64 * MEGABYTE),
    "a comment of instructions": lambda: _HEAD + b"<!-- " + b"<? </record>" * 80_000,
    "a value of 64 MB": lambda: b"<feedback><version>" + b"a" * (64 * MEGABYTE),
    "entities": lambda: b'<!DOCTYPE a [<!ENTITY a "a"><!ENTITY b "&a;&a;&a;&a;">]><feedback>&b;</feedback>',
    "100,000 attributes": lambda: b"<feedback " + b" ".join(b'a%d=""' % n for n in range(60_000)) + b"></feedback>",
    "5,000,000 ends of records": lambda: _HEAD + b"</record>" * 5_000_000,
    "500,000 broken records": lambda: _HEAD + b"<record><row></record>" * 500_000 + b"</feedback>",
    "200,000 records, each with a fault": lambda: _HEAD + _RECORD.replace(b">1<", b">-1<") * 200_000 + b"</feedback>",
    "200,000 records, none like another": lambda: _HEAD + distinct(200_000) + b"</feedback>",
    "1,000,000 lone brackets": lambda: _HEAD + b"<record><row><source_ip>" + b"<" * 1_000_000 + b"</record></feedback>",
    "1,000,000 reports in one text": lambda: b"<feedback></feedback>" * 1_000_000,
    "100,000 parts of a mail": lambda: (
        b"From: a@b.example\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\nContent-Type: text/plain\n\nx\n" * 100_000
    ),
    "mails within mails, 500 deep": lambda: nested_mail(500),
    "40 MB of base64 that is no report": lambda: (
        b"From: a@b.example\nSubject: x\nContent-Transfer-Encoding: base64\n\n"
        + base64.encodebytes(b"H" * (30 * MEGABYTE))
    ),
    "100,000 mails in an mbox": lambda: b"From a\nSubject: x\n\nx\n\n" * 100_000,
    "JSON of 1,000,000 brackets": lambda: b'{"policies":' + b"[" * 1_000_000,
    "JSON of 15 MB": lambda: b'{"policies":[' + b"{}," * 5_000_000 + b"{}]}",
}


def run(name: str) -> dict[str, object]:
    """Read one input and return what it cost."""
    from staygreen.core.reports.read import reports
    from staygreen.core.reports.report import Quality, Refusal, Rows

    content = INPUTS[name]()
    for _ in reports([b"<feedback/>"]):
        pass
    base, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    outcome, items = "", 0
    pieces = (content[at : at + 256 * 1024] for at in range(0, len(content), 256 * 1024))
    for item in reports(pieces):
        if not isinstance(item, Rows):
            items += 1
            quality = Quality.REFUSED if isinstance(item, Refusal) else item.quality
            reason = item.reason if isinstance(item, Refusal) else "; ".join(item.reasons)
            outcome = outcome or f"{quality.value}: {reason}"
    return {
        "input": name,
        "bytes": len(content),
        "seconds": round(time.process_time() - started, 2),
        "memory_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024, 1),
        "items": items,
        "outcome": outcome[:120],
    }


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--run", choices=tuple(INPUTS), help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.run:
        print(json.dumps(run(options.run)))
        return 0
    is_bounded = True
    for name in INPUTS:
        command = [sys.executable, "-m", "benchmarks.dmarc_hostile", "--run", name]
        found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        is_bounded &= found["seconds"] <= MOST_SECONDS and found["memory_mb"] <= MOST_MEMORY_MB
        if options.json:
            print(json.dumps(found))
        else:
            cost = f"{found['seconds']:>7.2f} s {found['memory_mb']:>7.1f} MB"
            print(f"{name:<42} {found['bytes'] / 1e6:>7.1f} MB in {cost}  {found['outcome']}", flush=True)
    return 0 if is_bounded else 1


if __name__ == "__main__":
    sys.exit(main())
