"""A configuration file's text in, a `Config` out, or every problem at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from staygreen.core.config import bounds, report_addresses, syntax
from staygreen.core.config.config import Config
from staygreen.core.config.known_lists import KnownLists
from staygreen.core.config.line_numbers import Path, lines
from staygreen.core.config.problem import Problem, rendered
from staygreen.core.config.reader import read
from staygreen.core.config.rules import check
from staygreen.core.errors import ConfigError

_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What reading a file gave."""

    config: Config
    warnings: tuple[str, ...]
    """What is allowed but probably not meant, each with its place."""
    places: Mapping[Path, int]
    """The line, from 1, of every table, key and array entry."""


def parse(text: str, filename: str, lists: KnownLists | None = None) -> Config:
    """Return the configuration that a file holds.

    Args:
        text: The file's content.
        filename: As the person named it; problems begin with it.
        lists: Known blocklists; without them list ids are not checked.

    Raises:
        ConfigError: When anything is wrong; its `problems` are in the file's order.
    """
    return read_file(text, filename, lists).config


def read_file(text: str, filename: str, lists: KnownLists | None = None) -> Reading:
    """Return the configuration together with its warnings. Otherwise as `parse`."""
    text = text.removeprefix("\ufeff")  # some editors begin a file with a byte order mark
    excess = bounds.first_excess(text)
    if excess:
        raise ConfigError((f"{filename}:{excess[0]}: {excess[1]}",))
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError((_syntax_problem(str(error), text, filename),)) from error
    places = lines(text)
    config, problems = read(Config, document)
    config = report_addresses.in_records(config)
    broken = {problem.path for problem in problems}
    # A rule about a value that could not be read would judge its stand-in.
    found = [*problems, *(p for p in check(config, lists) if not _rests_on(p, broken))]
    told = [(problem, rendered(problem, filename, places, document)) for problem in found]
    told.sort(key=lambda item: int(item[1].removeprefix(f"{filename}:").partition(":")[0]))
    errors = tuple(line for problem, line in told if not problem.is_warning)
    if errors:
        raise ConfigError(errors)
    return Reading(config=_settled(config), warnings=tuple(line for _, line in told), places=places)


def _syntax_problem(message: str, text: str, filename: str) -> str:
    match = _TOML_PLACE.search(message)
    line = int(match[1]) if match and match[1] else text.count("\n") + (not text.endswith("\n"))
    said = _TOML_PLACE.sub("", message)
    lines_of_text = text.splitlines()
    mended = syntax.mend(said, lines_of_text[line - 1] if 0 < line <= len(lines_of_text) else "")
    return f"{filename}:{max(line, 1)}: not TOML: {mended or said}"


def _rests_on(problem: Problem, broken: set[Path]) -> bool:
    return _is_within(problem.path, broken) or _is_within(problem.rests_on, broken)


def _is_within(path: Path, broken: set[Path]) -> bool:
    return any(path[:length] in broken for length in range(1, len(path) + 1))


def _settled(config: Config) -> Config:
    """Write out the configuration set of domains that name none, where there is only one."""
    if len(config.configuration_sets) != 1:
        return config
    only = config.configuration_sets[0].name
    domains = tuple(
        replace(domain, configuration_set=only)
        if domain.manage
        and domain.ses
        and not domain.parked
        and not domain.configuration_set
        and domain.identity.default_set
        else domain
        for domain in config.domains
    )
    return replace(config, domains=domains)
