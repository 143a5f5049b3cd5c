"""A watch-only file from domains and addresses that a person names: DNS is all that is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from staygreen.core.config.config import Config, ExtraSubjects
from staygreen.core.config.tables.domain import Domain
from staygreen.core.config.tables.sender import Sender
from staygreen.core.dns.message import RecordType
from staygreen.core.estate.description import Description
from staygreen.core.estate.domain import describe as describe_domain
from staygreen.core.estate.found import Estate
from staygreen.core.estate.ledger import FILE, Ledger, Part, frozen
from staygreen.core.estate.published import Published
from staygreen.core.finding import IPAddress
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.ptr import name_in

_ACCOUNT = "AWS was not asked. Write the account and the region of the deployment that will watch."
_SES = "Whether SES sends for it is not known: AWS was not asked. Where SES does, take `ses = false` out."


def describe(domains: Iterable[str], ips: Sequence[IPAddress], sender: Sender, answers: Answers) -> Description:
    """Write down what was named.

    Args:
        domains: Lower case, in the order of the file.
        ips: Addresses that mail is sent from.
        sender: Who sends; its account and region are stand-ins.
        answers: Public DNS.
    """
    ledger, published = Ledger(), Published(Estate(zones=()), answers)
    ledger.note(FILE, _ACCOUNT)
    found = tuple(_domain(name, sender, published, ledger) for name in dict.fromkeys(domains))
    for ip in ips:
        ledger.note(FILE, _reverse_name(ip, answers))
    config = Config(sender=sender, domains=found, subjects=ExtraSubjects(ips=tuple(dict.fromkeys(ips))))
    return Description(config=config, notes=frozen(ledger.notes), obstacles={})


def _domain(name: str, sender: Sender, published: Published, ledger: Ledger) -> Domain:
    part: Part = ("domain", name)
    found = describe_domain(name, None, sender, published, ())
    ledger.note(part, _SES, *found.notes)
    return replace(found.domain, manage=False)


def _reverse_name(ip: IPAddress, answers: Answers) -> str:
    reply = answers.ask(ip.reverse_pointer, RecordType.PTR)
    if not reply.is_answered:
        return f"{ip}: DNS did not answer for its reverse name."
    names = ", ".join(map(name_in, reply.values))
    return f"{ip} has the reverse name {names}." if names else f"{ip} has no reverse name: receivers refuse such mail."
