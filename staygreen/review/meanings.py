"""What a change of each property means to mail: the tables in `data/meanings`.

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

import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from staygreen.review.finding import Severity
from staygreen.review.resolve import text

TABLES = Path(__file__).parent / "data" / "meanings"
ALWAYS = ("AWS::SES::", "AWS::PinpointEmail::", "AWS::Pinpoint::Email")
"""Types of these services belong into the tables, whatever they are."""
_ELSEWHERE = frozenset({"AWS::Pinpoint::EmailTemplate"})
"""Types of these services that send nothing: texts for campaigns."""


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
    for file in sorted(TABLES.glob("*.toml")):
        for name, entry in tomllib.loads(file.read_text("utf-8")).items():
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


def unsaid(schemas: Path) -> Iterator[str]:
    """Every property of the schemas that no entry speaks for, as ``type path``.

    Args:
        schemas: The directory of schemas that cfn-lint carries.
    """
    index: Mapping[str, str] = json.loads((schemas / "providers" / "us-east-1.json").read_text())
    mail = {name for name in index if name.startswith(ALWAYS)} - _ELSEWHERE
    for name in sorted({*table(), *mail} & index.keys()):
        known = table().get(name)
        if known is None:
            yield name
            continue
        schema = json.loads((schemas / "resources" / f"{index[name]}.json").read_text())
        answers = {
            pointer.removeprefix("/properties/").replace("/*", "") for pointer in schema.get("readOnlyProperties", ())
        }
        for path in dict.fromkeys(_leaves(schema, schema, "", frozenset())):
            if path not in answers and known.meaning(path) is None:
                yield f"{name} {path}"


def _leaves(schema: Mapping[str, Any], node: Mapping[str, Any], path: str, above: frozenset[str]) -> Iterator[str]:
    """The paths of a schema that have nothing below them."""
    pointer = node.get("$ref")
    if pointer:
        name = pointer.rsplit("/", 1)[-1]
        if name in above:
            yield path
            return
        node, above = schema["definitions"][name], above | {name}
    if "items" in node:
        yield from _leaves(schema, node["items"], path, above)
    elif "properties" in node:
        for name, part in node["properties"].items():
            yield from _leaves(schema, part, f"{path}/{name}" if path else name, above)
    else:
        choices = [
            part for word in ("oneOf", "anyOf") for part in node.get(word, ()) if {"$ref", "properties"} & {*part}
        ]
        if not choices:
            yield path
        for part in choices:
            yield from _leaves(schema, part, path, above)


def main() -> int:
    """List what nobody has said the meaning of; 1 when there is any."""
    import cfnlint  # type: ignore[import-untyped]

    found = list(unsaid(Path(cfnlint.__file__).parent / "data" / "schemas"))
    print("\n".join([*found, f"{len(found)} properties without a meaning, in {len(table())} types"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
