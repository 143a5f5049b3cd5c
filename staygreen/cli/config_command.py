"""`staygreen config`: is the file right, and what may it say."""

from __future__ import annotations

import json

import typer

from staygreen.cli.config_file import File, load
from staygreen.cli.key_reference import key_reference
from staygreen.cli.output import print_file, print_text
from staygreen.core.config.schema import schema

BAD_NEWS = 1
"""Here a wrong file is what was asked about; to every other command it is wrong usage."""

app = typer.Typer(no_args_is_help=True, help="Check a configuration file; print its JSON Schema.")


def register(root: typer.Typer) -> None:
    """Add the group to the command."""
    root.add_typer(app, name="config")


@app.command("check")
def check(file: File) -> None:
    """Tell every problem of FILE at once, each with its line.

    Exit status: 1 the file is wrong; 3 it cannot be read; 0 otherwise.
    """
    config = load(file, status_if_wrong=BAD_NEWS).config
    managed = sum(domain.manage for domain in config.domains)
    print_text(
        f"{file}: right. Sender {config.sender.name} in {config.sender.region}: "
        f"{_count(len(config.domains), 'domain')} ({managed} managed), "
        f"{_count(len(config.addresses), 'address')}, {_count(len(config.configuration_sets), 'configuration set')}."
    )


@app.command("schema")
def print_schema() -> None:
    """Print the JSON Schema of the file, for editors."""
    print_file(json.dumps(schema(), indent=2) + "\n")


@app.command("keys")
def print_keys() -> None:
    """Print the reference of every key, as in docs/configuration.md."""
    print_file(key_reference())


def _count(number: int, word: str) -> str:
    plural = f"{word}es" if word.endswith("s") else f"{word}s"
    return f"{number} {word if number == 1 else plural}"
