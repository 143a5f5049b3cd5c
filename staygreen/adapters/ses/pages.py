"""Pages of the SES API v2, for which botocore has no paginators."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any


def pages(operation: Callable[..., Any], size: int = 100, **arguments: Any) -> Iterator[Mapping[str, Any]]:
    """Every page of an operation of SES, for which botocore has no paginators."""
    token: dict[str, str] = {}
    while True:
        page = operation(PageSize=size, **arguments, **token)
        yield page
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
