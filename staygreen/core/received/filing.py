"""Where a message went, why, and who can act on it: concluded from what the receiver wrote.

Source: data/received/causes.toml and codes.toml, with the pages that they name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

from staygreen.core.data import table
from staygreen.core.received.authentication import Alignment, Authentication
from staygreen.core.received.microsoft import Filed
from staygreen.core.received.reading import Reading, Receiver
from staygreen.core.records.name import is_host_name


class Placement(Enum):
    """Where the message went."""

    INBOX = "inbox"
    JUNK = "junk"
    QUARANTINE = "quarantine"
    FOLDER = "folder"
    """A folder of the recipient's choice."""
    UNKNOWN = "unknown"


class Actor(Enum):
    """Who can act."""

    SENDER = "sender"
    RECIPIENT = "recipient"
    RECIPIENT_ADMIN = "recipient_admin"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """One row of data/received/causes.toml."""

    id: str
    actor: Actor
    text: str
    step: str
    looks_first: bool
    """Whether one sees how the address and the domain stand before the step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """The conclusion."""

    placement: Placement
    is_stated: bool
    """Whether the receiver says where the message went; else it follows from the verdict and its defaults."""
    cause: Cause
    why: str
    """The cause on this message, in one or two sentences."""
    step: str


_GOOD = frozenset({"NSPM", "SFE", "SKA", "SKI", "SKN", "SKQ"})
_BAD = frozenset({"SPM", "SKS", "SKB", "BLK"})
_QUARANTINED = frozenset({"HPHSH", "HPHISH", "MALW", "AMP", "SAP", "FTBP"})
"""What the policies of Microsoft put into quarantine by default."""
_MALWARE = frozenset({"MALW", "AMP", "SAP", "FTBP"})
_BY_CATEGORY: Mapping[str, str] = {
    **dict.fromkeys(("PHSH", "PHISH", "HPHSH", "HPHISH", "INTOS"), "phishing"),
    **dict.fromkeys(("DIMP", "UIMP", "BIMP", "GIMP"), "impersonation"),
    "SPOOF": "spoofing",
    "BULK": "bulk",
    **dict.fromkeys(("SPM", "HSPM", "OSPM"), "content_or_reputation"),
}
_BY_LIST: Mapping[str, str] = {"BLK": "recipient_block", "SKB": "tenant_block", "SKS": "mail_rule"}


@cache
def causes() -> Mapping[str, Cause]:
    """Every cause, by its word."""
    return {
        word: Cause(
            id=word,
            actor=Actor(row["actor"]),
            text=row["text"],
            step=row["step"],
            looks_first=row.get("looks_first", False),
        )
        for word, row in table("received/causes.toml").items()
    }


def conclude(read: Reading, looked_at: Collection[str] = ()) -> Filing:
    """Conclude what became of the message.

    Args:
        read: The message.
        looked_at: Addresses and domains of which the standing is known already: no step says to look at them.
    """
    placement, is_stated = _placement(read)
    cause = causes()[_cause(read, placement)]
    why, step = cause.text, _look_first(read, looked_at, cause.step) if cause.looks_first else cause.step
    if cause.id == "organization_setting":
        why = f"{why.rstrip('.')}: {read.filed.custom_spam}."
    if cause.id == "spoofing" and not read.authentication.is_any:
        why = "Microsoft took the sender for spoofed; what authentication said is not in what was read."
        step = causes()["unknown"].step
    if read.receiver is Receiver.UNKNOWN and (host := topmost_writer(read)):
        step = (
            f"If {host}, which wrote the topmost Received field, is the recipient's own mail server, say so: "
            f"`--receiver {host}`. Its headers count then, by your word."
        )
    if cause.id == "unknown" and _lacks_report(read):
        why = "Microsoft's report (X-Forefront-Antispam-Report) is not in what was read: it would say why."
    if cause.id == "authentication":
        why, step = _authentication_fault(read.authentication)
    return Filing(placement=placement, is_stated=is_stated, cause=cause, why=why, step=step)


def topmost_writer(read: Reading) -> str:
    """The host that wrote the topmost Received field, where it is one by its name; else empty."""
    host = read.way[0].by if read.way else ""
    return host if is_host_name(host) and "." in host else ""


def _look_first(read: Reading, looked_at: Collection[str], step: str) -> str:
    """A step behind the commands that tell how the address and the domain stand, where that is not known yet."""
    about = {"the address": str(read.ip) if read.ip else "", "the domain": read.authentication.from_domain}
    names = {what: each for what, each in about.items() if each and each not in looked_at}
    if not names:
        return step
    commands = ", ".join(f"`staygreen diagnose {each}`" for each in names.values())
    stand = "stands" if len(names) == 1 else "stand"
    return f"See how {' and '.join(names)} {stand} ({commands}); then {step[0].lower()}{step[1:]}"


def _placement(read: Reading) -> tuple[Placement, bool]:
    folder = {"J": Placement.JUNK, "I": Placement.INBOX, "C": Placement.FOLDER}.get(read.filed.folder)
    if folder is not None:
        return folder, True
    if read.is_junk_by_mark:
        # A filter's mark moves nothing by itself: the mailbox behind the recipient's own server does, or does not
        return Placement.JUNK, read.receiver is not Receiver.OTHER
    if read.authentication.disposition == "quarantine":
        return Placement.JUNK, False
    return _by_default(read.filed), False


def _by_default(filed: Filed) -> Placement:
    """Where Microsoft puts what it judged so, unless a policy says otherwise."""
    if filed.category in _QUARANTINED:
        return Placement.QUARANTINE
    if filed.verdict in _BAD or (filed.scl is not None and filed.scl >= 5):
        return Placement.JUNK
    if filed.verdict in _GOOD or filed.scl in (-1, 0, 1):
        return Placement.INBOX
    return Placement.UNKNOWN


def _cause(read: Reading, placement: Placement) -> str:
    auth = read.authentication
    by_others = _choice_of_recipient(read.filed, placement)
    if by_others:
        return by_others
    if read.filed.category in _MALWARE:
        return "malware"
    if auth.is_failing and not (placement is Placement.INBOX and auth.compauth in ("", "pass", "softpass")):
        return "authentication"
    if placement in (Placement.JUNK, Placement.QUARANTINE):
        return _BY_CATEGORY.get(read.filed.category) or _without_category(read)
    return _accepted(read, placement)


def _choice_of_recipient(filed: Filed, placement: Placement) -> str:
    """The list or rule of the recipient or the organization that decided; empty: none did."""
    if placement is Placement.FOLDER or filed.delivery.get("OFR", "").lower() == "customrules":
        return "recipient_rule"
    if filed.verdict in _BY_LIST:
        return _BY_LIST[filed.verdict]
    if filed.custom_spam and placement is not Placement.INBOX:
        return "organization_setting"
    is_passed = filed.verdict in _GOOD and (filed.scl is None or filed.scl < 5)
    return "mailbox_settings" if placement is Placement.JUNK and is_passed else ""


def _without_category(read: Reading) -> str:
    if read.filed.report.get("SRV", "").upper() == "BULK":
        return "bulk"
    is_judged = read.filed.verdict or read.filed.scl is not None or read.is_junk_by_mark
    return "content_or_reputation" if is_judged else "unknown"


def _accepted(read: Reading, placement: Placement) -> str:
    if placement is Placement.INBOX:
        return "none"
    is_unread = read.receiver is Receiver.UNKNOWN or not read.authentication.is_any or read.filed.is_contested
    is_strange = read.receiver.is_microsoft and bool(read.unknown)
    return "unknown" if is_unread or is_strange or _lacks_report(read) else "none"


def _lacks_report(read: Reading) -> bool:
    """Whether a paste ends before what Microsoft judged, which it writes into every message from outside."""
    return read.receiver.is_microsoft and not read.filed.is_any and not read.filed.is_contested


def _authentication_fault(auth: Authentication) -> tuple[str, str]:
    """What is wrong with the proof of the From domain, and its repair."""
    domain = auth.from_domain or "the From domain"
    for fault in (_inside, _altered, _unaligned, _unproven):
        found = fault(auth, domain)
        if found is not None:
            return found
    cause = causes()["authentication"]
    return cause.text, cause.step


def _inside(auth: Authentication, domain: str) -> tuple[str, str] | None:
    """The recipient's own domain in From."""
    if auth.compauth != "fail" or not (auth.reason == "010" or auth.reason.startswith("6")):
        return None
    return (
        f"The message bears {domain}, which is the recipient's own organization, and nothing proves it.",
        f"Let the owner of {domain} authorize the sender: a DKIM key of {domain} for it, or its address in SPF; "
        "else send with a From domain of your own.",
    )


def _altered(auth: Authentication, domain: str) -> tuple[str, str] | None:
    """A signature of the From domain that did not pass."""
    own = next(
        (each for each in auth.signatures if each.value != "pass" and each.alignment is not Alignment.NONE), None
    )
    if own is None or not own.domain:
        return None
    noted = f" ({own.comment})" if own.comment else ""
    is_unchecked = own.value in ("temperror", "timeout") or any(
        word in own.comment.lower() for word in ("no key", "timeout")
    )
    if is_unchecked:
        name = f"{own.selector or 'SELECTOR'}._domainkey.{own.domain}"
        return (
            f"The signature of {own.domain} could not be checked: dkim={own.value}{noted}.",
            f"See that {name} answers from every name server of the domain; a key too long for one record breaks some "
            "lookups.",
        )
    return (
        f"The signature of {own.domain} did not pass: dkim={own.value}{noted}.",
        "Find what alters the message behind the signing (a footer, a gateway, a forwarder), or which key is "
        f"published; sign last, with a key of {domain}.",
    )


def _unaligned(auth: Authentication, domain: str) -> tuple[str, str] | None:
    """Checks that passed for other domains than that of From."""
    passed = [each.domain for each in auth.signatures if each.value == "pass" and each.domain]
    if auth.spf != "pass" and not passed:
        return None
    about = [f"SPF for {auth.mail_from}"] if auth.spf == "pass" and auth.mail_from else []
    about += [f"DKIM for {name}" for name in dict.fromkeys(passed)]
    relaxed = {auth.spf_alignment if auth.spf == "pass" else None, auth.dkim_alignment} & {Alignment.RELAXED}
    if auth.dmarc == "fail" and relaxed:
        return (
            f"{' and '.join(about)} passed, below or above {domain} and not equal to it: strict alignment makes that "
            "fail.",
            f"Take aspf=s and adkim=s out of the DMARC record of {domain}, or sign with d={domain}.",
        )
    if not about or auth.dmarc in ("pass", "bestguesspass"):
        return None
    return (
        f"{' and '.join(about)} passed, and neither is aligned with {domain}, the domain that the recipient sees."
        if len(about) > 1
        else f"{about[0]} passed, and is not aligned with {domain}, the domain that the recipient sees.",
        f"Let DKIM sign with d={domain} (with SES: verify {domain} as an identity and publish its keys), or send with "
        f"a MAIL FROM below {domain}.",
    )


def _unproven(auth: Authentication, domain: str) -> tuple[str, str]:
    """No check passed."""
    parts = [f"SPF {auth.spf}"] if auth.spf else []
    parts += [f"DKIM {auth.dkim}"] if auth.dkim else []
    parts += [f"DMARC {auth.dmarc}"] if auth.dmarc else []
    said = ", ".join(parts) or f"compauth {auth.compauth} {auth.reason}".strip()
    spf = "Publish SPF for" if auth.spf in ("", "none") else "Put the sending address into the SPF record of"
    spf_rest = " with the sending address" if auth.spf in ("", "none") else ""
    joint, dmarc = (" and", "") if auth.dmarc == "fail" else (",", ", and publish DMARC")
    return (
        f"Nothing proves {domain} to the receiver: {said}.",
        f"{spf} {domain}{spf_rest}{joint} sign each message with a DKIM key of {domain}{dmarc}.",
    )
