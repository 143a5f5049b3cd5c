"""`staygreen check auth` and `staygreen check rdns`: records judged from where you are, without an account."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from staygreen.cli import address_owner
from staygreen.cli.output import AsJson, Styled, print_json, print_table, print_text
from staygreen.cli.progress import waiting
from staygreen.cli.resolver_control import controlled
from staygreen.core.advice import AdviceTemplate, fill
from staygreen.core.dns.message import Question, RecordType
from staygreen.core.dns.resolver_control import own_questions
from staygreen.core.finding import State
from staygreen.core.owner import Owner, OwnerKind
from staygreen.core.published import causes, dkim, dmarc, mail_from, ptr, spf
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.judgement import Judgement
from staygreen.core.records.name import is_host_name

BAD_NEWS = 1
COVERAGE_LOST = 3
Resolver = Annotated[str, typer.Option(metavar="ADDR[:PORT]", help="Ask this resolver instead of the system's.")]
_STYLE = {State.BAD: "bold red", State.UNKNOWN: "yellow", State.OK: "green"}


def register(app: typer.Typer) -> None:
    """Add both commands."""
    app.command("auth")(auth)
    app.command("rdns")(rdns)


def auth(
    domains: Annotated[list[str], typer.Argument(metavar="DOMAIN...", help="Domains that mail is sent from.")],
    *,
    selector: Annotated[list[str] | None, typer.Option(help="A DKIM selector to look at. Repeatable.")] = None,
    mail_from_domain: Annotated[
        str, typer.Option("--mail-from", metavar="NAME", help="A MAIL FROM domain of SES to look at.")
    ] = "",
    region: Annotated[str, typer.Option(help="The region that the MAIL FROM domain has to lead to.")] = "us-east-1",
    resolver: Resolver = "",
    as_json: AsJson = False,
) -> None:
    """Judge SPF with its includes, DMARC, DKIM keys and a MAIL FROM domain.

    Exit status 1 when something is wrong; else 3 when DNS did not answer; else 0.
    """
    names = [_domain(domain) for domain in domains]
    answers = _answers(resolver, (each for name in names for each in own_questions(name)))
    keys = tuple(dkim.Selector(name=name) for name in selector or ())
    with waiting("asking DNS"):
        judged = {name: tuple(_auth(name, keys, answers)) for name in names}
    if mail_from_domain:
        name = _domain(mail_from_domain)
        judged[name] = (*judged.get(name, ()), *mail_from.judge(name, region, answers))
    _tell(judged, causes.AUTH_RECORDS, as_json=as_json)


def _auth(domain: str, keys: tuple[dkim.Selector, ...], answers: Answers) -> Iterator[Judgement]:
    yield from spf.judge(domain, answers, spf.Expected())
    yield from dmarc.judge(domain, answers)
    yield from dkim.judge(domain, keys, answers) if keys else dkim.any_key(domain, answers)


def rdns(
    addresses: Annotated[list[str], typer.Argument(metavar="IP...", help="Addresses that mail is sent from.")],
    *,
    resolver: Resolver = "",
    as_json: AsJson = False,
) -> None:
    """Judge whether each address has one name of its own that leads back to it, and say whose it is.

    Asked are the resolver and the name's authoritative servers. Exit status 1 when something is
    wrong; else 3 when DNS did not answer; else 0.
    """
    from ipaddress import ip_address

    from staygreen.adapters.dns.authoritative_answers import address_records
    from staygreen.core import owner

    try:
        asked = [ip_address(address.strip("[]")) for address in addresses]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="IP") from None
    public = [address for address in asked if owner.from_registry(address) is None]
    for address in asked:
        if address not in public:
            print_text(
                f"{owner.find(address, ()).text} It has no reverse name that a receiver could ask for.", err=True
            )
    if not public:
        raise typer.Exit(COVERAGE_LOST)
    answers = _answers(resolver, (Question(address.reverse_pointer, RecordType.PTR) for address in public))
    views = ptr.Views(resolvers={resolver or "the resolver": answers}, authorities=address_records)
    with waiting("asking DNS"):
        owners = address_owner.owners([str(address) for address in public], (), address_owner.nobody, answers)
        judged = {str(address): ptr.judge(_expected(owners[str(address)]), views) for address in public}
    for found in owners.values():
        print_text(f"Whose: {found.text}", err=True)
    _tell(judged, causes.REVERSE_DNS, as_json=as_json, is_whole=len(public) == len(asked))


def _expected(found: Owner) -> ptr.Expected:
    is_amazons = found.kind in (OwnerKind.SES_SHARED, OwnerKind.SES_DEDICATED)
    return ptr.Expected(address=found.address, is_amazons=is_amazons)


def _domain(text: str) -> str:
    name = text.strip().rstrip(".").lower()
    try:
        name = name.encode("idna").decode("ascii")
    except UnicodeError:
        name = ""
    if not is_host_name(name):
        raise typer.BadParameter(f"{text} is not a domain name", param_hint="DOMAIN")
    return name


def _answers(resolver: str, own: Iterable[Question]) -> Answers:
    return Answers(controlled(resolver, own))


def _tell(
    judged: Mapping[str, Sequence[Judgement]],
    told: Mapping[str, AdviceTemplate],
    *,
    as_json: bool,
    is_whole: bool = True,
) -> None:
    """Print what was judged and leave with its exit status."""
    rows = [(subject, each) for subject, group in judged.items() for each in _worth_telling(group)]
    if as_json:
        for subject, each in rows:
            print_json(_row(subject, each, told))
    else:
        _print_table(rows, told)
    states = {each.state for _, each in rows}
    if State.BAD in states:
        raise typer.Exit(BAD_NEWS)
    if State.UNKNOWN in states or not is_whole:
        raise typer.Exit(COVERAGE_LOST)


def _worth_telling(judged: Iterable[Judgement]) -> Iterator[Judgement]:
    """Each fact once: many causes rest on the same good record, or on the same silence."""
    seen: set[tuple[State, str]] = set()
    for each in judged:
        if each.text and (each.state is State.BAD or (each.state, each.text) not in seen):
            seen.add((each.state, each.text))
            yield each


def _row(subject: str, judged: Judgement, told: Mapping[str, AdviceTemplate]) -> Mapping[str, Any]:
    is_bad = judged.state is State.BAD
    advice = fill("", told, judged.cause, subject, judged.name) if is_bad else None
    return {
        "subject": subject,
        "state": judged.state.value,
        "cause": judged.cause if is_bad else "",
        "severity": told[judged.cause].severity.value if is_bad else "",
        "text": judged.text,
        "raw": judged.raw,
        "reason": judged.reason,
        "next_step": advice.next_step if advice else "",
    }


def _print_table(rows: Iterable[tuple[str, Judgement]], told: Mapping[str, AdviceTemplate]) -> None:
    ordered = sorted(rows, key=lambda row: (row[0], list(_STYLE).index(row[1].state)))
    print_table(
        ("subject", "state", "what it is", "next step"),
        [
            (subject, Styled(each.state.value, _STYLE[each.state]), each.text, _row(subject, each, told)["next_step"])
            for subject, each in ordered
        ],
    )
