"""The name of a change set, which carries the commit: CloudFormation's events do not, and synth asks no git.

`make deploy` and the workflow pass ``staygreen-<commit>-<time>``, with ``-changed`` after the commit where the checkout
held uncommitted changes. A name begins with a letter and has letters, digits and hyphens, 128 at most (CloudFormation
API Reference, CreateChangeSet, verified 2026-12).
"""

from __future__ import annotations

import re
from typing import NamedTuple

_NAME = re.compile(r"staygreen-(?P<commit>[0-9a-f]{7,40})(?P<changed>-changed)?-(?P<time>[0-9]{8}T[0-9]{6}Z)")
_ARN = re.compile(r"arn:[^:]+:cloudformation:[^:]*:[^:]*:changeSet/(?P<name>[^/]+)/[^/]+")


class Commit(NamedTuple):
    """What the name of a change set says of the checkout."""

    id: str
    """Hexadecimal; empty: the name says none."""
    with_uncommitted: bool = False


UNKNOWN = Commit("")


def name_in(change_set: str) -> str:
    """The name in the ARN of a change set; empty where it is none."""
    found = _ARN.fullmatch(change_set)
    return found["name"] if found else ""


def commit_of(name: str) -> Commit:
    """The commit that a change set's name carries."""
    found = _NAME.fullmatch(name)
    return Commit(found["commit"], bool(found["changed"])) if found else UNKNOWN
