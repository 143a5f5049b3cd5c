"""Properties of one resource, of which none can be left out of its description by mistake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from staygreen.core.mail_facts.reading.properties import items
from staygreen.core.mail_facts.resolve import Resolver, text
from staygreen.core.mail_facts.template import Resource


class Properties:
    """Resolved properties; what is put into words is taken out, and what is left is shown under its own name."""

    def __init__(self, resource: Resource, resolver: Resolver) -> None:
        self.resource = resource
        self.resolver = resolver
        self._left = deepcopy(resolver.members(resource.properties))

    def take(self, path: str) -> Any:
        """Take one property out.

        Args:
            path: Its names from the outside in, with dots between them.

        Returns:
            Its value; None when it is absent.
        """
        *outer, name = path.split(".")
        holders = [self._left]
        for part in outer:
            inner = holders[-1].get(part)
            if not isinstance(inner, dict):
                return None
            holders.append(inner)
        found = holders[-1].pop(name, None)
        for part, holder in zip(reversed(outer), reversed(holders[:-1]), strict=True):
            if not holder[part]:
                del holder[part]
        return found

    def left(self) -> Iterator[tuple[str, str]]:
        """Path and text of everything that nobody took."""
        for name, value in self._left.items():
            yield from flat(value, name)


def tags(resource: Resource) -> list[tuple[str, str]]:
    """Keys and values of a resource's tags, whichever of CloudFormation's two forms they have."""
    found = resource.properties.get("Tags")
    if isinstance(found, Mapping):
        return [(name, text(value)) for name, value in sorted(found.items())]
    return [(text(tag.get("Key")), text(tag.get("Value"))) for tag in items(found) if isinstance(tag, Mapping)]


def flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of every scalar, and of every list of scalars, inside a value."""
    if isinstance(value, Mapping) and value:
        for name, part in value.items():
            yield from flat(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for number, item in enumerate(value, 1):
            yield from flat(item, f"{path}[{number}]" if len(value) > 1 else path)
    elif isinstance(value, list) and value:
        yield path, ", ".join(map(scalar, value))
    else:
        yield path, scalar(value)


def scalar(value: Any) -> str:
    """A value as a template writes it; an empty text shows."""
    return text(value) or '""'


def plain(value: Any) -> str:
    """A value as people write it: a switch is on or off, a list has commas."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(text for _, text in flat(value)) if isinstance(value, list) else scalar(value)


def pairs(value: Any) -> str:
    """Everything inside a value, each with its path."""
    return ", ".join(f"{path} {found}".lstrip() for path, found in flat(value))


def apart(value: Any, *names: str) -> tuple[list[str], str]:
    """Some entries of a mapping as texts (empty when absent), and everything else in it as one text."""
    if not isinstance(value, Mapping):
        return [""] * len(names), scalar(value)
    rest = {name: part for name, part in value.items() if name not in names}
    return [plain(value[name]) if name in value else "" for name in names], pairs(rest) if rest else ""


def joined(*parts: str) -> str:
    """The parts that are not empty, with spaces between them."""
    return " ".join(part for part in parts if part)
