"""How AWS is asked about the account: what an answer, an error or the absence of a thing means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from staygreen.core.errors import SourceUnavailable

GONE = frozenset({"NotFoundException", "InvalidAllocationID.NotFound", "NoSuchHostedZone", "ResourceNotFoundException"})


def asked(question: Callable[..., Any], *arguments: Any) -> Any:
    """The answer; None when what it is about is gone.

    Raises:
        SourceUnavailable: AWS did not answer, or must not.
    """
    try:
        return question(*arguments)
    except ClientError as error:
        if code(error) in GONE:
            return None
        raise SourceUnavailable(str(error)) from error
    except BotoCoreError as error:
        raise SourceUnavailable(str(error)) from error


def code(error: ClientError) -> str:
    """The code that AWS gave an error."""
    return error.response.get("Error", {}).get("Code", "")


def pages_of(operation: Callable[..., Any], **arguments: Any) -> Iterator[Mapping[str, Any]]:
    """Every page of an operation of SES, for which botocore has no paginators."""
    token: dict[str, str] = {}
    while True:
        page = operation(**arguments, **token)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
