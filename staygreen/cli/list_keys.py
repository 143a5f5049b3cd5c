"""Keys of blocklists on a laptop: from options, files and the environment; never printed."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from staygreen.core.blocklist import dnsbl
from staygreen.core.verdict.lists_asked import FAMILIES

VARIABLE = "STAYGREEN_KEY_{family}"
_FAMILIES = ", ".join(FAMILIES)

Key = Annotated[
    list[str] | None,
    typer.Option(
        "--key",
        metavar="FAMILY=KEY",
        help=f"Key of a family of lists ({_FAMILIES}); others on this machine may see it. Repeatable. "
        f"Else the variable {VARIABLE.format(family='SPAMHAUS')} and the like.",
    ),
]
KeyFile = Annotated[
    list[str] | None,
    typer.Option("--key-file", metavar="FAMILY=FILE", help="The same, read from a file. Repeatable."),
]


def read(keys: Iterable[str], files: Iterable[str]) -> dict[str, str]:
    """Keys by family; an option goes before the environment.

    Raises:
        typer.BadParameter: A family is not known, a file cannot be read, or there is no key; none of it is shown.
    """
    found = {}
    for family in FAMILIES:
        variable = VARIABLE.format(family=family.upper())
        if value := os.environ.get(variable, "").strip():
            found[family] = _key(value, f"the variable {variable}", "--key")
    for option in files:
        family, name = _split(option, "--key-file", "FILE")
        found[family] = _key(_text(name), name, "--key-file")
    for option in keys:
        family, value = _split(option, "--key", "KEY")
        found[family] = _key(value, f"what is given for {family}", "--key")
    return found


def _split(option: str, hint: str, what: str) -> tuple[str, str]:
    family, equals, value = option.partition("=")
    family = family.strip().lower()
    if not equals or not value or not family:
        raise typer.BadParameter(f"write FAMILY={what}, where FAMILY is one of {_FAMILIES}", param_hint=hint)
    if family not in FAMILIES:
        # what stands before the sign may be half of a key
        raise typer.BadParameter(f"no family of that name has a key: {_FAMILIES}", param_hint=hint)
    return family, value


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise typer.BadParameter(f"{name} cannot be read", param_hint="--key-file") from None


def _key(value: str, where: str, hint: str) -> str:
    if not dnsbl.is_key(value):
        if hint == "--key" and Path(value).is_file():
            raise typer.BadParameter(f"{where} is a file: give it with --key-file", param_hint=hint)
        raise typer.BadParameter(f"{where} is no key: a key has 8 to 63 letters and digits", param_hint=hint)
    return value
