"""How long the fastest run of each function takes in the local cloud, and what that is at most on Lambda.

    python -m benchmarks.run_seconds

Deploys the first example, lets every check run, and the hourly ones three times more, so that they are warm. On Lambda
a run takes at most the same seconds divided by the share of a core that its memory buys, as if all of them were work. A
busy machine makes the figures worse than they are. The cost is computed with `staygreen/review/data/usage.toml`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

from local.cloud import LocalCloud
from local.stage import HOUR, Stage
from staygreen.core.checks import CHECKS
from staygreen.core.config.parser import parse

CORE_MB = 1769
"""Memory that buys one core (docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html, not verified)."""


def main() -> None:
    """Print a line for each function that ran."""
    with LocalCloud(variables={"STAYGREEN_PTR_PENDING_SECONDS": "0"}) as cloud:
        made = Stage(cloud)
        cloud.bootstrap()
        made.deploy(made.synth())
        cloud.advance(7 * HOUR)
        config = parse(made.config.read_text(), "sender.toml")
        for check in (each.id for each in CHECKS if each.enabled(config)):
            cloud.wait_until(partial(made.heartbeat, check), what=f"a run of the check {check}")
        for _ in range(3):
            made.run_check()
        functions = cloud.client("lambda").list_functions()["Functions"]
        for each in sorted(functions, key=lambda one: str(one["FunctionName"])):
            runs, seconds = _measured(cloud, each["FunctionName"])
            if runs:
                most = seconds * max(1.0, CORE_MB / each["MemorySize"])
                print(f"{each['FunctionName']:55} {runs:4.0f} runs  {seconds:6.2f} s here  {most:6.1f} s at most")


def _measured(cloud: LocalCloud, function: str) -> tuple[float, float]:
    """Runs, and the seconds of the fastest."""
    now = datetime.now(UTC)
    found = cloud.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Lambda",
        MetricName="Duration",
        Dimensions=[{"Name": "FunctionName", "Value": function}],
        StartTime=now - timedelta(days=2),
        EndTime=now + timedelta(days=2),
        Period=86_400,
        Statistics=["Minimum", "SampleCount"],
    )["Datapoints"]
    runs = sum(each["SampleCount"] for each in found)
    return runs, min((each["Minimum"] for each in found), default=0.0) / 1000


if __name__ == "__main__":
    main()
