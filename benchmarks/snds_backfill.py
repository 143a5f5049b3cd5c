"""A first run of the SNDS check: 30 days of 1,000 addresses, fetched, parsed and stored.

Run: ``python -m benchmarks.snds_backfill --json``. Microsoft is the stand-in and DynamoDB the
emulator, both on this machine: the time shows what the program adds, not what a network adds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import boto3

from local.emulator import free_port
from local.snds import SndsServer
from staygreen.adapters.snds.rest import Web
from staygreen.adapters.snds.run import Clients, Run
from staygreen.adapters.snds.token_store import SecretToken
from staygreen.core.checks import snds as check
from staygreen.core.snds.run_result import Question
from staygreen.core.snds.token import Secret, Token

TARGET_SECONDS = 60
TARGET_MEGABYTES = 200


def fill(server: SndsServer, now: datetime, addresses: list[IPv4Address], days: int) -> None:
    for back in range(1, days + 1):
        day = (now - timedelta(days=back)).date()
        on = f"{day.month}/{day.day}/{day.year}"
        rows = [
            f"{address},{on} 8:00 AM,{on} 9:00 PM,4220,4090,4220,GREEN,< 0.1%,,,,,@example.com,\r\n"
            for address in addresses
        ]
        server.world.days[day.isoformat()] = "".join(rows).encode()


def wait(url: str) -> None:
    while True:
        try:
            urllib.request.urlopen(f"{url}/_ministack/health", timeout=1).close()  # noqa: S310 - loopback
        except OSError:
            time.sleep(0.05)
        else:
            return


def measure(server: SndsServer, url: str, count: int, days: int) -> dict[str, float | int | str]:
    options = {
        "endpoint_url": url,
        "region_name": "eu-central-1",
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }
    table, secrets = boto3.client("dynamodb", **options), boto3.client("secretsmanager", **options)
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
    types = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
    table.create_table(TableName="snds", KeySchema=keys, AttributeDefinitions=types, BillingMode="PAY_PER_REQUEST")
    now = datetime.now(UTC)
    addresses = [IPv4Address("198.18.0.0") + number for number in range(count)]
    fill(server, now, addresses, days)
    token = Token(refresh_token=Secret(server.world.refresh_token), obtained_at=now - timedelta(days=1))
    SecretToken(client=secrets, secret_id="snds").login(token)  # noqa: S106 - a name
    settings = {
        "token_secret": "snds",
        "table": "snds",
        "base_url": server.base_url,
        "authority": server.authority,
    }
    question = Question(places=check.places(settings), dedicated=frozenset(), own=frozenset(addresses))
    clients = Clients(
        secrets=secrets,
        table=table,
        metrics=boto3.client("cloudwatch", **options),
        objects=boto3.client("s3", **options),
    )
    started = time.perf_counter()
    reading = Run(question=question, clients=clients, now=lambda: now, owner="benchmark", web=Web()).read()
    seconds = time.perf_counter() - started
    return {
        "benchmark": "snds_backfill",
        "rows": sum(len(of_one) for of_one in reading.days.values()),
        "seconds": round(seconds, 1),
        "peak_megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "target_seconds": TARGET_SECONDS,
        "target_megabytes": TARGET_MEGABYTES,
    }


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--addresses", type=int, default=1000)
    arguments.add_argument("--days", type=int, default=30)
    options = arguments.parse_args()
    port = free_port()
    with tempfile.TemporaryDirectory() as directory, (Path(directory) / "log").open("w") as log, SndsServer() as server:
        emulator = subprocess.Popen(
            [sys.executable, "-c", "from ministack.app import main; main()"],
            env={**os.environ, "GATEWAY_PORT": str(port), "PERSIST_STATE": "0"},
            stdout=log,
            stderr=log,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            wait(url)
            result = measure(server, url, options.addresses, options.days)
        finally:
            emulator.terminate()
            emulator.wait()
    print(json.dumps(result) if options.json else f"{result['rows']} rows in {result['seconds']} s")
    return 0 if result["rows"] == options.addresses * options.days else 1


if __name__ == "__main__":
    sys.exit(main())
