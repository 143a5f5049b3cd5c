"""The bucket of rows: one object for each report, whose key follows from the report alone.

``rows/day=2026-11-24/example.com/<identity>.jsonl.gz``; ``unproven/…`` for reports that nobody proved. A report that
comes again takes its own place, and of two that differ the larger stays.
"""

from __future__ import annotations

import gzip
import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import IO, TYPE_CHECKING

from botocore.exceptions import ClientError

from staygreen.core.dmarc.day import ReportSummary
from staygreen.core.dmarc.weight import weight
from staygreen.core.naming import ROWS_PREFIX, UNPROVEN_PREFIX

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_IN_MEMORY = 8 << 20
_CONTENT, _WEIGHT = "content", "weight"
_TAKEN = "PreconditionFailed"


class Stored(Enum):
    """What became of a report."""

    NEW = "new"
    AGAIN = "again"
    """It was there, letter for letter."""
    LARGER = "larger"
    """Another one of the same identity gave way to it."""
    SMALLER = "smaller"
    """Another one of the same identity is kept instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsBucket:
    """Stored rows."""

    client: S3Client
    bucket: str

    def keep(self, summary: ReportSummary, lines: Iterable[str]) -> Stored:
        """Store the rows of a report, unless what is there of the same report is larger.

        Two functions with the same report at once cannot both be first: who comes second compares.
        """
        key = key_of(summary)
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as packed:
            said = {_CONTENT: _packed(lines, packed), _WEIGHT: str(weight(summary))}
            try:
                packed.seek(0)
                self.client.put_object(Bucket=self.bucket, Key=key, Body=packed, Metadata=said, IfNoneMatch="*")
            except ClientError as error:
                if error.response["Error"]["Code"] != _TAKEN:
                    raise
            else:
                return Stored.NEW
            before = self.client.head_object(Bucket=self.bucket, Key=key)["Metadata"]
            if before.get(_CONTENT) == said[_CONTENT]:
                return Stored.AGAIN
            if int(before.get(_WEIGHT, "0")) >= int(said[_WEIGHT]):
                return Stored.SMALLER
            packed.seek(0)
            self.client.put_object(Bucket=self.bucket, Key=key, Body=packed, Metadata=said)
            return Stored.LARGER


def key_of(summary: ReportSummary) -> str:
    """The key of a report's rows."""
    prefix = ROWS_PREFIX if summary.is_proven else UNPROVEN_PREFIX
    return f"{prefix}day={summary.day.isoformat()}/{summary.policy.domain}/{summary.identity}.jsonl.gz"


def _packed(lines: Iterable[str], into: IO[bytes]) -> str:
    """Write the lines, and return the hash of them: equal rows make equal objects."""
    digest = hashlib.sha256()
    with gzip.GzipFile(fileobj=into, mode="wb", compresslevel=6, mtime=0) as packed:
        for line in lines:
            text = line.encode()
            digest.update(text)
            packed.write(text)
    return digest.hexdigest()
