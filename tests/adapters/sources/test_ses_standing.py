"""What SES and CloudWatch answer, as one standing of the account."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import ANY

from staygreen.adapters.sources.ses_standing import standing
from staygreen.core.account_share import account_share
from staygreen.core.ses.standing import ACCOUNT, Account, Entity, Rates, Recommendation, SetInUse
from tests.adapters.stubbed import stubbed

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ARN = "arn:aws:ses:eu-west-1:1:"


@pytest.fixture
def clients():
    with stubbed("sesv2", "cloudwatch") as made:
        yield made


def answered(*series: tuple[str, list[float]]) -> dict[str, Any]:
    times = [NOW - timedelta(hours=2), NOW - timedelta(hours=1)]
    rows = [{"Id": key, "Timestamps": times[: len(values)], "Values": values} for key, values in series]
    return {"MetricDataResults": rows}


def test_everything_is_read_page_by_page(clients):
    made, stubs = clients
    ses, cloudwatch = stubs["sesv2"], stubs["cloudwatch"]
    account = {"SendingEnabled": True, "EnforcementStatus": "PROBATION", "VdmAttributes": {"VdmEnabled": "ENABLED"}}
    quota = {"SendQuota": {"Max24HourSend": 5e4, "MaxSendRate": 14.0, "SentLast24Hours": 1200.0}}
    ses.add_response("get_account", {**account, **quota})
    ses.add_response("list_configuration_sets", {"ConfigurationSets": ["news"], "NextToken": "t"}, {"PageSize": 100})
    news = {"SendingOptions": {"SendingEnabled": False}, "DeliveryOptions": {"SendingPoolName": "warm"}}
    ses.add_response("get_configuration_set", news, {"ConfigurationSetName": "news"})
    ses.add_response("list_configuration_sets", {"ConfigurationSets": ["gone"]}, {"PageSize": 100, "NextToken": "t"})
    ses.add_client_error("get_configuration_set", "NotFoundException")
    cloudwatch.add_response(
        "get_metric_data", answered(("m0", [0.5, 0.03]), ("m1", []), ("m2", [0.01]), ("m3", [0.001]))
    )
    cloudwatch.add_response("get_metric_data", answered(("m0", [40.0, 60.0])))
    tenant = {
        "ReputationEntityReference": f"{ARN}tenant/a/tn-1",
        "SendingStatusAggregate": "DISABLED",
        "CustomerManagedStatus": {"Status": "ENABLED"},
        "AwsSesManagedStatus": {"Status": "DISABLED", "Cause": "bounces"},
        "ReputationImpact": "HIGH",
    }
    ses.add_response("list_reputation_entities", {"ReputationEntities": [tenant]}, {"PageSize": 100})
    told = {"Type": "DKIM", "ResourceArn": f"{ARN}identity/d.test", "Description": "short", "Impact": "LOW"}
    ses.add_response(
        "list_recommendations", {"Recommendations": [told]}, {"PageSize": 100, "Filter": {"STATUS": "OPEN"}}
    )
    rows = [
        {"EmailAddress": f"{n}@d.test", "Reason": "BOUNCE", "LastUpdateTime": NOW - timedelta(days=n)}
        for n in (0, 0, 1)
    ]
    ses.add_response(
        "list_suppressed_destinations", {"SuppressedDestinationSummaries": rows}, {"PageSize": 1000, "StartDate": ANY}
    )
    found = standing(made["sesv2"], made["cloudwatch"], NOW)
    assert found.account == Account(enforcement="PROBATION", sent_in_a_day=1200, has_vdm=True)
    assert found.sets == (SetInUse(name="news", sending_enabled=False, pool="warm"),)
    assert found.rates == {
        ACCOUNT: Rates(bounces=0.03, sent=1200),
        "news": Rates(bounces=0.01, complaints=0.001, sent=100),
    }
    assert found.entities == (Entity(arn=f"{ARN}tenant/a/tn-1", status="DISABLED", cause="bounces", impact="HIGH"),)
    assert found.recommendations == (
        Recommendation(kind="DKIM", arn=f"{ARN}identity/d.test", description="short", impact="LOW"),
    )
    assert found.suppressed == {date(2026, 11, 24): 2, date(2026, 11, 23): 1}


def test_of_another_sender_no_set_and_no_advice_is_read_but_tenants_are(clients):
    made, stubs = clients
    ses, cloudwatch = stubs["sesv2"], stubs["cloudwatch"]
    ses.add_response("get_account", {"VdmAttributes": {"VdmEnabled": "ENABLED"}})
    pools = {"own": "warm", "declared": "", "theirs": "cold", "nobodys": ""}
    ses.add_response("list_configuration_sets", {"ConfigurationSets": list(pools)})
    for pool in pools.values():
        options = {"DeliveryOptions": {"SendingPoolName": pool}} if pool else {}
        ses.add_response("get_configuration_set", options)
    cloudwatch.add_response("get_metric_data", answered())
    cloudwatch.add_response("get_metric_data", answered())
    kinds = ("identity/own.test", "identity/theirs.test", "configuration-set/own", "configuration-set/theirs")
    arns = [f"{ARN}{kind}" for kind in (*kinds, "tenant/a/tn-1")]
    entities = [{"ReputationEntityReference": arn, "SendingStatusAggregate": "ENABLED"} for arn in arns]
    ses.add_response("list_reputation_entities", {"ReputationEntities": entities})
    advice = [{"Type": "DKIM", "ResourceArn": arn, "Description": "short", "Impact": "LOW"} for arn in arns]
    ses.add_response("list_recommendations", {"Recommendations": advice})
    ses.add_response("list_suppressed_destinations", {})
    share = account_share(["own.test", "warm"], ["declared"])
    found = standing(made["sesv2"], made["cloudwatch"], NOW, share)
    own = [arns[0], arns[2], arns[4]]
    assert [one.name for one in found.sets] == ["own", "declared"]
    assert set(found.rates) == {ACCOUNT, "own", "declared"}
    assert [one.arn for one in found.entities] == own
    assert [one.arn for one in found.recommendations or ()] == own


def test_without_virtual_deliverability_manager_no_advice_is_asked_for_and_a_flood_is_not_counted(clients):
    made, stubs = clients
    ses, cloudwatch = stubs["sesv2"], stubs["cloudwatch"]
    ses.add_response("get_account", {})
    ses.add_response("list_configuration_sets", {})
    cloudwatch.add_response("get_metric_data", answered())
    ses.add_response("list_reputation_entities", {})
    for _ in range(21):
        ses.add_response("list_suppressed_destinations", {"NextToken": "more"})
    found = standing(made["sesv2"], made["cloudwatch"], NOW)
    assert (found.recommendations, found.suppressed) == (None, None)
    assert found.rates == {ACCOUNT: Rates(sent=0)}
