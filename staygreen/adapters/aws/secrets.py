"""AWS Secrets Manager: one secret by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from staygreen.core.errors import SourceUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager.client import SecretsManagerClient


def read(client: SecretsManagerClient, name: str) -> str | None:
    """The secret's text, or None when there is none of that name or it has no value yet.

    Raises:
        SourceUnavailable: Secrets Manager did not answer, or denied it.
    """
    try:
        return client.get_secret_value(SecretId=name).get("SecretString")
    except client.exceptions.ResourceNotFoundException:
        return None
    except (BotoCoreError, ClientError) as error:
        raise SourceUnavailable(f"Secrets Manager did not give {name}: {error}") from error
