"""One-click unsubscribe on a message (RFC 8058).

Both fields stand in the message once, List-Unsubscribe holds an HTTPS address, List-Unsubscribe-Post is
``List-Unsubscribe=One-Click``, and one valid DKIM signature covers both (sections 2 and 4; verified 2026-12-01).
Whether a signature is valid is what the receiver found; where it says nothing, only that it covers them is known.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from staygreen.core.received.authentication import Signature
from staygreen.core.received.fields import Header

_LINK = re.compile(r"<\s{0,20}([A-Za-z][A-Za-z0-9+.-]{0,20}):[^<>]{0,2000}>")
_TAG = re.compile(r"(?:^|;)\s{0,20}([A-Za-z_]{1,20})\s{0,20}=([^;]{0,8000})")
_MOST_SIGNATURES = 20


class OneClick(Enum):
    """How far a message is from one-click unsubscribe."""

    READY = "ready"
    UNKNOWN = "unknown"
    """The message's own fields are not in what was read."""
    ABSENT = "absent"
    """It has no List-Unsubscribe field."""
    INCOMPLETE = "incomplete"
    """A field is missing, twice there, or says something else."""
    NOT_COVERED = "not_covered"
    """No signature covers both fields."""
    NOT_VALID = "not_valid"
    """The signature that covers both did not pass at the receiver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The judgement about one message."""

    state: OneClick
    faults: tuple[str, ...]
    has_way_out: bool
    """Whether List-Unsubscribe names any address at all."""
    is_checked: bool
    """Whether the receiver says of the covering signature that it passed or failed."""


def judge(header: Header, checked: Iterable[Signature]) -> Judged:
    """How the message supports one-click unsubscribe.

    Args:
        header: The message's fields.
        checked: The signatures that the receiver checked; none where it says nothing.
    """
    links = header.of("list-unsubscribe")
    schemes = {scheme.lower() for field in links for scheme in _LINK.findall(field.value)}
    if not links and not header.of("from", "date", "message-id"):
        unread = ("the message's own fields are not in what was read",)
        return Judged(state=OneClick.UNKNOWN, faults=unread, has_way_out=False, is_checked=False)
    if not links:
        return Judged(state=OneClick.ABSENT, faults=("no List-Unsubscribe field",), has_way_out=False, is_checked=False)
    faults = tuple(_faults(header, schemes))
    covering = [domain for domain, names in _signed(header) if {"list-unsubscribe", "list-unsubscribe-post"} <= names]
    passed = {each.domain: each.value == "pass" for each in checked if each.value != "pass"} | {
        each.domain: True for each in checked if each.value == "pass"
    }
    known = [passed[domain] for domain in covering if domain in passed]
    if faults:
        state = OneClick.INCOMPLETE
    elif not covering:
        state, faults = (
            OneClick.NOT_COVERED,
            ("no DKIM signature covers both List-Unsubscribe and List-Unsubscribe-Post",),
        )
    elif known and not any(known):
        state, faults = OneClick.NOT_VALID, ("the DKIM signature that covers both fields did not pass",)
    else:
        state = OneClick.READY
    return Judged(state=state, faults=faults, has_way_out=bool(schemes & {"https", "mailto"}), is_checked=bool(known))


def _faults(header: Header, schemes: set[str]) -> Iterator[str]:
    posts = header.of("list-unsubscribe-post")
    if len(header.of("list-unsubscribe")) > 1:
        yield "List-Unsubscribe stands in the message more than once"
    if "https" not in schemes:
        yield "List-Unsubscribe has no HTTPS address"
    if not posts:
        yield "no List-Unsubscribe-Post field"
    elif len(posts) > 1:
        yield "List-Unsubscribe-Post stands in the message more than once"
    elif posts[0].value.strip().lower() != "list-unsubscribe=one-click":
        yield "List-Unsubscribe-Post is not List-Unsubscribe=One-Click"


def _signed(header: Header) -> Iterator[tuple[str, set[str]]]:
    """The domain of each DKIM-Signature, and the names of the fields that it covers (RFC 6376 section 3.5)."""
    for field in header.of("dkim-signature")[:_MOST_SIGNATURES]:
        tags = {name.lower(): value.strip() for name, value in _TAG.findall(field.value)}
        names = {name.strip().lower() for name in tags.get("h", "").split(":")}
        yield tags.get("d", "").lower().rstrip("."), names
