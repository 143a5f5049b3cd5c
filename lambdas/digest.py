"""Makes the digest of a period, and hands it to the announcer through the outbox.

STAYGREEN_DIGEST_EVERY is ``day`` or ``week``; STAYGREEN_SNDS_TABLE names the history of Microsoft's colours, and
STAYGREEN_DASHBOARD the CloudWatch dashboard, where there is one. A second call on the same day announces nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from lambdas.environment import deployed
from staygreen.adapters import clock
from staygreen.adapters.aws.clients import client
from staygreen.adapters.store.deployments import DeploymentTable
from staygreen.adapters.store.digest_input import picture
from staygreen.core.alerts.digest import digest, period

logger = Logger(service="digest")
_surroundings = cache(deployed)


def handler(_event: Mapping[str, Any], _context: object) -> Mapping[str, bool]:
    """Announce what happened in the period that ends now."""
    here, now = _surroundings(), clock.now()
    since = now - period(os.environ["STAYGREEN_DIGEST_EVERY"])
    found = picture(
        here.table,
        since,
        now,
        client("dynamodb"),
        deployments=DeploymentTable(client("dynamodb"), os.environ["STAYGREEN_TABLE"]),
        snds_table=os.environ.get("STAYGREEN_SNDS_TABLE", ""),
        dashboard=os.environ.get("STAYGREEN_DASHBOARD", ""),
    )
    is_new = here.table.announce(digest(found, here.context), now)
    logger.info("digest", since=since.isoformat(), announced=is_new)
    return {"announced": is_new}
