"""Records each finished deployment of this sender's stacks, with the mail facts that it changed.

A rule hands over CloudFormation's stack status events. They may come twice, late and out of order: a deployment is
recorded once, and one whose template another deployment replaced before it was read is recorded without its changes.
The event of this function's own stack also keeps the templates of stacks that none is kept of: they were deployed
before anything recorded.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from lambdas.deployment import resource_names
from staygreen.adapters.aws.clients import client
from staygreen.adapters.aws.stacks import DeployedStack, read_stack, stacks_of
from staygreen.adapters.store.deployments import DeploymentTable, KeptTemplate
from staygreen.core.deployments import change_set, stack_event
from staygreen.core.deployments.changes import compare, side
from staygreen.core.deployments.deployment import Deployment, Outcome
from staygreen.core.deployments.stack_event import StackEvent
from staygreen.core.mail_facts.facts import NONE, Facts
from staygreen.core.mail_facts.template import Unreadable

logger = Logger(service="deployments")
_FOLLOWED = "another operation on the stack had begun before this one was read"
_TWICE = 2


@cache
def _table() -> DeploymentTable:
    return DeploymentTable(client("dynamodb"), os.environ["STAYGREEN_TABLE"])


def handler(event: Mapping[str, Any], _context: object) -> Mapping[str, bool]:
    """Record one deployment; events of anything else are passed over."""
    found = stack_event.read(event)
    if found is None or not found.stack.startswith(resource_names().any_stack.removesuffix("*")):
        return {"recorded": False}
    table = _table()
    table.begin(found.at)
    if found.stack == os.environ["STAYGREEN_OWN_STACK"] and found.outcome is Outcome.DONE:
        _keep_others(table, found)
    plain = Deployment(stack=found.stack, at=found.at, outcome=found.outcome)
    if table.is_recorded(plain):
        return {"recorded": False}
    # the second time somebody else has recorded the stack's next deployment, or this one
    for _ in range(_TWICE):
        if _recorded(table, found, plain):
            break
    else:
        table.record(replace(plain, unknown=_FOLLOWED))
    logger.info("recorded", stack=found.stack, outcome=found.outcome.value, at=found.at.isoformat())
    return {"recorded": True}


def _recorded(table: DeploymentTable, event: StackEvent, plain: Deployment) -> bool:
    """Compare and write; False when somebody else wrote meanwhile."""
    before = table.kept(event.stack)
    now = read_stack(client("cloudformation"), event.stack_id)
    deployment = replace(plain, began=now.began)
    if now.status != event.status or now.has_begun_after(event.at) or (before and before.at > event.at):
        table.record(replace(deployment, unknown=_FOLLOWED))
        return True
    deployment = _with_commit(deployment, now, before)
    kept = KeptTemplate(
        stack_id=event.stack_id,
        at=event.at,
        change_set=now.change_set,
        body={} if _is_nothing_left(event) else now.body,
        parameters=now.parameters,
    )
    return table.record_with(_with_changes(deployment, kept, before, event), kept, before)


def _is_nothing_left(event: StackEvent) -> bool:
    """Whether the stack has no resources, whatever its template says."""
    return event.outcome is Outcome.DELETED or event.status == "ROLLBACK_COMPLETE"


def _with_commit(deployment: Deployment, now: DeployedStack, before: KeptTemplate | None) -> Deployment:
    """The deployment with its change set; one that an earlier deployment had is not this one's."""
    if not now.change_set or (before is not None and before.change_set == now.change_set):
        return deployment
    name = change_set.name_in(now.change_set)
    commit = change_set.commit_of(name)
    return replace(deployment, change_set=name, commit=commit.id, with_uncommitted=commit.with_uncommitted)


def _with_changes(
    deployment: Deployment, now: KeptTemplate, before: KeptTemplate | None, event: StackEvent
) -> Deployment:
    """The deployment with what it changed, or with why that is not known."""
    is_first = event.status in ("CREATE_COMPLETE", "ROLLBACK_COMPLETE") or (
        before is not None and before.stack_id != now.stack_id
    )
    if before is None and not is_first:
        return replace(deployment, unknown="no earlier template of the stack was kept")
    try:
        base = NONE if is_first or before is None else _side(before, event.stack)
        compared = compare(base, _side(now, event.stack))
    except Unreadable as error:
        return replace(deployment, unknown=error.problem)
    return replace(
        deployment,
        changes=compared.changes,
        changes_left_out=compared.left_out,
        unread=compared.unread,
        compared_with=before.at if before else None,
    )


def _side(kept: KeptTemplate, stack: str) -> Facts:
    if kept.body is None:
        raise Unreadable(stack, "one of the two templates is too large, or no JSON, and was not kept")
    if not kept.body:
        return NONE
    _, _, _, region, account, *_ = kept.stack_id.split(":")
    return side(kept.body, stack=stack, account=account, region=region, parameters=kept.parameters)


def _keep_others(table: DeploymentTable, event: StackEvent) -> None:
    """Keep the templates of this sender's other stacks, so that their next deployment has one to compare with."""
    for stack, stack_id in _others(event):
        if table.kept(stack) is None:
            found = read_stack(client("cloudformation"), stack_id)
            if found.is_settled:
                table.keep(stack, _as_kept(stack_id, found, event.at))


def _others(event: StackEvent) -> Iterator[tuple[str, str]]:
    prefix = resource_names().any_stack.removesuffix("*")
    for stack, stack_id in stacks_of(client("cloudformation"), prefix):
        if stack != event.stack:
            yield stack, stack_id


def _as_kept(stack_id: str, found: DeployedStack, now: datetime) -> KeptTemplate:
    return KeptTemplate(
        stack_id=stack_id,
        at=found.began or now,
        change_set=found.change_set,
        body=found.body,
        parameters=found.parameters,
    )
