"""The way to each list of a selection, and its share of what the list allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from staygreen.core.blocklist import quota
from staygreen.core.blocklist.catalogue import Entry
from staygreen.core.dns.route import Limits, Path, Route

IN_FLIGHT = 100
"""Questions on their way to one list, unless its catalogue entry says otherwise."""


def to_lists(
    entries: Iterable[Entry],
    keys: Mapping[str, str],
    *,
    path: Path = Path.SYSTEM,
    server: str = "",
    direct: Iterable[str] = (),
    runs_per_day: int | None = None,
) -> dict[str, Route]:
    """Routes by list.

    Args:
        entries: The lists.
        keys: The keys by family.
        path: The way to all lists that are not asked directly.
        server: `ADDR[:PORT]` of the resolver that `path` means.
        direct: Ids of lists whose own name servers are asked.
        runs_per_day: Among how many runs the quotas of a day are divided; None: quotas are not looked at.
    """
    own = frozenset(direct)
    return {
        entry.id: Route(
            id=entry.id,
            zone=entry.asked_zone(keys.get(entry.key_family, "")),
            path=Path.AUTHORITATIVE if entry.id in own else path,
            server=server,
            limits=_limits(entry, runs_per_day),
        )
        for entry in entries
    }


def _limits(entry: Entry, runs_per_day: int | None) -> Limits:
    return Limits(
        in_flight=entry.in_flight or IN_FLIGHT,
        per_second=entry.per_second,
        questions=None if runs_per_day is None else quota.per_run(entry, runs_per_day),
    )
