"""What a cold start of each function loads: import time, memory, and sizes of what is deployed.

    python -m benchmarks.cold_start [--json] [--runs 5] [--against CHECKOUT]

Each handler is imported in a fresh interpreter with the asset and the layer first on its path; boto3, which the runtime
brings, is imported first and counted apart. What serves every check is loaded as for `blocklist`. Peers are an empty
handler and boto3 alone. With `--against` each handler is imported from another checkout too, the two in turn, so that
both have the same machine. That a handler needs nothing beyond asset, layer and boto3 is tested in tests/stacks.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stacks.constructs.code_asset import pack
from stacks.constructs.libraries import layer

ROOT = Path(__file__).resolve().parent.parent
HELPERS = ("__init__", "announcing", "deadline", "deployment", "environment", "figures", "fleet")
_PROBE = """
import json, os, sys, time
os.environ["STAYGREEN_CHECK"] = "blocklist"
sys.path[:0] = {paths!r}
start = time.perf_counter()
import boto3
runtime, cpu = time.perf_counter(), time.process_time()
import {module}
end, cpu = time.perf_counter(), time.process_time() - cpu
# not what getrusage says: that is never less than what the process had that started this one
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps({{"boto3_ms": (runtime - start) * 1000, "import_ms": (end - runtime) * 1000, "cpu_ms": cpu * 1000,
                   "rss_mb": peak / 1024}}))
"""


def measure(module: str, paths: list[str]) -> dict[str, float]:
    """Return the figures of one import in a fresh interpreter."""
    probe = _PROBE.format(paths=paths, module=module)
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True, cwd="/")
    return dict(json.loads(done.stdout))


def medians(figures: list[dict[str, float]]) -> dict[str, float]:
    """Return the median of each figure."""
    return {key: round(statistics.median(each[key] for each in figures), 1) for key in figures[0]}


def in_turn(modules: list[tuple[str, list[str]]], runs: int) -> list[dict[str, float]]:
    """Return the medians of each module's import with its path, all in turn, after one run each that is not counted."""
    figures: list[list[dict[str, float]]] = [[] for _ in modules]
    for run in range(runs + 1):
        for place, (module, paths) in enumerate(modules):
            measured = measure(module, paths)
            if run:
                figures[place].append(measured)
    return [medians(each) for each in figures]


def handlers(root: Path) -> dict[str, str]:
    """Return the modules of a checkout's handlers by their names."""
    folder = next(place for place in (root / "lambdas" / "handlers", root / "lambdas") if place.is_dir())
    package = ".".join(folder.relative_to(root).parts)
    return {path.stem: f"{package}.{path.stem}" for path in sorted(folder.glob("*.py")) if path.stem not in HELPERS}


def main() -> None:
    """Measure, and print a line for each handler."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--against", type=Path)
    arguments = parser.parse_args()
    built, _ = layer()
    rows: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as empty, tempfile.TemporaryDirectory() as opened:
        with zipfile.ZipFile(built) as archive:
            archive.extractall(opened)
        (Path(empty) / "empty_handler.py").write_text("def handler(event, context): return None\n")
        libraries = str(Path(opened) / "python")
        (rows["empty handler"],) = in_turn([("empty_handler", [empty])], arguments.runs)
        other = handlers(arguments.against.resolve()) if arguments.against else {}
        for name, module in handlers(ROOT).items():
            modules = [(module, [str(ROOT), libraries])]
            if name in other:
                modules.append((other[name], [str(arguments.against.resolve()), libraries]))
            here, *there = in_turn(modules, arguments.runs)
            rows[module] = here | {f"{key}_there": value for figures in there for key, value in figures.items()}
    sizes = {"asset_bytes": pack()[0].stat().st_size, "layer_bytes": built.stat().st_size}
    result: dict[str, Any] = {"python": sys.version.split()[0], "runs": arguments.runs, "handlers": rows, **sizes}
    print(json.dumps(result) if arguments.json else "\n".join(_lines(result)))


def _lines(result: dict[str, Any]) -> Iterator[str]:
    yield (
        f"Python {result['python']}, medians of {result['runs']}; asset {result['asset_bytes'] / 1e6:.2f} MB zipped, "
        f"layer {result['layer_bytes'] / 1e6:.2f} MB zipped"
    )
    for module, figures in result["handlers"].items():
        there = figures.get("cpu_ms_there")
        yield (
            f"{module:30} import {figures['import_ms']:7.1f} ms, {figures['cpu_ms']:6.1f} ms CPU  "
            f"boto3 {figures['boto3_ms']:6.1f} ms  peak {figures['rss_mb']:6.1f} MB"
            + (f"  there {there:6.1f} ms CPU, {figures['cpu_ms'] / there:.2f} of it" if there else "")
        )


if __name__ == "__main__":
    main()
