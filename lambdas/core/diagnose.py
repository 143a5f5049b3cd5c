"""The first look at an address or a domain: what public DNS and a reply tell, without an account.

Everything here turns answers into exhibits for the verdict; whoever calls hands
the lookup in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from lambdas.core.check import Report
from lambdas.core.finding import State, Subject, SubjectKind
from lambdas.core.records import dmarc, fault, ptr, spf
from lambdas.core.replies import explain
from lambdas.core.replies.decode import Cause, Certainty, Decoded, System
from lambdas.core.replies.notice import Kind, Notice, redacted
from lambdas.core.sources import Lookup, Question, Rcode, RecordType, Reply
from lambdas.core.verdict import Claim, Exhibit, Reach, Realm, Standing, Witness

_SILENT = (Rcode.SERVFAIL, Rcode.REFUSED, Rcode.OTHER, Rcode.TIMEOUT, Rcode.MALFORMED)


def subject_of(text: str) -> Subject:
    """The subject that a person names.

    Raises:
        ValueError: It is neither an address nor a domain name.
    """
    try:
        return Subject(SubjectKind.IP, str(ipaddress.ip_address(text.strip().strip("[]"))))
    except ValueError:
        name = text.strip().rstrip(".").lower().encode("idna").decode("ascii")
    # A name whose last label is a number is a mistyped address (RFC 3696 section 2).
    if (
        "." not in name
        or name.rpartition(".")[2].isdigit()
        or not all(part.replace("-", "").replace("_", "").isalnum() for part in name.split("."))
    ):
        raise ValueError(f"{text} is neither an address nor a domain name")
    return Subject(SubjectKind.DOMAIN, name)


def ask(lookup: Lookup, name: str, rtype: RecordType) -> Reply:
    """One question's reply."""
    return next(iter(lookup([Question(name, rtype)])))


def reverse_dns(ip: str, lookup: Lookup, now: datetime) -> Exhibit:
    """Whether the PTR name of an address leads back to it (forward-confirmed reverse DNS)."""
    address = ipaddress.ip_address(ip)
    reply = ask(lookup, address.reverse_pointer, RecordType.PTR)
    if reply.rcode in _SILENT:
        return _dns(
            Witness.REVERSE_DNS, State.UNKNOWN, "ptr_unknown", f"DNS did not answer for the PTR of {ip}.", now=now
        )
    if not reply.values:
        step = f"Give {ip} a PTR record that names your mail server."
        return _dns(Witness.REVERSE_DNS, State.BAD, "ptr_missing", f"{ip} has no PTR record.", now=now, step=step)
    name = reply.values[0].rstrip(".").lower()
    rtype = RecordType.A if address.version == 4 else RecordType.AAAA
    forward = ask(lookup, name, rtype)
    if forward.rcode in _SILENT:
        return _dns(Witness.REVERSE_DNS, State.UNKNOWN, "ptr_unknown", f"DNS did not answer for {name}.", now=now)
    if str(address) not in {_canonical(value) for value in forward.values}:
        step = f"Let {name} lead to {ip}: add the {rtype.value} record."
        text = f"The PTR name {name} does not lead back to {ip}."
        return replace(_dns(Witness.REVERSE_DNS, State.BAD, "ptr_unconfirmed", text, now=now, step=step), name=name)
    if ptr.is_generic(name):
        step = f"Give {ip} a PTR name under your own domain."
        text = f"The PTR name {name} is one that a provider hands out."
        return replace(_dns(Witness.REVERSE_DNS, State.BAD, "ptr_generic", text, now=now, step=step), name=name)
    text = f"{ip} is {name}, and {name} is {ip}."
    return replace(_dns(Witness.REVERSE_DNS, State.OK, "ptr", text, now=now), name=name)


def authentication(domain: str, lookup: Lookup, now: datetime, selectors: Iterable[str] = ()) -> Iterator[Exhibit]:
    """Whether SPF, DKIM and DMARC are published."""
    yield _spf(domain, lookup, now)
    yield _dmarc(domain, lookup, now)
    yield from _dkim(domain, tuple(selectors), lookup, now)


def _spf(domain: str, lookup: Lookup, now: datetime) -> Exhibit:
    reply = ask(lookup, domain, RecordType.TXT)
    if reply.rcode in _SILENT:
        return _auth(State.UNKNOWN, "spf_unknown", f"DNS did not answer for the TXT records of {domain}.", now=now)
    records = [value for value in reply.values if spf.is_spf(value)]
    if not records:
        return _auth(
            State.BAD, "spf_missing", f"{domain} has no SPF record.", now=now, step=f"Publish SPF for {domain}."
        )
    if len(records) > 1:
        text = f"{domain} has {len(records)} SPF records; receivers then see none."
        return _auth(State.BAD, "spf_several", text, now=now, step=f"Merge the SPF records of {domain} into one.")
    parsed = spf.parse(records[0])
    if isinstance(parsed, fault.Fault):
        text = f"The SPF record of {domain} cannot be read: {parsed}."
        return _auth(State.BAD, "spf_invalid", text, now=now, step=f"Repair the SPF record of {domain}.")
    return _auth(State.OK, "spf", f"{domain} publishes SPF.", now=now)


def _dmarc(domain: str, lookup: Lookup, now: datetime) -> Exhibit:
    """The DMARC record of the name or of the nearest parent that has one (RFC 9989 section 4.10)."""
    labels = domain.split(".")
    for start in range(max(1, min(8, len(labels) - 1))):
        name = ".".join(labels[start:])
        reply = ask(lookup, f"_dmarc.{name}", RecordType.TXT)
        if reply.rcode in _SILENT:
            return _auth(State.UNKNOWN, "dmarc_unknown", f"DNS did not answer for _dmarc.{name}.", now=now)
        records = [value for value in reply.values if value.strip().lower().startswith("v=dmarc1")]
        if records:
            parsed = dmarc.parse(records[0])
            if len(records) > 1 or isinstance(parsed, fault.Fault):
                text = f"The DMARC record at _dmarc.{name} cannot be used."
                return _auth(State.BAD, "dmarc_invalid", text, now=now, step=f"Repair the DMARC record of {name}.")
            return _auth(State.OK, "dmarc", f"{name} publishes DMARC.", now=now)
    step = f"Publish a DMARC record for {domain}; p=none is enough to begin."
    return _auth(State.BAD, "dmarc_missing", f"{domain} has no DMARC record.", now=now, step=step)


def _dkim(domain: str, selectors: tuple[str, ...], lookup: Lookup, now: datetime) -> Iterator[Exhibit]:
    """The keys of the named selectors; without one, whether there is any name below ``_domainkey`` (RFC 8020)."""
    for selector in selectors:
        reply = ask(lookup, f"{selector}._domainkey.{domain}", RecordType.TXT)
        if reply.rcode in _SILENT:
            yield _auth(State.UNKNOWN, "dkim_unknown", f"DNS did not answer for selector {selector}.", now=now)
        elif any("p=" in value for value in reply.values):
            yield _auth(State.OK, "dkim", f"{domain} publishes the DKIM key {selector}.", now=now)
        else:
            step = f"Publish the DKIM key {selector} of {domain}."
            yield _auth(State.BAD, "dkim_missing", f"{domain} has no DKIM key {selector}.", now=now, step=step)
    if selectors:
        return
    reply = ask(lookup, f"_domainkey.{domain}", RecordType.TXT)
    if reply.rcode is Rcode.NXDOMAIN:
        text = f"{domain} has no name below _domainkey: it publishes no DKIM key."
        yield _auth(State.BAD, "dkim_missing", text, now=now, step=f"Sign with DKIM and publish the keys of {domain}.")
    elif reply.rcode is Rcode.NOERROR:
        text = f"{domain} has names below _domainkey; name a selector to see the key."
        yield _auth(State.OK, "dkim", text, now=now, claim=Claim.INFERRED)
    else:
        yield _auth(State.UNKNOWN, "dkim_unknown", f"DNS did not answer for _domainkey.{domain}.", now=now)


def blocklists(report: Report, now: datetime) -> Iterator[Exhibit]:
    """A blocklist run as exhibits: each listing, then how much was asked and answered."""
    clean = 0
    for finding in report.findings:
        if finding.subject.kind is SubjectKind.SOURCE or finding.state is State.UNKNOWN:
            continue
        evidence = finding.evidence[0]
        said = evidence.data.get("answer", "").lower()
        if finding.state is State.BAD:
            step = finding.advice.next_step if finding.advice else f"Ask {finding.cause} for delisting."
            yield _listing(State.BAD, finding.cause, evidence.text, now=now, step=step)
        elif "not" not in said and said in ("listed", "noted"):
            yield _listing(State.OK, finding.cause, f"Context: {evidence.text}", now=now, reach=Reach.RANGE)
        else:
            clean += 1
    silent = sum(1 for each in report.coverage if each.asked and not each.answered)
    if clean:
        yield _listing(State.OK, "not_listed", f"Not listed on {clean} blocklists.", now=now)
    if silent:
        yield _listing(State.UNKNOWN, "lists_silent", f"{silent} blocklists did not answer us.", now=now)


def replies(notices: Iterable[Notice], subject: Subject, now: datetime) -> Iterator[Exhibit]:
    """Replies that concern the subject, as exhibits."""
    for notice in notices:
        decoded = notice.decoded()
        if notice.kind in (Kind.REFUSED, Kind.DELAYED) and _concerns(decoded, subject):
            yield _reply(decoded, notice.at or now)


def _concerns(decoded: Decoded, subject: Subject) -> bool:
    if subject.kind is SubjectKind.IP and decoded.ip:
        return ipaddress.ip_address(subject.id) in ipaddress.ip_network(decoded.ip)
    if subject.kind is SubjectKind.DOMAIN and decoded.domain and decoded.cause is Cause.AUTHENTICATION:
        return decoded.domain == subject.id or decoded.domain.endswith(f".{subject.id}")
    return True


_REALMS = {System.OUTLOOK_CONSUMER: Realm.CONSUMER, System.EXCHANGE_ONLINE: Realm.MICROSOFT_365}


def _reply(decoded: Decoded, at: datetime) -> Exhibit:
    if decoded.cause.is_throttle:
        standing = Standing.THROTTLED
    else:
        standing = Standing.BLOCKED if decoded.cause.is_ours else Standing.UNKNOWN
    way = explain.WAYS[decoded.route]
    return Exhibit(
        witness=Witness.REPLY,
        realm=_REALMS.get(decoded.system, Realm.ELSEWHERE),
        state=State.BAD if decoded.cause.is_ours else State.UNKNOWN,
        standing=standing,
        cause=decoded.cause.value,
        text=redacted(decoded.text),
        observed_at=at,
        next_step=f"{way.step} {way.address}".strip() if decoded.cause.is_ours else "",
        claim=Claim.INFERRED if decoded.certainty is Certainty.INFERRED else Claim.OBSERVED,
        reach=Reach.RANGE if decoded.cause is Cause.RANGE_BLOCKED else Reach.OWN,
        route=decoded.route.value,
    )


def _dns(
    witness: Witness,
    state: State,
    cause: str,
    text: str,
    *,
    now: datetime,
    step: str = "",
    claim: Claim = Claim.OBSERVED,
) -> Exhibit:
    return Exhibit(
        witness=witness,
        realm=Realm.EVERYWHERE,
        state=state,
        standing=Standing.AT_RISK,
        cause=cause,
        text=text,
        observed_at=now,
        next_step=step,
        claim=claim,
    )


def _auth(
    state: State, cause: str, text: str, *, now: datetime, step: str = "", claim: Claim = Claim.OBSERVED
) -> Exhibit:
    return _dns(Witness.AUTHENTICATION, state, cause, text, now=now, step=step, claim=claim)


def _listing(
    state: State, cause: str, text: str, *, now: datetime, step: str = "", reach: Reach = Reach.OWN
) -> Exhibit:
    return Exhibit(
        witness=Witness.BLOCKLIST,
        realm=Realm.EVERYWHERE,
        state=state,
        standing=Standing.AT_RISK,
        cause=cause,
        text=text,
        observed_at=now,
        next_step=step,
        reach=reach,
    )


def _canonical(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return text
