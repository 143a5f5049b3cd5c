"""`staygreen diagnose`: the first hour, without an AWS account and without a deployment.

Asks public DNS about an address or a domain (blocklists, forward-confirmed
reverse DNS, SPF, DKIM, DMARC), reads the replies that it is given, and prints
one verdict, one next step and the facts of a delisting packet.

Exit status: 1 when something speaks against the subject; else 3 when something
did not answer; else 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer

from staygreen.adapters import clock
from staygreen.cli.output import AsJson, print_json, print_text
from staygreen.core.delisting import case, letters
from staygreen.core.delisting import facts as case_facts
from staygreen.core.dns.authoritative import Authorities
from staygreen.core.dns.message import Lookup, StreamLookup
from staygreen.core.finding import State, Subject, SubjectKind
from staygreen.core.provisioning.reverse_name import Present
from staygreen.core.published.dns_cache import Answers
from staygreen.core.replies import complaints
from staygreen.core.replies.counters import Class, Tally
from staygreen.core.replies.decode import Cause, Route
from staygreen.core.replies.delivery_event import Kind, Notice, Unreadable, redacted
from staygreen.core.ses import standing
from staygreen.core.ses.identity import SesIdentity
from staygreen.core.ses.suppression_list import Entry, Reason
from staygreen.core.snds import run_result
from staygreen.core.verdict import first_look, verdict
from staygreen.core.verdict.verdict import Exhibit, Realm, Standing, Verdict, Witness

BAD_NEWS = 1
COVERAGE_LOST = 3


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("diagnose")(run)


def run(
    subject: Annotated[str, typer.Argument(metavar="IP|DOMAIN", help="A sending address or a sending domain.")],
    *,
    reply: Annotated[list[str] | None, typer.Option(help="A refused message's reply, notification or log.")] = None,
    selector: Annotated[list[str] | None, typer.Option(help="A DKIM selector to look at.")] = None,
    resolver: Annotated[str, typer.Option(help="ADDR[:PORT] of the DNS server to ask.")] = "",
    lists: Annotated[bool, typer.Option("--lists/--no-lists", help="Ask the blocklists.")] = True,
    as_json: AsJson = False,
) -> None:
    """Say how an address or a domain stands, why, and what to do next.

    Exit status: 1 something speaks against it; 3 something did not answer; 0 otherwise.
    """
    from staygreen.adapters.dns.resolver import to
    from staygreen.cli.decode import items

    try:
        who = first_look.subject_of(subject)
        asked = to(resolver)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    given = [item for file in reply or () for item in items(file)]
    read = [item for item in given if isinstance(item, Notice)]
    notices = [notice for notice in read if first_look.concerns(notice.decoded(), who)]
    for item in given:
        if isinstance(item, Unreadable):
            print_text(f"unreadable ({item.reason}): {item.excerpt}", err=True)
        elif item not in notices:
            decoded = item.decoded()
            print_text(f"not counted: a reply about {decoded.ip or decoded.domain}, not {who.id}", err=True)
    now = clock.now()
    found = looked(who, notices, asked, now, selectors=selector or (), lists=lists)
    facts = facts_of(who, notices, found.exhibits, now)
    if as_json:
        print_json({**document(found, now), "packet": packet(facts)})
    else:
        print_text(prose(found, now) + packet_prose(facts))
    status = exit_status(found, is_all_read=len(read) == len(given))
    if status:
        raise typer.Exit(status)


def looked(
    who: Subject, notices: list[Notice], lookup: StreamLookup, now: datetime, *, selectors: Iterable[str], lists: bool
) -> Verdict:
    """The verdict about a subject, from DNS and the replies."""
    exhibits: list[Exhibit] = list(first_look.replies(notices, who, now))
    if who.kind is SubjectKind.IP:
        exhibits.append(first_look.reverse_dns(who.id, Answers(lookup), now))
    else:
        exhibits.extend(first_look.authentication(who.id, Answers(lookup), now, selectors))
    if lists:
        from staygreen.core.checks import blocklist

        key = "ips" if who.kind is SubjectKind.IP else "domains"
        report = blocklist.run({"on": [], "off": [], "own": [], "keys": {}, key: [who.id]}, Laptop(at=now, dns=lookup))
        exhibits.extend(first_look.blocklists(report, now))
    return verdict.judge(who, exhibits, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Laptop:
    """The world as a laptop sees it: DNS, and no account."""

    at: datetime
    dns: StreamLookup = field(repr=False)

    def now(self) -> datetime:
        """The time of the run."""
        return self.at

    def identities(self) -> Iterable[Subject]:
        """None: there is no account."""
        return ()

    def dedicated_ips(self) -> Iterable[Subject]:
        """None: there is no account."""
        return ()

    def elastic_ips(self) -> Iterable[Subject]:
        """None: there is no account."""
        return ()

    def brought_ips(self) -> Iterable[str]:
        """None: there is no account."""
        return ()

    def replies(self, table: str, since: datetime, classes: Iterable[Class]) -> tuple[Tally, ...]:
        """None: there is no account, so no table either."""
        del table, since, classes
        return ()

    def ses_sent(self, since: datetime, until: datetime) -> int:
        """None: there is no account."""
        del since, until
        return 0

    def ses_to_microsoft(self, since: datetime) -> int | None:
        """Nobody counts: there is no account."""
        del since
        return None

    def suppressed(self, reason: Reason, since: datetime) -> Iterable[Entry]:
        """None."""
        del reason, since
        return ()

    def secret(self, name: str) -> str | None:
        """None: there is no account, so `name` is kept nowhere."""
        del name
        return None

    def token(self) -> str:
        """Fresh random text for control names that no resolver has seen."""
        import secrets

        return secrets.token_hex(16)

    def ses_identities(self) -> Iterable[SesIdentity]:
        """None: there is no account."""
        return ()

    def ses_standing(self) -> standing.Standing:
        """That of a sender about whom nothing is known: there is no account."""
        return standing.Standing(account=standing.Account())

    def ses_volume(self) -> standing.Volumes:
        """None: there is no account."""
        return standing.Volumes(sent_in_a_day=0)

    def reverse_names(self) -> Mapping[str, Present]:
        """None: there is no account."""
        return {}

    @property
    def lookup(self) -> StreamLookup:
        """DNS."""
        return self.dns

    def lookup_at(self, resolver: str) -> Lookup:
        """The same DNS: a laptop has one resolver, so `resolver` is not asked."""
        del resolver
        return self.dns

    @property
    def authorities(self) -> Authorities:
        """None are asked."""
        return lambda _name, _rtype: ()

    def snds(self, question: run_result.Question) -> run_result.Reading:
        """None: SNDS needs a grant of its own; `staygreen snds` reads it."""
        del question
        return run_result.Reading(sources=())

    def cases(self, table: str) -> tuple[case.Case, ...]:
        """None: cases on a laptop are files."""
        del table
        return ()

    def received(self, question: complaints.Question) -> complaints.Reading:
        """None: complaints come to a deployed mailbox."""
        del question
        return complaints.Reading(complaints=(), mails=())


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
    Realm.EVERYWHERE: "Blocklists, DNS and what is sent",
    Realm.ELSEWHERE: "Other providers",
}


def prose(found: Verdict, now: datetime) -> str:
    """The verdict for a person."""
    lines = [f"{found.subject.id}: {found.standing.value.replace('_', ' ')}", f"Next: {found.next_step}", ""]
    for judged in found.by_realm:
        if judged.because is not None or judged.realm in (Realm.CONSUMER, Realm.MICROSOFT_365):
            stands = judged.standing.value.replace("_", " ") if judged.because else "nothing is known"
            lines.append(f"  {_REALMS[judged.realm]:42}{stands}")
    lines += ["", "Evidence, the strongest first:"]
    for each in found.exhibits:
        state = "context" if each.is_context else each.state.value
        lines.append(f"  {state:8}{each.witness.value.replace('_', ' '):15}{each.text} [{_origin(each, now)}]")
    return "\n".join(lines) + "\n"


def _origin(exhibit: Exhibit, now: datetime) -> str:
    """How sure a piece of evidence is, and how old."""
    age = exhibit.age(now)
    if exhibit.is_stale(now):
        return f"{exhibit.claim.value}, stale: {age.days} days old"
    hours = int(age / timedelta(hours=1))
    return f"{exhibit.claim.value}, {hours} h old" if hours else exhibit.claim.value


def facts_of(who: Subject, notices: Iterable[Notice], exhibits: Iterable[Exhibit], now: datetime) -> case.Facts | None:
    """What a delisting packet would state; None when no reply asks for one."""
    blocks = [(each, each.decoded()) for each in notices if each.kind in (Kind.REFUSED, Kind.DELAYED)]
    blocks = [pair for pair in blocks if pair[1].cause.is_block and pair[1].route is not Route.CONTACT_RECIPIENT]
    if not blocks:
        return None
    newest = max(blocks, key=lambda pair: pair[0].at or now)[1]
    facts = case.Facts(
        ips=(who.id if who.kind is SubjectKind.IP else newest.ip or "",),
        route=Route.AWS_SUPPORT if newest.cause is Cause.RANGE_BLOCKED else newest.route,
        refusals=tuple(
            case.Refusal(at=each.at or now, text=redacted(said.text), code=said.code or "") for each, said in blocks
        ),
        domains=(who.id,) if who.kind is SubjectKind.DOMAIN else (),
    )
    return case_facts.looked_up(facts, exhibits)


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
    return f"\nThe packet, ready to paste:\n\n{made.text()}"
