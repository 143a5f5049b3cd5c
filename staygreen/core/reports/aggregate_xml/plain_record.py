"""Records in the form that nearly all reporters write, read without expat.

Only what cannot be read in two ways is taken: the elements of RFC 9990 and RFC 7489 in their usual order, without
attributes, comments, references or characters beyond ASCII, up to eight reasons and results of each kind. Everything
else is None here, and goes through expat.
"""

from __future__ import annotations

import re

from staygreen.core.reports import values
from staygreen.core.reports.report import DkimResult, Evidence, OverrideReason, SpfResult

_TEXT = rb"([ -%'-;=?-~]{0,300})"
_TEXT_UNCAUGHT = rb"[ -%'-;=?-~]{0,300}"


def _leaf(name: bytes) -> bytes:
    return rb"<" + name + rb">" + _TEXT + rb"</" + name + rb">\s{0,200}"


def _optional(pattern: bytes) -> bytes:
    return rb"(?:" + pattern + rb")?"


_GAP = rb"\s{0,200}"
_COMMENT_FOR_PEOPLE = _optional(rb"<human_result>[ -%'-;=?-~]{0,300}</human_result>\s{0,200}")
_REASON = rb"<reason>" + _GAP + _leaf(b"type") + _optional(_leaf(b"comment")) + rb"</reason>" + _GAP
_DKIM = (
    rb"<dkim>" + _GAP + _leaf(b"domain") + _optional(_leaf(b"selector")) + _leaf(b"result") + _COMMENT_FOR_PEOPLE
    + rb"</dkim>" + _GAP
)  # fmt: skip
_SPF = (
    rb"<spf>" + _GAP + _leaf(b"domain") + _optional(_leaf(b"scope")) + _leaf(b"result") + _COMMENT_FOR_PEOPLE
    + rb"</spf>" + _GAP
)  # fmt: skip


def _several(pattern: bytes) -> bytes:
    """A group of up to eight of a pattern, whose own groups are read in a second step."""
    return rb"((?:" + pattern.replace(_TEXT, _TEXT_UNCAUGHT) + rb"){0,8})"


_REST = re.compile(
    _GAP
    + rb"<policy_evaluated>" + _GAP + _leaf(b"disposition") + _leaf(b"dkim") + _leaf(b"spf") + _several(_REASON)
    + rb"</policy_evaluated>" + _GAP + rb"</row>" + _GAP
    + rb"<identifiers>" + _GAP + _optional(_leaf(b"envelope_to")) + _optional(_leaf(b"envelope_from"))
    + _leaf(b"header_from") + rb"</identifiers>" + _GAP
    + rb"<auth_results>" + _GAP + _several(_DKIM) + _several(_SPF) + rb"</auth_results>" + _GAP
)  # fmt: skip
_REASONS, _DKIMS, _SPFS = re.compile(_REASON), re.compile(_DKIM), re.compile(_SPF)


def evidence(rest: bytes) -> Evidence | None:
    """What a record says by all that follows its count, up to its end tag; None: expat has to read it."""
    found = _REST.fullmatch(rest)
    if found is None:
        return None
    disposition, eval_dkim, eval_spf, reasons, envelope_to, envelope_from, header_from, dkim, spf = found.groups()
    return Evidence(
        header_from=values.name(_text(header_from)),
        envelope_from=None if envelope_from is None else values.name(_text(envelope_from)),
        envelope_to=None if envelope_to is None else values.name(_text(envelope_to)),
        disposition=values.word(_text(disposition)),
        eval_dkim=values.word(_text(eval_dkim)),
        eval_spf=values.word(_text(eval_spf)),
        reasons=tuple(filter(any, map(_reason, _REASONS.findall(reasons)))) if reasons else (),
        dkim=tuple(filter(any, map(_dkim, _DKIMS.findall(dkim)))),
        spf=tuple(filter(any, map(_spf, _SPFS.findall(spf)))),
    )


def _text(written: bytes) -> str:
    return written.decode("ascii").strip()


def _reason(written: tuple[bytes, bytes]) -> OverrideReason:
    return OverrideReason(_text(written[0]).lower(), _text(written[1]))


def _dkim(written: tuple[bytes, bytes, bytes]) -> DkimResult:
    domain, selector, result = map(_text, written)
    return DkimResult(values.name(domain), selector, values.word(result))


def _spf(written: tuple[bytes, bytes, bytes]) -> SpfResult:
    domain, scope, result = map(_text, written)
    return SpfResult(values.name(domain), scope.lower(), values.word(result))
