"""Draws one picture for the CloudWatch dashboard: a custom widget, called by the reader's browser with their rights.

The event has `widget`, which names the picture, and CloudWatch's `widgetContext`; with `describe` it asks what this is.
It reads and changes nothing. STAYGREEN_SNDS_TABLE is set where SNDS is watched.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar

from aws_lambda_powertools import Logger
from botocore.exceptions import BotoCoreError, ClientError

from lambdas.deployment import resource_names
from staygreen.adapters import clock
from staygreen.adapters.aws.clients import client
from staygreen.adapters.sources import picture_facts
from staygreen.adapters.store.incidents import IncidentTable
from staygreen.core.pictures import widget
from staygreen.core.pictures.facts import Facts
from staygreen.core.pictures.widget import Kind

T = TypeVar("T")
logger = Logger(service="widget")
_names = cache(resource_names)
DESCRIBED = '# A picture of staygreen\n\n`{"widget": "calendar"}`; also `timeline`, `refusals` and `coverage`.'


def handler(event: Mapping[str, Any], _context: object) -> str | Mapping[str, str]:
    """Return the picture as HTML; what it is, as Markdown, where that is asked."""
    if event.get("describe"):
        return {"markdown": DESCRIBED}
    kind, seen = Kind(event["widget"]), widget.view(event.get("widgetContext") or {}, clock.now())
    return widget.drawn(kind, _facts(kind, seen), seen.theme)


def _facts(kind: Kind, seen: widget.View) -> Facts:
    """What the picture needs, and no more."""
    names, period, unread = _names(), seen.period, list[str]()

    def tried(what: str, read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except (ClientError, BotoCoreError):
            logger.exception("not read", what=what)
            unread.append(what)
            return otherwise

    dynamodb, cloudwatch = client("dynamodb"), client("cloudwatch")
    is_calendar, is_refusals = kind is Kind.CALENDAR, kind is Kind.REFUSALS
    has_snds = "STAYGREEN_SNDS_TABLE" in os.environ and kind in (Kind.CALENDAR, Kind.COVERAGE)
    nothing: picture_facts.Snds = ({}, {})
    days, reads = tried("SNDS", lambda: picture_facts.snds(dynamodb, names, period), nothing) if has_snds else nothing
    table = IncidentTable(dynamodb, os.environ["STAYGREEN_TABLE"])
    return Facts(
        sender=str(names),
        period=period,
        now=clock.now(),
        days=days if has_snds else None,
        reads=reads,
        incidents=() if is_refusals else tried("incidents", lambda: picture_facts.incidents(table, period), ()),
        runs=tried("the record of runs", lambda: picture_facts.runs(cloudwatch, names, period), None),
        tallies=tried("receivers' replies", lambda: picture_facts.tallies(dynamodb, names, period), None)
        if is_calendar or is_refusals
        else None,
        rates=tried("SES's counts", lambda: picture_facts.rates(cloudwatch, period), None) if is_refusals else None,
        unread=tuple(unread),
    )
