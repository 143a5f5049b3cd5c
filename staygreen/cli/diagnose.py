"""`staygreen diagnose`: the first hour, without an AWS account and without a deployment.

Finds out whose an address is, asks public DNS about an address or a domain (blocklists, forward-confirmed
reverse DNS, SPF, DKIM, DMARC), reads the replies that it is given, and prints what is known and what was not asked,
one next step, and the facts of a delisting packet. The resolver is controlled first: of one that cannot be believed
nothing is taken.

Exit status: 1 when something speaks against the subject; else 3 when something
did not answer; else 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import ip_address
from types import MappingProxyType
from typing import Annotated, Any

import typer

from staygreen.adapters import clock
from staygreen.cli import address_owner, list_keys, received_messages, resolver_control
from staygreen.cli.address_owner import AccountClues, ConfigOption, OwnerOption
from staygreen.cli.laptop import Laptop
from staygreen.cli.output import AsJson, print_json, print_text
from staygreen.cli.progress import waiting
from staygreen.core import owner
from staygreen.core.delisting import case, letters, shared_address
from staygreen.core.delisting import facts as case_facts
from staygreen.core.dns import resolver_control as controls
from staygreen.core.dns.message import Question, RecordType, StreamLookup
from staygreen.core.finding import State, Subject, SubjectKind
from staygreen.core.owner import Owner, OwnerKind
from staygreen.core.published.dns_cache import Answers
from staygreen.core.replies.decode import Cause, Decoded, Route
from staygreen.core.replies.delivery_event import Item, Kind, Notice, Unreadable, redacted
from staygreen.core.verdict import first_look, headline, lists_asked, verdict
from staygreen.core.verdict.first_look import Owners
from staygreen.core.verdict.lists_asked import ListsAsked
from staygreen.core.verdict.sending_owner import address_of
from staygreen.core.verdict.verdict import Exhibit, Judged, Realm, Standing, Verdict, Witness
from staygreen.core.wording import named

BAD_NEWS = 1
COVERAGE_LOST = 3


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diagnose")(run)


def run(
    subject: Annotated[str, typer.Argument(metavar="IP|DOMAIN", help="A sending address or a sending domain.")],
    *,
    reply: Annotated[list[str] | None, typer.Option(help="A refused message's reply, notification or log.")] = None,
    received: received_messages.ReceivedOption = None,
    selector: Annotated[list[str] | None, typer.Option(help="A DKIM selector to look at.")] = None,
    owner_name: OwnerOption = None,
    config: ConfigOption = None,
    resolver: Annotated[str, typer.Option(help="ADDR[:PORT] of the DNS server to ask.")] = "",
    lists: Annotated[bool, typer.Option("--lists/--no-lists", help="Ask the blocklists.")] = True,
    key: list_keys.Key = None,
    key_file: list_keys.KeyFile = None,
    as_json: AsJson = False,
) -> None:
    """Say how an address or a domain stands, why, and what to do next.

    Exit status: 1 something speaks against it; 3 something did not answer; 0 otherwise.
    """
    from staygreen.cli.decode import items

    try:
        who = first_look.subject_of(subject)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    keys = list_keys.read(key or (), key_file or ())
    said = address_owner.listed_in_account(config) if config else address_owner.said_by(owner_name)
    given = [item for file in reply or () for item in items(file)]
    messages = received_messages.read_all(received or ())
    notices = about(who, given)
    leave_if_not_public(who, as_json=as_json)
    lookup = believed(resolver, who)
    now = clock.now()
    with waiting("asking DNS and the blocklists"):
        found = look(who, notices, lookup, now, selectors=selector or (), lists=lists, keys=keys, said=said)
    if lookup is None and not (notices or messages or found.is_owner_known):
        raise typer.Exit(COVERAGE_LOST)
    found = replace(found, verdict=received_messages.joined(found.verdict, messages, now))
    facts = facts_of(who, notices, found.verdict.exhibits, now, found.owners)
    if as_json:
        print_json({**found.document(now), "packet": packet(facts)})
    else:
        print_text(found.prose(now) + packet_prose(facts))
    is_all_read = not any(isinstance(item, Unreadable) for item in given)
    status = exit_status(found.verdict, is_all_read=is_all_read and lookup is not None)
    if status:
        raise typer.Exit(status)


def about(who: Subject, given: Iterable[Item]) -> list[Notice]:
    """The notices that are about a subject; what is about another, or cannot be read, is named on standard error."""
    kept = []
    for item in given:
        if isinstance(item, Unreadable):
            print_text(f"unreadable ({item.reason}): {item.excerpt}", err=True)
            continue
        decoded = item.decoded()
        if first_look.concerns(item, decoded, who):
            kept.append(item)
        else:
            named = decoded.ip or item.ip or decoded.domain
            print_text(f"not counted: a reply about {named}, not {who.id}", err=True)
    return kept


def leave_if_not_public(who: Subject, *, as_json: bool) -> None:
    """Leave with 3 when an address is none that a receiver could see: there is nothing to judge."""
    if who.kind is not SubjectKind.IP or owner.from_registry(ip_address(who.id)) is None:
        return
    found = owner.find(ip_address(who.id), ())
    step = (
        "Name the public address that the mail leaves from: the Elastic IP of the server or of its NAT gateway, or the "
        "address that a refused message names."
    )
    if as_json:
        print_json({"subject": who.key, "standing": "unknown", "owner": found.kind.value, "next_step": step})
    else:
        unseen = "No receiver on the internet sees it: nothing was asked about it, and no reply judged."
        print_text(f"{found.text} {unseen}\nNext: {step}")
    raise typer.Exit(COVERAGE_LOST)


def believed(resolver: str, who: Subject) -> StreamLookup | None:
    """DNS that can be believed; None, and a sentence, where there is none."""
    lookup = resolver_control.lookup(resolver)
    distrust = resolver_control.distrust(lookup, resolver, own_questions(who))
    if not distrust:
        return lookup
    print_text(distrust, err=True)
    return None


def own_questions(who: Subject) -> tuple[Question, ...]:
    """Questions that a resolver answers which speaks for the subject."""
    if who.kind is SubjectKind.IP:
        return (Question(ip_address(who.id).reverse_pointer, RecordType.PTR),)
    return controls.own_questions(who.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at a subject found."""

    verdict: Verdict
    lists: ListsAsked
    owners: Owners = field(default_factory=dict)

    @property
    def owner(self) -> Owner | None:
        """Whose the subject is, where it is an address."""
        return self.owners.get(self.verdict.subject.id)

    @property
    def is_owner_known(self) -> bool:
        """Whether the subject is an address and something says whose it is."""
        return self.owner is not None and self.owner.kind is not OwnerKind.UNKNOWN

    def document(self, now: datetime) -> dict[str, Any]:
        """The look as JSON values."""
        found = self.owner
        clues = [{"source": each.source.value, "text": each.text} for each in found.clues] if found else []
        return {
            "headline": headline.headline(self.verdict, self.lists),
            "owner": found.kind.value if found else None,
            "owner_evidence": clues,
            "not_asked": list(self.lists.not_asked),
            **document(self.verdict, now),
        }

    def prose(self, now: datetime) -> str:
        """The look for a person: what is known and what was not asked, whose it is, and the verdict."""
        lines = [headline.headline(self.verdict, self.lists)]
        lines += [f"Whose: {whose(each)}" for each in self._named_owners()]
        return "\n".join([*lines, prose(self.verdict, now, is_headed=False)])

    def _named_owners(self) -> Iterator[Owner]:
        if self.verdict.subject.kind is SubjectKind.IP:
            yield from [self.owner] if self.owner else []
        else:
            yield from (each for each in self.owners.values() if each.kind is not OwnerKind.UNKNOWN)


def whose(found: Owner) -> str:
    """Whose an address is, and how to say more."""
    if found.kind is not OwnerKind.UNKNOWN:
        return found.text
    note = " It is from a range for examples (RFC 5737)." if owner.is_documentation(found.address) else ""
    return f"{found.text}{note} Say it with --owner, or have AWS asked with --config FILE."


def look(
    who: Subject,
    notices: list[Notice],
    lookup: StreamLookup | None,
    now: datetime,
    *,
    selectors: Iterable[str],
    lists: bool,
    keys: Mapping[str, str] = MappingProxyType({}),
    said: AccountClues = address_owner.nobody,
) -> Look:
    """Look at a subject: whose it is, then the verdict; without DNS, from the replies alone."""
    answers = None if lookup is None else Answers(lookup)
    named = [who.id] if who.kind is SubjectKind.IP else []
    owners = address_owner.owners(named, notices, said, answers)
    exhibits: list[Exhibit] = list(first_look.replies(notices, who, now, owners))
    asked = lists_asked.NO_DNS if answers is None else lists_asked.NOT_ASKED
    if answers is not None:
        exhibits.extend(_records(who, answers, now, selectors, owners))
    if lookup is not None and lists:
        found, asked = _lists(who, lookup, now, keys)
        exhibits.extend(found)
    if who.id in owners:
        exhibits = list(first_look.for_owner(exhibits, owners[who.id]))
    return Look(verdict=verdict.judge(who, exhibits, now), lists=asked, owners=owners)


def _records(
    who: Subject, answers: Answers, now: datetime, selectors: Iterable[str], owners: Owners
) -> Iterator[Exhibit]:
    if who.kind is SubjectKind.IP:
        yield first_look.reverse_dns(who.id, answers, now, owners.get(who.id))
    else:
        yield from first_look.authentication(who.id, answers, now, selectors)


def _lists(
    who: Subject, lookup: StreamLookup, now: datetime, keys: Mapping[str, str]
) -> tuple[list[Exhibit], ListsAsked]:
    from staygreen.core.blocklist import catalogue, dnsbl
    from staygreen.core.checks import blocklist

    kind = "ips" if who.kind is SubjectKind.IP else "domains"
    entries = catalogue.load().by_id
    on = ["spamrats-all"] if "spamrats" in keys else []
    settings = {"on": on, "off": [], "own": [], "keys": {family: family for family in keys}, kind: [who.id]}
    report = blocklist.run(settings, Laptop(at=now, dns=lookup, keys=keys))
    asked = lists_asked.of(report, entries, dnsbl.target_of(who.id))
    return list(first_look.blocklists(report, now)), asked


def exit_status(found: Verdict, *, is_all_read: bool) -> int:
    """1 for bad news, 3 where something is missing, 0 otherwise."""
    if found.standing in (Standing.BLOCKED, Standing.THROTTLED, Standing.AT_RISK):
        return BAD_NEWS
    is_missing = any(each.state is State.UNKNOWN and each.witness is not Witness.REPLY for each in found.exhibits)
    return COVERAGE_LOST if is_missing or not is_all_read or found.standing is Standing.UNKNOWN else 0


def document(found: Verdict, now: datetime) -> dict[str, Any]:
    """The verdict as JSON values."""
    return {
        "subject": found.subject.key,
        "standing": found.standing.value,
        "by_realm": {each.realm.value: each.standing.value for each in found.by_realm},
        "causes": [{"cause": each.word, "standing": each.standing.value} for each in found.causes],
        "next_step": found.next_step,
        "exhibits": [
            {
                "witness": each.witness.value,
                "realm": each.realm.value,
                "state": each.state.value,
                "cause": each.cause,
                "claim": each.claim.value,
                "reach": each.reach.value,
                "route": each.route or None,
                "observed_at": each.observed_at.isoformat(),
                "age_seconds": int(each.age(now).total_seconds()),
                "stale": each.is_stale(now),
                "text": each.text,
            }
            for each in found.exhibits
        ],
        "judged_at": found.judged_at.isoformat(),
    }


_REALMS = {
    Realm.CONSUMER: "Outlook.com (Outlook, Hotmail, Live, MSN)",
    Realm.MICROSOFT_365: "Microsoft 365",
    Realm.ELSEWHERE: "Other providers",
}
_LOOKED_AT = {
    Witness.BLOCKLIST: "Blocklists",
    Witness.REVERSE_DNS: "Reverse DNS",
    Witness.AUTHENTICATION: "SPF, DKIM and DMARC",
    Witness.SES: "SES",
    Witness.COMPLAINTS: "Complaints",
    Witness.VOLUME: "Volume",
    Witness.NEIGHBOURHOOD: "Neighbours",
}


def _realm(judged: Judged, found: Verdict) -> str:
    """What a row is about: a system of receivers, or else what was looked at and gave an answer."""
    if judged.realm in _REALMS:
        return _REALMS[judged.realm]
    answered = {
        each.witness for each in found.exhibits if each.realm is judged.realm and each.state is not State.UNKNOWN
    }
    return "; ".join(words for witness, words in _LOOKED_AT.items() if witness in answered) or "Everything else"


def prose(found: Verdict, now: datetime, *, is_headed: bool = True) -> str:
    """The verdict for a person: how it stands, what that rests on, what to do next.

    Args:
        found: The verdict.
        now: The present.
        is_headed: False where another text says first how it stands.
    """
    name = named(found.subject.id, found.subject.label)
    lines = [f"{name}: {found.standing.words}", ""] if is_headed else []
    for judged in found.by_realm:
        if judged.because is not None or judged.realm in (Realm.CONSUMER, Realm.MICROSOFT_365):
            stands = judged.standing.words if judged.because else "nothing is known"
            lines.append(f"  {_realm(judged, found):42}{stands}")
    lines += ["", "Evidence, the strongest first:"] if found.exhibits else []
    for each in found.exhibits:
        state = "context" if each.is_context else each.state.value
        lines.append(f"  {state:8}{each.witness.value.replace('_', ' '):15}{each.text} [{_origin(each, now)}]")
    lines += ["", f"Next: {found.next_step}"]
    return "\n".join(lines) + "\n"


def _origin(exhibit: Exhibit, now: datetime) -> str:
    """How sure a piece of evidence is, and how old."""
    age = exhibit.age(now)
    if exhibit.is_stale(now):
        return f"{exhibit.claim.value}, stale: {age.days} days old"
    hours = int(age / timedelta(hours=1))
    return f"{exhibit.claim.value}, {hours} h old" if hours else exhibit.claim.value


def facts_of(
    who: Subject,
    notices: Iterable[Notice],
    exhibits: Iterable[Exhibit],
    now: datetime,
    owners: Owners = MappingProxyType({}),
) -> case.Facts | None:
    """What a delisting packet would state; None when no reply asks for one."""
    blocks = [(each, each.decoded()) for each in notices if each.kind in (Kind.REFUSED, Kind.DELAYED)]
    blocks = [pair for pair in blocks if pair[1].cause.is_block and pair[1].route is not Route.CONTACT_RECIPIENT]
    if not blocks:
        return None
    notice, newest = max(blocks, key=lambda pair: first_look.said_at(*pair) or now)
    address = who.id if who.kind is SubjectKind.IP else address_of(notice, newest)
    of_address = [pair for pair in blocks if address_of(*pair) in (address, "")]
    facts = case.Facts(
        ips=(address or newest.ip or "",),
        route=Route.AWS_SUPPORT if newest.cause is Cause.RANGE_BLOCKED else newest.route,
        refusals=tuple(_refusal(each, decoded, now) for each, decoded in of_address),
        domains=(who.id,) if who.kind is SubjectKind.DOMAIN else _domains(of_address),
        configuration_sets=tuple(
            dict.fromkeys(each.configuration_set for each, _ in of_address if each.configuration_set)
        ),
        region=next((each.region for each, _ in of_address if each.region), ""),
    )
    facts = case_facts.looked_up(facts, exhibits)
    return _owned(facts, newest, owners.get(address))


def _domains(blocks: Iterable[tuple[Notice, Decoded]]) -> tuple[str, ...]:
    """The domains that SES names as senders."""
    return tuple(dict.fromkeys(each.domain for each, _ in blocks if each.domain and each.source == "ses"))


def _configuration_sets(notices: Iterable[Notice]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.configuration_set for each in notices if each.configuration_set))


def _refusal(notice: Notice, decoded: Decoded, now: datetime) -> case.Refusal:
    at = first_look.said_at(notice, decoded)
    return case.Refusal(
        at=at or now,
        text=redacted(decoded.text),
        code=decoded.code or "",
        message=notice.message,
        is_time_known=at is not None,
    )


def _owned(facts: case.Facts, newest: Decoded, found: Owner | None) -> case.Facts:
    """The facts with whose the address is: what SES shares, AWS alone speaks for."""
    if found is None:
        return facts
    if found.kind is OwnerKind.SES_SHARED and newest.is_about_address:
        return replace(facts, owned_by_aws=True, dedicated=False)
    if found.kind is OwnerKind.OTHER_PROVIDER and newest.is_about_address:
        return replace(facts, owner=found.provider)
    return replace(facts, dedicated=True if found.kind.is_ours_alone else facts.dedicated)


def packet(facts: case.Facts | None) -> dict[str, Any] | None:
    """The packet, or what stands before it, as JSON values."""
    if facts is None:
        return None
    made = letters.packet(facts)
    if isinstance(made, tuple):
        return {"route": case.route(facts).value, "not_yet": list(made)}
    fields = [{"name": each.name, "value": each.value} for each in made.fields]
    return {"route": made.route.value, "address": made.address, "fields": fields}


def packet_prose(facts: case.Facts | None) -> str:
    """The packet for a person."""
    if facts is None:
        return ""
    made = letters.packet(facts)
    if isinstance(made, tuple):
        return "\nNo packet yet. First:\n" + "".join(f"  - {each}\n" for each in made)
    advice = f"\n{shared_address.advice()}" if facts.owned_by_aws else ""
    text = made.text()
    ready = "to paste once you have filled in what is yours" if shared_address.ASKED in text else "ready to paste"
    return f"\nThe packet, {ready}:\n\n{text}{advice}"
