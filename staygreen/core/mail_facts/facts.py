"""The facts about mail in an assembly: what receivers, SES and the monitors will see.

A fact has a kind, a key that means the same thing in the world on both sides of a
review, and a value in canonical form, so that order, metadata, asset hashes, TXT
chunking, quoting and trailing dots are no changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from staygreen.core.dns.message import Lookup, Question, Rcode, Reply
from staygreen.core.mail_facts.template import Resource, Unread
from staygreen.core.records.spf_answers import NONE as NO_ANSWERS
from staygreen.core.records.spf_answers import Answers


class Kind(Enum):
    """What a fact is about."""

    RECORD = "record"
    ZONE = "hosted zone"
    IDENTITY = "identity"
    ADDRESS = "Elastic IP"
    ASSOCIATION = "association of Elastic IP"
    PTR = "reverse DNS"
    POOL = "dedicated IP pool"
    TENANT = "tenant"
    CONFIGURATION_SET = "configuration set"
    EVENTS = "event destination"
    RECEIPT_RULE = "receipt rule"
    MONITOR = "monitor"
    SCHEDULE = "schedule"
    SETTINGS = "configuration of check"
    REMEDIATION = "remediation"
    SHARE = "share of SES"
    SWITCH = "switch of all repairs"
    PERMISSION = "policy of"
    KEEPING = "retention of"
    OPEN = "function URL of"
    RESOURCE = ""
    """Whatever a table of meanings describes; its key begins with what it is."""
    HOST = "mail server"
    NAT = "NAT gateway"
    ACCESS_KEY = "access key"
    PORTS = "mail ports of"
    RIGHT = "right of a service"
    ACTIVE_RULES = "active receipt rule set"
    CALL = "call"
    CUSTOM = "custom resource"
    RECORD_DELETION = "deletion of record"
    PROPERTY = "property"
    UNREAD = "part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact, and the resource that it comes from."""

    kind: Kind
    key: str
    value: Mapping[str, Any]
    resource: Resource
    condition: str = ""
    """What must hold for the resource to exist, where that is not known here; empty: nothing."""
    why: str = ""
    """In a few words, why it is mail; empty: nothing connects it to mail."""
    is_ours: bool = False
    """Whether it is part of a sender that this program provisions or watches."""

    @property
    def conditional(self) -> bool:
        """Whether the resource exists only when a condition holds that is not known here."""
        return bool(self.condition)

    @property
    def subject(self) -> str:
        """What a person calls it."""
        return self.key if self.kind in (Kind.RECORD, Kind.RESOURCE) else f"{self.kind.value} {self.key}"

    @property
    def values(self) -> tuple[str, ...]:
        """The record data, of a record."""
        return tuple(self.value.get("values", ()))

    @property
    def name(self) -> str:
        """The owner name, of a record."""
        return str(self.value.get("name", ""))

    @property
    def rtype(self) -> str:
        """The record type, of a record."""
        return str(self.value.get("type", ""))


def are_alternatives(facts: Iterable[Fact]) -> bool:
    """Whether conditions that are known only at deployment may choose between resources."""
    found = list(facts)
    return any(fact.conditional for fact in found) and len({fact.resource.condition for fact in found}) > 1


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All facts of one side."""

    all: tuple[Fact, ...]
    exposed: tuple[tuple[Fact, str], ...] = ()
    """Resources with a secret in plain text, and where in them."""
    unread: tuple[Unread, ...] = ()
    notes: tuple[str, ...] = ()
    spf_answers: Answers = NO_ANSWERS

    def of(self, kind: Kind) -> tuple[Fact, ...]:
        """The facts of one kind."""
        return self._by_kind.get(kind, ())

    def records(self, rtype: str, name: str | None = None) -> tuple[Fact, ...]:
        """The records of a type, at one name or everywhere."""
        return self._records.get((rtype, name), ())

    @cached_property
    def _by_kind(self) -> dict[Kind, tuple[Fact, ...]]:
        found: dict[Kind, list[Fact]] = {}
        for fact in self.all:
            found.setdefault(fact.kind, []).append(fact)
        return {kind: tuple(facts) for kind, facts in found.items()}

    @cached_property
    def _records(self) -> dict[tuple[str, str | None], tuple[Fact, ...]]:
        """The records by type and name, and by type alone."""
        found: dict[tuple[str, str | None], list[Fact]] = {}
        for fact in self.of(Kind.RECORD):
            found.setdefault((fact.rtype, fact.name), []).append(fact)
            found.setdefault((fact.rtype, None), []).append(fact)
        return {key: tuple(facts) for key, facts in found.items()}

    @property
    def lookup(self) -> Lookup:
        """DNS as far as it is known here: the records themselves, then recorded answers."""
        return _Known(self)


class _Known:
    """A `Lookup` over facts; a name that is nowhere gets no answer, which is not the same as none."""

    def __init__(self, facts: Facts) -> None:
        self._recorded = facts.spf_answers
        self._records: dict[str, dict[str, tuple[str, ...]]] = {}
        for fact in facts.of(Kind.RECORD):
            self._records.setdefault(fact.name, {})[fact.rtype] = fact.values or ("(alias)",)

    def __call__(self, questions: Iterable[Question]) -> Iterator[Reply]:
        for question in questions:
            own = self._records.get(question.name)
            if own is None or (own.keys() & {"CNAME"}):
                yield from self._recorded([question])
            else:
                yield Reply(question=question, rcode=Rcode.NOERROR, values=own.get(question.rtype.value, ()))


NONE = Facts(all=())
"""Nothing deployed."""
