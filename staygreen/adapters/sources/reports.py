"""Days of DMARC and TLS reports, what was ours on them, and when a deployment changed a policy."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time

from staygreen.adapters.aws.clients import client
from staygreen.adapters.reports.report_table import ReportTable
from staygreen.adapters.ses import receipt_rules
from staygreen.adapters.store.deployments import DeploymentTable
from staygreen.core.deployments.deployment import Aspect, Deployment
from staygreen.core.dmarc.store import StoredQuestion, StoredReports


def read(question: StoredQuestion) -> StoredReports:
    """Answer what is asked of the store, with clients of its own."""
    table = ReportTable(client=client("dynamodb"), table=question.table)
    begin = datetime.combine(question.since, time(), UTC)
    at_work = receipt_rules.connect().at_work() if question.rules else frozenset[str]()
    return StoredReports(
        days=tuple(day for domain in question.domains for day in table.days(domain, question.since)),
        tls_days=tuple(day for domain in question.domains for day in table.tls_days(domain, question.since)),
        unreadable=tuple(table.unreadable(begin)),
        estates=dict(table.estates(question.since)),
        policy_changes=_policy_changes(question, begin),
        missing_rules=tuple(name for name in question.rules if name not in at_work),
    )


def _policy_changes(question: StoredQuestion, begin: datetime) -> Mapping[str, datetime]:
    if not question.incidents:
        return {}
    return policy_changes(DeploymentTable(client("dynamodb"), question.incidents).ended(begin))


def policy_changes(deployments: Iterable[Deployment]) -> Mapping[str, datetime]:
    """When a deployment last changed a domain's DMARC record, by domain; the deployments are in order."""
    return {
        change.name.removeprefix("_dmarc."): deployment.at
        for deployment in deployments
        if deployment.took_effect
        for change in deployment.changes
        if change.aspect is Aspect.DMARC and change.name.startswith("_dmarc.")
    }
