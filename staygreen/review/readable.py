"""Names that people know: the CDK's logical ids end in a hash, its construct paths do not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from staygreen.core.mail_facts.template import Assembly
from staygreen.review.finding import Finding

Names = Mapping[str, str]
"""From logical ids with a hash to what people call the construct."""

_HASHED = re.compile(r"\b[A-Za-z][A-Za-z0-9]*[0-9A-F]{8}\b")
_OWN_NAMES = ("Resource", "Default")
"""What the CDK calls the one resource of a construct."""


def names(*sides: Assembly) -> Names:
    """The readable names of every resource whose logical id has a hash; those of the last side win."""
    found: dict[str, str] = {}
    for side in sides:
        for resource in side.resources():
            path = resource.metadata.get("aws:cdk:path")
            if isinstance(path, str) and _HASHED.fullmatch(resource.logical_id):
                parts = path.split("/")[1:]
                while len(parts) > 1 and parts[-1] in _OWN_NAMES:
                    parts.pop()
                if parts:
                    found[resource.logical_id] = "/".join(parts)
    return found


def text(value: str, known: Names) -> str:
    """A text with readable names in place of logical ids."""
    return _HASHED.sub(lambda found: known.get(found[0], found[0]), value) if known else value


def finding(one: Finding, known: Names) -> Finding:
    """A finding with readable names in everything that people read."""
    if not known:
        return one
    return replace(
        one,
        subject=text(one.subject, known),
        consequence=text(one.consequence, known),
        before=text(one.before, known),
        after=text(one.after, known),
        why=text(one.why, known),
        cause=text(one.cause, known),
    )
