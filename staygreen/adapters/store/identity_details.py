"""Details of identities in the incident table, shared by what reads them, a thousand in each item.

=====================  ==================  ====================================================
``pk``                 ``sk``              item
=====================  ==================  ====================================================
``ses#identities``     ``details#<n>``     ``doc``: name -> key, zone, set and when it was read
=====================  ==================  ====================================================
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING, Any

from staygreen.core.ses.identity import Details

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

IN_ONE = 1000
"""An item takes 400 KB; a name and its details some 350 bytes."""
_PARTITION = "ses#identities"


class IdentityDetails:
    """Reads and writes them."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self) -> Mapping[str, Details]:
        """What is kept; empty where nothing is."""
        found: dict[str, Details] = {}
        for number in count():
            item = self._client.get_item(TableName=self._table, Key=_place(number)).get("Item")
            rows: dict[str, Any] = json.loads(item["doc"]["S"]) if item else {}
            found |= {name: _details(row) for name, row in rows.items()}
            if len(rows) < IN_ONE:
                return found
        raise AssertionError

    def write(self, details: Mapping[str, Details]) -> None:
        """Keep these and no others."""
        names = sorted(details)
        # one more than is full: a reader ends at the first that is not
        for number in range(len(names) // IN_ONE + 1):
            part = names[number * IN_ONE : (number + 1) * IN_ONE]
            doc = json.dumps({name: _row(details[name]) for name in part}, separators=(",", ":"))
            self._client.put_item(TableName=self._table, Item={**_place(number), "doc": {"S": doc}})


def _place(number: int) -> dict[str, Any]:
    return {"pk": {"S": _PARTITION}, "sk": {"S": f"details#{number:03d}"}}


def _row(each: Details) -> list[Any]:
    return [each.is_easy_dkim, each.dkim_zone, each.configuration_set, each.read_at.isoformat()]


def _details(row: list[Any]) -> Details:
    is_easy, zone, configuration_set, read_at = row
    return Details(
        is_easy_dkim=is_easy,
        dkim_zone=zone,
        configuration_set=configuration_set,
        read_at=datetime.fromisoformat(read_at),
    )
