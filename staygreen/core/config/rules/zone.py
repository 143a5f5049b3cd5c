"""Rules about hosted zones, the same wherever one is named."""

from __future__ import annotations

import re
from collections.abc import Iterator

from staygreen.core.config.line_numbers import Path
from staygreen.core.config.problem import Problem
from staygreen.core.config.tables.zone import Zone
from staygreen.core.records.name import is_dns_name, is_within

_ZONE_ID = re.compile(r"Z[A-Z0-9]{1,31}")


def zone_problems(zone: Zone | None, name: str, path: Path) -> Iterator[Problem]:
    """Give what is wrong with a zone that is to hold `name`."""
    if zone is None:
        return
    if not _ZONE_ID.fullmatch(zone.id):
        yield Problem((*path, "id"), f'"{zone.id}" is not a hosted zone id, such as Z0123456789ABCDEFGHIJ')
    if not is_dns_name(zone.name):
        yield Problem((*path, "name"), f'"{zone.name}" is not a zone name: lower case, no trailing dot')
    elif not is_within(name, zone.name):
        yield Problem((*path, "name"), f'"{name}" is not in the zone "{zone.name}"')
