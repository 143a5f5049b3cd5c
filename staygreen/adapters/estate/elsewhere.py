"""How many identities there are in other regions: reported, not read."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

_AT_ONCE = 8
_QUICK = Config(connect_timeout=3, read_timeout=5, retries={"max_attempts": 1})


def identities(session: Any, region: str) -> Mapping[str, int]:
    """Return the numbers by region, of regions that have any; one that is not enabled has none."""
    regions = [each for each in session.get_available_regions("sesv2") if each != region]

    # clients are made one after another: a session is not for several threads
    clients = {each: session.client("sesv2", region_name=each, config=_QUICK) for each in regions}

    def count(each: str) -> int:
        try:
            return len(clients[each].list_email_identities(PageSize=1000).get("EmailIdentities", ()))
        except (BotoCoreError, ClientError):
            return 0

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return {each: number for each, number in zip(regions, pool.map(count, regions), strict=True) if number}
