"""An account and its measures held in memory: what tests, and replays of the past, let repairs work on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from staygreen.core.errors import ActionRefused
from staygreen.core.finding import Subject
from staygreen.core.remediations.account import DeployedRecord, Elastic, Lease, Setting
from staygreen.core.remediations.plan import Action
from staygreen.core.repair.engine import Raced
from staygreen.core.repair.guards import Ledger
from staygreen.core.repair.repair import Event, Group, Measure, Step


@dataclass(kw_only=True)
class MemoryAccount:
    """What was put in is what there is. Remembers every assignment."""

    at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    values: dict[tuple[Setting, str], str] = field(default_factory=dict)
    known_pools: Mapping[str, bool] = field(default_factory=dict)
    sets_by_pool: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tenants_by_set: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    held_by_aws: Mapping[str, str] = field(default_factory=dict)
    elastic: Mapping[str, Elastic] = field(default_factory=dict)
    pointers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    forward: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deployed: tuple[DeployedRecord, ...] = ()
    others: tuple[str, ...] = ()
    """Other deployments from which nothing divides this one."""
    wronged: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Recipients who are suppressed for the sake of a subject, by its key."""
    tenant_lists: bool = True
    done: list[Action] = field(default_factory=list)
    refuses: Callable[[Action], str] = lambda _: ""

    def now(self) -> datetime:
        """The time that was put in."""
        return self.at

    def value(self, setting: Setting, resource: str) -> str | None:
        """The value that was put in, or set since."""
        absent = "" if setting in (Setting.SUPPRESSION, Setting.CASE, Setting.RECORD) else None
        return self.values.get((setting, resource), absent)

    def dedicated_ips(self) -> Mapping[str, Lease]:
        """Every address that has a pool."""
        return {
            ip: Lease(pool=pool, warmup=int(self.values.get((Setting.IP_WARMUP, ip), "100")))
            for (setting, ip), pool in self.values.items()
            if setting is Setting.IP_POOL
        }

    def pools(self) -> Mapping[str, bool]:
        """The pools that were put in."""
        return self.known_pools

    def sets_of(self, pool: str) -> tuple[str, ...]:
        """The sets that were put in."""
        return self.sets_by_pool.get(pool, ())

    def tenants_of(self, configuration_set: str) -> tuple[str, ...]:
        """The tenants that were put in."""
        return self.tenants_by_set.get(configuration_set, ())

    def has_tenant_lists(self) -> bool:
        """As was put in."""
        return self.tenant_lists

    def stopped_by_aws(self, setting: Setting, resource: str) -> str:
        """As was put in."""
        return self.held_by_aws.get(resource, "")

    def elastic_ips(self) -> Mapping[str, Elastic]:
        """The addresses that were put in."""
        return self.elastic

    def undivided_with(self) -> tuple[str, ...]:
        """The deployments that were put in."""
        return self.others

    def names_of(self, ip: str) -> tuple[str, ...] | None:
        """The names that were put in."""
        return self.pointers.get(ip)

    def addresses_of(self, name: str) -> tuple[str, ...] | None:
        """The addresses that were put in."""
        return self.forward.get(name)

    def wrongly_suppressed(self, subject: Subject, since: datetime) -> tuple[str, ...]:
        """The recipients that were put in."""
        return self.wronged.get(subject.key, ())

    def deployed_records(self) -> tuple[DeployedRecord, ...]:
        """The records that were put in."""
        return self.deployed

    def set(self, action: Action) -> None:
        """Make one assignment, unless it is refused."""
        reason = self.refuses(action)
        if reason:
            raise ActionRefused(reason)
        self.values[action.setting, action.resource] = action.after
        self.done.append(action)


@dataclass(kw_only=True)
class MemoryStore:
    """Measures, events and the ledger, with the same rules about versions as the table."""

    measures: dict[str, Measure] = field(default_factory=dict)
    events: list[tuple[str, Event]] = field(default_factory=list)
    kept: Ledger = field(default_factory=Ledger)
    untold: dict[str, Group] = field(default_factory=dict)
    told: dict[str, tuple[Measure, ...]] = field(default_factory=dict)

    def measure(self, identifier: str) -> Measure | None:
        """One measure."""
        return self.measures.get(identifier)

    def open_measures(self) -> Iterable[Measure]:
        """Those that are not at an end."""
        return [each for each in self.measures.values() if not each.is_over]

    def ledger(self) -> Ledger:
        """The ledger."""
        return self.kept

    def begin(self, steps: Sequence[Step]) -> Sequence[Measure]:
        """Those that are new."""
        for begun, event in steps:
            if begun.id not in self.measures:
                self.save(begun, event, None)
        return [self.measures[begun.id] for begun, _ in steps]

    def group(self, identifier: str) -> Group | None:
        """One that was not told."""
        return self.untold.get(identifier)

    def groups(self) -> Iterable[Group]:
        """Those that were not told."""
        return list(self.untold.values())

    def keep_group(self, group: Group) -> None:
        """Unless it is there."""
        self.untold.setdefault(group.id, group)

    def tell_group(self, group: Group, members: Sequence[Measure]) -> None:
        """Once."""
        self.told.setdefault(group.id, tuple(members))
        self.untold.pop(group.id, None)

    def save(self, after: Measure, event: Event | None, ledger: Ledger | None) -> None:
        """All or nothing."""
        before = self.measures.get(after.id)
        if after.version != (before.version if before else 0) + 1:
            raise Raced(after.id)
        if ledger is not None and ledger.version != self.kept.version + 1:
            raise Raced("ledger")
        self.measures[after.id] = after
        if event is not None:
            self.events.append((after.id, event))
        self.kept = ledger or self.kept
