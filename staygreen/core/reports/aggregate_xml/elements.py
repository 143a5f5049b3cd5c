"""The elements of an aggregate report that are read, by their place in the document and their namespace.

An extension (RFC 9990) may hold elements of any name in its own namespace, so an element counts only where it stands
in the document as the standard has it, in the namespace of the root, in none, or in a known one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

NAMESPACES = (
    "urn:ietf:params:xml:ns:dmarc-2.0",
    "http://dmarc.org/dmarc-xml/0.1",
    "http://dmarc.org/dmarc-xml/0.2",
)
SEPARATOR = " "
"""Between namespace and name, as expat is told to write them."""


class Element:
    """One place in the document: what may stand in it, and the key of its text."""

    __slots__ = ("children", "ends", "key")

    def __init__(self, key: str = "", ends: str = "", children: dict[str, Element] | None = None) -> None:
        self.key = key
        self.ends = ends
        self.children = children or {}


FOREIGN = Element()
"""Whatever is not read, with all in it."""

_Table = Mapping[str, "str | _Table"]
_HEADER: _Table = {
    "version": "version",
    "report_metadata": {
        "org_name": "org",
        "email": "email",
        "report_id": "report_id",
        "generator": "generator",
        "date_range": {"begin": "begin", "end": "end"},
    },
    "policy_published": {
        "domain": "policy_domain",
        "p": "p",
        "sp": "sp",
        "np": "np",
        "adkim": "adkim",
        "aspf": "aspf",
        "fo": "fo",
        "pct": "pct",
        "testing": "testing",
        "discovery_method": "discovery",
    },
}
_IDENTIFIERS: _Table = {"header_from": "header_from", "envelope_from": "envelope_from", "envelope_to": "envelope_to"}
_RECORD: _Table = {
    "row": {
        "source_ip": "source_ip",
        "count": "count",
        "policy_evaluated": {
            "disposition": "disposition",
            "dkim": "eval_dkim",
            "spf": "eval_spf",
            "reason": {"": "reason", "type": "reason.type", "comment": "reason.comment"},
        },
    },
    "identifiers": _IDENTIFIERS,
    # drafts before RFC 7489
    "identities": _IDENTIFIERS,
    "auth_results": {
        "dkim": {"": "dkim", "domain": "dkim.domain", "selector": "dkim.selector", "result": "dkim.result"},
        "spf": {"": "spf", "domain": "spf.domain", "scope": "spf.scope", "result": "spf.result"},
    },
}


@lru_cache(maxsize=64)
def document(namespace: str) -> Element:
    """What stands under the root, for a root of this namespace."""
    spaces = [f"{space}{SEPARATOR}" for space in dict.fromkeys((namespace, *NAMESPACES)) if space]
    return _element({**_HEADER, "record": {"": "record", **_RECORD}}, ["", *spaces])


def _element(table: _Table, spaces: list[str]) -> Element:
    made = Element()
    for name, content in table.items():
        if not name:
            made.ends = str(content)
            # text of a reason that has no elements
            made.key = "reason.text" if content == "reason" else ""
            continue
        child = Element(key=content) if isinstance(content, str) else _element(content, spaces)
        for space in spaces:
            made.children[f"{space}{name}"] = child
    return made
