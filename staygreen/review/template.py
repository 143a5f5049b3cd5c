"""What is to be deployed: CloudFormation templates, as files or as a cloud assembly.

Accepted are one template (JSON, or YAML with CloudFormation's short tags), a
cloud assembly as `cdk synth` writes it (manifest.json, stages and nested stacks
included), and a plain directory of templates. A file that cannot be read is an
`Unreadable` that names file and line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from staygreen.core.errors import StaygreenError
from staygreen.core.records.spf_answers import FILENAME, NONE, Answers
from staygreen.core.records.spf_answers import parse as parse_answers

NESTED_STACK = "AWS::CloudFormation::Stack"
_EMPTY: Mapping[str, Any] = MappingProxyType({})
_TEMPLATE_SUFFIXES = (".json", ".yaml", ".yml", ".template")


class Unreadable(StaygreenError):
    """When a template or an assembly cannot be read; the text has file and line."""

    def __init__(self, file: Path, problem: str, line: int | None = None) -> None:
        place = f"{file}:{line}" if line else str(file)
        super().__init__(f"{place}: {problem}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource as the template writes it; nothing is resolved yet."""

    stack: str
    """The stack's name; a nested stack's is ``<parent>/<logical id>``."""
    logical_id: str
    type: str
    properties: Mapping[str, Any]
    metadata: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    deletion_policy: str = "Delete"
    update_replace_policy: str = "Delete"
    condition: str = ""

    @property
    def path(self) -> str:
        """The construct path, or stack and logical id where there is none."""
        told = self.metadata.get("aws:cdk:path")
        return told if isinstance(told, str) and told else f"{self.stack}/{self.logical_id}"

    @property
    def place(self) -> tuple[str, str]:
        """What CloudFormation knows it by."""
        return self.stack, self.logical_id

    @property
    def survives_removal(self) -> bool:
        """Whether taking it out of the template leaves it in the account."""
        return self.deletion_policy in ("Retain", "RetainExceptOnCreate", "Snapshot")

    @property
    def survives_replacement(self) -> bool:
        """Whether the old one stays in the account when another takes its place under the same logical id."""
        return self.update_replace_policy in ("Retain", "Snapshot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """One stack's template and where it would be deployed."""

    stack: str
    file: str
    body: Mapping[str, Any]
    resources: Mapping[str, Resource]
    account: str = ""
    """Empty when it is known only at deployment."""
    region: str = ""
    parameters: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    """Values that are handed in, before the template's own defaults."""
    parent: str = ""
    """The stack that this one is nested in, or empty."""
    termination_protection: bool | None = None
    metadata: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    """What the stack's construct carries beside the template, by kind of metadata."""

    def section(self, name: str) -> Mapping[str, Any]:
        """A top-level section, empty when it is absent."""
        found = self.body.get(name)
        return found if isinstance(found, Mapping) else _EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """Everything that is deployed together."""

    source: str
    templates: tuple[Template, ...]
    notes: tuple[str, ...] = ()
    """What could not be looked into, one sentence each."""
    spf_answers: Answers = NONE
    """What DNS said about the names that SPF records lead to, where that is recorded beside the templates."""

    def resources(self) -> Iterator[Resource]:
        """Every resource of every stack, in the order of the templates."""
        for template in self.templates:
            yield from template.resources.values()


def load(path: Path, region: str = "") -> Assembly:
    """Read a template, a cloud assembly or a directory of templates.

    Args:
        path: File or directory.
        region: Where a single template would be deployed; an assembly says so itself.

    Raises:
        Unreadable: With file and line.
    """
    if path.is_dir():
        return _load_directory(path, region)
    if not path.exists():
        raise Unreadable(path, "there is no such file or directory")
    templates, notes = _with_nested(template_of(read(path), stack="template", file=path, region=region), path.parent)
    return Assembly(
        source=str(path), templates=tuple(templates), notes=tuple(notes), spf_answers=read_answers(path.parent)
    )


def read_answers(place: Path) -> Answers:
    """The recorded answers in a file, or in a directory that has such a file; none where there is none.

    Raises:
        StaygreenError: When the file is there and cannot be used; the text names it.
    """
    file = place / FILENAME if place.is_dir() else place
    if not file.is_file():
        return NONE
    try:
        return parse_answers(file.read_text("utf-8-sig"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(file, "cannot be read") from error


def read(path: Path) -> Mapping[str, Any]:
    """The content of one JSON or YAML file whose top level is a mapping.

    Raises:
        Unreadable: With file and line.
    """
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(path, f"is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise Unreadable(path, f"cannot be read: {error.strerror}") from error
    content = _parse(path, text)
    if not isinstance(content, Mapping):
        raise Unreadable(path, "is not a template: its top level is not a mapping", 1)
    return content


def _parse(path: Path, text: str) -> Any:
    looks_like_json = path.suffix == ".json" or text.lstrip()[:1] in ("{", "[")
    try:
        return json.loads(text) if looks_like_json else _parse_yaml(path, text)
    except json.JSONDecodeError as error:
        if path.suffix == ".json":
            raise Unreadable(path, f"is not valid JSON: {error.msg} (column {error.colno})", error.lineno) from error
        return _parse_yaml(path, text)
    except RecursionError as error:
        raise Unreadable(path, "is nested too deeply") from error


def _parse_yaml(path: Path, text: str) -> Any:
    import yaml  # type: ignore[import-untyped]

    try:
        return yaml.load(text, Loader=_loader())  # noqa: S506 - a SafeLoader with CloudFormation's tags
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise Unreadable(path, f"is not valid YAML: {error.problem}", line) from error
    except (yaml.YAMLError, ValueError) as error:
        raise Unreadable(path, f"is not valid YAML: {error}") from error
    except RecursionError as error:
        raise Unreadable(path, "is nested too deeply") from error


@cache
def _loader() -> Any:
    """A safe YAML loader that knows the short tags, such as ``!Sub``, and leaves dates alone."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """CloudFormation's YAML."""

    # "2012-10-17" is a version in a policy document, not a date.
    Loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
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


def template_of(
    body: Mapping[str, Any],
    *,
    stack: str,
    file: Path,
    account: str = "",
    region: str = "",
    parameters: Mapping[str, Any] = _EMPTY,
    parent: str = "",
    termination_protection: bool | None = None,
    metadata: Mapping[str, Any] = _EMPTY,
) -> Template:
    """A template from its content.

    Raises:
        Unreadable: When it has no usable `Resources`.
    """
    raw = body.get("Resources", _EMPTY if "Outputs" in body or "AWSTemplateFormatVersion" in body else None)
    if not isinstance(raw, Mapping):
        raise Unreadable(file, "is not a CloudFormation template: it has no Resources")
    resources = {
        logical_id: _resource(stack, logical_id, entry)
        for logical_id, entry in raw.items()
        if isinstance(entry, Mapping) and isinstance(entry.get("Type"), str)
    }
    return Template(
        stack=stack,
        file=str(file),
        body=body,
        resources=resources,
        account=account,
        region=region,
        parameters=parameters,
        parent=parent,
        termination_protection=termination_protection,
        metadata=metadata,
    )


def _resource(stack: str, logical_id: str, entry: Mapping[str, Any]) -> Resource:
    properties, metadata = entry.get("Properties"), entry.get("Metadata")
    return Resource(
        stack=stack,
        logical_id=logical_id,
        type=entry["Type"],
        properties=properties if isinstance(properties, Mapping) else _EMPTY,
        metadata=metadata if isinstance(metadata, Mapping) else _EMPTY,
        deletion_policy=_word(entry.get("DeletionPolicy")),
        update_replace_policy=_word(entry.get("UpdateReplacePolicy")),
        condition=entry["Condition"] if isinstance(entry.get("Condition"), str) else "",
    )


def _word(policy: Any) -> str:
    return policy if isinstance(policy, str) else "Delete"


def _load_directory(path: Path, region: str) -> Assembly:
    if (path / "manifest.json").is_file():
        templates, notes = _load_assembly(path)
    else:
        templates, notes = _load_plain(path, region)
    if not templates:
        raise Unreadable(path, "holds no templates: neither a manifest.json with stacks nor template files")
    return Assembly(source=str(path), templates=tuple(templates), notes=tuple(notes), spf_answers=read_answers(path))


def _load_plain(path: Path, region: str) -> tuple[list[Template], list[str]]:
    templates: list[Template] = []
    notes: list[str] = []
    for file in sorted(path.iterdir()):
        if not file.is_file() or file.suffix not in _TEMPLATE_SUFFIXES:
            continue
        content = read(file)
        if "Resources" in content:
            stack = file.name.split(".", 1)[0]
            found, told = _with_nested(template_of(content, stack=stack, file=file, region=region), path)
            templates += found
            notes += told
    return templates, notes


def _load_assembly(path: Path) -> tuple[list[Template], list[str]]:
    templates: list[Template] = []
    notes: list[str] = []
    artifacts = read(path / "manifest.json").get("artifacts")
    for name, artifact in (artifacts if isinstance(artifacts, Mapping) else _EMPTY).items():
        properties = artifact.get("properties", _EMPTY)
        if artifact.get("type") == "aws:cloudformation:stack":
            found, told = _with_nested(_stack(path, name, artifact), path)
        elif artifact.get("type") == "cdk:cloud-assembly":
            found, told = _load_assembly(_inside(path, properties["directoryName"]))
        else:
            continue
        templates += found
        notes += told
    return templates, notes


def _stack(path: Path, name: str, artifact: Mapping[str, Any]) -> Template:
    properties = artifact.get("properties", _EMPTY)
    file = _inside(path, str(properties.get("templateFile", "")))
    account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
    protection = properties.get("terminationProtection")
    return template_of(
        read(file),
        stack=str(properties.get("stackName", name)),
        file=file,
        account="" if account.startswith("unknown") else account,
        region="" if region.startswith("unknown") else region,
        parameters=properties.get("parameters", _EMPTY),
        termination_protection=bool(protection),
        metadata=_construct_metadata(path, name, artifact),
    )


def _construct_metadata(path: Path, name: str, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the stack's own construct carries; the CDK keeps it in the manifest or in a file beside it."""
    beside = artifact.get("additionalMetadataFile")
    entries = read(_inside(path, beside)) if isinstance(beside, str) else artifact.get("metadata", _EMPTY)
    own = entries.get(f"/{artifact.get('displayName', name)}", entries.get(f"/{name}", ()))
    return {entry["type"]: entry.get("data") for entry in own if isinstance(entry, Mapping) and "type" in entry}


def _inside(directory: Path, name: str) -> Path:
    """A file of the assembly; an assembly from a stranger cannot make us read elsewhere."""
    file = (directory / name).resolve()
    if not name or not file.is_relative_to(directory.resolve()):
        raise Unreadable(directory / "manifest.json", f'names a file outside the assembly: "{name}"')
    return file


def _with_nested(template: Template, directory: Path) -> tuple[list[Template], list[str]]:
    """A template and every nested stack whose template is in the directory."""
    templates = [template]
    notes = [
        f"{template.stack}/{name}: is no resource, it has no Type, and was not read."
        for name in template.section("Resources")
        if name not in template.resources
    ]
    for resource in template.resources.values():
        if resource.type != NESTED_STACK:
            continue
        asset = resource.metadata.get("aws:asset:path")
        if not isinstance(asset, str):
            notes.append(f"{resource.path}: the nested stack's template is not beside this one and was not read.")
            continue
        file = _inside(directory, asset)
        handed = resource.properties.get("Parameters", _EMPTY)
        nested = template_of(
            read(file),
            stack=f"{template.stack}/{resource.logical_id}",
            file=file,
            account=template.account,
            region=template.region,
            parameters=handed if isinstance(handed, Mapping) else _EMPTY,
            parent=template.stack,
        )
        found, told = _with_nested(nested, directory)
        templates += found
        notes += told
    return templates, notes
