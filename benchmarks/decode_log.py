"""How many log lines a second the decoder reads, beside `grep -E` with the same words.

`python -m benchmarks.decode_log [--json] [--lines N]`
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path

from staygreen.core.replies import input_format

TARGET = 50_000
PATTERN = r"status=(deferred|bounced) \(.*(block list \(A?S[0-9]+|banned send|4\.7\.[56][0-9][0-9]|5\.7\.515|5\.1\.1)"
_SENT = "status=sent (250 2.6.0 <{n}@shop.example> Queued mail for delivery)"
_REPLIES = (
    "550 5.7.1 Unfortunately, messages from [192.0.2.{o}] weren't sent. Please contact your Internet service provider "
    "since part of their network is on our block list (S3150).",
    "451 4.7.651 The mail server [192.0.2.{o}] has been temporarily rate limited due to IP reputation. (S844)",
    "550 5.1.1 <reader{n}@outlook.test>: user unknown",
    "550 5.7.1 something that no rule knows {n}",
)


def line(number: int) -> str:
    """One line in ten is a refusal or delay, the rest are what a mail server writes all day."""
    head = f"Nov 24 05:{number // 60 % 60:02}:{number % 60:02} mail postfix/smtp[{number % 9999}]: {number:X}: "
    to = f"to=<reader{number}@outlook.test>, relay=mx.olc.protection.outlook.com[198.51.100.7]:25, delay=1, dsn=2.0.0, "
    if number % 10:
        return head + to + _SENT.format(n=number) + "\n"
    reply = _REPLIES[number // 10 % len(_REPLIES)].format(n=number, o=number % 250)
    host = "host mx.olc.protection.outlook.com[198.51.100.7] said: "
    return f"{head}{to}status=bounced ({host}{reply} (in reply to MAIL FROM command))\n"


def main() -> None:
    """Write a log, read it with both, print the rates."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--lines", type=int, default=300_000)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mail.log"
        with path.open("w") as out:
            out.writelines(line(number) for number in range(options.lines))
        result = {**_decoded(path, options.lines), **_grep(path, options.lines)}
    if options.json:
        print(json.dumps(result))
    else:
        print("\n".join(f"{key:24} {value}" for key, value in result.items()))


def _decoded(path: Path, lines: int) -> dict[str, object]:
    causes: Counter[str] = Counter()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begin = time.process_time()
    with path.open() as log:
        for notice in input_format.log(log):
            causes[notice.decoded().cause.value] += 1
    taken = time.process_time() - begin
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return {
        "lines": lines,
        "decoded_lines_per_second": round(lines / taken),
        "target_lines_per_second": TARGET,
        "memory_growth_kb": grown,
        "causes": dict(causes),
    }


def _grep(path: Path, lines: int) -> dict[str, object]:
    grep = shutil.which("grep")
    if grep is None:
        return {"grep_lines_per_second": None}
    begin = time.perf_counter()
    found = subprocess.run([grep, "-cE", PATTERN, str(path)], capture_output=True, text=True, check=False)
    taken = time.perf_counter() - begin
    return {"grep_lines_per_second": round(lines / taken), "grep_matches": int(found.stdout or 0)}


if __name__ == "__main__":
    main()
