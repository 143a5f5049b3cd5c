"""SPF, DKIM, DMARC, ARC and composite authentication, as the receiver saw them, and how they align with From.

Sources: RFC 8601 section 2.7, RFC 9989 (alignment), RFC 8617 (ARC); verified 2026-12-01.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from staygreen.core.received.fields import Header
from staygreen.core.received.results import METHODS, Result, Results, domain_of
from staygreen.core.records.name import is_within

MOST_INSTANCES = 50
"""RFC 8617 section 4.2.1."""
_INSTANCE = re.compile(r"\bi=(\d{1,3})\b")
_CV = re.compile(r"\bcv=([A-Za-z]{1,10})\b")
_FAILED = frozenset({"fail", "softfail", "permerror", "policy"})
_TEMPORARY = frozenset({"temperror"})


class Alignment(Enum):
    """How a domain that was authenticated relates to the From domain."""

    EXACT = "exact"
    RELAXED = "relaxed"
    """One lies below the other."""
    NONE = "none"
    UNKNOWN = "unknown"
    """Both lie below a name that may or may not be one organization's: the records would have to be asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """One DKIM signature as the receiver checked it."""

    domain: str
    selector: str
    value: str
    comment: str
    alignment: Alignment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """What the receiver found. Empty text: it does not say."""

    from_domain: str
    mail_from: str
    spf: str
    spf_alignment: Alignment | None
    dkim: str
    """The best of the signatures."""
    dkim_alignment: Alignment | None
    """That of the signatures that passed."""
    signatures: tuple[Signature, ...]
    dmarc: str
    dmarc_action: str
    """What the receiver did for it (Microsoft's ``action``)."""
    disposition: str
    """Gmail's ``dis``, lower case."""
    compauth: str
    reason: str
    arc: str
    arc_instances: int
    unknown: tuple[str, ...]
    """Methods that no table explains."""

    @property
    def is_any(self) -> bool:
        """Whether the receiver reports anything."""
        return bool(self.spf or self.dkim or self.dmarc or self.compauth)

    @property
    def is_failing(self) -> bool:
        """Whether the receiver could not prove the From domain."""
        if self.compauth == "fail":
            return True
        if self.compauth in ("pass", "softpass") or self.dmarc in ("pass", "bestguesspass"):
            return False
        if self.dmarc in _FAILED:
            return True
        # The receiver gives no verdict about DMARC: a broken check that no other one makes up for.
        is_broken = self.spf in _FAILED or self.dkim in _FAILED
        return is_broken and self.dkim != "pass"

    @property
    def has_all_passed(self) -> bool:
        """Whether SPF, DKIM and DMARC all passed."""
        return self.spf == self.dkim == self.dmarc == "pass"


def aligned(domain: str, from_domain: str) -> Alignment | None:
    """How a domain aligns with the From domain; None where one of them is missing.

    Which name is the organization's is published in DNS (RFC 9989): what cannot be told without asking is UNKNOWN.
    """
    if not domain or not from_domain:
        return None
    if domain == from_domain:
        return Alignment.EXACT
    if is_within(domain, from_domain) or is_within(from_domain, domain):
        return Alignment.RELAXED
    is_related = domain.split(".")[-2:] == from_domain.split(".")[-2:]
    return Alignment.UNKNOWN if is_related else Alignment.NONE


def of(
    header: Header, results: Iterable[Results], spf_fields: Iterable[Result], seals: Iterable[str]
) -> Authentication:
    """What the believed fields say.

    Args:
        header: The message's fields, for From.
        results: The believed Authentication-Results, the topmost first.
        spf_fields: The believed Received-SPF fields.
        seals: Values of the believed ARC-Seal fields.
    """
    fields = tuple(results)
    found = [result for each in fields for result in each.results]
    spf = next((each for each in found if each.method == "spf"), None) or next(iter(spf_fields), None)
    dmarc = next((told for each in fields if (told := each.first("dmarc"))), None)
    compauth = next((told for each in fields if (told := each.first("compauth"))), None)
    arc = next((each for each in found if each.method == "arc"), None)
    from_domain = (dmarc.domain if dmarc else "") or _from(header)
    mail_from = spf.domain if spf else ""
    signatures = tuple(_signature(each, from_domain) for each in found if each.method == "dkim")
    return Authentication(
        from_domain=from_domain,
        mail_from=mail_from,
        spf=spf.value if spf else "",
        spf_alignment=aligned(mail_from, from_domain),
        dkim=_best(signatures),
        dkim_alignment=_closest(signatures),
        signatures=signatures,
        dmarc=dmarc.value if dmarc else "",
        dmarc_action=dmarc.properties.get("action", "").lower() if dmarc else "",
        disposition=_disposition(dmarc.comment) if dmarc else "",
        compauth=compauth.value if compauth else "",
        reason=compauth.properties.get("reason", "")[:10] if compauth else "",
        arc=arc.value if arc else _chain(seals),
        arc_instances=_instances(header),
        unknown=tuple(sorted({each.method for each in found if each.method not in METHODS})),
    )


def _from(header: Header) -> str:
    return domain_of(re.sub(r"\s.*", "", header.first("from").rpartition("<")[2].strip()))


def _signature(result: Result, from_domain: str) -> Signature:
    return Signature(
        domain=result.domain,
        selector=result.properties.get("header.s", "").lstrip("@")[:63],
        value=result.value,
        comment=result.comment[:200],
        alignment=aligned(result.domain, from_domain),
    )


def _best(signatures: tuple[Signature, ...]) -> str:
    values = [each.value for each in signatures]
    return "pass" if "pass" in values else next(iter(values), "")


def _closest(signatures: tuple[Signature, ...]) -> Alignment | None:
    found = [each.alignment for each in signatures if each.value == "pass" and each.alignment is not None]
    return min(found, key=[Alignment.EXACT, Alignment.RELAXED, Alignment.UNKNOWN, Alignment.NONE].index, default=None)


def _disposition(comment: str) -> str:
    found = re.search(r"\bdis=([A-Za-z]{1,20})", comment)
    return found[1].lower() if found else ""


def _chain(seals: Iterable[str]) -> str:
    found = next((match for seal in seals if (match := _CV.search(seal))), None)
    return found[1].lower() if found else ""


def _instances(header: Header) -> int:
    numbers = (
        int(found[1])
        for field in header.of("arc-seal", "arc-message-signature", "arc-authentication-results")
        if (found := _INSTANCE.search(field.value[:2000]))
    )
    return min(max(numbers, default=0), MOST_INSTANCES)
