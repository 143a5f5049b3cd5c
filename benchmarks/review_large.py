"""Two assemblies of 50 stacks and 5,000 resources, reviewed on one core: seconds and peak memory.

Beside it, where the CDK CLI is installed, `cdk diff --template` on the same pairs.
``python -m benchmarks.review_large [--json] [--cdk STACKS]``
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

STACKS, EACH = 50, 100
CDK = Path(__file__).parents[1] / "node_modules" / ".bin" / "cdk"
_CHILD = """
import resource, sys, time
start = time.perf_counter()
from datetime import date
from pathlib import Path
from staygreen.review import render, report, template
found = report.review(template.load(Path(sys.argv[1])), template.load(Path(sys.argv[2])), date(2026, 11, 24))
render.as_markdown(found)
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, len(found.findings))
"""


def template(stack: int, changed: bool) -> dict[str, object]:
    domain = f"d{stack}.example.com"
    resources: dict[str, object] = {
        "Identity": {"Type": "AWS::SES::EmailIdentity", "Properties": {"EmailIdentity": domain}}
    }
    for number in range(EACH - 1):
        target = f"192.0.2.{(number + changed) % 255}" if number % 10 == 0 else "192.0.2.1"
        resources[f"Record{number}"] = {
            "Type": "AWS::Route53::RecordSet",
            "Properties": {
                "Name": f"h{number}.{domain}.",
                "Type": "A",
                "TTL": "300",
                "HostedZoneId": {"Fn::ImportValue": "zone"},
                "ResourceRecords": [target],
            },
            "Metadata": {"aws:cdk:path": f"stack{stack}/Record{number}/Resource"},
        }
    return {"Resources": resources}


def assembly(directory: Path, changed: bool) -> Path:
    directory.mkdir()
    artifacts = {}
    for stack in range(STACKS):
        name = f"stack{stack}.template.json"
        (directory / name).write_text(json.dumps(template(stack, changed)))
        artifacts[f"stack{stack}"] = {
            "type": "aws:cloudformation:stack",
            "environment": "aws://111122223333/eu-central-1",
            "properties": {"templateFile": name},
        }
    (directory / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": artifacts}))
    return directory


def cdk_seconds(base: Path, head: Path, stacks: int) -> float:
    start = time.perf_counter()
    for stack in range(stacks):
        command = [str(CDK), "diff", "--app", str(head), "--template", str(base / f"stack{stack}.template.json")]
        subprocess.run([*command, f"stack{stack}"], capture_output=True, check=False)
    return time.perf_counter() - start


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    options.add_argument("--cdk", type=int, default=0, help="how many of the stacks `cdk diff` is run on")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        base, head = (assembly(Path(directory) / side, side == "head") for side in ("base", "head"))
        told = subprocess.run(
            [sys.executable, "-c", _CHILD, str(base), str(head)], capture_output=True, text=True, check=True
        ).stdout.split()
        result: dict[str, object] = {
            "benchmark": "review_large",
            "resources": STACKS * EACH,
            "seconds": round(float(told[0]), 2),
            "peak_megabytes": int(told[1]),
            "findings": int(told[2]),
        }
        if given.cdk and CDK.exists():
            result["cdk_diff_stacks"] = given.cdk
            result["cdk_diff_seconds"] = round(cdk_seconds(base, head, given.cdk), 2)
    print(json.dumps(result) if given.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
