"""Keeps the SNDS token: in Secrets Manager for the functions, in a file for a person without AWS.

A refresh spends the old token, so the new one is stored before anything is done with it: first as
a version labelled CANDIDATE, then AWSCURRENT is moved to it. The move names the version that was
read, and fails when another run moved it first. A lease in the state table keeps runs apart, so
that this is the exception.

What a run that is killed leaves behind:

* after the candidate was stored: the next run finds a candidate that is newer than the current
  token and uses it;
* between the refresh and the store: the next run uses the old token. If Microsoft still takes it,
  nothing is lost; if not, the answer is `invalid_grant` and a person must log in. Which of the two
  holds for this client is not known.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import ClientError

from staygreen.core.errors import SourceUnavailable
from staygreen.core.snds.token import LOGIN_COMMAND, Denial, Denied, Grant, Secret, Token, newest

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

CURRENT = "AWSCURRENT"
CANDIDATE = "CANDIDATE"
LEASE_KEY = {"pk": {"S": "snds#lease"}, "sk": {"S": "lease"}}
LEASE_TIME = timedelta(minutes=16)
"""Longer than a function can run (15 minutes)."""


class Refresh(Protocol):
    """Turns a refresh token into new tokens."""

    def __call__(self, refresh_token: Secret, now: datetime) -> Grant | Denial: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A token and the version of the secret that it was read from."""

    token: Token
    version_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretToken:
    """The token in one secret of Secrets Manager."""

    client: SecretsManagerClient
    secret_id: str

    def read(self) -> Stored | None:
        """The current token; None when nobody has logged in.

        Raises:
            ValueError: When the secret holds something else.
        """
        return self._read(CURRENT)

    def renew(self, refresh: Refresh, now: datetime) -> Grant | Denial:
        """New tokens, stored before they are given out.

        Raises:
            SourceUnavailable: When another run stored a newer token in the meantime.
        """
        try:
            current = self._read(CURRENT)
            if current is None:
                return Denial(why=Denied.EXPIRED, code="no_token", detail="nobody has logged in yet")
            candidate = self._read(CANDIDATE)
        except ValueError as error:
            return Denial(why=Denied.EXPIRED, code="unreadable_secret", detail=str(error))
        chosen = newest(current.token, candidate.token if candidate else None)
        outcome = refresh(chosen.refresh_token, now)
        if _is_expired(outcome) and chosen is not current.token:
            chosen = current.token
            outcome = refresh(chosen.refresh_token, now)
        if isinstance(outcome, Denial):
            return outcome
        token = Token(refresh_token=outcome.refresh_token, obtained_at=now, account=outcome.account or chosen.account)
        self._store(token, replaces=current.version_id)
        return outcome

    def login(self, token: Token) -> None:
        """Store the token of a new login as the current one; the secret is made when it does not exist."""
        try:
            self.client.put_secret_value(SecretId=self.secret_id, SecretString=token.dumps())
        except ClientError as error:
            if _code(error) != "ResourceNotFoundException":
                raise _masked(error) from None
            self.client.create_secret(Name=self.secret_id, SecretString=token.dumps())

    def _read(self, stage: str) -> Stored | None:
        try:
            answer = self.client.get_secret_value(SecretId=self.secret_id, VersionStage=stage)
        except ClientError as error:
            if _code(error) == "ResourceNotFoundException":
                return None
            raise _masked(error) from None
        return Stored(token=Token.loads(answer.get("SecretString", "")), version_id=answer["VersionId"])

    def _store(self, token: Token, *, replaces: str) -> None:
        try:
            put = self.client.put_secret_value(
                SecretId=self.secret_id, SecretString=token.dumps(), VersionStages=[CANDIDATE]
            )
            self.client.update_secret_version_stage(
                SecretId=self.secret_id,
                VersionStage=CURRENT,
                MoveToVersionId=put["VersionId"],
                RemoveFromVersionId=replaces,
            )
        except ClientError as error:
            if _code(error) in ("InvalidParameterException", "InvalidRequestException"):
                raise SourceUnavailable("another run renewed the SNDS token at the same time") from None
            raise _masked(error) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileToken:
    """The token in a file that only its owner may read."""

    path: Path

    def read(self) -> Stored | None:
        """The token; None when there is no file."""
        try:
            return Stored(token=Token.loads(self.path.read_text(encoding="utf-8")), version_id="")
        except FileNotFoundError:
            return None

    def renew(self, refresh: Refresh, now: datetime) -> Grant | Denial:
        """New tokens, stored before they are given out."""
        try:
            stored = self.read()
        except ValueError as error:
            return Denial(why=Denied.EXPIRED, code="unreadable_file", detail=str(error))
        if stored is None:
            return Denial(
                why=Denied.EXPIRED, code="no_token", detail=f"nobody has logged in yet; run `{LOGIN_COMMAND}`"
            )
        outcome = refresh(stored.token.refresh_token, now)
        if isinstance(outcome, Grant):
            account = outcome.account or stored.token.account
            self.login(Token(refresh_token=outcome.refresh_token, obtained_at=now, account=account))
        return outcome

    def login(self, token: Token) -> None:
        """Store a token. The file is replaced in one step and is never readable for others."""
        beside = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(token.dumps() + "\n")
            file.flush()
            os.fsync(descriptor)
        beside.replace(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The item that one run at a time holds."""

    client: DynamoDBClient
    table: str
    owner: str
    """Unlike that of any other run, such as its request id."""

    @contextmanager
    def held(self, now: Callable[[], datetime]) -> Iterator[bool]:
        """Whether this run holds the lease; it is given back at the end.

        Args:
            now: The clock; epoch seconds of it are compared with the end of a lease.
        """
        if not self._take(now()):
            yield False
            return
        try:
            yield True
        finally:
            self._give_back()

    def _take(self, now: datetime) -> bool:
        end = int((now + LEASE_TIME).timestamp())
        try:
            self.client.put_item(
                TableName=self.table,
                Item={
                    **LEASE_KEY,
                    "lease_owner": {"S": self.owner},
                    "expires_at": {"N": str(end)},
                },
                # A retry of the same run (same owner) goes on with its own lease.
                ConditionExpression="attribute_not_exists(pk) OR expires_at < :now OR lease_owner = :owner",
                ExpressionAttributeValues={":now": {"N": str(int(now.timestamp()))}, ":owner": {"S": self.owner}},
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _give_back(self) -> None:
        try:
            self.client.delete_item(
                TableName=self.table,
                Key=dict(LEASE_KEY),
                ConditionExpression="lease_owner = :owner",
                ExpressionAttributeValues={":owner": {"S": self.owner}},
            )
        except self.client.exceptions.ConditionalCheckFailedException:
            return


def _is_expired(outcome: Grant | Denial) -> bool:
    return isinstance(outcome, Denial) and outcome.why is Denied.EXPIRED


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _masked(error: ClientError) -> SourceUnavailable:
    """Code and operation only: the message of a validation error repeats the parameters."""
    return SourceUnavailable(
        f"Secrets Manager answered ({_code(error)}) when calling the {error.operation_name} operation"
    )
