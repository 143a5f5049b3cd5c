"""The way to each list of a selection, and its share of what the list allows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lambdas.core.blocklists import Entry
from lambdas.core.route import Limits, Path, Route

IN_FLIGHT = 100
"""Questions on their way to one list, unless its catalogue entry says otherwise."""


def to_lists(
    entries: Iterable[Entry],
    keys: Mapping[str, str],
    *,
    path: Path = Path.SYSTEM,
    server: str = "",
    direct: Iterable[str] = (),
    shares: int = 1,
) -> dict[str, Route]:
    """Routes by list.

    Args:
        entries: The lists.
        keys: The keys by family.
        path: The way to all lists that are not asked directly.
        server: `ADDR[:PORT]` of the resolver that `path` means.
        direct: Ids of lists whose own name servers are asked.
        shares: Among how many that ask at the same time the rates are divided.
    """
    own = frozenset(direct)
    return {
        entry.id: Route(
            id=entry.id,
            zone=entry.asked_zone(keys.get(entry.key_family, "")),
            path=Path.AUTHORITATIVE if entry.id in own else path,
            server=server,
            limits=_limits(entry, shares),
        )
        for entry in entries
    }


def _limits(entry: Entry, shares: int) -> Limits:
    return Limits(
        in_flight=max(1, (entry.in_flight or IN_FLIGHT) // shares),
        per_second=entry.per_second / shares if entry.per_second else None,
    )
