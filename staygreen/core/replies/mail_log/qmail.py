"""A delivery attempt in the log of qmail-send, which writes spaces as underscores.

Source: qmail-log(5); verified 2026-11-30.
"""

from __future__ import annotations

from staygreen.core.replies.delivery_event import Kind, Notice

_KINDS = ((": failure: ", Kind.REFUSED), (": deferral: ", Kind.DELAYED))
_SAID = "Remote host said: "
_GIVEN_UP = "/Giving up on "


def is_line(line: str) -> bool:
    """Whether the line is one of qmail-send's."""
    return (line.startswith("@4000") or " qmail" in line[:80]) and (
        "delivery " in line or "new msg " in line or "status: local " in line
    )


def notice(line: str) -> Notice | None:
    """The refusal or delay that a line tells of; None for any other line."""
    for words, kind in _KINDS:
        at = line.find(words)
        if at < 0 or "delivery " not in line[:at]:
            continue
        text = line[at + len(words) :].strip().replace("_", " ")
        text = text.partition(_GIVEN_UP)[0]
        said = text.find(_SAID)
        text = text[said + len(_SAID) :] if said >= 0 else text
        return Notice(kind=kind, source="qmail", text=text.strip("/ "), message=_delivery(line[:at]))
    return None


def recipient(line: str) -> tuple[str, str] | None:
    """The number of a delivery that begins, and to whom; None for any other line."""
    at = line.find("starting delivery ")
    if at < 0:
        return None
    number, _, rest = line[at + len("starting delivery ") :].partition(":")
    return number, rest.strip().rpartition(" ")[2]


def _delivery(head: str) -> str:
    return head.rpartition("delivery ")[2].strip(": ")
