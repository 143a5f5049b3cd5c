"""The bucket of what could not be read: kept with the reason, never dropped.

Objects are named ``<reason>/<yyyy>/<mm>/<dd>/<id>``; the body is as it came, the reason is repeated in the
object's metadata, so that it can be read again after the program was repaired.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LONGEST_ID = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadBucket:
    """The bucket of one environment."""

    client: S3Client
    bucket: str

    def keep(self, body: bytes, *, reason: str, id: str, at: datetime) -> str:
        """Keep one input; keeping it again changes nothing. Returns the object's key.

        Args:
            body: as it came.
            reason: a stable word, such as ``not_json``.
            id: the same whenever the same input is delivered again.
            at: when it arrived (UTC).
        """
        safe = re.sub(r"[^A-Za-z0-9._-]", "-", id)[:LONGEST_ID] or "unnamed"
        key = f"{reason}/{at:%Y/%m/%d}/{safe}"
        self.client.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=body,
            ContentType="application/octet-stream",
            Metadata={"reason": reason},
        )
        return key
