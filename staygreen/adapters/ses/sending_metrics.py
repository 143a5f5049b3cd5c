"""What SES counts of itself in CloudWatch: the metrics of the whole account and region, without dimensions.

Deliveries are never counted from events: one for each message would cost more than they tell. For one provider
alone there is no count without Virtual Deliverability Manager.

Source: SES Developer Guide, "Retrieving Amazon SES event data from CloudWatch"; not verified.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient

NAMESPACE = "AWS/SES"
_HOUR = timedelta(hours=1)


def sent(client: CloudWatchClient, since: datetime, until: datetime) -> int:
    """How many messages SES took to send, in hours that lie in the time or touch it; 0 also when there is no metric."""
    start = since.replace(minute=0, second=0, microsecond=0)
    found = client.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="Send",
        StartTime=start,
        EndTime=until + _HOUR,
        Period=int(_HOUR.total_seconds()),
        Statistics=["Sum"],
    )
    return round(sum(point["Sum"] for point in found["Datapoints"]))
