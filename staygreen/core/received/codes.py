"""What the codes in Microsoft's fields mean, from the dated table data/received/codes.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from staygreen.core.data import table


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a code means."""

    text: str
    source: str
    """The page that says so."""
    certainty: str
    """``documented`` or ``observed``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The codes of one field."""

    id: str
    title: str
    source: str
    certainty: str
    meanings: Mapping[str, str]


@cache
def groups() -> Mapping[str, Group]:
    """Every group of codes, by the field's name."""
    found = table("received/codes.toml")
    sources = found.pop("source")
    return {
        name: Group(
            id=name,
            title=rows["_title"],
            source=sources[rows["_source"]],
            certainty=rows.get("_certainty", "documented"),
            meanings={key: text for key, text in rows.items() if not key.startswith("_")},
        )
        for name, rows in found.items()
    }


def meaning(field: str, code: str) -> Meaning | None:
    """The meaning of a code; None: nobody has documented it."""
    group = groups().get(field)
    if group is None:
        return None
    known = {key.lower(): text for key, text in group.meanings.items()}
    text = known.get(code.lower()) or (known.get(f"{code[0]}xx") if len(code) == 3 and code.isdigit() else None)
    return Meaning(text=text, source=group.source, certainty=group.certainty) if text else None
