"""What a review says about one change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from staygreen.core.mail_facts.severity import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Somebody has accepted a finding, for a reason and until a day."""

    rule: str
    reason: str
    expires: date
    subject: str = ""
    """Empty: whatever the rule says about the resource that carries it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One consequence for mail."""

    rule: str
    severity: Severity
    subject: str
    consequence: str
    """One sentence: what happens to whose mail."""
    reason: str
    remedy: str
    reference: str
    before: str = ""
    after: str = ""
    path: str = ""
    """The construct path."""
    stack: str = ""
    logical_id: str = ""
    place: str = ""
    """``mine.toml:31``, where the template tells it."""
    why: str = ""
    """What connects it to mail."""
    cause: str = ""
    """The subject of the finding that this one follows from."""
    acknowledged: Acknowledgement | None = None

    @property
    def identity(self) -> tuple[str, str, str]:
        """Equal for the same finding about two states."""
        return self.rule, self.subject, self.after
