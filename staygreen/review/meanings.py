"""Lists every property in CloudFormation's schemas that no table of meanings speaks for.

    python -m staygreen.review.meanings

The schemas are those that cfn-lint carries; the tables are described in `staygreen.core.mail_facts.meanings`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from staygreen.core.mail_facts.meanings import ALWAYS, table

_ELSEWHERE = frozenset({"AWS::Pinpoint::EmailTemplate"})
"""Types of these services that send nothing: texts for campaigns."""


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
