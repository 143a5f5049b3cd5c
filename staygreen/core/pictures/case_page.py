"""What a page for a delisting request shows beside the pictures of its address: the case, and replies word for word."""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core.delisting.case import Case
from staygreen.core.pictures.figure import figure
from staygreen.core.pictures.incident_timeline import moment
from staygreen.core.pictures.markup import Markup, element
from staygreen.core.pictures.shapes.table import table

_QUOTED = 5


def case(found: Case) -> Markup:
    """One case: what is stated of the address, what was repaired, what was refused."""
    facts = found.facts
    quotes = [
        element("blockquote", f"{moment(each.at)} UTC  {each.message}  {each.text}")
        for each in facts.refusals[:_QUOTED]
    ]
    listings = ((each.list, moment(each.since), each.text) for each in facts.listings)
    return figure(
        "case",
        f"The case of {found.ip}",
        f"It stands at: {found.stage.value}. What is not known is left out.",
        *quotes,
        tables=(
            table("Stated of the address", ("what", "value"), _stated(found)),
            table("Listings", ("list", "since (UTC)", "what it answers"), listings),
            table("Repaired", ("when (UTC)", "what"), ((moment(each.at), each.what) for each in facts.repairs)),
            table("Steps", ("when (UTC)", "stage"), ((moment(each.at), each.stage.value) for each in found.history)),
        ),
    )


def _stated(found: Case) -> Iterator[tuple[str, str]]:
    facts = found.facts
    said: tuple[tuple[str, object], ...] = (
        ("domains", ", ".join(facts.domains) or None),
        ("reverse name", facts.ptr),
        ("reverse name confirmed", facts.ptr_confirmed),
        ("SPF passes", facts.spf),
        ("DKIM passes", facts.dkim),
        ("DMARC passes", facts.dmarc),
        ("complaint rate", None if facts.complaint_rate is None else f"{facts.complaint_rate:.2%}"),
        ("messages a day", facts.daily_volume),
        ("messages refused", facts.refused_messages),
        ("last refused", moment(facts.last_refused) if facts.last_refused else None),
    )
    for name, value in said:
        if value is not None:
            yield name, {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
