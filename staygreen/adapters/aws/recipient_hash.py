"""Recipients as keyed hashes: who has the key can look a known address up, and nobody can read a list of them."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING

from staygreen.adapters.aws import secrets
from staygreen.core.errors import SourceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient

LENGTH = 32
"""Hexadecimal digits kept of each hash."""


def hasher(client: SecretsManagerClient, secret_name: str) -> Callable[[str], str]:
    """Make the function from a mail address to its hash.

    The same address has the same hash for as long as the key stays: upper and lower case are one.

    Raises:
        SourceUnavailable: the key is not there, or Secrets Manager did not answer.
    """
    key = secrets.read(client, secret_name)
    if not key:
        raise SourceUnavailable(f"the secret {secret_name} with the key of recipients' hashes does not exist")
    encoded = key.encode()

    def hashed(address: str) -> str:
        text = address.strip().strip("<>").lower()
        return hmac.new(encoded, text.encode("utf-8", "replace"), sha256).hexdigest()[:LENGTH]

    return hashed
