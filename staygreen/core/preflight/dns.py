"""What a deployment does to records that are published, and whether its zones are asked at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from staygreen.core.config.config import Config
from staygreen.core.config.tables.zone import Zone
from staygreen.core.declared.record import Purpose, Record
from staygreen.core.declared.zone import records as declared
from staygreen.core.dns.message import RecordType
from staygreen.core.preflight.item import Item, Kind
from staygreen.core.preflight.world import ElasticIp, World
from staygreen.core.published.dns_cache import Answers

_SHOWN = 100
_TAKE_OVER = {
    Purpose.APEX_TXT: "All texts are one record set: add it to spf.other_txt; of an SPF record, the mechanisms.",
    Purpose.DMARC: "Take over its policy and report addresses, or give them up on purpose.",
    Purpose.MAILBOX_MX: "Choose a name for the mailbox that receives no mail yet.",
    Purpose.NULL_MX: "The domain receives mail: it is not parked.",
}
_OTHERWISE = "Remove it, or leave what it is for out of the configuration."


def records(config: Config, world: World, answers: Answers) -> Iterator[Item]:
    """What is published and not declared, of every record set that the deployment writes."""
    for record in declared(config):
        if record.zone is None:
            continue
        if record.known:
            yield from _record(record, answers, record.values)
        elif record.purpose is Purpose.HOST and world.addresses is not None:
            yield from _record(record, answers, _own_addresses(config, world.addresses))


def receiving(config: Config, answers: Answers) -> Iterator[Item]:
    """Whether SES receives mail in the region: where it does, its endpoint has a name."""
    if config.mailbox is None:
        return
    name = f"inbound-smtp.{config.sender.region}.amazonaws.com"
    reply = answers.ask(name, RecordType.A)
    if not reply.is_answered:
        yield _silent(name, RecordType.A)
    elif not reply.values:
        yield Item(
            kind=Kind.IMPOSSIBLE,
            subject="mailbox",
            text=f"SES receives no mail in {config.sender.region}: there is no {name}",
            next_step="Leave out [mailbox], or choose a region that receives: https://docs.aws.amazon.com/general/latest/gr/ses.html",
        )


def _own_addresses(config: Config, found: Mapping[str, ElasticIp]) -> tuple[str, ...]:
    adopted = {address.allocation_id for address in config.addresses}
    own = (each.ip for key, each in found.items() if each.sender == config.sender.name or key in adopted)
    return tuple(own)


def _record(record: Record, answers: Answers, values: Iterable[str]) -> Iterator[Item]:
    reply = answers.ask(record.name, record.type)
    if not reply.is_answered:
        yield _silent(record.name, record.type)
        return
    ours = {_plain(value, record.type) for value in values}
    for value in reply.values:
        if _plain(value, record.type) not in ours:
            shown = value if len(value) <= _SHOWN else f"{value[: _SHOWN - 3]}..."
            yield Item(
                kind=Kind.LOST,
                subject=record.name,
                text=f"published as {record.type.value} and not in the configuration: {shown}",
                next_step=_TAKE_OVER.get(record.purpose, _OTHERWISE),
            )


def _plain(value: str, rtype: RecordType) -> str:
    return value if rtype is RecordType.TXT else " ".join(value.rstrip(".").lower().split())


def zones(config: Config, world: World, answers: Answers) -> Iterator[Item]:
    """Whether each hosted zone is in the account, and is the one that DNS asks."""
    if world.zones is None:
        return
    for zone in _zones_of(config):
        servers = world.zones.get(zone.id)
        if servers is None:
            text = f"the hosted zone {zone.id} is not in this account"
            yield Item(
                kind=Kind.IMPOSSIBLE, subject=zone.name, text=text, next_step="Correct the id, or create the zone."
            )
        else:
            yield from _delegation(zone, servers, answers)


def _delegation(zone: Zone, servers: tuple[str, ...], answers: Answers) -> Iterator[Item]:
    reply = answers.ask(zone.name, RecordType.NS)
    if not reply.is_answered:
        yield _silent(zone.name, RecordType.NS)
        return
    live = {_plain(value, RecordType.NS) for value in reply.values}
    ours = {_plain(server, RecordType.NS) for server in servers}
    if not live & ours:
        yield Item(
            kind=Kind.IMPOSSIBLE,
            subject=zone.name,
            text=f"DNS asks {', '.join(sorted(live)) or 'no server'}, not the hosted zone {zone.id}: nothing is seen",
            next_step=f"Move what the other servers publish, then let the registrar name {', '.join(sorted(ours))}.",
        )


def _zones_of(config: Config) -> Iterator[Zone]:
    found = {record.zone.id: record.zone for record in declared(config) if record.zone is not None}
    yield from found.values()


def _silent(name: str, rtype: RecordType) -> Item:
    text = f"DNS did not answer for {name} {rtype.value}"
    return Item(kind=Kind.UNKNOWN, subject=name, text=text, next_step="Ask again, or name another --resolver.")
