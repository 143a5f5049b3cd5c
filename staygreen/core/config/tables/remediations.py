"""`[remediation.<id>]`: what is repaired, and how far that goes by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from staygreen.core.config.field import key
from staygreen.core.config.mode import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a remediation may touch; an empty filter lets everything through."""

    pools: tuple[str, ...] = key("Only addresses of these pools.", ())
    domains: tuple[str, ...] = key("Only these domains.", ())
    tags: tuple[str, ...] = key("Only Elastic IPs with one of these tags, written key=value.", ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a remediation never goes beyond."""

    capacity_floor: int = key("Addresses that must stay in a pool.", 2)
    moves_a_day: int = key("Measures begun within 24 hours.", 1)
    hold_down: timedelta = key("How long a subject is left alone after a measure, at most 90d.", timedelta(days=1))
    expiry: timedelta = key("How long a measure is in force at most; then a person decides.", timedelta(days=30))
    volume_floor: int = key("Messages under which a rate is no evidence.", 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """One remediation."""

    mode: Mode = key("off, suggest (announce plans, change nothing), approve or auto.", Mode.SUGGEST)
    scope: Scope = key("What it may touch.", factory=Scope)
    limits: Limits = key("What it never goes beyond.", factory=Limits)
    quiet_hours: tuple[str, ...] = key("Hours, UTC, in which nothing is applied, such as 22:00-06:00.", ())
    approvers: tuple[str, ...] = key("Who may approve, by name; empty: every [[approver]].", ())
    two_people: bool = key("True: two different people have to approve.", False)
    approval_within: timedelta = key("How long a plan can be approved and applied, at most 7d.", timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine(Remedy):
    """Taking a listed dedicated IP out of service; needs a pool of kind quarantine."""

    clean_days: int = key("Days without the listing before an address returns.", 3)
    warmup_steps: tuple[int, ...] = key("Percentages that a returning address climbs; empty: at once.", (10, 25, 50))
    warmup_rest: timedelta = key("How long it rests on each step.", timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause(Remedy):
    """Pausing a tenant or configuration set."""

    confirm_after: timedelta = key("A pause that is not critical waits so long for a second look.", timedelta(hours=1))
    pause: timedelta = key("How long it is paused.", timedelta(days=1))
    probation: timedelta = key("How long it is watched after it was resumed.", timedelta(days=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remediations:
    """What is repaired, and how far that goes by itself."""

    set_reverse_dns: Remedy = key("Sets a reverse name again where the A record stands.", factory=Remedy)
    quarantine_ip: Quarantine = key("Moves a listed dedicated IP out of service.", factory=Quarantine)
    pause_sending: Pause = key("Pauses what sends badly.", factory=Pause)
    suppression: Remedy = key("Keeps the suppression list right.", factory=Remedy)
    restore_records: Remedy = key("Brings drifted DNS records back.", factory=Remedy)
    open_case: Remedy = key("Drafts the delisting case.", factory=Remedy)
