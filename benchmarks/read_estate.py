"""1,000 identities and 10,000 records written down by `staygreen init --quick`, SES letting one call a second through.

``python -m benchmarks.read_estate [--identities N] [--records N]`` makes the estate in the local cloud, throttles its
SES and times the command: seconds, calls that SES refused, size of the file, and how long the file takes to load.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from typing import Any

from local.cloud import LocalCloud

CODE = "from staygreen.cli.main import main; main()"
ZONES = 10
AT_ONCE = 500
"""Changes of one batch (Route 53 takes 1,000)."""


def main() -> int:
    """Make the estate, read it, print a line for each figure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--identities", type=int, default=1000)
    parser.add_argument("--records", type=int, default=10_000)
    arguments = parser.parse_args()
    with LocalCloud() as cloud:
        made = _fill(cloud, arguments.identities, arguments.records)
        cloud.throttle_ses(1)
        started = time.perf_counter()
        ran = subprocess.run(
            [sys.executable, "-c", CODE, "init", "--quick", "--resolver", cloud.dns_address],
            env=cloud.env(),
            cwd=cloud.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds = time.perf_counter() - started
        refused = cloud.throttle_ses(0)
        sys.stdout.write(ran.stdout + ran.stderr)
        file = cloud.directory / "sender.toml"
        text = file.read_text() if file.exists() else ""
        loading = time.perf_counter()
        check = [sys.executable, "-c", CODE, "config", "check", str(file)]
        subprocess.run(check, env=cloud.env(), capture_output=True, check=False)
        loading = time.perf_counter() - loading
    print(f"{arguments.identities:,} identities, {made:,} record sets, SES at one call a second")
    print(f"init --quick: {seconds:.1f} s, {refused} calls refused, {len(text):,} characters, status {ran.returncode}")
    print(f"config check of the file: {loading:.1f} s")
    return ran.returncode


def _fill(cloud: LocalCloud, identities: int, records: int) -> int:
    """Make identities with all that their mail needs, and other records up to a number; gives how many."""
    changes: dict[str, list[Any]] = {}
    for number in range(ZONES):
        cloud.ensure_zone(_zone(number), f"zone{number}.example")
    ses = cloud.client("sesv2")
    for number in range(identities):
        zone, name = _zone(number % ZONES), f"d{number}.zone{number % ZONES}.example"
        tokens = ses.create_email_identity(EmailIdentity=name)["DkimAttributes"]["Tokens"]
        changes.setdefault(zone, []).extend(_records_of(name, tokens))
    made = sum(map(len, changes.values()))
    for number in range(made, records):
        host = f"h{number}.zone{number % ZONES}.example"
        changes.setdefault(_zone(number % ZONES), []).append(_set(host, "A", "192.0.2.1"))
    route53 = cloud.client("route53")
    for zone, sets in changes.items():
        for start in range(0, len(sets), AT_ONCE):
            batch = [{"Action": "CREATE", "ResourceRecordSet": each} for each in sets[start : start + AT_ONCE]]
            route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": batch})
    return sum(map(len, changes.values()))


def _zone(number: int) -> str:
    return f"Z{number:019d}"


def _records_of(name: str, tokens: list[str]) -> list[Any]:
    return [
        *(_set(f"{token}._domainkey.{name}", "CNAME", f"{token}.dkim.amazonses.com") for token in tokens),
        _set(name, "TXT", '"v=spf1 include:amazonses.com -all"'),
        _set(f"_dmarc.{name}", "TXT", '"v=DMARC1; p=none"'),
    ]


def _set(name: str, rtype: str, value: str) -> dict[str, Any]:
    return {"Name": name, "Type": rtype, "TTL": 300, "ResourceRecords": [{"Value": value}]}


if __name__ == "__main__":
    raise SystemExit(main())
