"""Rules about what is watched, and that no secret stands in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import date, timedelta
from ipaddress import ip_address, ip_network

from staygreen.core.config.config import Config
from staygreen.core.config.known_lists import KnownLists
from staygreen.core.config.line_numbers import Path
from staygreen.core.config.problem import Problem, suggestion
from staygreen.core.records.name import is_dns_name, is_host_name

_SHORTEST = timedelta(minutes=15)
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")
_KEY_LIKE = re.compile(r"[a-z0-9]{26}|[A-Fa-f0-9]{32,}|[A-Za-z0-9+=]{40,}|xox[a-z]-.*")
"""Spamhaus DQS keys have 26 characters; Abusix and SpamRATS keys are hexadecimal or longer; Slack's tokens say xox."""
_CODE = re.compile(r"[0-9.]+(?:-[0-9.]+|/[0-9]{1,2})?")
_BLOCKLIST: Path = ("monitor", "blocklist")
_SNDS: Path = ("monitor", "snds")
_REFUSALS: Path = ("monitor", "refusals")
_LOG_GROUP = re.compile(r"[A-Za-z0-9_./#-]{1,512}")
"""CloudWatch Logs API Reference, CreateLogGroup; not verified."""
_HOURLY = ("blocklist", "reverse_dns", "auth_records", "ses_reputation", "volume")
"""Checks with the usual bounds of schedule and confirmation."""
_PASTED = (
    "looks like a key, not like the name of a secret: put it in Secrets Manager, write its name, and change the key"
)


def schedule(config: Config) -> Iterator[Problem]:
    """Whole minutes, and not so often that those who are asked refuse."""
    for key in _HOURLY:
        every = getattr(config.monitors, key).schedule
        if every < _SHORTEST or every % timedelta(minutes=1) or every > timedelta(days=1):
            yield Problem(("monitor", key, "schedule"), "must be whole minutes, from 15m to 1d")


def confirmation(config: Config) -> Iterator[Problem]:
    """Every count is at least one, and spacing fits the schedule."""
    for key in _HOURLY:
        given, place = getattr(config.monitors, key).confirmation, ("monitor", key, "confirmation")
        for count in ("sightings", "clears", "coverage_runs"):
            if getattr(given, count) < 1:
                yield Problem((*place, count), "must be 1 or more")
        if given.spacing > timedelta(days=1):
            yield Problem((*place, "spacing"), "must be a day or less")


def own_lists(config: Config) -> Iterator[Problem]:
    """Own lists have ids of their own, zones, codes, and no key in the zone."""
    seen: set[str] = set()
    for index, own in enumerate(config.monitors.blocklist.own):
        path: Path = (*_BLOCKLIST, "own", index)
        if not is_dns_name(own.zone) and not any(_KEY_LIKE.fullmatch(label) for label in own.zone.split(".")):
            yield Problem((*path, "zone"), f'"{own.zone}" is not a zone name: lower case, no trailing dot')
        if any(_KEY_LIKE.fullmatch(label) for label in own.zone.split(".")):
            yield Problem((*path, "zone"), "holds what looks like a key: use the catalogue's list and `keys` instead")
        if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,62}", own.id):
            yield Problem((*path, "id"), f'"{own.id}" is not lower-case letters, digits and hyphens')
        if own.id in seen:
            yield Problem((*path, "id"), f'"{own.id}" appears twice')
        seen.add(own.id)
        for key in ("targets", "listing_codes"):
            if not getattr(own, key):
                yield Problem((*path, key), "is empty: the list could never list anything")
        for key in ("listing_codes", "error_codes"):
            yield from _codes(getattr(own, key), (*path, key))


def _codes(codes: tuple[str, ...], path: Path) -> Iterator[Problem]:
    for index, code in enumerate(codes):
        if not _CODE.fullmatch(code) or not all(_is_address(part) for part in re.split(r"-|/.*", code) if part):
            yield Problem((*path, index), f'"{code}" is not an answer: 127.0.0.2, 127.0.0.2-127.0.0.9 or 127.0.0.0/24')


def secrets(config: Config) -> Iterator[Problem]:
    """Where the name of a secret is expected, nothing stands that looks like the secret."""
    for family, name in config.monitors.blocklist.keys.items():
        yield from _secret_name(name, (*_BLOCKLIST, "keys", family))
    for key in ("token_secret", "link_secret"):
        name = getattr(config.monitors.snds, key)
        if name:
            yield from _secret_name(name, (*_SNDS, key))
    for key in ("token_secret", "webhook_secret", "signing_secret"):
        name = getattr(config.notifications.slack, key, "")
        if name:
            yield from _secret_name(name, ("notifications", "slack", key))
    for index, domain in enumerate(config.domains):
        for at, selector in enumerate(domain.dkim.selectors):
            if selector.secret:
                yield from _secret_name(selector.secret, ("domain", index, "dkim", "selectors", at, "secret"))


def _secret_name(name: str, path: Path) -> Iterator[Problem]:
    # The value is never repeated: it may be the secret itself.
    if _KEY_LIKE.fullmatch(name) or "PRIVATE KEY" in name:
        yield Problem(path, _PASTED)
    elif not _SECRET_NAME.fullmatch(name):
        yield Problem(path, "is not the name of a secret: letters, digits and /_+=.@-")


def resolver(config: Config) -> Iterator[Problem]:
    """ADDR, ADDR:PORT, or [ADDR]:PORT for IPv6."""
    for key in ("blocklist", "auth_records"):
        text = getattr(config.monitors, key).resolver
        if text:
            yield from _resolver(text, ("monitor", key, "resolver"))
    for index, text in enumerate(config.monitors.reverse_dns.resolvers):
        yield from _resolver(text, ("monitor", "reverse_dns", "resolvers", index))


def _resolver(text: str, path: Path) -> Iterator[Problem]:
    match = re.fullmatch(r"\[(?P<six>[^\]]+)\](?::(?P<p6>[0-9]{1,5}))?|(?P<four>[0-9.]+)(?::(?P<p4>[0-9]{1,5}))?", text)
    host = (match["six"] or match["four"]) if match else text
    port = int(match["p6"] or match["p4"] or 53) if match else 53
    if not _is_address(host) or not 0 < port < 65536:
        yield Problem(path, f'"{text}" is not ADDR or ADDR:PORT')


_INTERNAL = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "224.0.0.0/3", "::/127", "fc00::/7", "fe80::/10", "ff00::/8"),
    )
)
"""Networks that no mail comes from across the internet (IANA's special-purpose address registries, RFC 6890);
those for documentation (RFC 5737, RFC 3849) are left out, since examples are written with them."""


def subjects(config: Config) -> Iterator[Problem]:
    """Extra subjects and canaries are names or addresses that anyone can ask about."""
    for index, name in enumerate(config.subjects.domains):
        if not is_host_name(name):
            yield Problem(("subjects", "domains", index), f'"{name}" is not a domain name: lower case, no trailing dot')
    for index, address in enumerate(config.subjects.ips):
        if any(address in network for network in _INTERNAL):
            yield Problem(("subjects", "ips", index), f'"{address}" is not an address that mail can come from')
    for index, canary in enumerate(config.monitors.blocklist.canaries):
        if not _is_address(canary) and not is_host_name(canary):
            yield Problem((*_BLOCKLIST, "canaries", index), f'"{canary}" is neither an address nor a domain name')


def snds(config: Config) -> Iterator[Problem]:
    """Networks and days can be read, rates are fractions, and Microsoft is not asked more often than it answers."""
    given = config.monitors.snds
    if (
        given.schedule < timedelta(hours=1)
        or given.schedule % timedelta(minutes=1)
        or given.schedule > timedelta(days=1)
    ):
        yield Problem((*_SNDS, "schedule"), "must be whole minutes, from 1h to 1d")
    for key in ("complaint_warning", "complaint_critical", "recipients_gap"):
        if not 0 < getattr(given, key) <= 1:
            yield Problem((*_SNDS, key), "is a fraction: above 0, at most 1")
    for index, each in enumerate(given.networks):
        if not _is_read_by(ip_network, each.network):
            yield Problem((*_SNDS, "network", index, "network"), f'"{each.network}" is not a network')
        if not _is_read_by(date.fromisoformat, each.attested):
            yield Problem((*_SNDS, "network", index, "attested"), f'"{each.attested}" is not a day, such as 2026-11-01')


def neighbourhood(config: Config) -> Iterator[Problem]:
    """Off, or a network that is small enough to be asked about in each run."""
    bits = config.monitors.blocklist.neighbourhood
    if bits and not 22 <= bits <= 31:
        yield Problem((*_BLOCKLIST, "neighbourhood"), "must be 0, or a prefix length from 22 to 31")


def shard(config: Config) -> Iterator[Problem]:
    """As much as one function does before its time-out, and no fleet of crumbs."""
    if not 10 <= config.monitors.blocklist.shard <= 5000:
        yield Problem((*_BLOCKLIST, "shard"), "must be from 10 to 5000 subjects")


def refusals(config: Config) -> Iterator[Problem]:
    """Counters are judged by the minute, log groups are names, and quiet fits what is read of the past."""
    given = config.monitors.refusals
    if (
        given.schedule < timedelta(minutes=5)
        or given.schedule % timedelta(minutes=1)
        or given.schedule > timedelta(hours=6)
    ):
        yield Problem((*_REFUSALS, "schedule"), "must be whole minutes, from 5m to 6h")
    if not timedelta(hours=6) <= given.quiet <= timedelta(days=7):
        yield Problem((*_REFUSALS, "quiet"), "must be from 6h to 7d")
    for key in ("cluster", "unreadable_alarm"):
        if getattr(given, key) < 1:
            yield Problem((*_REFUSALS, key), "must be 1 or more")
    for index, group in enumerate(given.log_groups):
        if not _LOG_GROUP.fullmatch(group):
            yield Problem(
                (*_REFUSALS, "log_groups", index),
                f'"{group}" is not the name of a log group: letters, digits and _-/.#, at most 512; not its ARN',
            )
        if group in given.log_groups[:index]:
            yield Problem((*_REFUSALS, "log_groups", index), f'"{group}" appears twice')


def complaints(config: Config) -> Iterator[Problem]:
    """Counts that can be reached, in a window that is remembered, and a schedule that fits."""
    given = config.monitors.complaints
    path: Path = ("monitor", "complaints")
    if not timedelta(minutes=5) <= given.schedule <= timedelta(days=1) or given.schedule % timedelta(minutes=1):
        yield Problem((*path, "schedule"), "must be whole minutes, from 5m to 1d")
    if not timedelta(hours=1) <= given.window <= timedelta(days=30):
        yield Problem((*path, "window"), "must be from 1h to 30d")
    if given.warning < 1:
        yield Problem((*path, "warning"), "must be 1 or more")
    if given.critical < given.warning:
        yield Problem((*path, "critical"), f"is below warning ({given.warning})")


def cases(config: Config) -> Iterator[Problem]:
    """A schedule that fits."""
    every = config.monitors.cases.schedule
    if not _SHORTEST <= every <= timedelta(days=1) or every % timedelta(minutes=1):
        yield Problem(("monitor", "cases", "schedule"), "must be whole minutes, from 15m to 1d")


def ses_reputation(config: Config) -> Iterator[Problem]:
    """Limits are fractions, and a warning comes before what is critical."""
    given = config.monitors.ses_reputation
    path: Path = ("monitor", "ses_reputation")
    for key in ("bounce_limit", "complaint_limit", "warning_at", "critical_at"):
        if not 0 < getattr(given, key) <= 1:
            yield Problem((*path, key), "is a fraction: above 0, at most 1")
    if given.warning_at > given.critical_at:
        yield Problem((*path, "warning_at"), f"is above critical_at ({given.critical_at:g})")


def volume(config: Config) -> Iterator[Problem]:
    """What is sudden is more than usual."""
    if config.monitors.volume.factor <= 1:
        yield Problem(("monitor", "volume", "factor"), "must be more than 1")
    if config.monitors.volume.minimum < 1:
        yield Problem(("monitor", "volume", "minimum"), "must be 1 or more")


def reports(config: Config) -> Iterator[Problem]:
    """Schedules fit, shares are fractions, and counts can be reached."""
    for name in ("dmarc", "tls_reports"):
        given, path = getattr(config.monitors, name), ("monitor", name)
        if not _SHORTEST <= given.schedule <= timedelta(days=1) or given.schedule % timedelta(minutes=1):
            yield Problem((*path, "schedule"), "must be whole minutes, from 15m to 1d")
        for each in fields(given.limits):
            value, place = getattr(given.limits, each.name), (*path, "limits", each.name)
            if isinstance(value, timedelta):
                if not timedelta(days=1) <= value <= timedelta(days=30):
                    yield Problem(place, "must be from 1d to 30d")
            elif "share" in each.name or each.name.endswith("_quiet"):
                if not 0 < value <= 1:
                    yield Problem(place, "is a fraction: above 0, at most 1")
            elif value < 1:
                yield Problem(place, "must be 1 or more")


def switched(config: Config) -> Iterator[Problem]:
    """A list is on or off."""
    given = config.monitors.blocklist
    for index, identifier in enumerate(given.off):
        if identifier in given.on:
            yield Problem((*_BLOCKLIST, "off", index), f'"{identifier}" is switched on as well')


def known_lists(config: Config, lists: KnownLists) -> Iterator[Problem]:
    """Lists exist, are alive, and keys belong to a family that has them."""
    given = config.monitors.blocklist
    own = {each.id for each in given.own}
    for key in ("on", "off", "direct"):
        for index, identifier in enumerate(getattr(given, key)):
            reason = _list_reason(identifier, lists, own, is_wanted=key != "off")
            if reason:
                yield Problem((*_BLOCKLIST, key, index), reason)
    for index, each in enumerate(given.own):
        if each.id in lists.ids:
            yield Problem((*_BLOCKLIST, "own", index, "id"), f'"{each.id}" is a list of the catalogue')
        if lists.refused(each.zone):
            yield Problem(
                (*_BLOCKLIST, "own", index, "zone"), f'"{each.zone}" is never asked: {lists.refused(each.zone)}'
            )
    for family in given.keys:
        if family not in lists.key_families:
            families = ", ".join(sorted(lists.key_families))
            hint = suggestion(family, lists.key_families)
            yield Problem((*_BLOCKLIST, "keys", family), f"is not one of {families}{hint}")


def _list_reason(identifier: str, lists: KnownLists, own: set[str], *, is_wanted: bool) -> str:
    refused = lists.refused(identifier)
    if refused:
        # To turn off what is never asked is needless, not wrong.
        return f'"{identifier}" is never asked: {refused}' if is_wanted else ""
    if identifier not in lists.ids and identifier not in own:
        return f'"{identifier}" is not in the catalogue{suggestion(identifier, lists.ids)}'
    return ""


def _is_address(text: str) -> bool:
    return _is_read_by(ip_address, text)


def _is_read_by(reader: Callable[[str], object], text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return False
    return True


RULES = (
    schedule,
    switched,
    confirmation,
    own_lists,
    secrets,
    resolver,
    neighbourhood,
    shard,
    subjects,
    snds,
    refusals,
    complaints,
    cases,
    ses_reputation,
    volume,
    reports,
)
