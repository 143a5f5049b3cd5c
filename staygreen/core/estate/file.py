"""The file itself: a description as commented TOML that is read back as the same configuration."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from staygreen.core.config.written import table
from staygreen.core.estate.description import Description
from staygreen.core.estate.ledger import FILE, Part
from staygreen.core.visible import visible_line

_WIDTH = 116
_HEAD = (
    "What was found, written down by `staygreen init`. Nothing in it is managed: deploying it watches, and changes "
    "nothing that exists. `staygreen adopt NAME FILE` takes one part over without a change.",
    "How a setting is meant and which more there are: docs/configuration.md.",
)


def text(description: Description) -> str:
    """Return the file."""
    return "\n".join(_lines(description)) + "\n"


def _lines(description: Description) -> Iterator[str]:
    config = description.config
    yield from _comments((*_HEAD, *description.notes.get(FILE, ())))
    yield ""
    yield from table("sender", config.sender, ("environment",))
    for domain in config.domains:
        yield from _part(description, ("domain", domain.name))
        yield from table("domain", domain, ("manage", "mail_from") if domain.ses else ("manage",), is_array=True)
    for address in config.addresses:
        yield from _part(description, ("address", address.allocation_id))
        yield from table("address", address, ("manage",), is_array=True)
    for pool in config.pools:
        yield from _part(description, ("pool", pool.name))
        yield from table("pool", pool, ("manage", "kind"), is_array=True)
    for each in config.configuration_sets:
        yield from _part(description, ("configuration_set", each.name))
        yield from table("configuration_set", each, ("manage",), is_array=True)
    if config.subjects.ips or config.subjects.domains:
        yield ""
        yield "# Watched beyond what is found in the account."
        yield from table("subjects", config.subjects)
    yield ""
    yield "# Who is told. Confirm the mail that SNS sends; more kinds are in docs/configuration.md."
    yield "# [[notifications.subscriptions]]"
    yield '# topic = "alerts"'
    yield '# protocol = "email"'
    yield '# endpoint = "postmaster@example.com"'


def _part(description: Description, part: Part) -> Iterator[str]:
    yield ""
    yield from _comments(description.notes.get(part, ()))
    yield from _comments(f"Cannot be taken over as it is: {each}." for each in description.obstacles.get(part, ()))


def _comments(sentences: Iterable[str]) -> Iterator[str]:
    for sentence in sentences:
        for line in textwrap.wrap(visible_line(sentence), _WIDTH, break_long_words=False, break_on_hyphens=False):
            yield f"# {line}"
