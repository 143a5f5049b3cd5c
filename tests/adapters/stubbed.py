"""Clients of AWS whose answers a test says one by one, and which ask for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.stub import Stubber


@contextmanager
def stubbed(*services: str) -> Iterator[tuple[dict[str, Any], dict[str, Stubber]]]:
    """Clients and what is said for them, by service; in the end nothing that was said may be left."""
    options: Any = {"region_name": "eu-west-1", "aws_access_key_id": "x", "aws_secret_access_key": "x"}
    made = {service: boto3.client(service, **options) for service in services}
    stubs = {service: Stubber(client) for service, client in made.items()}
    for stub in stubs.values():
        stub.activate()
    yield made, stubs
    for stub in stubs.values():
        stub.assert_no_pending_responses()
