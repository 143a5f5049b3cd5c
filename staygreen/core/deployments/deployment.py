"""One finished deployment of one stack, and the mail facts that it changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum

from staygreen.core.finding import Subject, SubjectKind


class Outcome(Enum):
    """How a deployment ended."""

    DONE = "done"
    ROLLED_BACK = "rolled back"
    FAILED = "failed"
    """Neither done nor undone: the stack is between two templates."""
    DELETED = "deleted"
    """The stack was deleted; what it keeps stays in the account."""


class Aspect(Enum):
    """What of mail a fact decides, as the checks see it too."""

    SPF = "SPF"
    DKIM = "DKIM"
    DMARC = "DMARC"
    MTA_STS = "MTA-STS"
    TLS_RPT = "TLS reporting"
    MX = "MX"
    REVERSE_DNS = "reverse DNS"
    OTHER = ""


class Direction(Enum):
    """What happened to a fact."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"
    LEFT = "left the stack and stays"
    """It is in no template any more, and CloudFormation was told to keep it in the account."""


_KINDS = {
    SubjectKind.CONFIGURATION_SET: "configuration set",
    SubjectKind.POOL: "dedicated IP pool",
    SubjectKind.TENANT: "tenant",
}
"""What facts call the subjects that have a name of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactChange:
    """One mail fact that differs between two templates of a stack."""

    kind: str
    """What it is: ``record``, ``identity``, ``reverse DNS``."""
    name: str
    """The owner name of a record; of anything else what tells it from others of its kind."""
    direction: Direction
    aspect: Aspect = Aspect.OTHER
    rtype: str = ""
    """The type of a record, such as ``TXT``."""
    before: str = ""
    """In short, without secrets."""
    after: str = ""
    address: str = ""
    """The IP address that it is about, where the template tells it."""

    @property
    def thing(self) -> str:
        """What a person calls it, such as ``DKIM record of example.com (s1)``."""
        if self.kind != "record":
            return f"{self.kind} {self.name}".strip()
        if self.aspect is Aspect.DKIM and "._domainkey." in self.name:
            selector, _, domain = self.name.partition("._domainkey.")
            return f"DKIM record of {domain} ({selector})"
        if self.aspect is Aspect.DMARC:
            return f"DMARC record of {self.name.removeprefix('_dmarc.')}"
        return f"{self.aspect.value or self.rtype} record of {self.name}"

    @property
    def sentence(self) -> str:
        """What happened to it, in one clause: ``DKIM record of example.com (s1) removed``."""
        return f"{self.thing} {self.direction.value}"

    def concerns(self, subject: Subject) -> bool:
        """Whether it is about the subject: its own records, names and addresses, or those below its domain."""
        if subject.kind is SubjectKind.IP:
            return self.address == subject.id
        name = self.name.removeprefix("⟨")
        if subject.kind in (SubjectKind.DOMAIN, SubjectKind.IDENTITY):
            return name == subject.id or name.endswith(f".{subject.id}") or name.startswith(f"{subject.id}.Dkim")
        return _KINDS.get(subject.kind) == self.kind and name == subject.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One finished deployment of one stack."""

    stack: str
    at: datetime
    """When CloudFormation said that it had ended."""
    outcome: Outcome
    began: datetime | None = None
    """When its last operation began; None: not known."""
    change_set: str = ""
    """The name of its change set; empty: it had none, or which is not known."""
    commit: str = ""
    """The commit that was deployed; empty: not known."""
    with_uncommitted: bool = False
    """Whether the checkout held changes beside the commit."""
    changes: tuple[FactChange, ...] = ()
    changes_left_out: int = 0
    """Changes beyond those that are kept."""
    unread: int = 0
    """Parts of the template that could not be read, and may have changed."""
    unknown: str = ""
    """Why the changes are not known, as a clause; empty: they are known."""
    compared_with: datetime | None = None
    """When the template that this one was compared with was kept; None: there was none."""

    @property
    def id(self) -> str:
        """The same however often and late it is told."""
        return f"{self.at.astimezone(UTC).isoformat(timespec='microseconds')}#{self.stack}#{self.outcome.value}"

    @property
    def source(self) -> str:
        """Where it came from: ``commit 3f2a91c``, or that this is not known."""
        if not self.commit:
            return "commit unknown"
        return f"commit {self.commit[:7]}{' with uncommitted changes' if self.with_uncommitted else ''}"

    @property
    def took_effect(self) -> bool:
        """Whether its changes are those of the account: what was rolled back is as it was before."""
        return self.outcome is not Outcome.ROLLED_BACK
