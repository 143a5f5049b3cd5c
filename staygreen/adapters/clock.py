"""The time, which everything that runs takes from here alone.

In the local cloud the time can be moved: the file that STAYGREEN_CLOCK_FILE names holds a decimal
number of seconds to add. Against any AWS endpoint that is not loopback the file is ignored.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit


def now() -> datetime:
    """The present (aware, UTC), moved by the shift of the local cloud when there is one."""
    return datetime.now(UTC) + _shift()


def is_local_cloud() -> bool:
    """Whether AWS is a loopback address: only then is anything of the local cloud honoured."""
    host = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _shift() -> timedelta:
    name = os.environ.get("STAYGREEN_CLOCK_FILE", "")
    if not name or not is_local_cloud():
        return timedelta(0)
    try:
        return timedelta(seconds=float(Path(name).read_text().strip() or 0))
    except FileNotFoundError:
        return timedelta(0)
