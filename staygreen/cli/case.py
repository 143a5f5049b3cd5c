"""`staygreen case`: a delisting request, from its draft to the proof that it worked.

With `--config`, or `--sender` and `--environment`, the case is kept in that deployed sender's table, which also
reminds; without them, in one JSON file, so that it can be kept where the team keeps
such things. Nothing is ever submitted from here: the packet is ready to paste.

Whose the address is comes first: of what SES shares among its customers the packet is a letter to AWS Support.

Exit status: 1 when the packet may not be made yet or any more, or when the case cannot take a step from where it
stands; 3 when the case or AWS cannot be read, or DNS was not asked for what the packet states; else 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, NoReturn, Protocol

import typer
from botocore.exceptions import BotoCoreError, ClientError

from staygreen.adapters import clock
from staygreen.cli import address_owner, aws_errors, list_keys
from staygreen.cli.address_owner import OwnerName, OwnerOption
from staygreen.cli.deployment import with_deployment, with_deployment_if_any
from staygreen.cli.output import print_text
from staygreen.cli.progress import waiting
from staygreen.core.delisting import case, letters, shared_address, storage
from staygreen.core.delisting import facts as case_facts
from staygreen.core.delisting.case import Case, Facts, MoveError, Outcome, Repair, Stage
from staygreen.core.delisting.next_step import next_step
from staygreen.core.errors import SourceUnavailable
from staygreen.core.naming import INCIDENTS, ResourceNames
from staygreen.core.owner import Owner
from staygreen.core.replies.decode import Route
from staygreen.core.ses.suppression_list import Wronged

if TYPE_CHECKING:
    from staygreen.adapters.sources.verdict_evidence import Deployed

app = typer.Typer(name="case", help="A delisting request: packet, gate and life.", no_args_is_help=True)

NOT_YET = 1
"""Also where the case stands elsewhere than a step needs: a fact about the case, and no wrong usage."""
SUPPRESSED = 1
UNREADABLE = 3
LOOKED_BACK = timedelta(days=14)
"""How far back the suppression list is read at least."""

Ip = Annotated[str, typer.Argument(help="The address that is refused.")]
File = Annotated[Path | None, typer.Option(help="Where the case is kept; case-IP.json unless given.")]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config", help="Keep it with the deployed sender of this configuration file, instead of in a file."),
]
Resolver = Annotated[str, typer.Option(help="ADDR[:PORT] of the DNS server to ask.")]
Lists = Annotated[bool, typer.Option("--lists/--no-lists", help="Ask the blocklists.")]
Replies = Annotated[list[str] | None, typer.Option(help="A refused message's reply, notification or log.")]


def register(root: typer.Typer) -> None:
    """Add the group to the command."""
    root.add_typer(app)


class Store(Protocol):
    """Where cases are kept."""

    def load(self, ip: str) -> Case | None:
        """The case about an address, or None."""
        ...

    def save(self, case: Case, before: Case | None) -> str:
        """Write a case in the place of another; gives where it is kept."""
        ...


class FileStore:
    """One case, one file."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def path(self, ip: str) -> Path:
        """Where it is kept."""
        return self._file or Path(f"case-{ip.replace(':', '-').replace('/', '-')}.json")

    def load(self, ip: str) -> Case | None:
        """The case in the file, or None without one."""
        path = self.path(ip)
        if not path.exists():
            return None
        try:
            return storage.load(json.loads(path.read_text(encoding="utf-8")))
        except (ValueError, OSError) as error:
            raise SourceUnavailable(f"{path}: {error}") from error

    def save(self, case: Case, before: Case | None) -> str:
        """Write the file."""
        del before
        path = self.path(case.ip)
        text = json.dumps(storage.dump(case), indent=2, ensure_ascii=False)
        path.write_text(text + "\n", encoding="utf-8")
        return str(path)


def _store(names: ResourceNames | None, file: Path | None) -> Store:
    if names is None:
        return FileStore(file)
    if file is not None:
        raise typer.BadParameter("a case is kept in a file or with a deployed sender, not in both", param_hint="--file")
    import boto3

    from staygreen.adapters.store.cases import CaseTable
    from staygreen.adapters.store.incidents import IncidentTable

    return CaseTable(IncidentTable(boto3.client("dynamodb"), names.table(INCIDENTS)))


@app.command("open")
@with_deployment_if_any
def open_case(
    names: ResourceNames | None,
    ip: Ip,
    reply: Replies = None,
    *,
    file: File = None,
    domain: Annotated[list[str] | None, typer.Option(help="A domain that sends from the address.")] = None,
    resolver: Resolver = "",
    lists: Lists = True,
    owner_name: OwnerOption = None,
    dedicated: Annotated[
        bool | None, typer.Option("--dedicated/--shared", help="Whether others send from it too, for the form.")
    ] = None,
    owned_by_aws: Annotated[bool, typer.Option("--aws", help="An address that SES shares, or a listed range.")] = False,
    key: list_keys.Key = None,
    key_file: list_keys.KeyFile = None,
    contact: Annotated[str, typer.Option(help="Mail address that receives Microsoft's answer.")] = "",
    name: Annotated[str, typer.Option(help="Who asks.")] = "",
    company: Annotated[str, typer.Option(help="What you are: a shop, a newspaper, a provider of mail.")] = "",
    website: Annotated[str, typer.Option(help="Your website.")] = "",
    time_zone: Annotated[str, typer.Option(help="Yours, such as UTC+1.")] = "",
) -> None:
    """Open a case from the replies, and from what DNS and the lists say of the address.

    With a deployed sender, replies that the deployed sender counted are taken up by themselves. A case that is over is
    reopened.
    """
    store = _store(names, file)
    with _told():
        former = store.load(ip)
    if former is not None and not former.stage.is_over:
        _leave(f"there is a case about {ip} already: `staygreen case show {ip}`")
    keys = list_keys.read(key or (), key_file or ())
    look = _Look(ip, resolver, lists=lists, keys=keys, owner_name=owner_name, names=names)
    counted, pasted = _counted(ip, names), look.refused(reply or [])
    facts = case_facts.joined(counted, pasted) if counted else pasted
    if facts is None:
        _leave(f"{_no_block(ip, reply or [], names)}: there is nothing to file")
    if owned_by_aws:
        facts = _spoken_for_by_aws(facts, owner_name)
    if former is not None:
        _leave_unless_newer(former, facts)
    before = former.facts if former else facts
    given = replace(
        facts,
        repairs=before.repairs,
        domains=tuple(domain or facts.domains),
        dedicated=facts.dedicated if dedicated is None else dedicated,
        contact_mail=contact or before.contact_mail,
        contact_name=name or before.contact_name,
        company=company or before.company,
        website=website or before.website,
        time_zone=time_zone or before.time_zone,
    )
    known, now = _known(look.now(given), names), clock.now()
    opened = case.reopened(former, known, now) if former else case.opened(known, now)
    _save(store, opened, former)
    _show_packet(opened)


def _leave_unless_newer(former: Case, facts: Facts) -> None:
    """Leave where every reply says that it was given before the case was over."""
    last = case.last_refused(facts)
    is_dated = all(each.is_time_known for each in facts.refusals)
    if is_dated and last is not None and former.over_since is not None and last <= former.over_since:
        _leave(
            f"the case is {former.stage.value} since {former.over_since:%Y-%m-%d %H:%M} UTC, and the newest refusal is "
            f"of {last:%Y-%m-%d %H:%M} UTC, before that: there is nothing to file"
        )


def _no_block(ip: str, reply: list[str], names: ResourceNames | None) -> str:
    """Why there are no facts, in a clause."""
    counted = "; the deployed sender counted none either" if names else ""
    if not reply:
        return f"no reply is given (--reply FILE) that shows a block of {ip}{counted}"
    return f"no reply that is given is a block of {ip}{counted}"


def _spoken_for_by_aws(facts: Facts, owner_name: OwnerName | None) -> Facts:
    """The facts of a request to AWS: about an address that SES shares or, where it is ours, about the range around."""
    if owner_name is None or owner_name is OwnerName.SES_SHARED:
        return replace(facts, owned_by_aws=True)
    if owner_name is OwnerName.OTHER_PROVIDER:
        raise typer.BadParameter("AWS does not speak for another provider's address", param_hint="--aws")
    return replace(facts, route=Route.AWS_SUPPORT, owned_by_aws=False)


@app.command()
@with_deployment_if_any
def refresh(
    names: ResourceNames | None,
    ip: Ip,
    reply: Replies = None,
    *,
    file: File = None,
    resolver: Resolver = "",
    lists: Lists = True,
    owner_name: OwnerOption = None,
) -> None:
    """Look again at DNS and the lists, take up newer replies, and print the packet or what stands before it.

    A case that is over is reopened by a refusal that is newer, for 14 days.
    """
    store = _store(names, file)
    found = _load(store, ip)
    look = _Look(ip, resolver, lists=lists, owner_name=owner_name, names=names)
    facts = case_facts.joined(case_facts.joined(found.facts, _counted(ip, names)), look.refused(reply or []))
    after = case.refused_again(found, _known(look.now(facts), names), clock.now())
    _save(store, after, found)
    _show_packet(after)


@app.command()
@with_deployment_if_any
def repaired(
    names: ResourceNames | None,
    ip: Ip,
    what: Annotated[str, typer.Argument(help="What was repaired, as the packet shall say it.")],
    file: File = None,
) -> None:
    """Record what was repaired, now."""
    store = _store(names, file)
    found = _load(store, ip)
    repairs = (*found.facts.repairs, Repair(at=clock.now(), what=what))
    _save(store, replace(found, facts=replace(found.facts, repairs=repairs)), found)


@app.command()
@with_deployment_if_any
def show(names: ResourceNames | None, ip: Ip, file: File = None) -> None:
    """Where the case stands, what is owed, and the next letter."""
    found = _load(_store(names, file), ip)
    print_text(f"The case of {found.ip} is {found.stage.value}.")
    for each in found.history:
        outcome = f" ({each.outcome.value})" if each.outcome else ""
        print_text(f"{each.at:%Y-%m-%d %H:%M} UTC  {each.stage.value}{outcome}  {each.note}".rstrip())
    owed = case.reminder_at(found)
    if owed is not None:
        print_text(f"Look again at {owed:%Y-%m-%d %H:%M} UTC.")
    first = letters.open_causes(found.facts)
    if found.stage in (Stage.DRAFTED, Stage.REOPENED) and first:
        print_text("\n" + _not_yet(first))
    else:
        print_text(f"Next: {next_step(found)}")
    if found.stage is Stage.ANSWERED:
        print_text(f"\n{letters.next_letter(found)}")
    if names:
        _show_suppressed(found, names)


def _show_suppressed(found: Case, names: ResourceNames) -> None:
    """How many recipients SES suppresses for the address's sake; what cannot be told hides nothing else."""
    try:
        number = len(_suppressed(found.ip, found, names))
    except SourceUnavailable as error:
        print_text(f"whom SES suppresses for the address's sake is not known: {error}", err=True)
        return
    if number:
        print_text(
            f"\nOn SES's suppression list only because {found.ip} was refused: {number}. "
            f"`staygreen case suppressed {found.ip} {names.options}` lists them."
        )


@app.command("suppressed")
@with_deployment
def list_suppressed(names: ResourceNames, ip: Ip) -> None:
    """List recipients whom SES suppresses only because the address was refused, one a line.

    Exit status: 1 when there are any.
    """
    with _told():
        found = _suppressed(ip, _store(names, None).load(ip), names)
    for each in found:
        print_text(each.entry.recipient)
    if not found:
        print_text(f"nobody is suppressed because {ip} was refused", err=True)
        return
    print_text(
        "Once mail from the address is taken again, and not before, take each off the list:\n"
        "aws sesv2 delete-suppressed-destination --email-address RECIPIENT",
        err=True,
    )
    raise typer.Exit(SUPPRESSED)


def _suppressed(ip: str, found: Case | None, names: ResourceNames) -> tuple[Wronged, ...]:
    from staygreen.core.verdict import first_look

    first = min((each.at for each in found.facts.refusals), default=clock.now()) if found else clock.now()
    since = min(first, clock.now() - LOOKED_BACK)
    return _deployed(names).wronged(first_look.subject_of(ip), since)


@app.command()
@with_deployment_if_any
def export(names: ResourceNames | None, ip: Ip, file: File = None) -> None:
    """Print the packet, or what to repair first."""
    _show_packet(_load(_store(names, file), ip))


@app.command()
@with_deployment_if_any
def submitted(
    names: ResourceNames | None,
    ip: Ip,
    file: File = None,
    note: Annotated[str, typer.Option(help="Ticket number.")] = "",
) -> None:
    """Record that you filed the request."""
    _step(_store(names, file), ip, Stage.SUBMITTED, note)


@app.command()
@with_deployment_if_any
def replied(
    names: ResourceNames | None,
    ip: Ip,
    outcome: Annotated[Outcome, typer.Argument(help="What Microsoft answered.")],
    file: File = None,
    note: Annotated[str, typer.Option(help="Anything worth keeping.")] = "",
) -> None:
    """Record the answer and print the next letter."""
    print_text(letters.next_letter(_step(_store(names, file), ip, Stage.ANSWERED, note, outcome)))


@app.command()
@with_deployment_if_any
def close(
    names: ResourceNames | None,
    ip: Ip,
    file: File = None,
    note: Annotated[str, typer.Option(help="Why.")] = "",
) -> None:
    """Close the case."""
    _step(_store(names, file), ip, Stage.CLOSED, note)


class _Look:
    """One look at an address: replies that are given, whose it is, DNS, and the lists."""

    def __init__(
        self,
        ip: str,
        resolver: str,
        *,
        lists: bool,
        names: ResourceNames | None,
        keys: Mapping[str, str] = MappingProxyType({}),
        owner_name: OwnerName | None = None,
    ) -> None:
        from staygreen.cli import diagnose
        from staygreen.core.verdict import first_look

        try:
            self._subject = first_look.subject_of(ip)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
        diagnose.leave_if_not_public(self._subject, as_json=False)
        self._lookup = diagnose.believed(resolver, self._subject)
        self._lists, self._keys = lists, keys
        self._said = address_owner.said_by(owner_name)
        if names is not None and owner_name is None:
            self._said = address_owner.listed_for(names)
        self._owners: dict[str, Owner] = {}

    def refused(self, reply: list[str]) -> Facts | None:
        """The facts that replies about the address give; None when none of them is a block."""
        from staygreen.cli import diagnose
        from staygreen.cli.decode import items
        from staygreen.core.published.dns_cache import Answers

        notices = diagnose.about(self._subject, [item for each in reply for item in items(each)])
        answers = None if self._lookup is None else Answers(self._lookup)
        self._owners = address_owner.owners([self._subject.id], notices, self._said, answers)
        print_text(f"Whose: {diagnose.whose(self._owners[self._subject.id])}", err=True)
        return diagnose.facts_of(self._subject, notices, (), clock.now(), self._owners)

    def now(self, facts: Facts) -> Facts:
        """The facts with what DNS and the lists say of the address and of its domains; without DNS, as they were."""
        from staygreen.cli.diagnose import look
        from staygreen.core.published.dns_cache import Answers
        from staygreen.core.verdict import first_look

        if self._lookup is None:
            return facts
        now = clock.now()
        with waiting("asking DNS and the blocklists"):
            found = look(
                self._subject, [], self._lookup, now,
                selectors=(), lists=self._lists, keys=self._keys, said=self._said,
            )  # fmt: skip
            exhibits = list(found.verdict.exhibits)
            for name in facts.domains:
                exhibits.extend(first_look.authentication(name, Answers(self._lookup), now))
        return case_facts.looked_up(facts, exhibits)


def _counted(ip: str, names: ResourceNames | None) -> Facts | None:
    """The facts that the deployed sender's counters of replies give, where there is one and it counted a block."""
    if names is None:
        return None
    here, now = _deployed(names), clock.now()
    with _told():
        tallies = here.replies(now)
    since, facts = case_facts.counted_by_ses_since(ip, tallies), case_facts.refused(ip, tallies)
    if facts is None or since is None:
        return facts
    try:
        return replace(facts, sent_to_microsoft=here.to_microsoft(since, now))
    except SourceUnavailable as error:
        print_text(f"how many messages went to Microsoft is not known: {error}", err=True)
        return facts


def _known(facts: Facts, names: ResourceNames | None) -> Facts:
    """The facts with what the deployed sender keeps, where there is one."""
    if names is None:
        return facts
    now = clock.now()
    with _told():
        days, incidents = _deployed(names).kept(facts, now)
    return case_facts.kept(facts, days, incidents, now)


def _deployed(names: ResourceNames) -> Deployed:
    """The evidence that the deployed sender keeps."""
    import boto3

    from staygreen.adapters.sources.verdict_evidence import Deployed

    return Deployed(dynamodb=boto3.client("dynamodb"), names=names)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (SourceUnavailable, ClientError, BotoCoreError) as error:
        print_text(aws_errors.reason(error), err=True)
        raise typer.Exit(UNREADABLE) from None


def _step(store: Store, ip: str, to: Stage, note: str, outcome: Outcome | None = None) -> Case:
    found = _load(store, ip)
    try:
        after = case.moved(found, to, clock.now(), note=note, outcome=outcome)
    except MoveError as error:
        _leave(str(error))
    _save(store, after, found)
    return after


def _leave(why: str) -> NoReturn:
    """Leave where the case, and not the usage, stands in the way."""
    print_text(why, err=True)
    raise typer.Exit(NOT_YET)


def _show_packet(found: Case) -> None:
    if found.over_since is not None:
        _leave(f"The case is {found.stage.value} since {found.over_since:%Y-%m-%d %H:%M} UTC. {next_step(found)}")
    if not case.is_looked_up(found.facts):
        print_text(
            f"DNS was not asked: whether reverse DNS, SPF, DKIM and DMARC hold is not known. Before you file: "
            f"`staygreen case refresh {found.ip}`."
        )
    made = letters.packet(found.facts)
    if isinstance(made, tuple):
        print_text(_not_yet(made))
        raise typer.Exit(NOT_YET)
    print_text(made.text())
    if found.facts.owned_by_aws:
        print_text(shared_address.advice())
    if not case.is_looked_up(found.facts):
        raise typer.Exit(UNREADABLE)


def _not_yet(first: tuple[str, ...]) -> str:
    return "Not yet. First:\n" + "\n".join(f"  - {each}" for each in first)


def _load(store: Store, ip: str) -> Case:
    with _told():
        found = store.load(ip)
    if found is None:
        raise typer.BadParameter(f"there is no case about {ip}: `staygreen case open {ip}`", param_hint="IP")
    return found


def _save(store: Store, after: Case, before: Case | None) -> None:
    with _told():
        print_text(f"{store.save(after, before)}: {after.stage.value}")
