"""How long `app.py` takes beside an empty Python CDK app in the same run; without cdk-nag.

One domain, then 100 domains and 50 addresses. ``python -m benchmarks.synth [--json]``
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
EMPTY = "import aws_cdk as cdk\napp = cdk.App()\ncdk.Stack(app, 'empty')\napp.synth()\n"
ROUNDS = 3


def large() -> str:
    text = '[sender]\nname = "large"\naccount = "111122223333"\nregion = "eu-central-1"\n'
    text += '\n[[configuration_set]]\nname = "mail"\n'
    text += "".join(
        f'\n[[domain]]\nname = "brand-{number}.example"\nconfiguration_set = "mail"\n'
        f'zone = {{ id = "Z0EXAMPLE{number:011}", name = "brand-{number}.example" }}\n'
        for number in range(100)
    )
    return text + "".join(
        f'\n[[address]]\nname = "mail-{number}"\nptr = "out-{number}.brand-0.example"\n' for number in range(50)
    )


def seconds(script: str, config: str = "") -> float:
    """The best of a few rounds; the first also compiles."""
    settings = json.loads((ROOT / "cdk.json").read_text())["context"]
    context = json.dumps({**settings, "config": config} if config else {})
    found = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as out:
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, *(("-c", EMPTY) if script == "-" else (script,))],
                cwd=ROOT,
                env={**os.environ, "CDK_OUTDIR": out, "CDK_CONTEXT_JSON": context},
                capture_output=True,
                check=True,
            )
            found.append(time.perf_counter() - start)
    return min(found)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as directory:
        config = Path(directory) / "large.toml"
        config.write_text(large())
        empty = seconds("-")
        one = seconds("app.py", "config/examples/one-domain.toml")
        many = seconds("app.py", str(config))
    result = {
        "benchmark": "synth",
        "cdk_nag": False,
        "empty_seconds": round(empty, 2),
        "one_domain_seconds": round(one, 2),
        "one_domain_ratio": round(one / empty, 2),
        "large_seconds": round(many, 2),
        "large_ratio": round(many / empty, 2),
    }
    print(json.dumps(result) if given.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
