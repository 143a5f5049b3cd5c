"""Whose mail a reported row is: nineteen rows of a table, of which the first that matches decides.

Rows 1 to 9 are proven or declared, 10 to 13 follow from cryptography, 14 to 18 are inferred and say so. A class is
computed when it is read, from the evidence and from what is ours now; no stored row has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from staygreen.core.finding import IPAddress
from staygreen.core.records.name import is_within
from staygreen.core.reports import alignment
from staygreen.core.reports.estate import SES_DOMAIN, DeclaredSender, Estate, contains, is_outside_ses
from staygreen.core.reports.report import DkimResult, Evidence, PublishedPolicy
from staygreen.core.reports.services import Services


class MailClass(str, Enum):
    """Whose mail a reported row is; computed when it is read, by the first row of a table that matches."""

    SPOOF = "spoof"
    MINE = "mine"
    MINE_SPF_ALONE = "mine, SPF alone"
    MINE_NOT_LOOKED_UP = "mine, key not looked up"
    MINE_BROKEN_SIGNATURE = "mine, broken signature"
    MINE_UNSIGNED = "mine, unsigned"
    MINE_THROUGH_SES = "mine through SES"
    OTHER_SES_ACCOUNT = "other SES account"
    DECLARED = "declared sender"
    DECLARED_BROKEN = "declared sender, broken"
    RELAYED = "relayed"
    UNDECLARED_KEY = "undeclared, with our key in DNS"
    SPF_ALONE = "authorised by SPF alone"
    FORWARDED_ALTERED = "forwarded, altered"
    PROBABLY_FORWARDED = "probably forwarded"
    FORWARDED_UNSIGNED = "forwarded, unsigned"
    SERVICE_UNALIGNED = "service, unaligned"
    NOT_LOOKED_UP = "unknown, key not looked up"
    UNAUTHENTICATED = "unauthenticated"
    NOT_OURS = "domain not ours"


OWN = frozenset(
    {
        MailClass.MINE,
        MailClass.MINE_SPF_ALONE,
        MailClass.MINE_NOT_LOOKED_UP,
        MailClass.MINE_BROKEN_SIGNATURE,
        MailClass.MINE_UNSIGNED,
        MailClass.MINE_THROUGH_SES,
        MailClass.DECLARED,
        MailClass.DECLARED_BROKEN,
    }
)
"""Mail of ours, or of somebody whom we declared."""
FAULTY = (
    MailClass.MINE_BROKEN_SIGNATURE,
    MailClass.MINE_UNSIGNED,
    MailClass.DECLARED_BROKEN,
    MailClass.OTHER_SES_ACCOUNT,
    MailClass.MINE_SPF_ALONE,
)
"""Classes that need somebody of ours to act, the most urgent first."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """The class of a row, with the row of the table that decided."""

    row: int
    """0 to 18; -1: the From domain is none of ours."""
    mail_class: MailClass
    why: str
    sender: str = ""
    """The declared sender, where it is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHistory:
    """What is known of a source beyond one row. Nothing known proves nothing."""

    proven_reporters: int = 0
    """Reporters that are beyond doubt and reported the source without any authentication."""
    is_listed: bool = False
    """Its network is on a blocklist that is believed."""
    lacks_confirmed_name: bool = False
    """Somebody looked, and no name leads back to it."""


_FORWARDING_REASONS = frozenset({"forwarded", "trusted_forwarder", "mailing_list"})
_BROKEN = frozenset({"fail", "policy", "neutral", "permerror"})
_NOTHING_KNOWN = SourceHistory()


class Classifier:
    """Judges rows by one estate; what it works out of evidence is kept for rows that share it."""

    def __init__(self, estate: Estate, services: Services) -> None:
        self._estate = estate
        self._services = services
        self._signs: dict[tuple[Evidence, PublishedPolicy], _Signs] = {}

    def judge(
        self,
        source: IPAddress | None,
        evidence: Evidence,
        policy: PublishedPolicy,
        history: SourceHistory = _NOTHING_KNOWN,
    ) -> Judgement:
        """The class of a row."""
        if not self._estate.is_domain_of_ours(evidence.header_from):
            return Judgement(-1, MailClass.NOT_OURS, f"{evidence.header_from or 'no domain'} is none of our domains")
        if self._estate.never_sends(evidence.header_from):
            return Judgement(0, MailClass.SPOOF, f"{evidence.header_from} never sends mail")
        signs = self._read(evidence, policy)
        if self._estate.is_ours(source):
            return _own(signs)
        if contains(self._estate.ses_ranges, source) or (
            signs.through_ses and not self._is_of_none_of_ses(signs, source)
        ):
            return _through_ses(signs)
        senders = [each for each in self._estate.senders if _is_of(each, source, signs)]
        declared = next((each for each in senders if not each.is_forwarder), None)
        if declared is not None:
            return _declared(signs, declared)
        return _foreign(signs, history, senders[0].name if senders else "")

    @staticmethod
    def _is_of_none_of_ses(signs: _Signs, source: IPAddress | None) -> bool:
        """Whether a MAIL FROM domain of ours is all that speaks for SES, and the address speaks against it.

        The record of a MAIL FROM domain can let others send too, such as a server of ours.
        """
        return not signs.names_ses and is_outside_ses(source)

    def _read(self, evidence: Evidence, policy: PublishedPolicy) -> _Signs:
        key = (evidence, policy)
        signs = self._signs.get(key)
        if signs is None:
            if len(self._signs) >= 10_000:
                self._signs.clear()
            signs = self._signs[key] = _Signs(evidence, policy, self._estate, self._services)
        return signs


def _is_of(sender: DeclaredSender, source: IPAddress | None, signs: _Signs) -> bool:
    """Whether a row proves a declared sender: by its network, a signature that passed, or SPF that passed."""
    return (
        contains(sender.networks, source)
        or any(each.selector.lower() in sender.selectors for each in signs.aligned_passes)
        or any(is_within(name, domain) for name in signs.spf_passes for domain in sender.spf_domains)
    )


class _Signs:
    """What the table asks of a record, by its letters."""

    def __init__(self, evidence: Evidence, policy: PublishedPolicy, estate: Estate, services: Services) -> None:
        known = (policy.domain, *estate.domains) if policy.domain else tuple(estate.domains)
        # signatures that claim our domain
        ours = [each for each in evidence.dkim if alignment.is_aligned_dkim(each, evidence, policy, known)]
        self.aligned_passes = [each for each in ours if each.result == "pass"]
        known_passes = [each for each in self.aligned_passes if estate.knows_selector(each.domain, each.selector)]
        self.K = bool(known_passes)
        self.U = bool(self.aligned_passes) and not known_passes
        passed = [each for each in evidence.spf if each.result == "pass"]
        aligned_spf = [each for each in passed if alignment.is_aligned_spf(each, evidence, policy, known)]
        self.S = bool(aligned_spf)
        self.broken = [each for each in ours if each.result in _BROKEN]
        self.known_broken = [each for each in self.broken if estate.knows_selector(each.domain, each.selector)]
        self.T = any(each.result == "temperror" for each in ours)
        self.spf_passes = [each.domain for each in passed if each.domain]
        foreign_spf = [name for name in self.spf_passes if not estate.is_domain_of_ours(name)]
        self.forwarded_by_reason = next(iter(_forwarding_reasons(evidence)), "")
        self.foreign_spf = next(iter(foreign_spf), "")
        self.spf_service = next((found for name in foreign_spf if (found := services.name(name))), "")
        signed = next(
            (each.domain for each in evidence.dkim if each.result == "pass" and _is_foreign(each.domain, estate)), ""
        )
        self.service = self.spf_service or services.name(signed) or signed
        """Who sends: the service that SPF passed for, else whoever signed."""
        signers = [each.domain for each in evidence.dkim if each.result == "pass"]
        self.names_ses = any(is_within(name, SES_DOMAIN) for name in (*self.spf_passes, *signers))
        """Whether a check passes for SES's own domain: SES signs all mail with it, and it is the default MAIL FROM."""
        self.through_ses = any(is_within(name, SES_DOMAIN) for name in self.spf_passes) or any(
            name in estate.mail_from for name in self.spf_passes
        )
        self.own_mail_from = next((each.domain for each in aligned_spf if each.domain in estate.mail_from), "")


def _is_foreign(domain: str, estate: Estate) -> bool:
    return bool(domain) and not estate.is_domain_of_ours(domain)


def _forwarding_reasons(evidence: Evidence) -> Iterator[str]:
    for reason in evidence.reasons:
        if reason.type in _FORWARDING_REASONS:
            yield f"the reporter says {reason.type}"
        elif "arc=pass" in reason.comment.lower().replace(" ", ""):
            yield "the reporter says that ARC passed"


def _named(signatures: list[DkimResult]) -> str:
    first = signatures[0]
    return f"{first.selector or 'no selector'} of {first.domain}"


def _own(signs: _Signs) -> Judgement:
    """Rows 1 to 5: the address is ours."""
    if signs.K or signs.U:
        unlisted = "" if signs.K else ", a selector that is not among those we know"
        return Judgement(1, MailClass.MINE, f"our address, signed with {_named(signs.aligned_passes)}{unlisted}")
    if signs.S and not signs.T:
        return Judgement(2, MailClass.MINE_SPF_ALONE, "our address, SPF passes and no signature of ours does")
    if signs.T and not signs.broken:
        return Judgement(3, MailClass.MINE_NOT_LOOKED_UP, "our address; the receiver could not look up our key")
    if signs.broken:
        return Judgement(
            4, MailClass.MINE_BROKEN_SIGNATURE, f"our address; the signature with {_named(signs.broken)} is broken"
        )
    return Judgement(5, MailClass.MINE_UNSIGNED, "our address, without a signature of ours")


def _through_ses(signs: _Signs) -> Judgement:
    """Rows 6 and 7: an address of SES that others use too."""
    if signs.K:
        return Judgement(6, MailClass.MINE_THROUGH_SES, f"SES, signed with {_named(signs.aligned_passes)}")
    if signs.own_mail_from:
        return Judgement(6, MailClass.MINE_THROUGH_SES, f"SES, SPF passes for our MAIL FROM {signs.own_mail_from}")
    return Judgement(7, MailClass.OTHER_SES_ACCOUNT, "SES, with neither a key nor a MAIL FROM domain of ours")


def _declared(signs: _Signs, sender: DeclaredSender) -> Judgement:
    """Rows 8 and 9: somebody whom the configuration names."""
    if signs.aligned_passes or signs.S:
        how = f"signed with {_named(signs.aligned_passes)}" if signs.aligned_passes else "SPF passes and is aligned"
        return Judgement(8, MailClass.DECLARED, f"declared as {sender.name}, {how}", sender.name)
    return Judgement(9, MailClass.DECLARED_BROKEN, f"declared as {sender.name}, nothing is aligned", sender.name)


def _foreign(signs: _Signs, history: SourceHistory, forwarder: str) -> Judgement:
    """Rows 10 to 18: an address that we know nothing of."""
    return _by_cryptography(signs) or _inferred(signs, history, forwarder)


def _by_cryptography(signs: _Signs) -> Judgement | None:
    """Rows 10 to 12: something of ours passes."""
    if signs.K:
        return Judgement(
            10, MailClass.RELAYED, f"foreign address; our signature with {_named(signs.aligned_passes)} holds"
        )
    if signs.U:
        return Judgement(
            11, MailClass.UNDECLARED_KEY, f"signed with {_named(signs.aligned_passes)}, which is in DNS and not ours"
        )
    if signs.S:
        why = "our SPF record authorises the address; nothing else is known of it"
        if signs.own_mail_from:
            why = f"SPF passes for our MAIL FROM {signs.own_mail_from}; the address is none of SES's that we know"
        return Judgement(12, MailClass.SPF_ALONE, why)
    return None


def _inferred(signs: _Signs, history: SourceHistory, forwarder: str) -> Judgement:
    """Rows 13 to 18: nothing of ours passes."""
    forwarding = f"declared forwarder {forwarder}" if forwarder else signs.forwarded_by_reason
    if signs.known_broken:
        return _altered(signs, forwarding)
    # a service's own SPF shows the service; any other foreign SPF domain is what a forwarder writes
    if not forwarding and signs.foreign_spf and not signs.spf_service:
        forwarding = f"SPF passes for {signs.foreign_spf}"
    if forwarding:
        return Judgement(15, MailClass.FORWARDED_UNSIGNED, f"inferred: {forwarding}; no signature of ours")
    if signs.service:
        return Judgement(16, MailClass.SERVICE_UNALIGNED, f"inferred: sent through {signs.service}, nothing is aligned")
    if signs.T:
        return Judgement(17, MailClass.NOT_LOOKED_UP, "inferred: the receiver could not look up the key; wait")
    return _unauthenticated(history)


def _altered(signs: _Signs, forwarding: str) -> Judgement:
    broken = f"our signature with {_named(signs.known_broken)} is broken"
    how = forwarding or (f"SPF passes for {signs.foreign_spf}" if signs.foreign_spf else "")
    if how:
        return Judgement(13, MailClass.FORWARDED_ALTERED, f"{how}; {broken}")
    return Judgement(14, MailClass.PROBABLY_FORWARDED, f"inferred: {broken}, and nothing says that it was forwarded")


def _unauthenticated(history: SourceHistory) -> Judgement:
    """Row 18: nothing passes. A spoof only with more than one reporter's word, or against a source of ill repute."""
    proof = (
        (history.proven_reporters >= 2, f"{history.proven_reporters} proven reporters saw it"),
        (history.is_listed, "its network is on a blocklist"),
        (history.lacks_confirmed_name, "no name leads back to the address"),
    )
    why = next((text for holds, text in proof if holds), "")
    if why:
        return Judgement(18, MailClass.SPOOF, f"inferred: nothing passes, and {why}")
    return Judgement(18, MailClass.UNAUTHENTICATED, "inferred: nothing passes; not enough is known to call it a spoof")
