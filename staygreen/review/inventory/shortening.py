"""What the facts of a stack leave out of names: they are about one sender, one account and one region."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product

from staygreen.core import naming
from staygreen.review.inventory.properties import tags
from staygreen.review.resolve import partition, unknown
from staygreen.review.template import Assembly, Template

PREFIX = "…"
"""Stands for what the names of the sender's stacks begin with."""
_ASSET = re.compile(r"\b[0-9a-f]{64}\b")
_MARKER = re.compile("⟨([^⟨⟩.]+)((?:\\.[^⟨⟩]*)?)⟩")


class Shortening:
    """Shortens what is the same in all facts of a stack.

    The prefix of the sender's names becomes ``…``, an ARN in the stack's own account and region
    ``service:resource``, the account ``<account>``. An asset's hash changes with every line of code: it becomes the
    asset's number in the stack.
    """

    def __init__(self, template: Template, prefixes: tuple[str, ...], names: Mapping[str, str]) -> None:
        """Shorten for one stack.

        Args:
            template: The stack.
            prefixes: As `prefixes` finds them.
            names: What people call each resource, by its logical id.
        """
        region = template.region or unknown("AWS::Region")
        account = re.escape(template.account or unknown("AWS::AccountId"))
        self._own_account = re.compile(rf"(?<!\w){account}(?!\w)")
        own = ":".join((partition(template.region), "([a-z0-9-]+)", re.escape(region), account))
        self._arn = re.compile(f"arn:{own}:")
        self._names = names
        self._assets: dict[str, str] = {}
        either = "|".join(map(re.escape, prefixes)) if prefixes else "(?!)"
        self._prefixes = re.compile(rf"(?<![\w-])(?:{either})(?![\w.])")

    def __call__(self, text: str) -> str:
        """The shorter text."""
        text = _MARKER.sub(self._named, text)
        text = _ASSET.sub(lambda found: self._assets.setdefault(found[0], f"<asset {len(self._assets) + 1}>"), text)
        text = self._own_account.sub("<account>", self._arn.sub(r"\1:", text))
        return self._prefixes.sub(PREFIX, text)

    def _named(self, found: re.Match[str]) -> str:
        name = self._names.get(found[1])
        return f"⟨{name}{found[2]}⟩" if name else found[0]


def prefixes(assembly: Assembly) -> tuple[str, ...]:
    """What the names in an assembly begin with, with hyphens and with slashes, as the stacks' names and tags say.

    Empty when the stacks are none of ours.
    """
    found = sorted({tag for resource in assembly.resources() for tag in tags(resource)})
    senders = [value for key, value in found if key == naming.SENDER_TAG]
    environments = [value for key, value in found if key == naming.ENVIRONMENT_TAG]
    for sender, environment in product(senders, environments):
        names = naming.ResourceNames(sender=sender, environment=environment)
        if all(template.stack.startswith(f"{names.prefix}-") for template in assembly.templates):
            return names.prefix, names.secret("").rstrip("/")
    return ()
