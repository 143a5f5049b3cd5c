"""What a reply says of each authentication check: which passed and which failed.

Microsoft ends its 5.7.515 with ``Spf= Fail , Dkim= Pass , DMARC= Fail``; Gmail writes
``DKIM = did not pass. SPF [shop.example] with ip: 192.0.2.10 = did not pass``; others say it in words, such as
``does not pass DMARC verification``. A verdict that the end of the text cuts off is not read.

Sources: replies seen by senders; the words are those of RFC 8601 section 2.7, verified 2026-11-30.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_CHECK = re.compile(r"\b(spf|dkim|dmarc)\b", re.IGNORECASE)
_VERDICT = re.compile(
    r"[=:] ?(pass(?:ed)?|did not pass|not pass|soft ?fail(?:ed)?|hard ?fail(?:ed)?|fail(?:ed|ure)?|none|neutral"
    r"|perm ?error|temp ?error|missing|invalid)(?=[\s,.;)\]]|$)",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"\b(?:not pass|fail(?:s|ed|ing)?(?: to pass)?)(?: the| its| your)?"
    r" (?:spf|dkim|dmarc)(?:(?:, | and )(?:spf|dkim|dmarc))?(?:,? and (?:spf|dkim|dmarc))?\b",
    re.IGNORECASE,
)
"""A verdict in front of the checks that it is about: ``does not pass DMARC verification``."""
_EITHER = re.compile(r",? (?:or|nor|and/or)\b", re.IGNORECASE)
"""What goes on so leaves open which of them failed."""
_FARTHEST = 160
"""Characters between the name of a check and its verdict: a domain and an address may stand there."""


def verdicts(text: str) -> dict[str, bool]:
    """Whether each check that the reply names passed, by its name in capitals; the last word on a check counts."""
    named = list(_CHECK.finditer(text))
    ends = [*(found.start() for found in named[1:]), len(text)]
    out = dict.fromkeys(_failed_in_front(text), False)
    for check, end in zip(named, ends, strict=False):
        said = _VERDICT.search(text, check.end(), min(end, check.end() + _FARTHEST))
        if said is not None:
            out[check[1].upper()] = said[1].lower().startswith("pass")
    return out


def _failed_in_front(text: str) -> Iterator[str]:
    for found in _BEFORE.finditer(text):
        if not _EITHER.match(text, found.end()):
            yield from (check.upper() for check in _CHECK.findall(found[0]))


def failed(text: str) -> tuple[str, ...]:
    """The checks that the reply says did not pass, in the order SPF, DKIM, DMARC."""
    found = verdicts(text)
    return tuple(name for name in ("SPF", "DKIM", "DMARC") if found.get(name) is False)
