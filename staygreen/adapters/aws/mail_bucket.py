"""The bucket that SES stores received mail in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import ClientError

from staygreen.core.naming import UNREADABLE_PREFIX

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

READ = 8 * 1024 * 1024
"""Octets of a mail that are read: SES takes 40 MB, and what a report says stands before the message that it returns."""
SLICE = 256 * 1024
"""Octets that are read at once of a mail that is read whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailBucket:
    """Stored mail."""

    client: S3Client
    bucket: str
    region: str

    def read(self, key: str) -> bytes:
        """The first `READ` octets of a stored mail."""
        try:
            found = self.client.get_object(Bucket=self.bucket, Key=key, Range=f"bytes=0-{READ - 1}")
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidRange":
                return b""
            raise
        return found["Body"].read()

    def slices(self, key: str) -> Iterator[bytes]:
        """All of a stored mail, a slice at a time."""
        yield from self.client.get_object(Bucket=self.bucket, Key=key)["Body"].iter_chunks(SLICE)

    def set_aside(self, key: str, identifier: str, reason: str) -> str:
        """Keep a mail among those that could not be read, with the reason. Gives the new key."""
        kept = f"{UNREADABLE_PREFIX}{reason}/{identifier}"
        self.client.copy_object(
            Bucket=self.bucket,
            Key=kept,
            CopySource={"Bucket": self.bucket, "Key": key},
            Metadata={"reason": reason},
            MetadataDirective="REPLACE",
        )
        return kept

    def keep_notification(self, text: str, identifier: str, reason: str) -> str:
        """Keep a notification that names no mail. Gives its key."""
        kept = f"{UNREADABLE_PREFIX}{reason}/{identifier}"
        self.client.put_object(
            Bucket=self.bucket, Key=kept, Body=text.encode("utf-8", "replace"), Metadata={"reason": reason}
        )
        return kept

    def link(self, key: str) -> str:
        """Where a person finds a stored mail: S3's console."""
        return (
            f"https://{self.region}.console.aws.amazon.com/s3/object/{self.bucket}"
            f"?region={self.region}&prefix={quote(key, safe='')}"
        )
