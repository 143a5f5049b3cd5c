"""How long `app.py` takes beside an empty Python CDK app in the same run.

One domain, then 100 domains and 50 addresses. Without cdk-nag, and without CloudFormation's own rules, which the CDK
puts into every app by default: `app.py` asks for them in tests and deployments alone. So the empty app is measured as
it is, and once more without them. ``python -m benchmarks.synth [--json]``
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
EMPTY = "import aws_cdk as cdk\napp = cdk.App({options})\ncdk.Stack(app, 'empty')\napp.synth()\n"
UNJUDGED = "builtin_cloud_formation_validation=False"
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
    """The best of a few rounds of a script, or of program text; the first also compiles."""
    settings = json.loads((ROOT / "cdk.json").read_text())["context"]
    context = json.dumps({**settings, "config": config} if config else {})
    found = []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as out:
            start = time.perf_counter()
            subprocess.run(
                [sys.executable, *((script,) if config else ("-c", script))],
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
        empty = seconds(EMPTY.format(options=""))
        unjudged = seconds(EMPTY.format(options=UNJUDGED))
        one = seconds("app.py", "config/examples/one-domain.toml")
        many = seconds("app.py", str(config))
    result = {
        "benchmark": "synth",
        "cdk_nag": False,
        "cloudformation_rules": False,
        "empty_seconds": round(empty, 2),
        "empty_without_rules_seconds": round(unjudged, 2),
        "one_domain_seconds": round(one, 2),
        "one_domain_ratio": round(one / empty, 2),
        "one_domain_ratio_without_rules": round(one / unjudged, 2),
        "large_seconds": round(many, 2),
        "large_ratio": round(many / empty, 2),
        "large_ratio_without_rules": round(many / unjudged, 2),
    }
    print(json.dumps(result) if given.json else "\n".join(f"{name}: {value}" for name, value in result.items()))


if __name__ == "__main__":
    main()
