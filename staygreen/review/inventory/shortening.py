"""What the facts of a stack leave out of names: they are about one sender, one account and one region."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product

from staygreen.core import naming
from staygreen.core.mail_facts.resolve import partition, unknown
from staygreen.core.mail_facts.template import Assembly, Template
from staygreen.core.naming import ResourceNames
from staygreen.review.inventory.properties import tags

PREFIX = "…"
"""Stands for what names of the deployment begin or end with."""
_ASSET = re.compile(r"\b[0-9a-f]{64}\b")
_MARKER = re.compile("⟨([^⟨⟩.]+)((?:\\.[^⟨⟩]*)?)⟩")


class Shortening:
    """Shortens what is the same in all facts of a stack.

    The prefix of the deployment's names becomes ``…``, its sender's name ``<sender>``, an ARN in the stack's own
    account and region ``service:resource``, the account ``<account>``. An asset's hash changes with every line of code:
    it becomes the asset's number in the stack. Names of another deployment, account or region stay as they are.
    """

    def __init__(self, template: Template, deployment: ResourceNames | None, names: Mapping[str, str]) -> None:
        """Shorten for one stack.

        Args:
            template: The stack.
            deployment: As `deployment` finds it.
            names: What people call each resource, by its logical id.
        """
        self._names = names
        self._assets: dict[str, str] = {}
        self._own = [(re.compile(pattern), shorter) for pattern, shorter in _own(template, deployment)]

    def __call__(self, text: str) -> str:
        """The shorter text."""
        text = _MARKER.sub(self._named, text)
        text = _ASSET.sub(lambda found: self._assets.setdefault(found[0], f"<asset {len(self._assets) + 1}>"), text)
        for pattern, shorter in self._own:
            text = pattern.sub(shorter, text)
        return text

    def _named(self, found: re.Match[str]) -> str:
        name = self._names.get(found[1])
        return f"⟨{name}{found[2]}⟩" if name else found[0]


def _own(template: Template, deployment: ResourceNames | None) -> Iterator[tuple[str, str]]:
    """Patterns of what is the stack's own, and what each becomes."""
    region = template.region or unknown("AWS::Region")
    account = template.account or unknown("AWS::AccountId")
    own_arn = ":".join((partition(template.region), "([a-z0-9-]+)", re.escape(region), re.escape(account)))
    yield f"arn:{own_arn}:", r"\1:"
    yield rf"(?<!\w){re.escape(account)}(?!\w)", "<account>"
    if deployment is None:
        return
    for prefix in (deployment.prefix, deployment.secret("").rstrip("/")):
        yield rf"(?<![\w-]){re.escape(prefix)}(?![\w.])", PREFIX
    digest = deployment.bucket("any", account, region).rpartition("-")[2]
    yield rf"(?<=-){digest}(?!\w)", PREFIX
    # The CDK names what crosses stacks after them, in letters and digits, and adds hashes that depend on it.
    letters = re.sub("[^A-Za-z0-9]", "", deployment.prefix)
    yield rf"{letters}(\w*?)(?:[0-9A-F]{{8}}){{1,2}}(?!\w)", rf"{PREFIX}\1"
    yield rf'((?i:sender)"?(?: =| StringEquals|:)? "?){re.escape(deployment.sender)}(?![\w.-])', r"\1<sender>"


def deployment(assembly: Assembly) -> ResourceNames | None:
    """Whose names an assembly has, as the stacks' names and tags say; None when the stacks are none of ours."""
    found = sorted({tag for resource in assembly.resources() for tag in tags(resource)})
    senders = [value for key, value in found if key == naming.SENDER_TAG]
    environments = [value for key, value in found if key == naming.ENVIRONMENT_TAG]
    for sender, environment in product(senders, environments):
        names = ResourceNames(sender=sender, environment=environment)
        if all(template.stack.startswith(f"{names.prefix}-") for template in assembly.templates):
            return names
    return None
