"""The files that show what the examples deploy: facts of every stack, and one small sender's templates in full."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from staygreen.core.mail_facts import template
from staygreen.review import loading
from staygreen.review.inventory import describe, describe_stack
from staygreen.review.inventory.block import Block, render, render_difference
from tests.assemblies import Assembly, prefix_of

BASE = "one-domain"
"""The example whose facts are written in full; of the others' stacks, what differs is."""
IN_FULL = ("state", "sending", "domain-example-com", "addresses")
"""The base's templates that are written in full; of its monitors, one is."""
MONITOR = "blocklist"
_WIDTH = 120

Facts = dict[str, list[Block]]


def facts_of(assembly: Assembly) -> Facts:
    """The facts of each stack, by the part of its name that no other stack shares."""
    found = describe(loading.load(assembly.directory))
    prefix = prefix_of(found)
    return {stack.removeprefix(prefix): blocks for stack, blocks in found.items()}


def facts_file(part: str, blocks: list[Block], base: Facts | None) -> str:
    """What is written about one stack.

    Args:
        part: The part of the stack's name that no other stack shares.
        blocks: Its facts.
        base: The facts of the base example; None for that example itself.
    """
    if base is None or part.startswith("domain-") or part not in base:
        return render(blocks)
    return f"as {BASE}/{part}.txt, but for this\n\n{render_difference(base[part], blocks)}"


def files(name: str, example: Callable[[str], Assembly]) -> dict[str, str]:
    """Every file about an example, by its name."""
    base = None if name == BASE else facts_of(example(BASE))
    found = {f"{part}.txt": facts_file(part, blocks, base) for part, blocks in sorted(facts_of(example(name)).items())}
    if name == BASE:
        templates = example(name).templates
        found |= {f"{part}.json": in_full(templates[part]) for part in IN_FULL}
        resources = templates["monitoring"]["Resources"].items()
        monitor = {logical_id: resource for logical_id, resource in resources if logical_id.startswith(MONITOR)}
        found[f"check-{MONITOR}.json"] = in_full({"Resources": monitor})
    return found


def in_full(body: dict[str, Any]) -> str:
    """A template as JSON, as many entries on a line as fit; hashes of assets change with every line of code."""
    text = "\n".join(_lines(json.loads(json.dumps(body, sort_keys=True)), "", ""))
    return re.sub(r"\b[0-9a-f]{64}\b", "<asset>", text) + "\n"


def _lines(value: Any, before: str, after: str) -> list[str]:
    whole = f"{before}{json.dumps(value, ensure_ascii=False)}{after}"
    indent = " " * (len(before) - len(before.lstrip()) + 1)
    if len(whole) <= _WIDTH or not isinstance(value, dict | list) or not value:
        return [whole]
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    entries = (
        [(f"{json.dumps(key)}: ", part) for key, part in value.items()]
        if isinstance(value, dict)
        else [("", part) for part in value]
    )
    inner = [
        line
        for number, (key, part) in enumerate(entries, 1)
        for line in _lines(part, f"{indent}{key}", "," if number < len(entries) else "")
    ]
    return [f"{before}{opening}", *inner, f"{indent[1:]}{closing}{after}"]


class Changed:
    """What is written about a stack of an example when its template is another one."""

    def __init__(self, name: str, example: Callable[[str], Assembly]) -> None:
        self._base = None if name == BASE else facts_of(example(BASE))
        self._assembly = loading.load(example(name).directory)
        self._prefix = prefix_of(stack.stack for stack in self._assembly.templates)
        self.bodies = {stack.stack.removeprefix(self._prefix): dict(stack.body) for stack in self._assembly.templates}
        self.written = {part: self.text(part, body) for part, body in self.bodies.items()}

    def text(self, part: str, body: dict[str, Any]) -> str:
        """The file about a stack if this were its template."""
        name = self._prefix + part
        stacks = (self._with(stack, body) if stack.stack == name else stack for stack in self._assembly.templates)
        return facts_file(part, describe_stack(replace(self._assembly, templates=tuple(stacks)), name), self._base)

    def shows(self, part: str, body: dict[str, Any]) -> bool:
        """Whether the file would be another one."""
        return self.text(part, body) != self.written[part]

    @staticmethod
    def _with(stack: template.Template, body: dict[str, Any]) -> template.Template:
        found = template.template_of(body, stack=stack.stack, file=Path(stack.file))
        return replace(stack, body=body, resources=found.resources)
