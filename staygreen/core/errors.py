"""Failures of the program or of what it depends on. Bad news about mail is a value.

StaygreenError
├── ConfigError        the configuration cannot be used: every problem, each with its place
├── ReportError        an unreadable report: kept with the reason, never dropped
├── SourceUnavailable  AWS, SNDS or Slack did not answer
│   └── OutcomeUnknown AWS may have done what it was asked to do
├── Undeliverable      a channel will not take this announcement
└── ActionRefused      a repair was not allowed, or AWS said no
"""

from __future__ import annotations

from datetime import timedelta


class StaygreenError(Exception):
    """Root of what this program raises on purpose."""


class ConfigError(StaygreenError):
    """When a configuration cannot be used; `problems` holds every one, each with its place."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class ReportError(StaygreenError):
    """When a report cannot be read; it is kept with the reason."""


class SourceUnavailable(StaygreenError):
    """When a source that a check needs did not answer."""


class OutcomeUnknown(SourceUnavailable):
    """When a change was asked for, and nobody knows whether it was made: there was no answer, or a broken one."""


class Undeliverable(StaygreenError):
    """When a channel will not take this announcement.

    Args:
        text: Why.
        tried_for: How long it is tried all the same.
        is_any: Whether it will take no other either.
    """

    def __init__(self, text: str, tried_for: timedelta = timedelta(0), *, is_any: bool = False) -> None:
        super().__init__(text)
        self.tried_for = tried_for
        self.is_any = is_any


class ActionRefused(StaygreenError):
    """When a repair was not allowed, or AWS refused it."""
