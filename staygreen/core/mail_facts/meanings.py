"""What a change of each property means to mail: the tables in `staygreen/core/data/meanings`.

Each table is one resource type::

    ["AWS::SES::ReceiptFilter"]
    noun = "receipt filter"             what a person calls it
    name = ["Filter/Name"]              the property that tells one from another; without it the logical id does
    via = "path"                        it is mail only where it is connected to mail; without it, always
    removal = "look"                    how much its removal matters: stop, look, fine or none
    removed = "and …"                   what follows from its removal
    silent = ["Tags"]                   properties that say nothing about mail; "*": all that are not named
    sets = [], fold = []                where the order, and where the letter case, makes no difference
    defaults = {}                       what counts as not written
    ["AWS::SES::ReceiptFilter".look]    properties whose change somebody has to look at, with what they decide
    ["AWS::SES::ReceiptFilter".fine]    properties whose change is only told

A property's path has ``/`` between levels; list indices are left out. An entry speaks for everything below it, the
longest one wins. ``python -m staygreen.review.meanings`` lists every property in CloudFormation's schemas (as cfn-lint
carries them) that no entry speaks for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from staygreen.core import data
from staygreen.core.mail_facts.resolve import text
from staygreen.core.mail_facts.severity import Severity

ALWAYS = ("AWS::SES::", "AWS::PinpointEmail::", "AWS::Pinpoint::Email")
"""Types of these services belong into the tables, whatever they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a property decides."""

    severity: Severity | None
    """None: nothing about mail."""
    decides: str = ""
    """After "changes": ``whose inbound mail it takes``."""


SILENT = Meaning(severity=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeMeaning:
    """What the properties of one resource type decide."""

    type: str
    noun: str
    name: tuple[str, ...] = ()
    is_always_mail: bool = True
    removal: Severity | None = None
    removed: str = ""
    properties: Mapping[str, Meaning] = field(default_factory=dict)
    sets: frozenset[str] = frozenset()
    folded: frozenset[str] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)
    rest_is_silent: bool = False

    def meaning(self, path: str) -> Meaning | None:
        """What the longest entry on the way to a property says; None where nobody has said anything."""
        while path:
            if path in self.properties:
                return self.properties[path]
            path = path.rpartition("/")[0]
        return SILENT if self.rest_is_silent else None

    def unknown(self, properties: Any, path: str = "") -> Iterator[str]:
        """The properties that nobody has said the meaning of, by their path."""
        if isinstance(properties, list):
            for part in properties:
                yield from self.unknown(part, path)
        elif isinstance(properties, Mapping) and not (path and self.meaning(path)):
            for name, part in properties.items():
                yield from self.unknown(part, f"{path}/{name}" if path else str(name))
        elif path and self.meaning(path) is None:
            yield path

    def canonical(self, properties: Any, path: str = "", *, in_list: bool = False) -> Any:
        """The properties in one form: scalars as text, sets in order, defaults and what says nothing left out."""
        if isinstance(properties, Mapping):
            found = {}
            for name, part in properties.items():
                below = f"{path}/{name}" if path else str(name)
                value = self.canonical(part, below, in_list=in_list)
                # In a list an empty mapping says which kind of part it is, as {"Drop": {}} does.
                empty = value is None or (value == {} and not (in_list and part == {}))
                if not empty and value != self.defaults.get(below) and self.meaning(below) is not SILENT:
                    found[str(name)] = value
            return found
        if isinstance(properties, list):
            parts = [self.canonical(part, path, in_list=True) for part in properties]
            return sorted(parts, key=text) if path in self.sets else parts
        if properties is None:
            return None
        value = text(properties)
        if value.lower() in ("true", "false"):
            return value.lower()
        return value.upper() if path in self.folded else value


@cache
def table() -> Mapping[str, TypeMeaning]:
    """The tables, by resource type."""
    found: dict[str, TypeMeaning] = {}
    for file in data.names("meanings"):
        for name, entry in data.table(file).items():
            found[name] = _type(name, entry)
    return found


def _type(name: str, entry: Mapping[str, Any]) -> TypeMeaning:
    properties = {path: SILENT for path in entry.get("silent", ()) if path != "*"}
    for severity in (Severity.LOOK, Severity.FINE):
        told = entry.get(severity.value, {})
        properties |= {path: Meaning(severity=severity, decides=decides) for path, decides in told.items()}
    removal = entry.get("removal", "look")
    return TypeMeaning(
        type=name,
        noun=entry["noun"],
        name=tuple(entry.get("name", ())),
        is_always_mail=entry.get("via") != "path",
        removal=None if removal == "none" else Severity(removal),
        removed=entry.get("removed", ""),
        properties=properties,
        sets=frozenset(entry.get("sets", ())),
        folded=frozenset(entry.get("fold", ())),
        defaults=entry.get("defaults", {}),
        rest_is_silent="*" in entry.get("silent", ()),
    )


def canonical(type_name: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Resolved properties in the one form in which sides are compared."""
    value = table().get(type_name, _UNDESCRIBED).canonical(properties)
    return value if isinstance(value, dict) else {}


_UNDESCRIBED = TypeMeaning(type="", noun="resource")
