"""DMARC policy records (RFC 9989 §4.7), published at ``_dmarc.<domain>``.

Also the authorisation of external report receivers (RFC 9990 §4):
``<domain>._report._dmarc.<receiver>`` says ``v=DMARC1`` in the receiver's zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from staygreen.core.records import tags
from staygreen.core.records.fault import Fault

REPORT_AUTHORISATION = "v=DMARC1"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s,;!]+(![0-9]+[kmgt]?)?")
_MAILTO = re.compile(r"mailto:([^\s,;!]+)(?:![0-9]+[kmgt]?)?", re.IGNORECASE)


class Policy(str, Enum):
    """What a receiver is asked to do with mail that fails DMARC (RFC 9989 §4.7)."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


class Alignment(str, Enum):
    """How exactly names must match (RFC 9989 §4.4)."""

    RELAXED = "relaxed"
    STRICT = "strict"


@dataclass(frozen=True, slots=True, kw_only=True)
class DmarcRecord:
    """What a domain asks receivers to do with mail that fails."""

    policy: Policy
    subdomain_policy: Policy | None = None
    nonexistent_policy: Policy | None = None
    dkim_alignment: Alignment = Alignment.RELAXED
    spf_alignment: Alignment = Alignment.RELAXED
    testing: bool = False
    aggregate_reports: tuple[str, ...] = ()
    """URIs, ``mailto:`` in practice."""
    failure_reports: tuple[str, ...] = ()
    other: tuple[tuple[str, str], ...] = ()
    """Tags that RFC 9989 does not know, pct among them; receivers ignore them (§4.7)."""

    def __str__(self) -> str:
        optional = (
            ("sp", self.subdomain_policy.value if self.subdomain_policy else ""),
            ("np", self.nonexistent_policy.value if self.nonexistent_policy else ""),
            ("adkim", "s" if self.dkim_alignment is Alignment.STRICT else ""),
            ("aspf", "s" if self.spf_alignment is Alignment.STRICT else ""),
            ("t", "y" if self.testing else ""),
            ("rua", ",".join(self.aggregate_reports)),
            ("ruf", ",".join(self.failure_reports)),
        )
        given = tuple((name, value) for name, value in optional if value)
        return tags.render((("v", "DMARC1"), ("p", self.policy.value), *given, *self.other))


def authorisation_name(domain: str, receiver: str) -> str:
    """Return where `receiver` says that it takes reports about `domain` (RFC 9990 §4)."""
    return f"{domain}._report._dmarc.{receiver}"


def mail_addresses(uris: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the mail addresses that report URIs name, lower case, without limits of size; None: not all are mail."""
    found = [_MAILTO.fullmatch(uri) for uri in uris]
    return None if None in found else tuple(match[1].lower() for match in found if match)


_NEARLY = (
    (re.compile(r"v\s*=\s*DMARC1\s+\w", re.IGNORECASE), "a semicolon is missing behind v=DMARC1"),
    (re.compile(r"v\s*=\s*dmarc1\s*(;|$)", re.IGNORECASE), "DMARC1 has to be written in capitals"),
    (re.compile(r"[\"'“”]+\s*v\s*=\s*DMARC", re.IGNORECASE), "quotation marks are part of its text"),
    (re.compile(r"v\s*=\s*DMARC", re.IGNORECASE), "its version is not DMARC1"),
    (re.compile(r"DMARC1?\s*[;=]", re.IGNORECASE), "it does not begin with v=DMARC1"),
    (re.compile(r"p\s*=\s*(?:none|quarantine|reject)\b", re.IGNORECASE), "it does not begin with v=DMARC1"),
)


def near_miss(text: str) -> str:
    """Why a TXT string that was meant as a DMARC record is none; empty: it means something else.

    Args:
        text: A string that is no policy record.
    """
    why = next((why for pattern, why in _NEARLY if pattern.match(text.strip())), "")
    return f'"{text[:80]}" is no DMARC record: {why}' if why else ""


def parse(text: str) -> DmarcRecord | Fault:
    """Return the policy that a record publishes, or what is wrong with it.

    Tags with the meaning of a default are read as absent, and unknown tags are
    kept. Values are compared without regard to case.
    """
    found = tags.parse(text)
    if isinstance(found, Fault):
        return found
    if not found or (found[0].name, found[0].value) != ("v", "DMARC1"):
        return Fault(0, "the record must begin with v=DMARC1")
    values = {tag.name: tag for tag in found}
    for tag in found:
        reason = _wrong(tag.name, tag.value)
        if reason:
            return Fault(tag.position, reason)
    return DmarcRecord(
        # §4.7: without a usable p the record still counts, as p=none.
        policy=_policy(values, "p") or Policy.NONE,
        subdomain_policy=_policy(values, "sp"),
        nonexistent_policy=_policy(values, "np"),
        dkim_alignment=_alignment(values, "adkim"),
        spf_alignment=_alignment(values, "aspf"),
        testing="t" in values and values["t"].value.lower() == "y",
        aggregate_reports=_uris(values, "rua"),
        failure_reports=_uris(values, "ruf"),
        other=tuple((tag.name, tag.value) for tag in found if tag.name not in _KNOWN),
    )


_ALLOWED = {
    "p": ("none", "quarantine", "reject"),
    "sp": ("none", "quarantine", "reject"),
    "np": ("none", "quarantine", "reject"),
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
    "t": ("y", "n"),
}
_KNOWN = frozenset({"v", "rua", "ruf", *_ALLOWED})


def _wrong(name: str, value: str) -> str:
    allowed = _ALLOWED.get(name)
    if allowed and value.lower() not in allowed:
        return f"{name} must be one of {', '.join(allowed)}"
    if name in ("rua", "ruf") and not all(_URI.fullmatch(uri.strip()) for uri in value.split(",")):
        return f"{name} must be a list of URIs such as mailto:reports@example.com"
    return ""


def _policy(values: dict[str, tags.Tag], name: str) -> Policy | None:
    return Policy(values[name].value.lower()) if name in values else None


def _alignment(values: dict[str, tags.Tag], name: str) -> Alignment:
    strict = name in values and values[name].value.lower() == "s"
    return Alignment.STRICT if strict else Alignment.RELAXED


def _uris(values: dict[str, tags.Tag], name: str) -> tuple[str, ...]:
    return tuple(uri.strip() for uri in values[name].value.split(",")) if name in values else ()
