"""Makes what reads an account, for the commands that do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

from staygreen.cli import aws_errors
from staygreen.cli.output import print_text
from staygreen.core.naming import ResourceNames
from staygreen.core.published.dns_cache import Answers

if TYPE_CHECKING:
    from staygreen.adapters.estate.reading import Reader

COVERAGE_LOST = 3


def region_of(given: str) -> str:
    """Return the region to read; exit status 3 where none is known, or nobody is logged in."""
    import boto3
    from botocore.exceptions import BotoCoreError, NoCredentialsError, NoRegionError

    session = boto3.Session()
    try:
        if session.get_credentials() is None:
            raise NoCredentialsError
        region = given or session.region_name
        if not region:
            raise NoRegionError
    except BotoCoreError as error:
        print_text(aws_errors.reason(error), err=True)
        raise typer.Exit(COVERAGE_LOST) from error
    return str(region)


def reader(
    region: str, answers: Answers, tell: Callable[[str], None], names: ResourceNames, *, all_regions: bool = True
) -> Reader:
    """Return what reads a region.

    Args:
        region: The region.
        answers: Public DNS.
        tell: Is told what is being read.
        names: The deployment whose own stacks are no strangers.
        all_regions: Count identities in the other regions too.
    """
    import boto3

    from staygreen.adapters.estate.reading import Reader

    return Reader(
        session=boto3.Session(region_name=region),
        region=region,
        answers=answers,
        names=names,
        tell=tell,
        reason=aws_errors.reason,
        all_regions=all_regions,
    )
