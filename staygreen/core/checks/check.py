"""What a check is: a registry entry from which function, schedule and permissions follow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from staygreen.core.checks.world import Ask, Source
from staygreen.core.confirmation import Confirmation
from staygreen.core.incidents.report import Report

if TYPE_CHECKING:
    from staygreen.core.blocklist.shard import Plan, Reading, Shard
    from staygreen.core.config.config import Config
    from staygreen.core.incidents.incident import Incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharded:
    """A check whose run can be divided; one shard is looked up by whoever discovers it."""

    discover: Callable[[Mapping[str, Any], Ask], Plan]
    look: Callable[[Plan, Shard, Ask], Reading]
    conclude: Callable[[Plan, Iterable[tuple[Shard, Reading | None]], Mapping[str, Incident] | None], Report]
    """One report of what all shards read; None: a shard did not report."""
    write: Callable[[Plan, Shard, Reading], str]
    """What a shard read as text, to be kept until the end."""
    reader: Callable[[Plan], Callable[[Shard, str], Reading]]
    """What reads such texts of one plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One entry of the registry (`staygreen.core.checks.CHECKS`)."""

    id: str
    """Also the name of its runbook, `docs/runbooks/<id>.md`."""
    title: str
    sources: frozenset[Source]
    """What it reads; its role is allowed exactly this."""
    timeout: timedelta
    memory_mb: int
    enabled: Callable[[Config], bool]
    schedule: Callable[[Config], timedelta]
    settings: Callable[[Config], Mapping[str, Any]]
    """What the function reads at run time: the JSON of its SSM parameter."""
    secrets: Callable[[Config], tuple[str, ...]]
    """Names of the secrets that it may read."""
    confirmation: Callable[[Mapping[str, Any]], Confirmation]
    """The incident rules for its findings, from its settings."""
    run: Callable[[Mapping[str, Any], Ask], Report]
    """Judge the world as `Ask` shows it, under the settings."""
    sharded: Sharded | None = None
    """The same in parts; None: it is never divided."""
    events: tuple[str, ...] = ()
    """Detail types of SES's own events on the default bus, each of which starts a run at once."""
    is_divided: Callable[[Config], bool] = lambda config: False
    """Whether what it takes to divide a run is deployed."""
