"""`staygreen init`: read what exists, and write it down as a file that watches and changes nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated

import typer

from staygreen.cli.output import print_text
from staygreen.cli.progress import telling
from staygreen.cli.resolver_control import controlled
from staygreen.core.config.tables.sender import Environment, Sender
from staygreen.core.dns.resolver_control import own_questions
from staygreen.core.errors import StaygreenError
from staygreen.core.estate import from_dns, permissions
from staygreen.core.estate.description import Description, describe
from staygreen.core.estate.file import text
from staygreen.core.estate.found import Estate, OwnedKey, Owner
from staygreen.core.finding import IPAddress
from staygreen.core.naming import ENVIRONMENTS, ResourceNames
from staygreen.core.published.dns_cache import Answers
from staygreen.core.records.name import is_host_name

if TYPE_CHECKING:
    from staygreen.adapters.estate.reading import Reader

COVERAGE_LOST = 3
WITHOUT_AWS = Sender(name="mail", account="000000000000", region="us-east-1")
_MOST_NAME = 20
_UNREAD = "Could not be read"
_OUT = Path("sender.toml")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(init)


def init(  # noqa: PLR0917 - Typer reads the options from the signature
    out: Annotated[Path, typer.Option(help="The file to write; one that is there is left as it is.")] = _OUT,
    domain: Annotated[list[str] | None, typer.Option(help="Without AWS: a domain that mail is sent from.")] = None,
    ip: Annotated[list[str] | None, typer.Option(help="Without AWS: an address that mail is sent from.")] = None,
    name: Annotated[str, typer.Option(help="The sender's short name; else its first domain says it.")] = "",
    region: Annotated[str, typer.Option(help="The region to read; else that of the AWS profile.")] = "",
    quick: Annotated[bool, typer.Option("--quick", help="Leave out what takes a call for each identity.")] = False,
    terraform_state: Annotated[list[Path] | None, typer.Option(help="A state that says what Terraform has.")] = None,
    policy: Annotated[bool, typer.Option("--policy", help="Print the IAM policy that reading needs.")] = False,
    resolver: Annotated[str, typer.Option(metavar="ADDR[:PORT]", help="Ask this resolver, not the system's.")] = "",
) -> None:
    """Write down what an account and its DNS have, as a file that watches and changes nothing.

    Exit status 3 when a part could not be read: the file says which.
    """
    if policy:
        print_text(json.dumps(permissions.policy(), indent=2))
        return
    if out.exists():
        raise typer.BadParameter(f"{out} is there already, and is left as it is: name another file", param_hint="--out")
    if domain or ip:
        _from_dns(out, _names(domain or ()), _addresses(ip or ()), name, resolver)
        return
    _from_aws(out, _terraform(terraform_state or ()), name, region, resolver, quick=quick)


def _names(given: Iterable[str]) -> tuple[str, ...]:
    names = tuple(each.lower().removesuffix(".") for each in given)
    for each in names:
        if not is_host_name(each):
            raise typer.BadParameter(f"{each} is not a domain", param_hint="--domain")
    return names


def _addresses(given: Iterable[str]) -> tuple[IPAddress, ...]:
    try:
        return tuple(map(ip_address, given))
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--ip") from None


def _terraform(files: Iterable[Path]) -> dict[OwnedKey, Owner]:
    from staygreen.core.estate.owners import of_terraform

    owners: dict[OwnedKey, Owner] = {}
    for file in files:
        try:
            owners.update(of_terraform(file.read_text(encoding="utf-8"), file.name))
        except (OSError, UnicodeDecodeError, StaygreenError) as error:
            print_text(str(error) if isinstance(error, StaygreenError) else f"{file}: cannot be read", err=True)
            raise typer.Exit(COVERAGE_LOST) from error
    return owners


def _from_dns(out: Path, names: Sequence[str], ips: Sequence[IPAddress], name: str, resolver: str) -> None:
    own = [each for domain in names for each in own_questions(domain)]
    answers = Answers(controlled(resolver, own))
    sender = replace(WITHOUT_AWS, name=name or sender_name(names))
    with telling("asking DNS"):
        description = from_dns.describe(names, ips, sender, answers)
    out.write_text(text(description), encoding="utf-8")
    print_text(f"{out}: {len(names)} domains and {len(ips)} addresses to watch, as DNS has them. AWS was not asked.")
    subject = names[0] if names else str(ips[0])
    _next(
        (f"staygreen diagnose {subject}", "what is wrong with it now"),
        (f"staygreen config check {out}", "when account and region are written"),
        (f"make deploy CONFIG={out}", "watch it; nothing is changed"),
    )


def _from_aws(out: Path, owned: dict[OwnedKey, Owner], name: str, region: str, resolver: str, *, quick: bool) -> None:
    from staygreen.cli.account_reader import reader, region_of

    place = region_of(region)
    answers = Answers(controlled(resolver, ()))
    with telling("reading the account") as tell:
        names = ResourceNames(sender=name or "-", environment=Environment.PRODUCTION.value)
        reading = reader(place, answers, tell, names)
        estate = _with_owners(reading.read(), owned)
        estate = replace(estate, is_being_read=not quick and bool(estate.unread))
        description = _written(out, estate, answers, name)
        if estate.is_being_read:
            description = _completed(out, estate, answers, name, reading)
    _report(out, description)
    if any(each.startswith(_UNREAD) for each in description.notes.get(("file", ""), ())):
        raise typer.Exit(COVERAGE_LOST)


def _with_owners(estate: Estate, owned: dict[OwnedKey, Owner]) -> Estate:
    return replace(estate, owners=MappingProxyType({**estate.owners, **owned}))


def _written(out: Path, estate: Estate, answers: Answers, name: str) -> Description:
    sender = Sender(
        name=name or sender_name([each.name for each in estate.identities or () if each.is_domain]),
        account=estate.account or WITHOUT_AWS.account,
        region=estate.region,
    )
    description = describe(estate, sender, answers)
    out.write_text(text(description), encoding="utf-8")
    return description


def _completed(out: Path, estate: Estate, answers: Answers, name: str, reading: Reader) -> Description:
    """Read on and write the file again; beside it where somebody has changed it meanwhile."""
    before = out.read_text(encoding="utf-8")
    complete = replace(reading.with_details(estate), is_being_read=False)
    is_changed = out.read_text(encoding="utf-8") != before
    target = out.with_suffix(f".complete{out.suffix}") if is_changed else out
    if is_changed:
        print_text(f"{out} was changed meanwhile: what was read since is in {target}", err=True)
    return _written(target, complete, answers, name)


def _report(out: Path, description: Description) -> None:
    config = description.config
    told = description.notes.get(("file", ""), ())
    unread = "Not everything could be read, see below. " if any(each.startswith(_UNREAD) for each in told) else ""
    able = sum(("domain", each.name) not in description.obstacles for each in config.domains)
    print_text(
        f"{unread}{out}: {len(config.domains)} domains ({able} of them can be taken over as they are), "
        f"{len(config.addresses)} addresses, {len(config.configuration_sets)} configuration sets, "
        f"{len(config.pools)} pools. Nothing is managed, nothing was changed."
    )
    for each in told:
        if each.startswith((_UNREAD, "Not read", "In ")):
            print_text(f"  {each}")
    first = next((each.name for each in config.domains if ("domain", each.name) not in description.obstacles), "DOMAIN")
    _next(
        (f"staygreen plan {out}", "what a deployment would do"),
        (f"make deploy CONFIG={out}", "watch it; nothing that exists is changed"),
        (f"staygreen adopt {first} {out}", "take one domain over, without a change"),
    )


def _next(*commands: tuple[str, str]) -> None:
    width = max(len(command) for command, _ in commands)
    print_text("\nNext:")
    for command, why in commands:
        print_text(f"  {command.ljust(width)}  # {why}")


def sender_name(domains: Sequence[str]) -> str:
    """Return a short name for who sends, from the shortest of its domains."""
    for domain in sorted(domains, key=lambda each: (each.count("."), len(each), each)):
        label = re.sub(r"[^a-z0-9-]", "", domain.lower().split(".")[0]).strip("-")
        words = [word for word in label.split("-") if word and word not in ENVIRONMENTS]
        found = "-".join(words).lstrip("0123456789-")[:_MOST_NAME].rstrip("-")
        if found:
            return found
    return "mail"
