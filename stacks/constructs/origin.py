"""Which place of the configuration file each construct came from, for reviews and failed syntheses.

A stack carries it as construct metadata (`staygreen:config`), which stays in the
assembly: a moved line in the file changes no template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from aws_cdk import Stack
from constructs import Construct

from stacks.constructs.naming import camel
from staygreen.core.checks import CHECKS
from staygreen.core.config.config import Config
from staygreen.core.config.line_numbers import Path, nearest
from staygreen.core.config.parser import Reading
from staygreen.core.config.tables.domain import Domain
from staygreen.core.config.tables.remediations import Remediations
from staygreen.core.declared.record import Purpose
from staygreen.core.declared.zone import address_records, domain_records, mailbox_records
from staygreen.core.naming import ACKNOWLEDGED, ADDRESSES_STACK, PLACES, domain_stack

_KEYS = {
    Purpose.DKIM: "dkim",
    Purpose.MAIL_FROM_MX: "mail_from",
    Purpose.MAIL_FROM_SPF: "mail_from",
    Purpose.APEX_TXT: "spf",
    Purpose.DMARC: "dmarc",
    Purpose.REPORT_AUTHORISATION: "dmarc",
    Purpose.NULL_MX: "parked",
    Purpose.NO_DKIM: "parked",
}


def tell(app: Construct, reading: Reading, filename: str) -> None:
    """Put places and acknowledgements on the stacks of an app.

    Args:
        app: Its stacks are there already.
        reading: The configuration, with the lines of its keys.
        filename: As the person named it.
    """
    config = reading.config
    told: dict[str, dict[str, str]] = {}
    for path, origin in origins(config).items():
        told.setdefault(path.partition("/")[0], {})[path] = place(reading, filename, origin)
    accepted = [
        {"rule": each.rule, "subject": each.subject, "reason": each.reason, "expires": each.expires}
        for each in config.acknowledgements
    ]
    for stack in app.node.children:
        if isinstance(stack, Stack):
            if stack.node.id in told:
                stack.node.add_metadata(PLACES, told[stack.node.id])
            if accepted and stack.node.id == config.names.stack("state"):
                stack.node.add_metadata(ACKNOWLEDGED, accepted)


def origins(config: Config) -> Mapping[str, Path]:
    """From construct paths to places in the configuration; what stands below a path came from there too."""
    found = dict(_sending(config))
    state, monitoring = config.names.stack("state"), config.names.stack("monitoring")
    found[state] = ("notifications",)
    found[config.names.stack("github")] = ("github",)
    repair = config.names.stack("repair")
    found.update({path: ("remediation",) for path in (repair, f"{repair}/Sweep", f"{repair}/Switch")})
    for remediation in fields(Remediations):
        found[f"{repair}/{remediation.name}"] = ("remediation", remediation.name)
    for index in range(len(config.notifications.subscriptions)):
        subscription = f"{config.names.stack('subscriptions')}/Subscription{index + 1}"
        found[subscription] = ("notifications", "subscriptions", index)
    found[config.names.stack("chat")] = ("notifications", "chat")
    found[config.names.stack("mail-logs")] = ("monitor", "refusals", "log_groups")
    found[f"{monitoring}/SlackCallback"] = ("notifications", "slack")
    found[f"{monitoring}/Dashboard"] = ("notifications", "dashboard")
    found[f"{monitoring}/Digest"] = ("notifications", "digest")
    for check in CHECKS:
        found[f"{monitoring}/{check.id}"] = ("monitor", check.id)
        found[f"{monitoring}/{check.id}/Schedule"] = ("monitor", check.id, "schedule")
    found.update(_mailbox(config))
    for part in ("Days", "Queue", "Settings"):
        found[f"{config.names.stack('reports')}/{part}"] = ("reports",)
    for index, domain in enumerate(config.domains):
        found.update(_domain(config, domain, ("domain", index)))
    for index, address in enumerate(config.addresses):
        stack, place = config.names.stack(ADDRESSES_STACK), ("address", index)
        found[f"{stack}/{address.name}"] = place
        found[f"{stack}/{address.name}/ReverseDns"] = (*place, "ptr")
        for record in address_records(address):
            found[f"{stack}/Record{camel(address.name)}{camel(record.key)}"] = (*place, "ptr")
    return found


def place(reading: Reading, filename: str, origin: Path) -> str:
    """File and line; the file alone for what it does not mention, and what therefore is as it is by default."""
    mentioned = origin[:1] in reading.places and (
        origin[0] not in ("monitor", "remediation") or origin[:2] in reading.places
    )
    return f"{filename}:{nearest(reading.places, origin)}" if mentioned else filename


def _mailbox(config: Config) -> Iterator[tuple[str, Path]]:
    stack = config.names.stack("mailbox")
    for part in (stack, f"{stack}/Queue"):
        yield part, ("mailbox",)
    for index, record in enumerate(mailbox_records(config)):
        # the mailbox's own domain stands first
        place: Path = ("mailbox", "contact", index - 1) if index else ("mailbox",)
        yield f"{stack}/Record{camel(record.key)}", (*place, "domain")


def _sending(config: Config) -> Iterator[tuple[str, Path]]:
    stack = config.names.stack("sending")
    for index, pool in enumerate(config.pools):
        yield f"{stack}/Pool-{pool.name}", ("pool", index)
    for index, each in enumerate(config.configuration_sets):
        yield f"{stack}/ConfigurationSet-{each.name}", ("configuration_set", index)


def _domain(config: Config, domain: Domain, place: Path) -> Iterator[tuple[str, Path]]:
    stack = config.names.stack(domain_stack(domain.name))
    yield stack, place
    for record in domain_records(config, domain):
        key = _KEYS.get(record.purpose)
        yield f"{stack}/Record{camel(record.key)}", (*place, key) if key else place
