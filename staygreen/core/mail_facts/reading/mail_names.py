"""Which DNS names are mail's: where it goes, what it is checked against, and the hosts on that way."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.reading.properties import part
from staygreen.core.mail_facts.resolve import is_open
from staygreen.core.records import spf

_LABELS = re.compile(
    r"(^|\.)(_dmarc|_domainkey|_smtp\._tls|_mta-sts|mta-sts|_report|_amazonses|_25\._tcp|default\._bimi"
    r"|_submissions?\._tcp|_imaps?\._tcp|_pop3s?\._tcp|_autodiscover\._tcp|autodiscover|autoconfig)\."
)
"""Names that only mail has."""
_HOST = re.compile(
    r"^(\*\.)?(e?mail|smtps?|mx|mta|imaps?|pop3?|relay|outbound|inbound|postfix|exim|webmail)[0-9a-z]{0,2}(-?[0-9]+)?\."
)
"""Names that mail servers are called by."""
_SENDING = re.compile(r"^(e?mails?|em[0-9]*|mg|news(letter)?|bounces?|send(ing)?|notify|notifications|mailing|smtp)\.")
"""Names that mail is sent from."""
_TEXTS = re.compile(
    r"^v=(spf1|dmarc1|dkim1|tlsrptv1|stsv1|bimi1)\b|^k=(rsa|ed25519)\b|^p=[A-Za-z0-9+/=]{40,}$", re.IGNORECASE
)
_MAIL_WORD = re.compile(r"dkim|domainkey|dmarc|spf|mail|smtp|amazonses|bounce", re.IGNORECASE)
_MOST_ALIASES = 5


@dataclass(kw_only=True)
class MailNames:
    """The names of one side of a review, each with why it is mail's."""

    owners: dict[str, str] = field(default_factory=dict)
    """Names that hold what mail needs: MX, SPF, DKIM, an identity."""
    hosts: dict[str, str] = field(default_factory=dict)
    """Names whose addresses mail goes to, or leaves from."""
    texts: set[str] = field(default_factory=set)
    """Names with a TXT record that receivers of mail read."""

    def above(self, name: str) -> str:
        """Why a name is on the way to a name of mail's: the first that is at it or below it; empty where none is."""
        for known, why in {**self.owners, **self.hosts}.items():
            if known == name or known.endswith(f".{name}"):
                return why if known == name else f"{known} is below it"
        return ""


def names(facts: Iterable[Fact]) -> MailNames:
    """The mail names that facts tell of."""
    found = MailNames()
    all_ = list(facts)
    records = [fact for fact in all_ if fact.kind is Kind.RECORD]
    for fact in all_:
        if fact.kind is Kind.IDENTITY:
            found.owners.setdefault(fact.key, f"identity {fact.key}")
            if fact.value["mail_from"]:
                found.owners.setdefault(str(fact.value["mail_from"]), f"MAIL FROM of {fact.key}")
        elif fact.kind is Kind.PTR:
            found.hosts.setdefault(fact.key, f"reverse DNS {fact.key}")
        elif fact.kind is Kind.CONFIGURATION_SET:
            tracking = str(part(fact.value, "TrackingOptions").get("CustomRedirectDomain", ""))
            found.hosts.setdefault(tracking, f"links in mail of {fact.key}")
    for fact in records:
        if fact.rtype == "MX" or _is_mail_text(fact) or _LABELS.search(f"{fact.name}."):
            found.owners.setdefault(fact.name, fact.key)
        if _is_mail_text(fact):
            found.texts.add(fact.name)
        for host in _hosts(fact):
            found.hosts.setdefault(host, fact.key)
    _follow(records, found)
    return found


def _hosts(fact: Fact) -> Iterator[str]:
    """The hosts that a record sends mail to, or lets send."""
    if fact.rtype == "MX":
        yield from (host for value in fact.values if (host := value.partition(" ")[2]) not in ("", "."))
    if fact.rtype == "SRV" and _LABELS.search(f"{fact.name}."):
        yield from (value.split()[-1].lower().removesuffix(".") for value in fact.values if value.split())
    if fact.rtype == "TXT":
        for record in spf.readable(fact.values):
            for term in record.terms:
                if isinstance(term, spf.Directive) and term.mechanism == "a" and term.passes:
                    yield (term.value or fact.name).lower().removesuffix(".")


def _follow(records: list[Fact], found: MailNames) -> None:
    """A host's name may be an alias of another one."""
    by_name: dict[str, list[Fact]] = {}
    for fact in records:
        by_name.setdefault(fact.name, []).append(fact)
    names_left = list(found.hosts)
    for _ in range(_MOST_ALIASES):
        names_left = [target for name in names_left for fact in by_name.get(name, ()) for target in _alias(fact, found)]


def _alias(fact: Fact, found: MailNames) -> Iterator[str]:
    targets = [*(fact.values if fact.rtype == "CNAME" else ()), *filter(None, [str(fact.value.get("alias", ""))])]
    for target in targets:
        if target not in found.hosts:
            found.hosts[target] = f"{found.hosts[fact.name]} → {fact.key}"
            yield target


def _why_reverse(fact: Fact, known: MailNames) -> str:
    """Why a reverse name is mail's: receivers look up whoever sends, and it names a mail host."""
    host = next((one for one in fact.values if one in known.hosts or _HOST.match(f"{one}.")), "")
    why_host = known.hosts.get(host, f"{host} is a mail server's name")
    return f"{why_host} → {fact.key}" if host and fact.name.endswith((".in-addr.arpa", ".ip6.arpa")) else ""


def why(fact: Fact, known: MailNames) -> str:  # noqa: C901, PLR0911 - one return for each way to be mail
    """Why a record is mail's; empty where nothing connects it to mail."""
    name, rtype = fact.name, fact.rtype
    if "acm-validations.aws" in "".join(fact.values):
        return ""
    if rtype.startswith("⟨"):
        return f"its type is not known → {fact.key}"
    if rtype == "MX" or _is_mail_text(fact) or _LABELS.search(f"{name}.") or "DkimDNSTokenName" in name:
        return fact.key
    if rtype == "PTR":
        return _why_reverse(fact, known)
    if rtype in ("A", "AAAA", "CNAME") and name in known.hosts:
        return f"{known.hosts[name]} → {fact.key}"
    if rtype in ("NS", "DS"):
        below = known.above(name) or ("its name is a sender's" if _SENDING.match(f"{name}.") else "")
        return f"{below} → {fact.key}" if below else ""
    if rtype == "CNAME" and name in known.owners:
        return f"{known.owners[name]} → {fact.key}"
    if rtype == "TXT" and name in known.texts:
        return f"TXT {name}"
    if name.startswith("⟨") and (rtype == "TXT" or _MAIL_WORD.search(f"{name} {' '.join(fact.values)}")):
        return f"its name is not known → {fact.key}"
    if rtype == "TXT" and is_open(list(fact.values)) and not name.startswith("_"):
        return f"its text is not known → {fact.key}"
    if rtype in ("A", "AAAA", "CNAME") and _HOST.match(f"{name}."):
        return f"its name is a mail server's → {fact.key}"
    return ""


def _is_mail_text(fact: Fact) -> bool:
    return fact.rtype == "TXT" and any(_TEXTS.search(value.strip()) for value in fact.values)
