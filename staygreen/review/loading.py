"""What is to be deployed: CloudFormation templates, as files or as a cloud assembly.

Accepted are one template (JSON, or YAML with CloudFormation's short tags), a
cloud assembly as `cdk synth` writes it (manifest.json, stages and nested stacks
included), and a directory of templates with its sub-directories. One part that
cannot be read does not take the rest with it: it is an `Unread`, which a review
names. Only a file that is all there is, and cannot be read, is an `Unreadable`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from staygreen.core.mail_facts.template import (
    CONSTRUCT_PATH,
    EMPTY,
    NESTED_STACK,
    Assembly,
    Resource,
    Template,
    Unread,
    Unreadable,
    content_text,
    template_of,
)
from staygreen.core.records.spf_answers import FILENAME, NONE, Answers
from staygreen.core.records.spf_answers import parse as parse_answers
from staygreen.review.template_text import parse, read, text_of

_TEMPLATE_SUFFIXES = (".json", ".yaml", ".yml", ".template")


def load(path: Path, region: str = "", *, may_be_empty: bool = False) -> Assembly:
    """Read a template, a cloud assembly or a directory of templates.

    Args:
        path: File or directory.
        region: Where a single template would be deployed; an assembly says so itself.
        may_be_empty: Whether an empty file or directory is an assembly without stacks, as before a first deployment.

    Raises:
        Unreadable: With file and line, when nothing of it can be read.
    """
    if path.is_dir():
        return _load_directory(path, region, may_be_empty=may_be_empty)
    if not path.exists():
        raise Unreadable(path, "there is no such file or directory")
    text = text_of(path)
    if may_be_empty and text.strip() in ("", "{}", "null"):
        return Assembly(source=str(path), templates=())
    template = template_of(parse(path, text), stack="template", file=path, region=region)
    return _assembly(path, list(_with_nested(template, path.parent)), read_answers(path.parent))


def _assembly(path: Path, found: list[Template | Unread], answers: Answers) -> Assembly:
    templates = tuple(_told_apart([one for one in found if isinstance(one, Template)]))
    unread = tuple(one for one in found if isinstance(one, Unread))
    return Assembly(source=str(path), templates=templates, unread=unread, spf_answers=answers)


def _told_apart(templates: list[Template]) -> Iterator[Template]:
    """Stacks of one name in several accounts or regions, each with its place beside the name; nested ones follow."""
    counts = Counter(one.stack for one in templates if not one.parent)
    old = new = ""
    for one in templates:
        if not one.parent:
            old, new = one.stack, one.stack
            if counts[old] > 1 and (one.account or one.region):
                new = f"{old}{_PLACE.format(one.account or '?', one.region or '?')}"
        yield one if old == new else _renamed(one, one.stack.replace(old, new, 1), one.parent.replace(old, new, 1))


_PLACE = " ({}/{})"


def _renamed(template: Template, stack: str, parent: str) -> Template:
    resources = {name: replace(one, stack=stack) for name, one in template.resources.items()}
    unread = tuple(replace(part, stack=stack) for part in template.unread)
    return replace(template, stack=stack, parent=parent, resources=resources, unread=unread)


def read_answers(place: Path) -> Answers:
    """The recorded answers in a file, or in a directory that has such a file; none where there is none.

    Raises:
        StaygreenError: When the file is there and cannot be used; the text names it.
    """
    file = place / FILENAME if place.is_dir() else place
    if not file.is_file():
        return NONE
    return parse_answers(text_of(file), str(file))


def _load_directory(path: Path, region: str, *, may_be_empty: bool) -> Assembly:
    is_assembly = (path / "manifest.json").is_file()
    found = list(_load_assembly(path) if is_assembly else _load_plain(path, region))
    if not found and not may_be_empty:
        raise Unreadable(path, "holds no templates: neither a manifest.json with stacks nor template files")
    return _assembly(path, found, read_answers(path))


def _load_plain(path: Path, region: str, above: str = "") -> Iterator[Template | Unread]:
    """Every template of a directory and of those below it, assemblies included; other files are passed over."""
    files = sorted(path.iterdir())
    stems = Counter(file.name.split(".", 1)[0] for file in files if file.suffix in _TEMPLATE_SUFFIXES)
    for file in files:
        stem = file.name.split(".", 1)[0]
        if file.is_dir():
            if file.name.startswith((".", "asset.")) or file.name == "node_modules":
                continue
            is_assembly = (file / "manifest.json").is_file()
            yield from _load_assembly(file) if is_assembly else _load_plain(file, region, f"{above}{file.name}/")
        elif file.suffix in _TEMPLATE_SUFFIXES and file.name != FILENAME:
            yield from _load_file(file, region, f"{above}{stem if stems[stem] == 1 else file.name}")


def _load_file(file: Path, region: str, stack: str) -> Iterator[Template | Unread]:
    try:
        text = text_of(file)
    except Unreadable as error:
        yield Unread(stack=stack, part="", why=str(error), content=_digest(file))
        return
    try:
        content = parse(file, text)
        if not isinstance(content.get("Resources"), Mapping) and "AWSTemplateFormatVersion" not in content:
            return
        yield from _with_nested(template_of(content, stack=stack, file=file, region=region), file.parent)
    except Unreadable as error:
        if "Resources" in text:  # otherwise it is no template, whatever else it is
            yield Unread(stack=stack, part="", why=str(error), content=text)


def _digest(file: Path) -> str:
    """What tells two files apart that are no text; empty where not even their octets can be had."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _load_assembly(path: Path) -> Iterator[Template | Unread]:
    artifacts = read(path / "manifest.json").get("artifacts")
    for name, artifact in (artifacts if isinstance(artifacts, Mapping) else EMPTY).items():
        kind = artifact.get("type") if isinstance(artifact, Mapping) else None
        if kind == "aws:cloudformation:stack":
            yield from _stack(path, name, artifact)
        elif kind == "cdk:cloud-assembly":
            yield from _load_assembly(_inside(path, _mapping(artifact, "properties").get("directoryName")))


def _mapping(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else EMPTY


def _stack(path: Path, name: str, artifact: Mapping[str, Any]) -> Iterator[Template | Unread]:
    properties = _mapping(artifact, "properties")
    stack = str(properties.get("stackName", name))
    file = _inside(path, properties.get("templateFile"))
    account, _, region = str(artifact.get("environment", "")).removeprefix("aws://").partition("/")
    text = ""
    try:
        text = text_of(file)
        told = _told_of_constructs(path, artifact)
        template = template_of(
            parse(file, text),
            stack=stack,
            file=file,
            account="" if account.startswith("unknown") else account,
            region="" if region.startswith("unknown") else region,
            parameters=_mapping(properties, "parameters"),
            termination_protection=bool(properties.get("terminationProtection")),
            metadata=_construct_metadata(told, name, artifact),
        )
        template = _with_paths(template, told)
    except Unreadable as error:
        yield Unread(stack=stack, part="", why=str(error), content=text)
        return
    yield from _with_nested(template, path)


def _told_of_constructs(path: Path, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
    """What constructs carry, by their path; the CDK keeps it in the manifest or in a file beside it."""
    beside = artifact.get("additionalMetadataFile")
    return read(_inside(path, beside)) if isinstance(beside, str) else _mapping(artifact, "metadata")


def _entries(told: Mapping[str, Any], path: str) -> Iterator[Mapping[str, Any]]:
    found = told.get(path, ())
    for entry in found if isinstance(found, list) else ():
        if isinstance(entry, Mapping) and "type" in entry:
            yield entry


def _construct_metadata(told: Mapping[str, Any], name: str, artifact: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the stack's own construct carries."""
    own = f"/{artifact.get('displayName', name)}"
    return {str(entry["type"]): entry.get("data") for entry in _entries(told, own if own in told else f"/{name}")}


def _with_paths(template: Template, told: Mapping[str, Any]) -> Template:
    """The resources with their construct paths, in an app that does not write them into its templates."""
    paths: dict[str, list[str]] = {}
    for path in told:
        for entry in _entries(told, path):
            if entry["type"] == "aws:cdk:logicalId":
                paths.setdefault(str(entry.get("data")), []).append(path.removeprefix("/"))
    resources = {
        name: replace(one, metadata={CONSTRUCT_PATH: paths[name][0], **one.metadata})
        if len(paths.get(name, ())) == 1
        else one
        for name, one in template.resources.items()
    }
    return replace(template, resources=resources)


def _inside(directory: Path, name: Any) -> Path:
    """A file of the assembly; an assembly from a stranger cannot make us read elsewhere."""
    try:
        file = (directory / str(name or "")).resolve()
    except (OSError, ValueError) as error:
        raise Unreadable(directory, f'names a file that cannot be: "{name}"') from error
    if not name or not file.is_relative_to(directory.resolve()):
        raise Unreadable(directory / "manifest.json", f'names a file outside the assembly: "{name}"')
    return file


def _with_nested(template: Template, directory: Path) -> Iterator[Template | Unread]:
    """A template and every nested stack whose template is in the directory."""
    yield template
    for resource in template.resources.values():
        if resource.type == NESTED_STACK:
            try:
                nested = _nested(template, resource, directory)
            except Unreadable as error:
                yield Unread(
                    stack=template.stack,
                    part=resource.logical_id,
                    why=error.problem,
                    content=content_text(resource.properties),
                    type=resource.type,
                )
            else:
                yield from _with_nested(nested, directory)


_MOST_LEVELS = 10
"""Of nested stacks: an assembly may not name a template as its own child without end."""


def _nested(template: Template, resource: Resource, directory: Path) -> Template:
    place = resource.metadata.get("aws:asset:path") or resource.properties.get("TemplateURL")
    if not isinstance(place, str) or "://" in place or template.stack.count("/") >= _MOST_LEVELS:
        raise Unreadable(directory, "the nested stack's template is not beside this one")
    file = _inside(directory, place)
    handed = resource.properties.get("Parameters")
    return template_of(
        read(file),
        stack=f"{template.stack}/{resource.logical_id}",
        file=file,
        account=template.account,
        region=template.region,
        parameters=handed if isinstance(handed, Mapping) else EMPTY,
        parent=template.stack,
    )
