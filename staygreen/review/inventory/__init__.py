"""The facts of an assembly: every resource of every stack, in lines that a person reads and compares.

Unlike the facts that rules judge (`staygreen.core.mail_facts.facts`), these leave nothing out but what nothing acts on:
descriptions, metadata, which code an asset holds, and what the CDK puts into every template.
"""

from __future__ import annotations

from collections.abc import Iterator

from staygreen.core.mail_facts.resolve import Exports
from staygreen.core.mail_facts.template import Assembly
from staygreen.review.inventory import shortening
from staygreen.review.inventory.block import Block, render, render_difference
from staygreen.review.inventory.stack import Stack


def as_text(assembly: Assembly) -> str:
    """The facts of every stack."""
    return "\n".join([*_legend(assembly), *(render(blocks) for blocks in describe(assembly).values())])


def difference_as_text(base: Assembly, head: Assembly) -> str:
    """What the facts of one assembly say otherwise than those of another; empty when they say the same.

    Args:
        base: What is there now.
        head: What would be deployed; ``+`` marks what it alone says, ``-`` what the base alone says.
    """
    before, after = describe(base), describe(head)
    changes = {
        stack: render_difference(before.get(stack, ()), after.get(stack, ())) for stack in sorted({*before, *after})
    }
    found = [f"in {stack}\n\n{changed}" for stack, changed in changes.items() if changed]
    return "\n".join([*_legend(head), *found]) if found else ""


def _legend(assembly: Assembly) -> Iterator[str]:
    names = shortening.deployment(assembly)
    if names:
        yield (
            f"{shortening.PREFIX} stands for {names.prefix}, <sender> for {names.sender}, and service:resource for an "
            "ARN of the stack's own account and region\n"
        )


def describe(assembly: Assembly) -> dict[str, list[Block]]:
    """The facts of each stack, by the stack's name."""
    return {template.stack: describe_stack(assembly, template.stack) for template in assembly.templates}


def describe_stack(assembly: Assembly, stack: str) -> list[Block]:
    """The facts of one stack, with what it takes from the others."""
    (template,) = (template for template in assembly.templates if template.stack == stack)
    return list(Stack(template, Exports(assembly).resolver(stack), shortening.deployment(assembly)).blocks())
