"""One domain of an estate as settings that say exactly what is there, and notes on what they cannot say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from staygreen.core.config.config import Config
from staygreen.core.config.problem import Problem
from staygreen.core.config.rules import domain as domain_rules
from staygreen.core.config.rules import verbatim as verbatim_rules
from staygreen.core.config.tables.domain import (
    Dkim,
    DkimMode,
    Domain,
    MailFromFailure,
    Selector,
    Verbatim,
)
from staygreen.core.config.tables.domain import Identity as IdentitySettings
from staygreen.core.config.tables.pool import ConfigurationSet
from staygreen.core.config.tables.sender import Sender
from staygreen.core.config.tables.zone import Zone
from staygreen.core.declared.identity import identity_properties
from staygreen.core.declared.record import Purpose
from staygreen.core.declared.zone import EASY_DKIM_NAMES, external_receivers, settings_records
from staygreen.core.estate.difference import differences, identity_declared, identity_found
from staygreen.core.estate.found import Identity
from staygreen.core.estate.published import Published, Sight
from staygreen.core.estate.settings import dmarc_setting, mta_sts_setting, spf_setting, tls_rpt_setting
from staygreen.core.records import dkim, dmarc, tls
from staygreen.core.records.fault import Fault

_DROPPED = ("spf", "dmarc", "mta_sts", "tls_rpt")
_MOST_TRIALS = 40


@dataclass(frozen=True, slots=True)
class Described:
    """A domain as a file says it, managed; the file turns that off."""

    domain: Domain
    notes: tuple[str, ...] = ()
    """Sentences on what could not be read, had to be guessed or stays as it is."""
    obstacles: tuple[str, ...] = ()
    """Why it cannot be taken over as it is; empty: it can."""


@dataclass(slots=True)
class _Draft:
    domain: Domain
    notes: list[str] = field(default_factory=list)
    sights: dict[Purpose, list[Sight]] = field(default_factory=dict)

    def note(self, text: str) -> None:
        if text and text not in self.notes:
            self.notes.append(text)

    def leave(self, purpose: Purpose, why: str) -> None:
        if purpose.value not in self.domain.leave_records:
            self.domain = replace(self.domain, leave_records=(*self.domain.leave_records, purpose.value))
        self.note(why)


def describe(
    name: str, identity: Identity | None, sender: Sender, published: Published, sets: tuple[ConfigurationSet, ...]
) -> Described:
    """Write down one domain.

    Args:
        name: The domain, lower case.
        identity: Its identity in SES; None: it has none.
        sender: Who sends, and in which region.
        published: Its records.
        sets: The configuration sets that the file will have.
    """
    draft = _Draft(Domain(name=name, ses=identity is not None, mail_from=""))
    _zone(draft, published)
    if identity is not None:
        _identity(draft, identity)
        _keys(draft, identity, published)
    _texts(draft, published)
    _records(draft, identity, sender, published)
    unsolved = _tried(draft, sender, sets)
    if identity is not None:
        unsolved += _unlike(draft.domain, identity)
    return Described(draft.domain, tuple(draft.notes), tuple(unsolved))


def _zone(draft: _Draft, published: Published) -> None:
    name = draft.domain.name
    zone = published.estate.zone_of(name)
    if zone is None:
        return
    if zone.is_live is False:
        draft.note(f"The account has a hosted zone {zone.name} ({zone.id}), but DNS asks others: it is not used.")
        return
    if zone.is_live is None:
        draft.note(f"Whether DNS asks the hosted zone {zone.id} is not known: it did not answer for {zone.name} NS.")
    draft.domain = replace(draft.domain, zone=Zone(id=zone.id, name=zone.name))


def _identity(draft: _Draft, identity: Identity) -> None:
    details = identity.details
    if details is None:
        draft.note("Not read: its default configuration set, the kind of its DKIM key, feedback by mail and its tags.")
    elif not details.configuration_set:
        draft.note("It has no default configuration set: mail that names none emits no events.")
    if identity.verification != "SUCCESS":
        draft.note(f"SES does not send for it yet: its verification is {identity.verification or 'not known'}.")
    own = not identity.is_easy_dkim
    mail_from = identity.mail_from or ""
    label = mail_from.removesuffix(f".{draft.domain.name}")
    settings = IdentitySettings(
        signing=identity.is_signing is not False,
        keep_signing_key=own or details is None or details.key_length != "RSA_2048_BIT",
        mail_from_failure=MailFromFailure.REJECT if identity.rejects_on_mx_failure else MailFromFailure.SEND,
        feedback_forwarding=identity.forwards_feedback is not False,
        default_set=bool(details and details.configuration_set),
    )
    draft.domain = replace(
        draft.domain,
        identity=settings,
        configuration_set=details.configuration_set if details else "",
        mail_from=label if "." not in label else mail_from,
        dkim=Dkim(mode=DkimMode.BYODKIM if own else DkimMode.EASY),
    )


def _keys(draft: _Draft, identity: Identity, published: Published) -> None:
    """The public half of a key of our own: the private one SES does not show."""
    if identity.is_easy_dkim:
        return
    selectors = []
    for token in identity.dkim_tokens:
        sight = published.look(f"{token.lower()}._domainkey.{draft.domain.name}", "TXT")
        found = dkim.parse(sight.values[0]) if len(sight.values) == 1 else Fault(0, "")
        public_key = "" if isinstance(found, Fault) else found.public_key
        if not public_key:
            draft.note(f"The public key of the selector {token} was not found in DNS.")
        selectors.append(Selector(name=token.lower(), public_key=public_key, signing=True))
    draft.domain = replace(draft.domain, dkim=replace(draft.domain.dkim, selectors=tuple(selectors)))


def _texts(draft: _Draft, published: Published) -> None:
    name = draft.domain.name

    def texts(owner: str) -> tuple[str, ...]:
        sight = published.look(owner, "TXT")
        if sight.unknown:
            draft.note(f"Not known: {owner} TXT, {sight.unknown}.")
        if sight.peculiarity:
            draft.note(f"{owner} TXT {sight.peculiarity}: it stays as it is.")
        return () if sight.peculiarity else sight.values

    spf, policy = spf_setting(texts(name), name), dmarc_setting(texts(f"_dmarc.{name}"), name)
    mta_sts = mta_sts_setting(texts(f"{tls.MTA_STS_LABEL}.{name}"))
    tls_rpt = tls_rpt_setting(texts(f"{tls.TLS_RPT_LABEL}.{name}"))
    for why in (spf.why, policy.why, mta_sts.why, tls_rpt.why):
        draft.note(why)
    draft.domain = replace(
        draft.domain, spf=spf.setting, dmarc=policy.setting, mta_sts=mta_sts.setting, tls_rpt=tls_rpt.setting
    )


def _records(draft: _Draft, identity: Identity | None, sender: Sender, published: Published) -> None:
    """Write every record set down that the settings declare; leave those that are not there, or are no record sets."""
    zone = draft.domain.zone
    if zone is None:
        return
    declared = settings_records(draft.domain, sender.region)
    wanted = [(record.purpose, record.name, record.type.value) for record in declared if record.known]
    if identity is not None and identity.is_easy_dkim:
        wanted += [(Purpose.DKIM, f"{token}._domainkey.{draft.domain.name}", "CNAME") for token in identity.dkim_tokens]
        if len(identity.dkim_tokens) != EASY_DKIM_NAMES:
            draft.leave(Purpose.DKIM, f"SES names {len(identity.dkim_tokens)} DKIM records instead of three.")
    for purpose, name, rtype in wanted:
        _record(draft, purpose, published.look(name, rtype), zone.id)
    for receiver in external_receivers(draft.domain):
        sight = published.look(dmarc.authorisation_name(draft.domain.name, receiver), "TXT")
        if sight.zone is not None:
            _record(draft, Purpose.REPORT_AUTHORISATION, sight, sight.zone.id)
    left = draft.domain.leave_records
    sights = (each for purpose, found in draft.sights.items() if purpose.value not in left for each in found)
    draft.domain = replace(draft.domain, verbatim=tuple(map(_verbatim, sights)))


def _record(draft: _Draft, purpose: Purpose, sight: Sight, zone: str) -> None:
    owner = f"{sight.name} {sight.type}"
    if sight.zone is None or sight.zone.id != zone:
        elsewhere = f"is in the zone {sight.zone.name}" if sight.zone else sight.unknown or "is published elsewhere"
        draft.leave(purpose, f"{owner} {elsewhere}: it stays as it is.")
    elif sight.peculiarity:
        draft.leave(purpose, f"{owner} {sight.peculiarity}: it stays as it is.")
    elif sight.record is None:
        remedy = f"take {purpose.value} out of leave_records to have it made"
        draft.leave(purpose, f"{owner} is not published, and stays so: {remedy}.")
    else:
        draft.sights.setdefault(purpose, []).append(sight)


def _verbatim(sight: Sight) -> Verbatim:
    assert sight.record is not None and sight.record.ttl is not None  # noqa: S101 - a record set of a zone
    return Verbatim(name=sight.name, type=sight.type, ttl=sight.record.ttl, values=sight.record.values)


def _tried(draft: _Draft, sender: Sender, sets: tuple[ConfigurationSet, ...]) -> list[str]:
    """Take out what the rules of a managed domain refuse, one thing at a time; what they still refuse are obstacles."""
    for _ in range(_MOST_TRIALS):
        found = [each for each in _problems(draft.domain, sender, sets) if not each.is_warning]
        if not any(_without(draft, each) for each in found):
            return [each.text for each in found]
    return [each.text for each in _problems(draft.domain, sender, sets) if not each.is_warning]


def _problems(domain: Domain, sender: Sender, sets: tuple[ConfigurationSet, ...]) -> Iterator[Problem]:
    config = Config(sender=sender, domains=(domain,), configuration_sets=sets)
    for rule in (*domain_rules.RULES, *verbatim_rules.RULES):
        yield from rule(config)


def _without(draft: _Draft, problem: Problem) -> bool:
    """Take the setting or the record out that a problem is about; False: there is nothing to take out."""
    key = str(problem.path[2]) if len(problem.path) > 2 else ""
    if key in _DROPPED and getattr(draft.domain, key) is not None:
        draft.note(f"The setting {key} would be refused: {problem.text}. What is published stays as it is.")
        draft.domain = _without_setting(draft.domain, key)
        return True
    if key == "verbatim" and len(problem.path) > 3 and isinstance(problem.path[3], int):
        return _without_record(draft, problem, problem.path[3])
    return False


def _without_setting(domain: Domain, key: str) -> Domain:
    gone: dict[str, Any] = {key: None}
    return replace(domain, **gone)


def _without_record(draft: _Draft, problem: Problem, index: int) -> bool:
    stands = draft.domain.verbatim
    if index >= len(stands):
        return False  # an earlier problem took it out
    each = stands[index]
    purpose = next(
        (purpose for purpose, sights in draft.sights.items() for sight in sights if _verbatim(sight) == each), None
    )
    gone = [each]
    if purpose is not None and not _is_dropped(draft.domain, purpose):
        draft.leave(purpose, f"{each.name} {each.type} {problem.text}: it stays as it is.")
        gone = [_verbatim(sight) for sight in draft.sights[purpose]]
    draft.domain = replace(draft.domain, verbatim=tuple(other for other in stands if other not in gone))
    return True


def _is_dropped(domain: Domain, purpose: Purpose) -> bool:
    """Whether the setting that a record is declared by was taken out."""
    settings: Mapping[Purpose, object] = {
        Purpose.APEX_TXT: domain.spf,
        Purpose.DMARC: domain.dmarc,
        Purpose.REPORT_AUTHORISATION: domain.dmarc,
        Purpose.MTA_STS: domain.mta_sts,
        Purpose.TLS_RPT: domain.tls_rpt,
    }
    return purpose in settings and settings[purpose] is None


def _unlike(domain: Domain, identity: Identity) -> list[str]:
    """Settings of the identity that the file would not say as they are."""
    found = differences(identity_found(identity), identity_declared(identity_properties(domain)))
    return [f"{each.what} is {each.found}; the file says {each.declared}" for each in found]
