"""Finished deployments, and the last template of each stack, in the incident table.

==========================  =======================================  ==========================================
``pk``                      ``sk``                                   item
==========================  =======================================  ==========================================
``deployments``             ``<time>#<stack>#<outcome>``             one finished deployment, kept for 400 days
``deployments#templates``   ``<stack>``                              the template kept last, compressed
``deployments#recording``   ``since``                                since when deployments are recorded
==========================  =======================================  ==========================================

A deployment and the template that it was read from are written in one transaction, so that a function killed at any
moment compares nothing twice. An item holds at most 400 KB (Amazon DynamoDB API Reference, verified 2026-11-24).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from staygreen.adapters.store.items import Item, expiry, sortable
from staygreen.core.codec import decoded, encoded
from staygreen.core.deployments.before import LOOKED_BACK, Recorded
from staygreen.core.deployments.deployment import Deployment
from staygreen.core.naming import DEPLOYMENTS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TEMPLATES, RECORDING = f"{DEPLOYMENTS}#templates", f"{DEPLOYMENTS}#recording"
LONGEST_DEPLOYMENT = timedelta(days=1)
LARGEST = 350_000
"""Bytes of a compressed template that is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTemplate:
    """The template of a stack after a deployment, and what its parameters were."""

    stack_id: str
    at: datetime
    """When that deployment ended."""
    change_set: str
    """The ARN of its change set; empty: it had none."""
    body: Mapping[str, Any] | None
    """None: it was too large to keep."""
    parameters: Mapping[str, str] = field(default_factory=dict)


class DeploymentTable:
    """Reads and writes deployments.

    Args:
        client: A DynamoDB client.
        name: The incident table.
    """

    def __init__(self, client: DynamoDBClient, name: str) -> None:
        self._client = client
        self._name = name

    def is_recorded(self, deployment: Deployment) -> bool:
        """Whether the deployment is on record already."""
        return bool(self._get(DEPLOYMENTS, deployment.id))

    def kept(self, stack: str) -> KeptTemplate | None:
        """The template of a stack that was kept last."""
        item = self._get(TEMPLATES, stack)
        if not item:
            return None
        content = json.loads(gzip.decompress(item["content"]["B"])) if "content" in item else {}
        return KeptTemplate(
            stack_id=item["stack_id"]["S"],
            at=datetime.fromisoformat(item["at"]["S"]),
            change_set=item["change_set"]["S"],
            body=content.get("body"),
            parameters=content.get("parameters", {}),
        )

    def _get(self, pk: str, sk: str) -> Mapping[str, Any]:
        key = {"pk": {"S": pk}, "sk": {"S": sk}}
        return self._client.get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item", {})

    def keep(self, stack: str, template: KeptTemplate) -> None:
        """Keep a template without a deployment, where none is kept yet."""
        self._put(_template_item(stack, template))

    def begin(self, at: datetime) -> None:
        """Note since when deployments are recorded, the first time."""
        self._put({"pk": {"S": RECORDING}, "sk": {"S": "since"}, "at": {"S": sortable(at)}})

    def record(self, deployment: Deployment) -> None:
        """Write a deployment that says nothing about the stack's template; the first telling counts."""
        self._put(_item(deployment))

    def _put(self, item: Item) -> None:
        """Write an item that is not there yet."""
        try:
            self._client.put_item(TableName=self._name, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def record_with(self, deployment: Deployment, template: KeptTemplate, before: KeptTemplate | None) -> bool:
        """Write a deployment and the template after it, in place of the one that it was compared with.

        Returns:
            False when somebody wrote one of them meanwhile: nothing was written.
        """
        kept: dict[str, Any] = {
            "TableName": self._name,
            "Item": _template_item(deployment.stack, template),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        if before is not None:
            kept["ConditionExpression"] = "#at = :before"
            kept["ExpressionAttributeNames"] = {"#at": "at"}
            kept["ExpressionAttributeValues"] = {":before": {"S": sortable(before.at)}}
        new = {
            "TableName": self._name,
            "Item": _item(deployment),
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        try:
            self._client.transact_write_items(TransactItems=[{"Put": new}, {"Put": kept}])  # type: ignore[typeddict-item]
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            return False
        return True

    def ended(self, since: datetime, until: datetime | None = None) -> Iterator[Deployment]:
        """The deployments that ended from a time on, and where that is given not after another, oldest first."""
        values: dict[str, Any] = {":pk": {"S": DEPLOYMENTS}, ":since": {"S": sortable(since.astimezone(UTC))}}
        condition = "pk = :pk AND sk >= :since"
        if until is not None:
            condition = "pk = :pk AND sk BETWEEN :since AND :until"
            values[":until"] = {"S": sortable(until.astimezone(UTC)) + "~"}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._name, KeyConditionExpression=condition, ExpressionAttributeValues=values
        )
        for page in pages:
            for item in page["Items"]:
                yield decoded(Deployment, json.loads(item["doc"]["S"]))

    def recording_since(self) -> datetime | None:
        """Since when deployments are recorded; None: they are not."""
        item = self._get(RECORDING, "since")
        return datetime.fromisoformat(item["at"]["S"]) if item else None

    def before(self, newest: datetime) -> Recorded:
        """What is on record of the days before something turned worse, and of as many before them.

        What ended within a day after is read too: it may have been under way.
        """
        begin = newest - 2 * LOOKED_BACK
        found = tuple(self.ended(begin, newest + LONGEST_DEPLOYMENT))
        return Recorded(deployments=found, since=self.recording_since(), read_from=begin)


def _item(deployment: Deployment) -> Item:
    return {
        "pk": {"S": DEPLOYMENTS},
        "sk": {"S": deployment.id},
        "doc": {"S": json.dumps(encoded(deployment), separators=(",", ":"))},
        "expires_at": {"N": expiry(deployment.at)},
    }


def _template_item(stack: str, template: KeptTemplate) -> Item:
    item: Item = {
        "pk": {"S": TEMPLATES},
        "sk": {"S": stack},
        "stack_id": {"S": template.stack_id},
        "at": {"S": sortable(template.at)},
        "change_set": {"S": template.change_set},
    }
    content = {"body": template.body, "parameters": dict(template.parameters)}
    packed = gzip.compress(json.dumps(content, separators=(",", ":")).encode(), mtime=0)
    if template.body is not None and len(packed) <= LARGEST:
        item["content"] = {"B": packed}
    return item
