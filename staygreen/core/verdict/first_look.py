"""The first look at an address or a domain: what public DNS and a reply tell, without an account.

Everything here turns judgements into exhibits for the verdict; whoever calls hands
the answers in.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from staygreen.core.advice import AdviceTemplate, fill
from staygreen.core.dns.message import RecordType
from staygreen.core.finding import State, Subject, SubjectKind
from staygreen.core.incidents.report import Report
from staygreen.core.owner import Owner, OwnerKind
from staygreen.core.published import causes, dkim, dmarc, ptr, spf
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.judgement import Judgement
from staygreen.core.replies import explain
from staygreen.core.replies.decode import Cause, Certainty, Decoded, System
from staygreen.core.replies.delivery_event import Kind, Notice, redacted
from staygreen.core.replies.reply import stamp_in
from staygreen.core.verdict import evidence
from staygreen.core.verdict.sending_owner import address_of
from staygreen.core.verdict.verdict import Claim, Exhibit, Reach, Realm, Standing, Witness
from staygreen.core.wording import plural


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


def reverse_dns(ip: str, answers: Answers, now: datetime, owner: Owner | None = None) -> Exhibit:
    """Whether an address has one PTR name of its own that leads back to it (forward-confirmed reverse DNS)."""
    address = ipaddress.ip_address(ip)
    is_amazons = owner is not None and owner.kind in (OwnerKind.SES_SHARED, OwnerKind.SES_DEDICATED)
    expected = ptr.Expected(address=address, is_amazons=is_amazons)
    judged = ptr.judge(expected, ptr.Views(resolvers={"DNS": answers}))
    told = _Told(word="ptr", witness=Witness.REVERSE_DNS, causes=causes.REVERSE_DNS, subject=ip, now=now)
    values = answers.ask(address.reverse_pointer, RecordType.PTR).values
    return replace(next(told.exhibits(judged)), name=ptr.name_in(values[0]) if values else "")


def authentication(domain: str, answers: Answers, now: datetime, selectors: Iterable[str] = ()) -> Iterator[Exhibit]:
    """Whether SPF, DKIM and DMARC are published and can be used."""

    def told(word: str) -> _Told:
        return _Told(word=word, witness=Witness.AUTHENTICATION, causes=causes.AUTH_RECORDS, subject=domain, now=now)

    yield from told("spf").exhibits(spf.judge(domain, answers, spf.Expected()))
    yield from told("dmarc").exhibits(dmarc.judge(domain, answers))
    keys = [dkim.Selector(name=selector) for selector in selectors]
    for key in keys:
        yield from told("dkim").exhibits(dkim.judge(domain, (key,), answers))
    if not keys:
        for exhibit in told("dkim").exhibits(dkim.any_key(domain, answers)):
            # some name servers deny a name that has others below it, against RFC 8020
            yield exhibit if exhibit.state is State.UNKNOWN else replace(exhibit, claim=Claim.INFERRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """How judgements about one subject become exhibits."""

    word: str
    """The cause of the exhibit when all is well."""
    witness: Witness
    causes: Mapping[str, AdviceTemplate]
    subject: str
    now: datetime

    def exhibits(self, judged: tuple[Judgement, ...]) -> Iterator[Exhibit]:
        """What is bad, each for itself; else that something is unknown; else that all is well."""
        is_bad = [each for each in judged if each.state is State.BAD]
        for each in is_bad:
            step = fill("", self.causes, each.cause, self.subject, each.name).next_step
            yield self._exhibit(State.BAD, each.cause, each.text, step)
        if not is_bad:
            unknown = next((each for each in judged if each.state is State.UNKNOWN), None)
            if unknown:
                yield self._exhibit(State.UNKNOWN, f"{self.word}_unknown", unknown.text)
            else:
                yield self._exhibit(State.OK, self.word, judged[0].text)

    def _exhibit(self, state: State, cause: str, text: str, step: str = "") -> Exhibit:
        return Exhibit(
            witness=self.witness,
            realm=Realm.EVERYWHERE,
            state=state,
            standing=Standing.AT_RISK,
            cause=cause,
            text=f"T{text[1:]}." if text.startswith("the ") else f"{text}.",
            observed_at=self.now,
            next_step=step,
        )


def blocklists(report: Report, now: datetime) -> Iterator[Exhibit]:
    """A blocklist run about one subject as exhibits: each listing, context, then how much was asked and answered."""
    said = {each.source for each in report.asides}
    clean = 0
    for finding in report.findings:
        if finding.subject.kind is SubjectKind.SOURCE or finding.state is State.UNKNOWN:
            continue
        if finding.state is State.BAD:
            step = finding.advice.next_step if finding.advice else f"Ask {finding.cause} for delisting."
            yield _listing(State.BAD, finding.cause, finding.evidence[0].text, now=now, step=step)
        elif finding.cause not in said:
            clean += 1
    for aside in report.asides:
        yield evidence.of_aside(Witness.BLOCKLIST, aside)
    silent = sum(1 for each in report.coverage if each.asked and not each.answered)
    if clean:
        yield _listing(State.OK, "not_listed", f"Not listed on {plural(clean, 'blocklist')}.", now=now)
    if silent:
        yield _listing(State.UNKNOWN, "lists_silent", f"{plural(silent, 'blocklist')} gave no usable answer.", now=now)


Owners = Mapping[str, Owner]
"""Whose each address is that replies name."""


def replies(
    notices: Iterable[Notice], subject: Subject, now: datetime, owners: Owners = MappingProxyType({})
) -> Iterator[Exhibit]:
    """Replies that concern the subject, as exhibits."""
    for notice in notices:
        decoded = notice.decoded()
        if notice.kind in (Kind.REFUSED, Kind.DELAYED) and concerns(notice, decoded, subject):
            yield _reply(decoded, said_at(notice, decoded) or now, owners.get(address_of(notice, decoded)))


def said_at(notice: Notice, decoded: Decoded) -> datetime | None:
    """When a reply was given: by its source, else by its own words; None when neither says."""
    return notice.at or stamp_in(decoded.text)


def for_owner(exhibits: Iterable[Exhibit], owner: Owner) -> Iterator[Exhibit]:
    """Exhibits about an address, each with the step that its owner leaves to us.

    What another company owns cannot be repaired by us: neither its reverse name nor its listings.
    """
    found = tuple(exhibits)
    is_refused = any(each.witness is Witness.REPLY and each.state is State.BAD for each in found)
    # where mail is refused, that has its way out already: nothing is to be repaired before it
    step = "" if is_refused else _OWNERS_STEPS.get(owner.kind, "").format(provider=owner.provider)
    for each in found:
        is_theirs = each.witness in (Witness.REVERSE_DNS, Witness.BLOCKLIST) and each.state is State.BAD
        yield replace(each, next_step=step) if owner.kind.is_somebody_elses and is_theirs else each


_OWNERS_STEPS = {
    OwnerKind.SES_SHARED: "Leave it to AWS, whose address it is, and ask no list yourself. Where mail is refused for "
    "it, open a case with AWS Support.",
    OwnerKind.OTHER_PROVIDER: "Tell {provider}, whose address it is: only they can repair it or ask for its delisting.",
}


def concerns(notice: Notice, decoded: Decoded, subject: Subject) -> bool:
    """Whether a reply is about the subject: it is, unless it names another address, or refuses another domain."""
    named = decoded.ip or notice.ip
    if subject.kind is SubjectKind.IP and named:
        about = (named, *explain.other_addresses(decoded))
        return any(ipaddress.ip_address(subject.id) in ipaddress.ip_network(each) for each in about)
    if subject.kind is SubjectKind.DOMAIN and decoded.domain and decoded.cause is Cause.AUTHENTICATION:
        return decoded.domain == subject.id or decoded.domain.endswith(f".{subject.id}")
    return True


_REALMS = {System.OUTLOOK_CONSUMER: Realm.CONSUMER, System.EXCHANGE_ONLINE: Realm.MICROSOFT_365}


def _reply(decoded: Decoded, at: datetime, owner: Owner | None) -> Exhibit:
    if decoded.cause.is_throttle:
        standing = Standing.THROTTLED
    else:
        standing = Standing.BLOCKED if decoded.cause.is_ours else Standing.UNKNOWN
    way = explain.way(decoded, owner)
    return Exhibit(
        witness=Witness.REPLY,
        realm=_REALMS.get(decoded.system, Realm.ELSEWHERE),
        state=State.BAD if decoded.cause.is_ours else State.UNKNOWN,
        standing=standing,
        cause=decoded.cause.value,
        text=redacted(decoded.text),
        observed_at=at,
        next_step=way.told,
        claim=Claim.INFERRED if decoded.certainty is Certainty.INFERRED else Claim.OBSERVED,
        reach=Reach.RANGE if decoded.cause is Cause.RANGE_BLOCKED else Reach.OWN,
        route=decoded.route.value,
        brief="" if decoded.cause.is_ours else _brief(decoded),
    )


def _brief(decoded: Decoded) -> str:
    """A refusal that is not about our standing, or of which nobody can tell."""
    done = "put off" if decoded.permanent is False else "refused"
    is_known = decoded.cause is not Cause.UNKNOWN or decoded.rule
    return f"a message was {done}{f' ({explain.why(decoded)})' if is_known else ', and no rule knows why'}"


def _listing(state: State, cause: str, text: str, *, now: datetime, step: str = "") -> Exhibit:
    return Exhibit(
        witness=Witness.BLOCKLIST,
        realm=Realm.EVERYWHERE,
        state=state,
        standing=Standing.AT_RISK,
        cause=cause,
        text=text,
        observed_at=now,
        next_step=step,
    )
