"""Whether a DNS blocklist lists a sender's addresses or domains (docs/runbooks/blocklist.md).

Addresses that SES shares among its customers are not judged: nobody but AWS can do anything about
them, and AWS watches the list that matters itself
(docs.aws.amazon.com/ses/latest/dg/faqs-dnsbls.html, 2026-11-23).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from staygreen.core.blocklist import dnsbl, quota, report, routes, selection
from staygreen.core.blocklist.catalogue import Catalogue, Entry, Target, load
from staygreen.core.blocklist.findings import CHECK as ID
from staygreen.core.blocklist.neighbours import Around, around
from staygreen.core.blocklist.selection import Selection
from staygreen.core.blocklist.shard import Known, Plan, Reading, Shard, divided, gathered, shards_needed
from staygreen.core.blocklist.shard_codec import read_reading, write_reading
from staygreen.core.blocklist.subjects import Subjects
from staygreen.core.blocklist.sweep import sweep
from staygreen.core.checks.check import Check, Sharded
from staygreen.core.checks.world import Ask, Source
from staygreen.core.confirmation import Confirmation, read, written
from staygreen.core.dns.route import Path, Route
from staygreen.core.errors import ConfigError
from staygreen.core.finding import Subject, SubjectKind
from staygreen.core.incidents.incident import Incident
from staygreen.core.incidents.report import Report

if TYPE_CHECKING:
    from staygreen.core.config.config import Config
    from staygreen.core.config.tables.monitors.blocklist import OwnList


def settings(config: Config) -> Mapping[str, Any]:
    """What the function reads at run time, as JSON values.

    Raises:
        ConfigError: A list is turned on that is unknown or never asked, with the reason.
    """
    blocklist = config.monitors.blocklist
    own = [_own_list(one) for one in blocklist.own]
    problems = selection.problems(load(), blocklist.on, blocklist.off, own)
    if problems:
        raise ConfigError(tuple(f"monitor.blocklist: {problem}" for problem in problems))
    return {
        "on": list(blocklist.on),
        "off": list(blocklist.off),
        "own": own,
        "keys": dict(blocklist.keys),
        "resolver": blocklist.resolver,
        "direct": list(blocklist.direct),
        "neighbourhood": blocklist.neighbourhood,
        **({"shard": blocklist.shard} if blocklist.fleet else {}),
        "runs_per_day": max(1, round(timedelta(days=1) / blocklist.schedule)),
        "canaries": list(blocklist.canaries),
        "ips": [str(ip) for ip in config.subjects.ips],
        "domains": sorted({*config.subjects.domains, *(one.name for one in config.domains if not one.parked)}),
        "confirmation": written(blocklist.confirmation),
    }


def _own_list(own: OwnList) -> Mapping[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(own).items()}


def confirmation(settings: Mapping[str, Any]) -> Confirmation:
    """The incident rules of this check, from its settings."""
    return read(settings, Confirmation())


def run(settings: Mapping[str, Any], ask: Ask, catalogue: Catalogue | None = None) -> Report:
    """Judge every subject on every selected list.

    Args:
        settings: What `settings` made of the configuration.
        ask: The world.
        catalogue: The known lists; the packaged catalogue unless given.
    """
    plan = discover(settings, ask, catalogue)
    return conclude(plan, ((shard, look(plan, shard, ask, catalogue)) for shard in plan.shards), None, catalogue)


def discover(settings: Mapping[str, Any], ask: Ask, catalogue: Catalogue | None = None) -> Plan:
    """Find everyone, and divide them and what lists allow among as many shards as it takes."""
    now = ask.now()
    keys = _keys(settings, ask)
    entries = selection.select(catalogue or load(), settings, keys).asked
    everyone = _subjects(settings, ask)
    count = shards_needed(len(everyone), settings.get("shard"))
    runs_per_day = _runs_per_day(settings)
    turn = int(now.timestamp() * runs_per_day // 86_400)
    names = Subjects(each.subject.id for each in everyone)
    parts = quota.parts(entries, names, runs_per_day=runs_per_day, turn=turn, shards=count)
    limits = {list_id: way.limits for list_id, way in _ways(settings, entries, keys).items()}
    shards = divided(everyone, entries, count=count, limits=limits, parts=parts)
    return Plan(
        at=now,
        settings=settings,
        families=tuple(sorted(keys)),
        shortages={list_id: part.text for list_id, part in parts.items()},
        count=len(shards),
        shards=shards,
    )


def look(plan: Plan, shard: Shard, ask: Ask, catalogue: Catalogue | None = None) -> Reading:
    """Ask the lists about one shard's subjects."""
    settings = plan.settings
    keys = _keys(settings, ask)
    selected = selection.select(catalogue or load(), settings, keys).asked
    # controls alone would cost a list of few questions what it has for subjects
    entries = [entry for entry in selected if shard.asked(entry)]
    everyone = Subjects(shard.known)
    swept = sweep(
        entries,
        everyone,
        ask.lookup,
        token=ask.token,
        keys=keys,
        canaries=_readable(settings.get("canaries", ())),
        routes={
            list_id: replace(way, limits=shard.limits[list_id])
            for list_id, way in _ways(settings, entries, keys).items()
        },
        only={list_id: Subjects(names) for list_id, names in shard.only.items()},
    )
    groups = gathered(swept.results, shard)
    usable = [entry for entry in entries if entry.id in groups] if swept.has_dns else []
    near = tuple(_neighbourhood(settings, ask, everyone, keys, entries=usable))
    return Reading(groups=groups, health=dict(swept.health), has_dns=swept.has_dns, around=near)


def conclude(
    plan: Plan,
    readings: Iterable[tuple[Shard, Reading | None]],
    known: Mapping[str, Incident] | None,
    catalogue: Catalogue | None = None,
) -> Report:
    """Tell what all shards read as one report (`staygreen.core.blocklist.report`)."""
    return report.conclude(plan, _selection(plan, catalogue), readings, known)


def written_reading(plan: Plan, shard: Shard, reading: Reading) -> str:
    """What a shard read, as text."""
    return write_reading(reading, shard, {entry.id: entry for entry in _selection(plan).asked})


def read_readings(plan: Plan) -> Callable[[Shard, str], Reading]:
    """What reads such texts."""
    entries = {entry.id: entry for entry in _selection(plan).asked}
    return lambda shard, text: read_reading(text, shard, entries)


def _selection(plan: Plan, catalogue: Catalogue | None = None) -> Selection:
    """The lists of a plan, those among them that need a key without it."""
    had = dict.fromkeys(plan.families, "present")
    return selection.select(catalogue or load(), plan.settings, had)


def _ways(settings: Mapping[str, Any], entries: Iterable[Entry], keys: Mapping[str, str]) -> Mapping[str, Route]:
    named = settings.get("resolver", "")
    return routes.to_lists(
        entries,
        keys,
        path=Path.NAMED if named else Path.SYSTEM,
        server=named,
        direct=settings.get("direct", ()),
        runs_per_day=_runs_per_day(settings),
    )


def _runs_per_day(settings: Mapping[str, Any]) -> int:
    return int(settings.get("runs_per_day", 24))


def _neighbourhood(
    settings: Mapping[str, Any], ask: Ask, subjects: Subjects, keys: Mapping[str, str], *, entries: Iterable[Entry]
) -> Iterator[Around]:
    """What lists without a quota say of the addresses around ours, when that is asked for."""
    prefix = int(settings.get("neighbourhood", 0))
    free = [entry for entry in entries if entry.quota_per_day is None]
    if prefix:
        ways = _ways(settings, free, keys)
        yield from around(subjects.of(Target.IPV4), prefix, free, ask.lookup, token=ask.token, keys=keys, routes=ways)


def _keys(settings: Mapping[str, Any], ask: Ask) -> dict[str, str]:
    """The keys by family, those alone that can be part of a name."""
    found = {}
    for family, name in settings.get("keys", {}).items():
        key = (ask.secret(name) or "").strip()
        if dnsbl.is_key(key):
            found[family] = key
    return found


def _subjects(settings: Mapping[str, Any], ask: Ask) -> tuple[Known, ...]:
    """Everything to judge, addresses in their order; what was found in the account keeps its label."""
    known: dict[str, Known] = {}
    for subject in ask.elastic_ips():
        known.setdefault(subject.id, Known(subject, is_sending_host=True))
    for subject in (*ask.dedicated_ips(), *ask.identities()):
        known.setdefault(subject.id, Known(subject))
    for name in _readable([*settings.get("ips", ()), *settings.get("domains", ())]):
        kind = SubjectKind.DOMAIN if dnsbl.target_of(name) is Target.DOMAIN else SubjectKind.IP
        known.setdefault(name, Known(Subject(kind, name)))
    return tuple(known[name] for name in sorted(_readable(known), key=_place))


def _place(name: str) -> tuple[int, int, str]:
    """Neighbours next to each other, and everyone where they were in the last run, so that all have their turn."""
    target = dnsbl.target_of(name)
    if target is Target.DOMAIN:
        return 2, 0, name
    address = ip_address(name)
    return address.version // 6, int(address), name


def _readable(names: Iterable[str]) -> list[str]:
    """Those that can be looked up, in canonical form."""
    found = []
    for name in names:
        try:
            found.append(dnsbl.canonical(name))
        except ValueError:
            continue
    return found


CHECK = Check(
    id=ID,
    title="DNS blocklists",
    sources=frozenset(
        {Source.SES_IDENTITIES, Source.SES_DEDICATED_IPS, Source.ELASTIC_IPS, Source.DNS, Source.SECRETS}
    ),
    timeout=timedelta(minutes=5),
    memory_mb=256,
    enabled=lambda config: config.monitors.blocklist.enabled,
    schedule=lambda config: config.monitors.blocklist.schedule,
    settings=settings,
    secrets=lambda config: tuple(sorted(set(config.monitors.blocklist.keys.values()))),
    confirmation=confirmation,
    run=run,
    is_divided=lambda config: config.monitors.blocklist.fleet,
    sharded=Sharded(discover=discover, look=look, conclude=conclude, write=written_reading, reader=read_readings),
)
