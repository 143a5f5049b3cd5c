"""What a digest tells about, read from the tables."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from staygreen.adapters.snds.history import History
from staygreen.adapters.store.deployments import DeploymentTable
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.core.alerts.digest import Picture
from staygreen.core.blocklist import catalogue
from staygreen.core.checks import CHECKS
from staygreen.core.deployments.before import Recorded
from staygreen.core.snds.rows import Colour

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def picture(
    table: IncidentTable,
    since: datetime,
    now: datetime,
    client: DynamoDBClient,
    *,
    deployments: DeploymentTable,
    snds_table: str = "",
    dashboard: str = "",
) -> Picture:
    """Everything of the period.

    Args:
        table: Where incidents are.
        since: The beginning of the period (aware).
        now: Its end.
        client: Reads the history of SNDS.
        deployments: What was deployed.
        snds_table: That history's table; empty: SNDS is not watched.
        dashboard: The name of the CloudWatch dashboard; empty: there is none.
    """
    loaded = [table.load(check.id) for check in CHECKS]
    return Picture(
        since=since,
        now=now,
        incidents=tuple(incident for known, _ in loaded for incident in known.values()),
        heartbeats=tuple(last for _, last in loaded if last is not None),
        deployments=Recorded(
            deployments=tuple(deployments.ended(since, now)), since=deployments.recording_since(), read_from=since
        ),
        list_names={entry.id: entry.name for entry in catalogue.load().entries},
        dashboard=dashboard,
        colours=_colours(History(client=client, table=snds_table), since, now) if snds_table else {},
    )


def _colours(history: History, since: datetime, now: datetime) -> Mapping[str, tuple[Colour, ...]]:
    """By address, the newest day first."""
    dates = [since.date() + timedelta(days=n) for n in range((now.date() - since.date()).days + 1)]
    days, _ = history.read(dates)
    found = {str(ip): tuple(day.filter_result for day in of_one if day.filter_result) for ip, of_one in days.items()}
    return {address: colours for address, colours in found.items() if colours}
