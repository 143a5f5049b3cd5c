"""Messages by day, from CloudWatch and from Virtual Deliverability Manager."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from staygreen.adapters.sources.ses_volume import to_microsoft, volumes
from staygreen.core.account_share import account_share
from staygreen.core.ses.standing import Volume, Whose
from tests.adapters.stubbed import stubbed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = datetime(2026, 11, 24, tzinfo=UTC)
QUOTA = {"SendQuota": {"Max24HourSend": 5e4, "MaxSendRate": 14.0, "SentLast24Hours": 1200.0}}


@pytest.fixture
def clients():
    with stubbed("sesv2", "cloudwatch") as made:
        yield made


def with_sets(ses: Stubber, *sets: tuple[str, str]) -> None:
    ses.add_response("list_configuration_sets", {"ConfigurationSets": [name for name, _ in sets]})
    for name, pool in sets:
        options = {"DeliveryOptions": {"SendingPoolName": pool}} if pool else {}
        ses.add_response("get_configuration_set", options, {"ConfigurationSetName": name})


def series(key: str, *values: float) -> dict[str, Any]:
    times = [TODAY - timedelta(days=back) for back in reversed(range(len(values)))]
    return {"Id": key, "Timestamps": times, "Values": list(values)}


def test_pools_are_the_sum_of_the_sets_that_are_counted(clients):
    made, stubs = clients
    stubs["sesv2"].add_response("get_account", QUOTA)
    with_sets(stubs["sesv2"], ("plain", ""), ("a", "warm"), ("b", "warm"), ("c", "cold"))
    rows = [series("m0", 700.0, 500.0), series("m1", 10.0, 20.0), series("m2", 5.0), series("m3")]
    stubs["cloudwatch"].add_response("get_metric_data", {"MetricDataResults": rows})
    found = volumes(made["sesv2"], made["cloudwatch"], NOW)
    assert found.sent_in_a_day == 1200
    assert found.counted == (
        Volume(whose=Whose.ACCOUNT, days={date(2026, 11, 23): 700, date(2026, 11, 24): 500}),
        Volume(whose=Whose.POOL, pool="warm", days={date(2026, 11, 23): 10, date(2026, 11, 24): 25}),
    )


def test_of_pools_only_the_senders_own_are_counted(clients):
    made, stubs = clients
    stubs["sesv2"].add_response("get_account", QUOTA)
    with_sets(stubs["sesv2"], ("a", "warm"), ("b", "cold"))
    rows = [series("m0", 700.0), series("m1", 10.0)]
    stubs["cloudwatch"].add_response("get_metric_data", {"MetricDataResults": rows})
    found = volumes(made["sesv2"], made["cloudwatch"], NOW, account_share(["warm"], ()))
    assert [(one.whose, one.pool) for one in found.counted] == [(Whose.ACCOUNT, ""), (Whose.POOL, "warm")]


def test_the_deliverability_manager_counts_what_cloudwatch_does_not_and_tells_microsoft_apart(clients):
    made, stubs = clients
    stubs["sesv2"].add_response("get_account", {**QUOTA, "VdmAttributes": {"VdmEnabled": "ENABLED"}})
    with_sets(stubs["sesv2"], ("c", "cold"))
    stubs["cloudwatch"].add_response("get_metric_data", {"MetricDataResults": [series("m0", 500.0)]})
    stubs["sesv2"].add_response("batch_get_metric_data", {"Results": [series("q0", 40)]})
    stubs["sesv2"].add_response(
        "batch_get_metric_data", {"Results": [series("q0", 30), series("q1", 12), series("q2")]}
    )
    found = volumes(made["sesv2"], made["cloudwatch"], NOW)
    assert found.counted[1:] == (
        Volume(whose=Whose.POOL, pool="cold", days={date(2026, 11, 24): 40}),
        Volume(whose=Whose.MICROSOFT, days={date(2026, 11, 24): 42}),
    )


def test_what_went_to_microsoft_since_a_day_is_known_where_the_manager_is_on(clients):
    made, stubs = clients
    stubs["sesv2"].add_response("get_account", QUOTA)
    assert to_microsoft(made["sesv2"], NOW - timedelta(days=3), NOW) is None
    for rows, expected in (([series("q0", 30), series("q1", 12)], 42), ([series("q0")], None)):
        stubs["sesv2"].add_response("get_account", {**QUOTA, "VdmAttributes": {"VdmEnabled": "ENABLED"}})
        stubs["sesv2"].add_response("batch_get_metric_data", {"Results": rows})
        assert to_microsoft(made["sesv2"], NOW - timedelta(days=3), NOW) == expected
