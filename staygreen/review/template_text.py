"""The text of a template: JSON, or YAML with CloudFormation's short tags, to plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from staygreen.core.mail_facts.template import Unreadable

_MAX_DEPTH = 100
"""Levels of nesting; templates in the field stay far below, and every walk over a template may recurse this deep."""
_MAX_PARTS = 1_000_000
"""Values in one file, YAML aliases written out: a bound on our own time and memory.

A template of CloudFormation's largest size, 1 MB, holds half as many at most.
"""


def read(path: Path) -> Mapping[str, Any]:
    """The content of one JSON or YAML file whose top level is a mapping.

    Raises:
        Unreadable: With file and line.
    """
    return parse(path, text_of(path))


def text_of(path: Path) -> str:
    """The text of a file.

    Raises:
        Unreadable: When it is not there, or not UTF-8.
    """
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(path, f"is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise Unreadable(path, f"cannot be read: {error.strerror}") from error


def parse(path: Path, text: str) -> Mapping[str, Any]:
    """A mapping from the text of a template.

    Args:
        path: Where the text is from; its suffix decides between JSON and YAML, and errors name it.
        text: The whole of it.

    Raises:
        Unreadable: With file and line.
    """
    try:
        content = _Plain(path).value(_content(path, text), 0)
    except RecursionError as error:
        raise Unreadable(path, "is nested too deeply") from error
    if not isinstance(content, Mapping):
        raise Unreadable(path, "is not a template: its top level is not a mapping", 1)
    return content


def _content(path: Path, text: str) -> Any:
    looks_like_json = path.suffix == ".json" or text.lstrip()[:1] in ("{", "[")
    try:
        return json.loads(text) if looks_like_json else _yaml(path, text)
    except json.JSONDecodeError as error:
        if path.suffix == ".json":
            raise Unreadable(path, f"is not valid JSON: {error.msg} (column {error.colno})", error.lineno) from error
        return _yaml(path, text)
    except ValueError as error:  # a number of more digits than Python converts
        raise Unreadable(path, f"is not valid JSON: {error}") from error


def _yaml(path: Path, text: str) -> Any:
    import yaml  # type: ignore[import-untyped]

    loader = None
    try:
        loader = _loader()(text)
        node = loader.get_single_node()
        if node is None:
            return None
        _Written(path).parts(node, 0)  # before merge keys are written out, which takes the time of all parts
        return loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise Unreadable(path, f"is not valid YAML: {error.problem}", line) from error
    except (yaml.YAMLError, ValueError, TypeError, OverflowError) as error:
        raise Unreadable(path, f"is not valid YAML: {error}") from error
    finally:
        if loader is not None:
            loader.dispose()


class _Written:
    """How many values a YAML document has with its aliases written out, counted without writing them out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[int, int] = {}

    def parts(self, node: Any, depth: int) -> int:
        """Values in and under a node.

        Raises:
            Unreadable: When there are too many, or too many levels; an alias of what it stands in has no end of them.
        """
        if depth > _MAX_DEPTH:
            raise _too_deep(self._path)
        known = self._known.get(id(node))
        if known is not None:
            return known
        inner = node.value if isinstance(node.value, list) else ()
        below = (part for entry in inner for part in (entry if isinstance(entry, tuple) else (entry,)))
        count = 1 + sum(self.parts(part, depth + 1) for part in below)
        if count > 2 * _MAX_PARTS:  # keys are counted too
            raise _too_many(self._path)
        self._known[id(node)] = count
        return count


def _too_many(path: Path) -> Unreadable:
    return Unreadable(path, f"has more than {_MAX_PARTS} values")


def _too_deep(path: Path) -> Unreadable:
    return Unreadable(path, f"is nested more than {_MAX_DEPTH} levels deep")


_AS_TEXT = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value")
"""Scalars that stay text: "2012-10-17" is the version of a policy document, and a plain ``=`` is a plain ``=``."""


@cache
def _loader() -> Any:
    """A safe YAML loader that knows the short tags, such as ``!Sub``."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """CloudFormation's YAML."""

    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag not in _AS_TEXT]
        for first, resolvers in Loader.yaml_implicit_resolvers.items()
    }

    def construct(loader: Any, tag: str, node: Any) -> Any:
        if isinstance(node, yaml.ScalarNode):
            value: Any = loader.construct_scalar(node)
        elif isinstance(node, yaml.SequenceNode):
            value = loader.construct_sequence(node, deep=True)
        else:
            value = loader.construct_mapping(node, deep=True)
        if tag == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {tag if tag in ("Ref", "Condition") else f"Fn::{tag}": value}

    Loader.add_multi_constructor("!", construct)
    return Loader


class _Plain:
    """Turns whatever a YAML loader makes into what JSON could hold, within bounds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = _MAX_PARTS

    def value(self, raw: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0:
            raise _too_many(self._path)
        if depth > _MAX_DEPTH:
            raise _too_deep(self._path)
        if isinstance(raw, dict):
            return {
                name if isinstance(name, str) else _key(name): self.value(part, depth + 1) for name, part in raw.items()
            }
        if isinstance(raw, list | tuple | set):
            return [self.value(part, depth + 1) for part in raw]
        return raw if raw is None or isinstance(raw, str | int | float | bool) else str(raw)


def _key(name: Any) -> str:
    """A key as JSON would write it."""
    if isinstance(name, str):
        return name
    return json.dumps(name) if name is None or isinstance(name, bool | int | float) else str(name)
