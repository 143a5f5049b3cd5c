"""Reads DMARC reports beside bare expat and parsedmarc, in the same run on the same bytes.

`python -m benchmarks.dmarc_reader [--json] [--rows 160000] [--large]`

Measured is processor time, each reader in a process of its own:

- `share_of_expat`: gzip bytes to typed rows, against expat without handlers on the same XML already inflated;
- `times_parsedmarc`: the same report through parsedmarc, offline;
- `times_parsedmarc_mail`: mails with small gzipped reports, from their bytes;
- `memory_above_base_mb`: the most that reading adds to a process that has imported the reader. With `--large` also for
  a report of 1 GB, which is made first and takes a minute;
- `memory_mail_above_base_mb`: the same for one mail that carries that report, less the bytes of the mail itself.

parsedmarc is no requirement: `pip install -r requirements-oracle.txt`. Without it its keys are null.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import importlib.util
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.parsers import expat

TARGETS = {"share_of_expat": 0.25, "times_parsedmarc": 15.0, "times_parsedmarc_mail": 6.0}
MOST_MEMORY_MB = 8.0
MAILS = 300
_CHUNK = 256 * 1024
_HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<feedback>
  <version>1.0</version>
  <report_metadata>
    <org_name>receiver.example</org_name>
    <email>noreply-dmarc@receiver.example</email>
    <extra_contact_info>https://receiver.example/dmarc</extra_contact_info>
    <report_id>{number}</report_id>
    <date_range>
      <begin>1790812800</begin>
      <end>1790899199</end>
    </date_range>
  </report_metadata>
  <policy_published>
    <domain>example.com</domain>
    <adkim>r</adkim>
    <aspf>r</aspf>
    <p>none</p>
    <sp>none</sp>
    <pct>100</pct>
  </policy_published>
"""
_RECORD = """ <record>
  <row>
   <source_ip>{address}</source_ip>
   <count>{count}</count>
   <policy_evaluated>
    <disposition>none</disposition>
    <dkim>{dkim}</dkim>
    <spf>{spf}</spf>
   </policy_evaluated>
  </row>
  <identifiers>
   <envelope_from>{envelope}</envelope_from>
   <header_from>{name}</header_from>
  </identifiers>
  <auth_results>
   <dkim>
    <domain>{name}</domain>
    <selector>{selector}</selector>
    <result>{dkim}</result>
   </dkim>
   <spf>
    <domain>{envelope}</domain>
    <scope>mfrom</scope>
    <result>{spf}</result>
   </spf>
  </auth_results>
 </record>
"""


def records(rows: int, seed: int = 1) -> Iterator[str]:
    """Records with a new address on each row; names, selectors and results vary as in reports of a busy domain."""
    chance = random.Random(seed)
    for number in range(rows):
        yield _RECORD.format(
            address=f"{11 + number // 4_000_000}.{number // 65_536 % 256}.{number // 256 % 256}.{number % 256}",
            count=chance.choice((1, 1, 1, 2, 3, 17, 250)),
            name=chance.choice(("example.com", "news.example.com", "shop.example.com")),
            envelope=chance.choice(("bounce.example.com", "example.com", "mail.sender.example")),
            selector=chance.choice(("s1", "s2", "k1")),
            dkim=chance.choice(("pass", "pass", "fail")),
            spf=chance.choice(("pass", "fail", "softfail")),
        )


def write_report(path: Path, rows: int) -> None:
    """Write a gzipped report."""
    with gzip.open(path, "wt", compresslevel=6, encoding="ascii") as file:
        file.write(_HEAD.format(number=1))
        for record in records(rows):
            file.write(record)
        file.write("</feedback>\n")


def mails(number: int) -> list[bytes]:
    """Mails with a gzipped report of 1 to 20 rows each."""
    made = []
    for each in range(number):
        xml = _HEAD.format(number=each) + "".join(records(1 + each % 20, seed=each)) + "</feedback>\n"
        body = base64.encodebytes(gzip.compress(xml.encode())).decode()
        name = f"receiver.example!example.com!1790812800!{each}.xml.gz"
        made.append(
            (
                f"Return-Path: <noreply-dmarc@receiver.example>\nReceived: from mx.receiver.example by mx.example.com\n"
                f"From: noreply-dmarc@receiver.example\nTo: dmarc@example.com\nSubject: Report domain: example.com\n"
                f"Date: Fri, 02 Oct 2026 01:00:00 +0000\nMIME-Version: 1.0\nMessage-ID: <{each}@receiver.example>\n"
                f'Content-Type: application/gzip; name="{name}"\nContent-Transfer-Encoding: base64\n'
                f'Content-Disposition: attachment; filename="{name}"\n\n{body}'
            ).encode()
        )
    return made


def write_mail(path: Path, report: Path) -> None:
    """Write a mail with the gzipped report attached, without holding either."""
    with path.open("wb") as file, report.open("rb") as attached:
        file.write(
            b"From: noreply-dmarc@receiver.example\nTo: dmarc@example.com\nSubject: Report domain: example.com\n"
            b"MIME-Version: 1.0\nContent-Type: application/gzip\nContent-Transfer-Encoding: base64\n\n"
        )
        base64.encode(attached, file)


def chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file."""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


# Each of these runs in a process of its own and returns (processor seconds, what it counted).


def run_expat(path: Path) -> tuple[float, int]:
    xml = gzip.decompress(path.read_bytes())
    started = time.process_time()
    parser = expat.ParserCreate()
    for at in range(0, len(xml), _CHUNK):
        parser.Parse(xml[at : at + _CHUNK], False)
    parser.Parse(b"", True)
    return time.process_time() - started, len(xml)


def run_ours(path: Path) -> tuple[float, int]:
    from staygreen.core.reports.read import reports
    from staygreen.core.reports.report import Rows

    started = time.process_time()
    rows = sum(len(item.rows) for item in reports(chunks(path)) if isinstance(item, Rows))
    return time.process_time() - started, rows


def run_parsedmarc(path: Path) -> tuple[float, int]:
    import parsedmarc

    data = path.read_bytes()
    started = time.process_time()
    report = parsedmarc.parse_aggregate_report_file(data, offline=True, always_use_local_files=True)
    return time.process_time() - started, len(report["records"])


def run_ours_mail(_: Path) -> tuple[float, int]:
    from staygreen.core.reports.read import reports
    from staygreen.core.reports.report import Rows

    made = mails(MAILS)
    started = time.process_time()
    rows = sum(len(item.rows) for mail in made for item in reports([mail]) if isinstance(item, Rows))
    return time.process_time() - started, rows


def run_parsedmarc_mail(_: Path) -> tuple[float, int]:
    import parsedmarc

    made = mails(MAILS)
    started = time.process_time()
    rows = 0
    for mail in made:
        parsed = parsedmarc.parse_report_email(mail, offline=True, always_use_local_files=True)
        rows += len(parsed["report"]["records"])
    return time.process_time() - started, rows


def run_memory(path: Path) -> tuple[float, int]:
    """The most memory that reading adds, in MB in place of seconds."""
    from staygreen.core.reports.read import reports
    from staygreen.core.reports.report import Rows

    base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rows = sum(len(item.rows) for item in reports(chunks(path)) if isinstance(item, Rows))
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) / 1024, rows


def run_memory_mail(path: Path) -> tuple[float, int]:
    """The most memory that reading a mail adds beside the mail itself, in MB in place of seconds."""
    added, rows = run_memory(path)
    return added - path.stat().st_size / (1 << 20), rows


RUNS: dict[str, Callable[[Path], tuple[float, int]]] = {
    "expat": run_expat,
    "ours": run_ours,
    "parsedmarc": run_parsedmarc,
    "ours_mail": run_ours_mail,
    "parsedmarc_mail": run_parsedmarc_mail,
    "memory": run_memory,
    "memory_mail": run_memory_mail,
}


def measured(name: str, path: Path, times: int = 1) -> tuple[float, int]:
    """The least of several runs, each in a fresh process."""
    found = []
    for _ in range(times):
        command = [sys.executable, "-m", "benchmarks.dmarc_reader", "--run", name, "--file", str(path)]
        found.append(json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout))
    return min(float(each[0]) for each in found), int(found[0][1])


def compared(rows: int, *, is_large: bool) -> dict[str, object]:
    """All measurements."""
    has_peer = importlib.util.find_spec("parsedmarc") is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "report.xml.gz")
        write_report(path, rows)
        expat_seconds, size = measured("expat", path, 3)
        ours, read = measured("ours", path, 3)
        mail, mail_rows = measured("ours_mail", path, 3)
        memory, _ = measured("memory", path)
        peer = measured("parsedmarc", path) if has_peer else None
        peer_mail = measured("parsedmarc_mail", path) if has_peer else None
        if is_large:
            write_report(path, rows * (1 << 30) // size)
            memory = max(memory, measured("memory", path)[0])
        in_mail = Path(folder, "report.eml")
        write_mail(in_mail, path)
        memory_mail, mailed = measured("memory_mail", in_mail)
    for theirs, here in ((peer, read), (peer_mail, mail_rows)):
        if theirs is not None and theirs[1] != here:
            raise SystemExit(f"parsedmarc read {theirs[1]} rows, staygreen {here}")
    if mailed < rows:
        raise SystemExit(f"{mailed} of at least {rows} rows were read from the mail")
    if read != rows:
        raise SystemExit(f"{read} of {rows} rows were read")
    return {
        "benchmark": "dmarc_reader",
        "rows": rows,
        "xml_mb": round(size / 1e6, 1),
        "expat_seconds": round(expat_seconds, 3),
        "staygreen_seconds": round(ours, 3),
        "rows_per_second": round(rows / ours),
        "parsedmarc_seconds": round(peer[0], 2) if peer else None,
        "mails_per_second": round(MAILS / mail),
        "share_of_expat": round(expat_seconds / ours, 3),
        "times_parsedmarc": round(peer[0] / ours, 1) if peer else None,
        "times_parsedmarc_mail": round(peer_mail[0] / mail, 1) if peer_mail else None,
        "memory_above_base_mb": round(memory, 1),
        "memory_mail_above_base_mb": round(memory_mail, 1),
    }


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--rows", type=int, default=160_000)
    arguments.add_argument("--large", action="store_true")
    arguments.add_argument("--run", choices=tuple(RUNS), help=argparse.SUPPRESS)
    arguments.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    if options.run:
        print(json.dumps(RUNS[options.run](options.file)))
        return 0
    found = compared(options.rows, is_large=options.large)
    if options.json:
        print(json.dumps(found))
    else:
        for key, value in found.items():
            print(f"{key:<22} {'parsedmarc is not installed' if value is None else value}")
    reached = all(found[key] is None or float(str(found[key])) >= least for key, least in TARGETS.items())
    most = max(float(str(found[key])) for key in ("memory_above_base_mb", "memory_mail_above_base_mb"))
    return 0 if reached and most <= MOST_MEMORY_MB else 1


if __name__ == "__main__":
    sys.exit(main())
