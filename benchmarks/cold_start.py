"""What a cold start of each function loads: import time, memory, and sizes of what is deployed.

    python -m benchmarks.cold_start [--json] [--runs 5]

Each handler is imported in a fresh interpreter with the asset and the layer first on its path; boto3, which the runtime
brings, is imported first and counted apart. What serves every check is loaded as for `blocklist`. Peers are an empty
handler and boto3 alone. That a handler needs nothing beyond asset, layer and boto3 is tested in tests/stacks.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from stacks.constructs.code_asset import pack
from stacks.constructs.libraries import layer

ROOT = Path(__file__).resolve().parent.parent
HANDLERS = tuple(
    f"lambdas.{path.stem}"
    for path in sorted((ROOT / "lambdas").glob("*.py"))
    if path.stem not in ("__init__", "deadline", "environment", "fleet")
)
_PROBE = """
import json, os, resource, sys, time
os.environ["STAYGREEN_CHECK"] = "blocklist"
sys.path[:0] = {paths!r}
start = time.perf_counter()
import boto3
runtime, cpu = time.perf_counter(), time.process_time()
import {module}
end, cpu = time.perf_counter(), time.process_time() - cpu
print(json.dumps({{"boto3_ms": (runtime - start) * 1000, "import_ms": (end - runtime) * 1000, "cpu_ms": cpu * 1000,
                   "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}}))
"""


def measure(module: str, paths: list[str]) -> dict[str, float]:
    """Return the figures of one import in a fresh interpreter."""
    probe = _PROBE.format(paths=paths, module=module)
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd="/")
    return dict(json.loads(done.stdout))


def medians(module: str, paths: list[str], runs: int) -> dict[str, float]:
    """Return the median of each figure, after one run that is not counted."""
    measure(module, paths)
    figures = [measure(module, paths) for _ in range(runs)]
    return {key: round(statistics.median(each[key] for each in figures), 1) for key in figures[0]}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    built, _ = layer()
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as opened:
        with zipfile.ZipFile(built) as archive:
            archive.extractall(opened)
        (Path(empty) / "empty_handler.py").write_text("def handler(event, context): return None\n")
        paths = [str(ROOT), str(Path(opened) / "python")]
        rows = {"empty handler": medians("empty_handler", [empty], arguments.runs)}
        rows |= {module: medians(module, paths, arguments.runs) for module in HANDLERS}
    sizes = {"asset_bytes": pack()[0].stat().st_size, "layer_bytes": built.stat().st_size}
    result: dict[str, Any] = {"python": sys.version.split()[0], "runs": arguments.runs, "handlers": rows, **sizes}
    if arguments.json:
        print(json.dumps(result))
        return
    print(
        f"Python {result['python']}, medians of {arguments.runs}; asset {sizes['asset_bytes'] / 1e6:.2f} MB zipped, "
        f"layer {sizes['layer_bytes'] / 1e6:.2f} MB zipped"
    )
    for module, figures in rows.items():
        print(
            f"{module:40} import {figures['import_ms']:7.1f} ms, {figures['cpu_ms']:6.1f} ms CPU  "
            f"boto3 {figures['boto3_ms']:6.1f} ms  peak {figures['rss_mb']:6.1f} MB"
        )


if __name__ == "__main__":
    main()
