"""`staygreen adopt`: take one part of an account over without a change, and see that nothing changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from staygreen.cli.config_file import load
from staygreen.cli.output import print_text
from staygreen.cli.plan import read_estate
from staygreen.core.config.config import Config
from staygreen.core.config.line_numbers import Path as Place
from staygreen.core.config.parser import Reading, read_file
from staygreen.core.errors import ConfigError, StaygreenError
from staygreen.core.estate.comparison.plan import plan
from staygreen.core.estate.found import Estate
from staygreen.core.estate.takeover.imports import identifiers
from staygreen.core.estate.takeover.proof import changes, proof, snapshot
from staygreen.core.estate.takeover.switch import find, part, switch, switched

BAD_NEWS, COVERAGE_LOST = 1, 3
Resolver = Annotated[str, typer.Option(metavar="ADDR[:PORT]", help="Ask this resolver instead of the system's.")]
FileArgument = Annotated[Path, typer.Argument(help="The configuration file.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("adopt")(adopt)
    app.command("import-map")(import_map)


def adopt(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A domain, address, pool or configuration set.")],
    file: FileArgument,
    *,
    verify: Annotated[bool, typer.Option("--verify", help="See that nothing is other than it was before.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Turn manage off again; everything stays where it is.")] = False,
    resolver: Resolver = "",
) -> None:
    """Turn `manage` on for NAME in FILE, when a deployment would change nothing of it.

    What there was before is kept beside the file, for --verify after the deployment. Exit status 1 when something
    differs: then the file stays as it is.
    """
    reading = load(file)
    try:
        path = find(reading.config, name)
    except StaygreenError as error:
        raise typer.BadParameter(str(error), param_hint="NAME") from error
    if undo:
        _undo(file, reading, path)
        return
    domain = [part(reading.config, path).name] if path[0] == "domain" else []
    estate = read_estate(reading.config, resolver, domain)
    if verify:
        _verify(file, reading.config, path, estate)
        return
    _adopt(file, reading, path, estate)


def _adopt(file: Path, reading: Reading, path: Place, estate: Estate) -> None:
    config = switched(reading.config, path, manage=True)
    own = part(config, path)
    text, after = _switched_text(file, reading, path, config, manage=True)
    comparison = plan(after, estate)
    found = proof(after, path, comparison)
    failures = [f"Could not be read: {what} ({why})." for what, why in estate.failures.items()]
    if found.obstacles or failures:
        print_text(f"{own.name} is not taken over, and {file} stays as it is:", err=True)
        for obstacle in (*failures, *found.obstacles):
            print_text(f"  {obstacle}", err=True)
        raise typer.Exit(BAD_NEWS if found.obstacles else COVERAGE_LOST)
    _remember(file, own.name, dict(snapshot(estate, reading.config, path)))
    file.write_text(text, encoding="utf-8")
    print_text(f"{own.name}: manage = true in {file}. All {len(found.same)} of its resources are as the file says:")
    for each in found.same:
        print_text(f"  the same  {each.kind.value} {each.name}")
    added = [each for each in comparison.added if each.endswith(f" of {own.name}")]
    for made in added:
        print_text(f"  made      {made}, beside what is there")
    print_text(
        "\nNext:\n"
        f"  make adopt CONFIG={file}              # import it, then deploy; nothing is deleted to be made again\n"
        f"  staygreen adopt {own.name} {file} --verify   # see that nothing changed\n"
        f"  staygreen adopt {own.name} {file} --undo     # the other way: everything stays where it is"
    )


def _switched_text(file: Path, reading: Reading, path: Place, wanted: Config, *, manage: bool) -> tuple[str, Config]:
    """The file's new text and what it means; it means nothing else than the switch."""
    with file.open(encoding="utf-8", newline="") as opened:
        text = opened.read()
    try:
        changed = switch(text, reading.places, path, manage=manage)
        after = read_file(changed, str(file)).config
    except ConfigError as error:
        for problem in error.problems:
            print_text(problem, err=True)
        print_text(f"{file} stays as it is", err=True)
        raise typer.Exit(BAD_NEWS) from error
    except StaygreenError as error:
        print_text(f"{file}: {error}", err=True)
        raise typer.Exit(BAD_NEWS) from error
    if part(after, path).manage is not part(wanted, path).manage:
        print_text(f"{file}: manage could not be switched; write it yourself", err=True)
        raise typer.Exit(BAD_NEWS)
    return changed, after


def _undo(file: Path, reading: Reading, path: Place) -> None:
    wanted = switched(reading.config, path, manage=False)
    text, _ = _switched_text(file, reading, path, wanted, manage=False)
    file.write_text(text, encoding="utf-8")
    print_text(
        f"{part(wanted, path).name}: manage = false in {file}. Deploy, and its templates let it go: every identity, "
        "set, pool, address and record stays as it is. Its stack, where it had one of its own, stays until somebody "
        "deletes it."
    )


def _verify(file: Path, config: Config, path: Place, estate: Estate) -> None:
    name = part(config, path).name
    before = _remembered(file).get(name)
    if before is None:
        print_text(f"{name}: nothing is known of what it was before; adopt it first", err=True)
        raise typer.Exit(COVERAGE_LOST)
    if estate.failures:
        for what, why in estate.failures.items():
            print_text(f"Could not be read: {what} ({why}).", err=True)
        raise typer.Exit(COVERAGE_LOST)
    found = list(changes(before, json.loads(json.dumps(snapshot(estate, config, path)))))
    for each in found:
        print_text(each)
    if found:
        raise typer.Exit(BAD_NEWS)
    print_text(f"{name}: all {len(before)} records and settings are as they were.")


def _memory(file: Path) -> Path:
    return file.with_name(f"{file.name}.before.json")


def _remembered(file: Path) -> Mapping[str, Any]:
    memory = _memory(file)
    return dict(json.loads(memory.read_text(encoding="utf-8"))) if memory.exists() else {}


def _remember(file: Path, name: str, told: Mapping[str, Any]) -> None:
    text = json.dumps({**_remembered(file), name: told}, indent=1, sort_keys=True)
    _memory(file).write_text(text, encoding="utf-8")


def import_map(
    assembly: Annotated[Path, typer.Argument(help="A cloud assembly, as `cdk synth` writes it.")],
    file: FileArgument,
    *,
    resolver: Resolver = "",
) -> None:
    """Write what `cdk import` needs beside the templates of ASSEMBLY, and print the stacks that import something."""
    config = load(file).config
    estate = read_estate(config, resolver)
    if estate.failures:
        for what, why in estate.failures.items():
            print_text(f"Could not be read: {what} ({why}).", err=True)
        raise typer.Exit(COVERAGE_LOST)
    for path in sorted(assembly.glob("*.template.json")):
        stack = path.name.removesuffix(".template.json")
        found = identifiers(stack, json.loads(path.read_text(encoding="utf-8")), estate)
        if found:
            (assembly / f"{stack}.import.json").write_text(json.dumps(found), encoding="utf-8")
            print_text(stack)
