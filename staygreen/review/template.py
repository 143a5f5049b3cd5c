"""What is to be deployed: CloudFormation templates, as files or as a cloud assembly.

Accepted are one template (JSON, or YAML with CloudFormation's short tags), a
cloud assembly as `cdk synth` writes it (manifest.json, stages and nested stacks
included), and a directory of templates with its sub-directories. One part that
cannot be read does not take the rest with it: it is an `Unread`, which a review
names. Only a file that is all there is, and cannot be read, is an `Unreadable`.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from staygreen.core.records.spf_answers import FILENAME, NONE, Answers
from staygreen.core.records.spf_answers import parse as parse_answers
from staygreen.review import for_each
from staygreen.review.template_text import Unreadable, parse, read, text_of

NESTED_STACK = "AWS::CloudFormation::Stack"
_EMPTY: Mapping[str, Any] = MappingProxyType({})
_TEMPLATE_SUFFIXES = (".json", ".yaml", ".yml", ".template")
_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Hooks",
        "Transform",
        "Globals",
    }
)
_PATH = "aws:cdk:path"
"""Where the CDK says a resource's construct path."""
_UNDERSTOOD = ("AWS::Serverless", "AWS::LanguageExtensions", "AWS::CodeDeployBlueGreen", "AWS::SecretsManager")
"""Transforms that leave what they do not know as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A part of what is to be deployed that could not be read."""

    stack: str
    part: str
    """A logical id, a loop, a transform; empty: the whole stack."""
    why: str
    """One clause, without a final stop."""
    content: str
    """What can be compared of it: equal texts are the same part."""
    type: str = ""
    """The resource's type, where it has one."""

    @property
    def name(self) -> str:
        """What a person finds it by."""
        return f"{self.stack}/{self.part}" if self.part else self.stack


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
    loop: str = ""
    """The Fn::ForEach that it comes from, or empty."""

    @property
    def path(self) -> str:
        """The construct path, or stack and logical id where there is none."""
        told = self.metadata.get(_PATH)
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
    unread: tuple[Unread, ...] = ()

    @property
    def name(self) -> str:
        """The name that CloudFormation knows a stack of its own by."""
        return self.stack.partition(" (")[0]

    def section(self, name: str) -> Mapping[str, Any]:
        """A top-level section, empty when it is absent."""
        found = self.body.get(name)
        return found if isinstance(found, Mapping) else _EMPTY

    def items(self, collection: Any) -> list[str] | None:
        """The items of a loop, as far as literals, parameters and mappings tell them; None where they do not."""
        if isinstance(collection, list):
            parts = [self.items(one) for one in collection]
            return None if None in parts else [item for part in parts for item in part or ()]
        if isinstance(collection, str):
            return [collection]
        ((name, argument),) = (
            collection.items() if isinstance(collection, Mapping) and len(collection) == 1 else (("", 0),)
        )
        if name == "Ref" and isinstance(argument, str):
            return self._parameter_items(argument)
        if name == "Fn::FindInMap" and isinstance(argument, list):
            return self._mapped_items(argument[:3])
        return None

    def _parameter_items(self, name: str) -> list[str] | None:
        declared = self.section("Parameters").get(name)
        if not isinstance(declared, Mapping) or str(declared.get("Type", "")).startswith("AWS::SSM::"):
            return None
        value = self.parameters.get(name, declared.get("Default"))
        if not isinstance(value, str) or "{{resolve:" in value:
            return None
        return [part.strip() for part in value.split(",")]

    def _mapped_items(self, keys: list[Any]) -> list[str] | None:
        found: Any = self.section("Mappings")
        for key in keys:
            names = self.items(key)
            if names is None or len(names) != 1 or not isinstance(found, Mapping):
                return None
            found = found.get(names[0])
        return self.items(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembly:
    """Everything that is deployed together."""

    source: str
    templates: tuple[Template, ...]
    unread: tuple[Unread, ...] = ()
    """Whole stacks that could not be read; what is unread inside a template is told by the template."""
    notes: tuple[str, ...] = ()
    """What else there is to know about the reading, one sentence each."""
    spf_answers: Answers = NONE
    """What DNS said about the names that SPF records lead to, where that is recorded beside the templates."""

    def unread_parts(self) -> tuple[Unread, ...]:
        """Everything that could not be read."""
        return (*self.unread, *(part for template in self.templates for part in template.unread))

    def resources(self) -> Iterator[Resource]:
        """Every resource of every stack, in the order of the templates."""
        for template in self.templates:
            yield from template.resources.values()


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
        Unreadable: When it has none of a template's sections, or a `Resources` that is no mapping.
    """
    raw = body.get("Resources")
    if raw is None and body.keys() & _SECTIONS:
        raw = _EMPTY  # a stack without resources, as the CDK writes it
    if not isinstance(raw, Mapping):
        raise Unreadable(file, "is not a CloudFormation template: it has no Resources")
    empty = Template(
        stack=stack,
        file=str(file),
        body=body,
        resources=_EMPTY,
        account=account,
        region=region,
        parameters=parameters,
        parent=parent,
        termination_protection=termination_protection,
        metadata=metadata,
    )
    resources: dict[str, Resource] = {}
    unread = list(_transforms(stack, body.get("Transform")))
    for name, entry, loop in for_each.expand(raw, empty.items):
        found = _resource(stack, name, entry, loop)
        if isinstance(found, Resource):
            resources[name] = found
            if not isinstance(_entry_properties(entry), Mapping) or _has_function(found.properties):
                unread.append(_unread(found, entry))
        else:
            unread.append(found)
    return replace(empty, resources=resources, unread=tuple(unread))


def _transforms(stack: str, raw: Any) -> Iterator[Unread]:
    for one in raw if isinstance(raw, list) else [raw]:
        name = one.get("Name") if isinstance(one, Mapping) else one
        if isinstance(name, str) and not name.startswith(_UNDERSTOOD):
            why = "what this transform makes of the template is known only at deployment"
            yield Unread(stack=stack, part=f"Transform {name}", why=why, content=_text(one))


def _resource(stack: str, name: str, entry: Any, loop: str) -> Resource | Unread:
    if name.startswith(for_each.PREFIX):
        return Unread(stack=stack, part=name, why="the items of this loop are not known", content=_text(entry))
    if name == "Fn::Transform":
        why = "the resources that this transform adds are known only at deployment"
        return Unread(stack=stack, part=name, why=why, content=_text(entry))
    if not isinstance(entry, Mapping) or not isinstance(entry.get("Type"), str):
        return Unread(stack=stack, part=name, why="it is no resource: it has no Type", content=_text(entry))
    properties, metadata = _entry_properties(entry), entry.get("Metadata")
    return Resource(
        stack=stack,
        logical_id=name,
        type=entry["Type"],
        properties=properties if isinstance(properties, Mapping) else _EMPTY,
        metadata=metadata if isinstance(metadata, Mapping) else _EMPTY,
        deletion_policy=_word(entry.get("DeletionPolicy")),
        update_replace_policy=_word(entry.get("UpdateReplacePolicy")),
        condition=entry["Condition"] if isinstance(entry.get("Condition"), str) else "",
        loop=loop,
    )


def _entry_properties(entry: Mapping[str, Any]) -> Any:
    """None is as good as absent."""
    found = entry.get("Properties")
    return _EMPTY if found is None else found


def _has_function(properties: Mapping[str, Any]) -> bool:
    """Whether the properties as a whole are the result of a function."""
    return any(name.startswith("Fn::") and not name.startswith(for_each.PREFIX) for name in properties)


def _unread(resource: Resource, entry: Mapping[str, Any]) -> Unread:
    return Unread(
        stack=resource.stack,
        part=resource.logical_id,
        why="its properties are known only at deployment" if resource.properties else "its Properties are no mapping",
        content=_text(entry),
        type=resource.type,
    )


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def _word(policy: Any) -> str:
    return policy if isinstance(policy, str) else "Delete"


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
    for name, artifact in (artifacts if isinstance(artifacts, Mapping) else _EMPTY).items():
        kind = artifact.get("type") if isinstance(artifact, Mapping) else None
        if kind == "aws:cloudformation:stack":
            yield from _stack(path, name, artifact)
        elif kind == "cdk:cloud-assembly":
            yield from _load_assembly(_inside(path, _mapping(artifact, "properties").get("directoryName")))


def _mapping(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name)
    return found if isinstance(found, Mapping) else _EMPTY


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
        name: replace(one, metadata={_PATH: paths[name][0], **one.metadata}) if len(paths.get(name, ())) == 1 else one
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
                    content=_text(resource.properties),
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
        parameters=handed if isinstance(handed, Mapping) else _EMPTY,
        parent=template.stack,
    )
