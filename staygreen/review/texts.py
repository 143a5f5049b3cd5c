"""TXT records of which a part is known only after deployment: what can be judged of them, and what cannot."""

from __future__ import annotations

import re
from collections.abc import Iterable

from staygreen.core.mail_facts.facts import Fact
from staygreen.core.mail_facts.resolve import OPEN, is_known, is_open
from staygreen.core.records import dmarc, spf
from staygreen.core.records.fault import Fault

_MARKER = re.compile("⟨[^⟨⟩]*⟩")
_STANDS_IN = {"ip4:": "192.0.2.1", "ip6:": "2001:db8::1"}
_UNKNOWN_NAME = "unknown.invalid"
"""A name that no record has (RFC 6761 §6.4): asking for it gets no answer, and nobody claims one."""


def has_open(fact: Fact | None) -> bool:
    """Whether a record says something that is chosen outside the templates."""
    return fact is not None and is_open(list(fact.values))


def spf_text(value: str) -> str | None:
    """An SPF record with every marker replaced by what has the same form; None where even the form is not known."""
    if is_known(value):
        return value
    words = []
    for word in re.split(r" +(?![^⟨]*⟩)", value):
        start = next((word.find(name) for name in _STANDS_IN if word.lower().lstrip("+-~?").startswith(name)), -1)
        if start >= 0 and OPEN in word:
            name = word.lower().lstrip("+-~?")[:4]
            words.append(_MARKER.sub(_STANDS_IN[name], word))
        elif word.lstrip("+-~?").startswith(OPEN):
            return None
        else:
            words.append(_MARKER.sub(_UNKNOWN_NAME, word))
    return " ".join(words)


def spf_records(values: Iterable[str]) -> tuple[spf.SpfRecord, ...]:
    """The SPF records among texts that can be judged, with what stands in for what is not known."""
    return spf.readable(text for value in values if spf.is_spf(value) and (text := spf_text(value)) is not None)


def dmarc_record(fact: Fact | None) -> dmarc.DmarcRecord | None:
    """The DMARC record of a fact; None when it holds none that can be read."""
    for value in fact.values if fact else ():
        parsed = dmarc.parse(_MARKER.sub(_UNKNOWN_NAME, value))
        if not isinstance(parsed, Fault):
            return parsed
    return None


def dmarc_is_unclear(fact: Fact | None) -> bool:
    """Whether a record may hold a policy that cannot be read before deployment."""
    return has_open(fact) and dmarc_record(fact) is None
