"""Records in the form that nearly all reporters write, read without expat.

Only what cannot be read in two ways is taken: the elements of RFC 9990 and RFC 7489 in their usual order, without
attributes, comments, references or characters beyond ASCII, one signature and one SPF result at most. Everything else
is None here, and goes through expat.
"""

from __future__ import annotations

import re

from staygreen.core.reports import values
from staygreen.core.reports.report import DkimResult, Evidence, SpfResult

_TEXT = rb"([ -%'-;=?-~]{0,300})"


def _leaf(name: bytes) -> bytes:
    return rb"<" + name + rb">" + _TEXT + rb"</" + name + rb">\s{0,200}"


def _optional(pattern: bytes) -> bytes:
    return rb"(?:" + pattern + rb")?"


_COMMENT_FOR_PEOPLE = _optional(rb"<human_result>[ -%'-;=?-~]{0,300}</human_result>\s{0,200}")
_GAP = rb"\s{0,200}"
_REST = re.compile(
    _GAP
    + rb"<policy_evaluated>" + _GAP + _leaf(b"disposition") + _leaf(b"dkim") + _leaf(b"spf")
    + rb"</policy_evaluated>" + _GAP + rb"</row>" + _GAP
    + rb"<identifiers>" + _GAP + _optional(_leaf(b"envelope_to")) + _optional(_leaf(b"envelope_from"))
    + _leaf(b"header_from") + rb"</identifiers>" + _GAP
    + rb"<auth_results>" + _GAP
    + _optional(
        rb"<dkim>" + _GAP + _leaf(b"domain") + _optional(_leaf(b"selector")) + _leaf(b"result") + _COMMENT_FOR_PEOPLE
        + rb"</dkim>" + _GAP
    )
    + _optional(
        rb"<spf>" + _GAP + _leaf(b"domain") + _optional(_leaf(b"scope")) + _leaf(b"result") + _COMMENT_FOR_PEOPLE
        + rb"</spf>" + _GAP
    )
    + rb"</auth_results>" + _GAP
)  # fmt: skip


def evidence(rest: bytes) -> Evidence | None:
    """What a record says by all that follows its count, up to its end tag; None: expat has to read it."""
    found = _REST.fullmatch(rest)
    if found is None:
        return None
    texts = [None if group is None else group.decode("ascii").strip() for group in found.groups()]
    disposition, eval_dkim, eval_spf, envelope_to, envelope_from, header_from = texts[:6]
    return Evidence(
        header_from=values.name(header_from or ""),
        envelope_from=None if envelope_from is None else values.name(envelope_from),
        envelope_to=None if envelope_to is None else values.name(envelope_to),
        disposition=values.word(disposition or ""),
        eval_dkim=values.word(eval_dkim or ""),
        eval_spf=values.word(eval_spf or ""),
        reasons=(),
        dkim=_dkim(texts[6], texts[7], texts[8]),
        spf=_spf(texts[9], texts[10], texts[11]),
    )


def _dkim(domain: str | None, selector: str | None, result: str | None) -> tuple[DkimResult, ...]:
    found = DkimResult(values.name(domain or ""), selector or "", values.word(result or ""))
    return (found,) if any(found) else ()


def _spf(domain: str | None, scope: str | None, result: str | None) -> tuple[SpfResult, ...]:
    found = SpfResult(values.name(domain or ""), (scope or "").lower(), values.word(result or ""))
    return (found,) if any(found) else ()
