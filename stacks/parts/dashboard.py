"""The CloudWatch dashboard: pictures as custom widgets of one function that only reads, and graphs beside them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from stacks.constructs.function import Deployed, Function
from stacks.constructs.naming import arn
from stacks.constructs.statement import allow, explain
from stacks.state import StateStack
from staygreen.core.config.config import Config
from staygreen.core.naming import METRICS, REPLIES, SNDS
from staygreen.core.pictures.widget import Kind
from staygreen.core.ses.reputation import Limits

_FULL = 24
"""Columns of a dashboard (CloudWatch API Reference, "Dashboard body structure and syntax", recalled)."""
_HEIGHTS = {Kind.CALENDAR: 12, Kind.TIMELINE: 10, Kind.REFUSALS: 12, Kind.COVERAGE: 10}
_MOST_RUNS = timedelta(minutes=1)


class Dashboard(Construct):
    """One dashboard for a sender; it is read with the rights of whoever looks at it."""

    def __init__(self, scope: Construct, id: str, *, config: Config, state: StateStack) -> None:
        super().__init__(scope, id)
        stack, names = Stack.of(self), config.names
        has_snds = config.monitors.snds.enabled
        tables = [REPLIES, *([SNDS] if has_snds else [])]
        self.function = Function(
            self,
            "Draw",
            deployed=Deployed(
                name=names.function("widget"),
                handler="lambdas.widget.handler",
                description="staygreen: draws pictures for the dashboard",
                timeout=_MOST_RUNS,
                memory_mb=512,
                environment={
                    "STAYGREEN_ENVIRONMENT": names.environment,
                    "STAYGREEN_SENDER": names.sender,
                    "STAYGREEN_TABLE": state.table.table_name,
                    **({"STAYGREEN_SNDS_TABLE": names.table(SNDS)} if has_snds else {}),
                },
                allowed=(
                    allow("ReadIncidents", ("dynamodb:GetItem", "dynamodb:Query"), state.table.table_arn),
                    allow(
                        "ReadHistory",
                        ("dynamodb:Query",),
                        *(arn(stack, "dynamodb", f"table/{names.table(each)}") for each in tables),
                    ),
                    allow("ReadMetrics", ("cloudwatch:GetMetricData",), "*"),
                ),
            ),
        )
        explain(self.function, {"*": "Actions that read metrics have no resource-level permissions."})
        body = {"start": "-P90D", "widgets": self._widgets(config, stack)}
        cloudwatch.CfnDashboard(
            self, "Dashboard", dashboard_name=names.dashboard, dashboard_body=stack.to_json_string(body)
        )

    def _widgets(self, config: Config, stack: Stack) -> list[dict[str, Any]]:
        widgets, below = [], 0
        for kind in Kind:
            widgets.append(_at(below, _HEIGHTS[kind], "custom", self._picture(kind)))
            below += _HEIGHTS[kind]
        graphs = [_rates(stack), _silent(config, stack)]
        width = _FULL // len(graphs)
        for number, graph in enumerate(graphs):
            widgets.append({**_at(below, 6, "metric", graph), "x": number * width, "width": width})
        return widgets

    def _picture(self, kind: Kind) -> dict[str, Any]:
        return {
            "title": "",
            "endpoint": self.function.function.function_arn,
            "params": {"widget": kind.value},
            "updateOn": {"refresh": True, "resize": False, "timeRange": True},
        }


def _at(below: int, height: int, kind: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "x": 0, "y": below, "width": _FULL, "height": height, "properties": properties}


def _rates(stack: Stack) -> dict[str, Any]:
    """SES's rates of the account, with the lines at which AWS reviews."""
    limits = Limits()
    names = ("Reputation.BounceRate", "Reputation.ComplaintRate")
    lines = ((limits.bounces, "bounces: AWS reviews"), (limits.complaints, "complaints: AWS reviews"))
    return {
        "title": "SES: bounce and complaint rates of the account",
        "region": stack.region,
        "stat": "Average",
        "period": 86400,
        "metrics": [["AWS/SES", name] for name in names],
        "annotations": {"horizontal": [{"value": value, "label": label} for value, label in lines]},
    }


def _silent(config: Config, stack: Stack) -> dict[str, Any]:
    """Sources that did not answer, by check."""
    dimensions = ",".join((*config.names.dimensions, "service"))
    own = " ".join(f'{name}="{value}"' for name, value in config.names.dimensions.items())
    search = f"SEARCH('{{{METRICS},{dimensions}}} MetricName=\"SourcesSilent\" {own}', 'Maximum', 86400)"
    return {
        "title": "Sources that did not answer, by check",
        "region": stack.region,
        "metrics": [[{"expression": search, "label": "${PROP('Dim.service')}"}]],
    }
