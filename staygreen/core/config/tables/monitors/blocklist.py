"""`[monitor.blocklist]`: DNS blocklists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key, no_entries
from staygreen.core.confirmation import Confirmation


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnList:
    """A blocklist that the catalogue does not have."""

    id: str = key("Stable id, lower case.")
    name: str = key("What people call it.")
    zone: str = key("DNS zone.")
    targets: tuple[str, ...] = key("ipv4, ipv6, domain.", choices=("ipv4", "ipv6", "domain"))
    listing_codes: tuple[str, ...] = key("Answers that mean listed, such as 127.0.0.2 or 127.0.0.2-127.0.0.9.")
    error_codes: tuple[str, ...] = key("Answers that mean the list refused.", ())
    severity: str = key("critical, high, medium or info.", "medium", choices=("critical", "high", "medium", "info"))
    positive_test: str = key("A name or address that is always listed.", "127.0.0.2")
    negative_test: str = key("A name or address that is never listed; empty: none.", "127.0.0.1")
    delist_url: str = key("Where to ask for removal.", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocklist:
    """The `blocklist` check."""

    enabled: bool = key("False: not deployed.", True)
    schedule: timedelta = key("How often; whole minutes, 15 or more.", timedelta(hours=1))
    confirmation: Confirmation = key("When a listing is believed, and when it is over.", factory=Confirmation)
    on: tuple[str, ...] = key("Lists to ask beyond the default set, by id.", ())
    off: tuple[str, ...] = key("Lists of the default set not to ask, by id.", ())
    own: tuple[OwnList, ...] = key("Lists of your own.", ())
    keys: Mapping[str, str] = key(
        "Secrets Manager name of the key, by key family: spamhaus, abusix, spamrats.", factory=no_entries
    )
    resolver: str = key("ADDR or ADDR:PORT of a resolver to ask instead of the system's.", "")
    direct: tuple[str, ...] = key("Lists whose own name servers are asked, past every resolver, by id.", ())
    neighbourhood: int = key(
        "Prefix length, 22 to 31: alerts and verdicts count the listed neighbours around. 0: not asked.",
        0,
    )
    fleet: bool = key(
        "True: what is too much for one function is divided among several (docs/sweep.md). Deploys a state machine, "
        "a function, a bucket and their alarms.",
        False,
    )
    shard: int = key("With `fleet`: how many subjects one function looks up, 10 to 5,000.", 1000)
    canaries: tuple[str, ...] = key(
        "Own addresses or domains known to be clean; when one flips, the list is suspected.", ()
    )
