"""SES v2: ListReputationEntities and ListRecommendations, each in one page; and BatchGetMetricData.

* A new account has neither; PUT /v2/email/_local/reputation sets both, as SES answers them.
* Recommendations are filtered by TYPE, IMPACT, STATUS and RESOURCE_ARN.
* BatchGetMetricData answers each query by its Id with days and values; PUT /v2/email/_local/metrics sets them, as
  {"ISP=Hotmail": {"2026-11-24": 1200}}.
Source: the shapes of botocore's sesv2 model; the behaviour is not verified.
"""

from __future__ import annotations

from local.aws.ses_routes import Answer, Body, Query, route
from local.aws.store import new_store

_reputation = new_store()
_metrics = new_store()
_FILTERED_BY = {"TYPE": "Type", "IMPACT": "Impact", "STATUS": "Status", "RESOURCE_ARN": "ResourceArn"}


@route("PUT", "/_local/reputation")
def put_local(body: Body, query: Query) -> Answer:
    """Set entities and recommendations (local only)."""
    for key, value in body.items():
        _reputation[key] = value
    return {}


@route("POST", "/reputation/entities")
def list_entities(body: Body, query: Query) -> Answer:
    """ListReputationEntities."""
    return {"ReputationEntities": _reputation.get("ReputationEntities", [])}


@route("POST", "/vdm/recommendations")
def list_recommendations(body: Body, query: Query) -> Answer:
    """ListRecommendations."""
    wanted = {_FILTERED_BY[name]: value for name, value in (body.get("Filter") or {}).items()}
    found = [
        each
        for each in _reputation.get("Recommendations", [])
        if all(each.get(key) == value for key, value in wanted.items())
    ]
    return {"Recommendations": found}


@route("PUT", "/_local/metrics")
def put_metrics(body: Body, query: Query) -> Answer:
    """Set messages by day (local only)."""
    for key, value in body.items():
        _metrics[key] = value
    return {}


@route("POST", "/metrics/batch")
def batch_get_metric_data(body: Body, query: Query) -> Answer:
    """BatchGetMetricData, of queries with one dimension."""
    return {"Results": [_result(each) for each in body.get("Queries", [])], "Errors": []}


def _result(query: Body) -> Body:
    (dimension,) = (f"{name}={value}" for name, value in query["Dimensions"].items())
    days = sorted(_metrics.get(dimension, {}).items())
    return {"Id": query["Id"], "Timestamps": [f"{day}T00:00:00Z" for day, _ in days], "Values": [n for _, n in days]}
