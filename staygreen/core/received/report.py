"""What is told of a received message: the verdict in a sentence, cause, who can act, next step, then the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from staygreen.core.received import bulk_senders, codes
from staygreen.core.received.authentication import Alignment, Authentication, Signature
from staygreen.core.received.filing import Actor, Filing, Placement
from staygreen.core.received.reading import Reading, Receiver

_NAMES = {
    Receiver.OUTLOOK_CONSUMER: "Outlook.com",
    Receiver.EXCHANGE_ONLINE: "Exchange Online",
    Receiver.MICROSOFT: "Microsoft",
    Receiver.GMAIL: "Gmail",
    Receiver.YAHOO: "Yahoo",
    Receiver.APPLE: "iCloud Mail",
    Receiver.OTHER: "the recipient's server",
    Receiver.UNKNOWN: "the receiver",
}
_ACTORS = {
    Actor.SENDER: "you, the sender",
    Actor.RECIPIENT: "the recipient",
    Actor.RECIPIENT_ADMIN: "the recipient's administrator",
    Actor.NOBODY: "nobody needs to",
    Actor.UNKNOWN: "not known",
}
_ALIGNED = {
    Alignment.EXACT: "equal to the From domain",
    Alignment.RELAXED: "aligned with the From domain, relaxed",
    Alignment.NONE: "not aligned with the From domain",
    Alignment.UNKNOWN: "related to the From domain; whether that is alignment, the records say",
}
_LONGEST_CLAIM = 160
_LONGEST_SCORE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One piece of evidence."""

    label: str
    value: str
    meaning: str = ""
    source: str = ""
    """The page that says what it means; may be empty."""
    certainty: str = ""


def name(receiver: Receiver) -> str:
    """What people call a receiver."""
    return _NAMES[receiver]


def findings(read: Reading) -> str:
    """Codes and checks in half a sentence, such as ``SCL 5, CAT:SPM; SPF, DKIM and DMARC passed``."""
    return "; ".join(each for each in (_codes(read), _checks(read.authentication)) if each)


def sentence(read: Reading, filing: Filing) -> str:
    """The verdict."""
    if read.receiver is Receiver.UNKNOWN:
        return "What became of the message cannot be told: no headers of a known receiver stand on top of it."
    found = _codes(read)
    marks = f" ({found})" if found else ""
    checks = _checks(read.authentication)
    who = name(read.receiver)
    who = f"The {who[4:]}" if who.startswith("the ") else who
    return f"{who} {_deed(read, filing).format(marks=marks)}; {checks}."


def _deed(read: Reading, filing: Filing) -> str:
    """What the receiver did, as far as its headers say so."""
    if filing.is_stated:
        return {
            Placement.JUNK: "put the message into Junk{marks}",
            Placement.INBOX: "put the message into the inbox{marks}",
            Placement.FOLDER: "put the message into a folder of the recipient's choice{marks}",
        }[filing.placement]
    if filing.placement is Placement.JUNK:
        return _junking(read)
    if filing.placement is Placement.QUARANTINE:
        return "judged the message harmful{marks}: to quarantine, unless the recipient's policy says otherwise"
    if filing.placement is Placement.INBOX:
        return "let the message pass{marks}, which goes to the inbox unless a rule of the recipient moves it"
    return "accepted the message{marks}, and its headers do not say into which folder it went"


def _junking(read: Reading) -> str:
    """By what it was spam, where no header names the folder."""
    if read.filed.is_any:
        return "judged the message spam{marks}, which goes to Junk unless the recipient's policy says otherwise"
    if read.is_junk_by_mark:
        return "marked the message as spam{marks}; whether that moved it to Junk, its headers do not say"
    return "applied the policy quarantine of the From domain{marks}, which means spam"


def _codes(read: Reading) -> str:
    filed = read.filed
    parts = [f"SCL {filed.scl}"] if filed.scl is not None else []
    parts += [f"CAT:{filed.category}"] if filed.category not in ("", "NONE") else []
    parts += [f"SFV:{filed.verdict}"] if filed.verdict and (filed.category in ("", "NONE")) else []
    parts += [f"BCL {filed.bcl}"] if filed.bcl else []
    parts += [read.is_junk_by_mark] if read.is_junk_by_mark else []
    parts += (
        [f"dis={read.authentication.disposition.upper()}"] if read.authentication.disposition == "quarantine" else []
    )
    return ", ".join(parts)


def _checks(auth: Authentication) -> str:
    if auth.has_all_passed:
        return "SPF, DKIM and DMARC passed"
    if not auth.is_any:
        return "it reports no authentication"
    parts = [("SPF", auth.spf), ("DKIM", auth.dkim), ("DMARC", auth.dmarc)]
    said = [f"{check} {value or 'not reported'}" for check, value in parts]
    if auth.compauth == "fail":
        said.append(f"compauth fail ({auth.reason})" if auth.reason else "compauth fail")
    return ", ".join(said)


def evidence(read: Reading) -> Iterator[Item]:
    """What the receiver wrote, each with what it means."""
    auth = read.authentication
    yield Item(label="Receiver", value=name(read.receiver) if read.receiver is not Receiver.UNKNOWN else "not known")
    if read.ip is not None:
        greeting = f", greeted as {read.greeting}" if read.greeting else ""
        sender = "its name, or its greeting, is that of a host of Amazon SES"
        yield Item(label="Sending IP", value=f"{read.ip}{greeting}", meaning=sender if read.is_by_ses else "")
    yield Item(label="From domain", value=auth.from_domain or "not in what was read")
    if auth.spf:
        about = f"{auth.spf} for {auth.mail_from}" if auth.mail_from else auth.spf
        yield Item(label="SPF", value=about, meaning=_ALIGNED[auth.spf_alignment] if auth.spf_alignment else "")
    yield from (_signature(each) for each in auth.signatures)
    if auth.dmarc:
        action = codes.meaning("action", auth.dmarc_action) if auth.dmarc_action else None
        yield Item(label="DMARC", value=auth.dmarc, meaning=action.text if action else "")
    yield from _compauth(auth)
    if read.filed.custom_spam:
        yield Item(label="X-CustomSpam", value=read.filed.custom_spam)
    if auth.arc:
        yield Item(label="ARC", value=auth.arc, meaning=f"sets in the message: {auth.arc_instances}")
    for field, code in read.filed.coded():
        yield _coded(field, code)
    for told in read.own_filter:
        yield Item(label=told.name, value=told.value[:_LONGEST_SCORE], meaning="the recipient's own filter")
    if read.ptr:
        known = codes.meaning("PTR", read.ptr)
        yield Item(
            label="PTR", value=read.ptr, meaning=known.text if known else "", source=known.source if known else ""
        )


def _signature(signature: Signature) -> Item:
    about = f"{signature.value} for {signature.domain}" if signature.domain else signature.value
    said = f" ({signature.comment})" if signature.comment and signature.value != "pass" else ""
    return Item(
        label="DKIM", value=f"{about}{said}", meaning=_ALIGNED[signature.alignment] if signature.alignment else ""
    )


def _compauth(auth: Authentication) -> Iterator[Item]:
    if auth.compauth:
        yield _coded("compauth", auth.compauth)
    if auth.reason:
        yield _coded("reason", auth.reason)


def _coded(field: str, code: str) -> Item:
    known = codes.meaning(field, code)
    if known is None:
        return Item(label=field, value=code, meaning="unknown: nobody has documented it")
    return Item(label=field, value=code, meaning=known.text, source=known.source, certainty=known.certainty)


def notes(read: Reading) -> Iterator[str]:
    """What limits the answer."""
    if read.receiver is Receiver.OTHER:
        yield "That these headers are of the recipient's server rests on your word (--receiver)."
    if read.receiver is not Receiver.UNKNOWN and not read.has_trace:
        yield "There is no Received field in what was read: nothing proves that the receiver wrote these headers."
    if read.filed.is_contested:
        yield "Two reports of Microsoft's form stand in it that cannot be told apart: neither counts."
    if read.header.is_cut:
        yield "There were more header fields than are read."
    if read.receiver is Receiver.UNKNOWN and read.claims:
        yield (
            "Results of an unknown server are shown as claims: who wrote them, the message itself cannot prove. "
            "If you know the recipient's server, name it: --receiver HOST."
        )


def prose(read: Reading, filing: Filing, more: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> str:
    """The whole answer for a person, addresses of people unmasked.

    Args:
        read: The message.
        filing: The conclusion.
        more: Further parts, each a heading and its lines.
    """
    lines = [
        sentence(read, filing),
        f"  Cause:    {filing.why}",
        f"  Who acts: {_ACTORS[filing.cause.actor]}",
        f"  Next:     {filing.step}",
        *(f"  Note:     {each}" for each in notes(read)),
        "",
        "Evidence:",
        *(f"  {each.label:13} {each.value}{f'  - {each.meaning}' if each.meaning else ''}" for each in evidence(read)),
    ]
    lines += [f"  {'unknown':14}{each}" for each in read.unknown]
    for heading, texts in (*more, _rules(read), _claims(read)):
        if texts:
            lines += ["", f"{heading}:", *(f"  {text}" for text in texts)]
    return "\n".join(lines) + "\n"


def _rules(read: Reading) -> tuple[str, tuple[str, ...]]:
    words = {True: "yes", False: "no", None: "unknown"}
    found = []
    judged = bulk_senders.judge(read)
    if all(each.is_met is None for each in judged):
        return "", ()
    for each in judged:
        asked = ", ".join(
            f"{bulk_senders.publishers()[who].name.split()[0]} {level}" for who, level in each.rule.levels.items()
        )
        found.append(f"{words[each.is_met]:9}{each.rule.title} ({each.why}) [{each.rule.applies_to}: {asked}]")
    return "What senders of much mail must have, on this message", tuple(found)


def _claims(read: Reading) -> tuple[str, tuple[str, ...]]:
    return "Claims that count nothing, because anybody could have written them", tuple(
        f"{field.name}: {_begun(field.value)}{'…' if len(field.value) > _LONGEST_CLAIM else ''}"
        for field in read.claims
    )


def _begun(claim: str) -> str:
    """The beginning of a claim. A mail address is not cut: what is left of it could not be told for one and masked."""
    begun, rest = claim[:_LONGEST_CLAIM], claim[_LONGEST_CLAIM:]
    cut = rest.partition(" ")[0]
    return begun.rpartition(" ")[0] if "@" in cut else begun


def document(read: Reading, filing: Filing) -> dict[str, Any]:
    """The whole answer as JSON values."""
    auth, filed = read.authentication, read.filed
    return {
        "verdict": sentence(read, filing),
        "receiver": read.receiver.value,
        "placement": filing.placement.value,
        "placement_stated": filing.is_stated,
        "cause": filing.cause.id,
        "why": filing.why,
        "actor": filing.cause.actor.value,
        "next_step": filing.step,
        "notes": list(notes(read)),
        "ip": str(read.ip) if read.ip else None,
        "greeting": read.greeting or None,
        "ptr": read.ptr or None,
        "is_by_ses": read.is_by_ses,
        "tls": read.is_tls,
        "from_domain": auth.from_domain or None,
        "mail_from": auth.mail_from or None,
        "spf": auth.spf or None,
        "spf_alignment": auth.spf_alignment.value if auth.spf_alignment else None,
        "dkim": auth.dkim or None,
        "dkim_alignment": auth.dkim_alignment.value if auth.dkim_alignment else None,
        "signatures": [_signature_document(each) for each in auth.signatures],
        "dmarc": auth.dmarc or None,
        "dmarc_action": auth.dmarc_action or None,
        "compauth": auth.compauth or None,
        "reason": auth.reason or None,
        "arc": auth.arc or None,
        "arc_instances": auth.arc_instances,
        "scl": filed.scl,
        "bcl": filed.bcl,
        "category": filed.category or None,
        "filter_verdict": filed.verdict or None,
        "codes": [
            {"field": each.label, "code": each.value, "meaning": each.meaning, "source": each.source or None}
            for each in (_coded(field, code) for field, code in filed.coded())
        ],
        "custom_spam": filed.custom_spam or None,
        "own_filter": [{"name": each.name, "value": each.value[:_LONGEST_SCORE]} for each in read.own_filter],
        "unknown": list(read.unknown),
        "one_click": read.one_click.state.value,
        "one_click_faults": list(read.one_click.faults),
        "bulk_rules": [
            {"rule": each.rule.id, "met": each.is_met, "why": each.why, "for": each.rule.applies_to, **each.rule.levels}
            for each in bulk_senders.judge(read)
        ],
        "claims": [{"name": field.name, "value": _begun(field.value)} for field in read.claims],
        "has_trace": read.has_trace,
    }


def _signature_document(signature: Signature) -> dict[str, str | None]:
    return {
        "domain": signature.domain or None,
        "selector": signature.selector or None,
        "result": signature.value,
        "alignment": signature.alignment.value if signature.alignment else None,
    }
