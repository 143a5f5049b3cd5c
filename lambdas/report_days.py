"""Makes days of reports, every hour; and once a day writes down what is ours: reports speak of days that are over.

A day is made anew when a report of it came: of all its reports, so that it does not matter how often or in which order
they are read.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Any

from aws_lambda_powertools import Logger

from lambdas.deployment import account_share, resource_names
from staygreen.adapters import clock
from staygreen.adapters.aws.clients import client
from staygreen.adapters.aws.settings import document
from staygreen.adapters.reports.report_table import DMARC, Changed, ReportTable
from staygreen.adapters.sources.world import connect
from staygreen.core.codec import decoded
from staygreen.core.dmarc.estate_found import with_found
from staygreen.core.dmarc.fitting import fitting_day
from staygreen.core.dmarc.tls_day import roll_up_tls
from staygreen.core.naming import REPORT_DAYS
from staygreen.core.reports.estate import Estate

logger = Logger(service=REPORT_DAYS)
_SECONDS_FOR_A_DAY = 60
"""Left of the function's time: with less no other day is begun."""


def handler(_event: Mapping[str, Any], context: object) -> Mapping[str, Any]:
    """Make every day anew that has changed; those for which time is too short are made in an hour."""
    table = ReportTable(client=client("dynamodb"), table=os.environ["STAYGREEN_REPORTS_TABLE"])
    estate = decoded(Estate, document(client("ssm"), os.environ["STAYGREEN_SETTINGS_PARAMETER"])["estate"])
    made = left = 0
    for changed in table.changed():
        if _seconds_left(context) < _SECONDS_FOR_A_DAY:
            left += 1
            continue
        _make(table, changed, estate)
        made += 1
    recorded = _record(table, estate)
    logger.info("days", made=made, left=left, estate_recorded=recorded)
    return {"made": made, "left": left, "estate_recorded": recorded}


def _seconds_left(context: object) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return float(remaining()) / 1000 if remaining else inf


def _make(table: ReportTable, changed: Changed, estate: Estate) -> None:
    if changed.kind == DMARC:
        found = table.reports(changed.domain, changed.day)
        table.keep_day(fitting_day(changed.domain, changed.day, found, estate, table.fits))
    else:
        table.keep_tls_day(roll_up_tls(changed.domain, changed.day, table.tls_reports(changed.domain, changed.day)))
    table.settle(changed)


def _record(table: ReportTable, declared: Estate) -> bool:
    """Write down what is ours today, unless a run before did. Gives whether it did."""
    today = clock.now().date()
    if table.has_estate(today):
        return False
    # what checks keep of identities is in the incident table, which this function does not read
    ask = replace(connect(resource_names(), share=account_share()), kept=None)
    addresses = (*ask.elastic_ips(), *ask.dedicated_ips())
    table.keep_estate(today, with_found(declared, ask.ses_identities(), (each.id for each in addresses)))
    return True
