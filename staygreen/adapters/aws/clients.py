"""One client of each AWS service for as long as a function's environment lives.

To make one takes 10 to 60 ms of CPU, which a warm function would pay in each run.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

_RETRYING = Config(retries={"mode": "standard", "max_attempts": 5})
_PATIENT = Config(retries={"mode": "adaptive", "max_attempts": 10})
"""For SES, which allows about one call of an operation a second: it also asks less often after a refusal."""

if TYPE_CHECKING:
    from boto3 import client as client  # its overloads give each service its own type
else:

    @cache
    def client(service: str) -> Any:
        """The client of a service, in the region and with the credentials of the environment."""
        return boto3.client(service, config=_PATIENT if service in ("ses", "sesv2") else _RETRYING)


def by_name(service: str) -> Any:
    """The same, where which service it is shows at run time alone."""
    return client(service)  # type: ignore[call-overload]
