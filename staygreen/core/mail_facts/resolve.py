"""What CloudFormation would make of a template's expressions, as far as a template tells.

Ref, Fn::GetAtt, Fn::Join, Fn::Sub, Fn::If with conditions, Fn::Select, Fn::Split,
Fn::FindInMap, Fn::ImportValue, Fn::Base64, parameters with their defaults and the
pseudo parameters (CloudFormation User Guide, "Intrinsic function reference",
verified 2026-11). What is known only after deployment stays a visible marker,
``⟨Server.PublicIp⟩``: it is never guessed. Two markers are equal exactly when they
name the same thing, so comparing still works. A marker of one word is something
that the template itself makes or refers to; one of several words, ``⟨parameter
Policy⟩``, stands for a value that somebody else chooses (`is_open`).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from staygreen.core.mail_facts import for_each
from staygreen.core.mail_facts.template import Assembly, Resource, Template

OPEN, CLOSE = "⟨", "⟩"
_MARKER = re.compile("⟨[^⟨⟩]*⟩")
_OPEN_MARKER = re.compile("⟨[^⟨⟩]* [^⟨⟩]*⟩")
_DYNAMIC = re.compile(r"\{\{resolve:([^{}]*)\}\}")
_PLACEHOLDER = re.compile(r"\$\{(!?)\s*([^}]*?)\s*\}")
_MAX_DEPTH = 60
_MAX_MARKER = 1_000
"""Characters of a marker; a longer one ends in what tells it from others."""
_MAX_TOLD = 200
"""Characters of a part of a marker."""
_MAX_TEXT = 100_000
"""Characters of one resolved text: above every limit of CloudFormation's, and a bound on our own memory."""

NAMES: Mapping[str, str] = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Route53::RecordSet": "Name",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SES::DedicatedIpPool": "PoolName",
    "AWS::SES::EmailIdentity": "EmailIdentity",
    "AWS::SES::ReceiptRuleSet": "RuleSetName",
    "AWS::SSM::Parameter": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Scheduler::ScheduleGroup": "Name",
}
"""The property that a Ref to the type returns, when the template sets it."""

_ARNS: Mapping[str, tuple[str, str, str]] = {
    "AWS::SNS::Topic": ("sns", "", "TopicName"),
    "AWS::Lambda::Function": ("lambda", "function:", "FunctionName"),
    "AWS::DynamoDB::Table": ("dynamodb", "table/", "TableName"),
}
"""Service, prefix and name property of types whose ARN follows from their name."""


class _NoValue:
    """AWS::NoValue: the property is as if it were not written."""


NO_VALUE = _NoValue()


def unknown(what: str) -> str:
    """The marker of something that is known only after deployment."""
    if len(what) > _MAX_MARKER:
        what = f"{what[:100]}… {hashlib.sha256(what.encode()).hexdigest()[:12]}"
    return f"{OPEN}{_MARKER.sub(lambda found: found.group()[1:-1], what).replace(OPEN, '').replace(CLOSE, '')}{CLOSE}"


def is_known(value: Any) -> bool:
    """Whether nothing in the value waits for the deployment."""
    if isinstance(value, str):
        return OPEN not in value
    if isinstance(value, Mapping):
        return all(is_known(part) for part in value.values())
    if isinstance(value, list | tuple):
        return all(is_known(part) for part in value)
    return True


def is_open(value: Any) -> bool:
    """Whether something in the value is chosen outside the template, and so may be anything."""
    if isinstance(value, str):
        return OPEN in value and _OPEN_MARKER.search(value) is not None
    if isinstance(value, Mapping):
        return any(is_open(part) for part in value.values())
    if isinstance(value, list | tuple):
        return any(is_open(part) for part in value)
    return False


def text(value: Any) -> str:
    """A resolved scalar as CloudFormation would write it into a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if value is None or value is NO_VALUE:
        return ""
    if isinstance(value, Mapping | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _told(value: Any) -> str:
    """A value within a marker; a long one by what tells it from others alone, since it may be a secret."""
    said = text(value)
    return said if len(said) <= _MAX_TOLD else hashlib.sha256(said.encode()).hexdigest()[:12]


class Resolver:
    """Resolves expressions of one stack of an assembly."""

    def __init__(self, template: Template, exports: Exports) -> None:
        self._template = template
        self._exports = exports
        self._conditions: dict[str, bool | None] = {}
        self._condition_texts: dict[str, str] = {}
        self._references: dict[str, Any] = {}
        self._texts: dict[tuple[str, str], str] = {}
        self._properties: dict[int, tuple[Resource, dict[str, Any]]] = {}
        self._depth = 0

    @property
    def template(self) -> Template:
        """The template that is resolved."""
        return self._template

    def value(self, raw: Any) -> Any:
        """The value of an expression, with markers for what is not known."""
        if isinstance(raw, str):
            return _DYNAMIC.sub(lambda found: unknown(f"the value of {found[1]}"), raw) if "{{resolve:" in raw else raw
        if isinstance(raw, Mapping):
            if len(raw) == 1:
                ((name, argument),) = raw.items()
                function = _FUNCTIONS.get(name)
                if function is not None:
                    return self._call(function, name, argument)
                if name.startswith("Fn::") and not name.startswith(for_each.PREFIX):
                    return unknown(f"{name.removeprefix('Fn::')} of {text(self.value(argument))}")
            return self._members(raw)
        if isinstance(raw, list | tuple):
            return [found for part in raw if (found := self.value(part)) is not NO_VALUE]
        return raw

    def members(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a mapping that is no expression itself, such as the properties of a resource."""
        return {name: found for name, part in raw.items() if (found := self.value(part)) is not NO_VALUE}

    def _members(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """The members of a mapping, those of loops included."""
        found = {}
        for name, part, _ in for_each.expand(raw, self._template.items):
            value = unknown(f"the items of {name}") if name.startswith(for_each.PREFIX) else self.value(part)
            if value is not NO_VALUE:
                found[name] = value
        return found

    def properties(self, resource: Resource) -> dict[str, Any]:
        """The resolved properties, for reading alone; empty where they are known only after deployment."""
        known = self._properties.get(id(resource))
        if known is None:
            found = self.value(resource.properties)
            # with the resource, so that no other one can get its number
            known = self._properties[id(resource)] = (resource, found if isinstance(found, dict) else {})
        return known[1]

    def string(self, raw: Any) -> str:
        """The value as text."""
        return text(self.value(raw))

    def condition(self, name: str) -> bool | None:
        """Whether a named condition holds; None when that is known only at deployment."""
        if name not in self._conditions:
            self._conditions[name] = None  # a condition that needs itself is unknown
            self._conditions[name] = self._holds(self._template.section("Conditions").get(name))
        return self._conditions[name]

    def condition_text(self, name: str) -> str:
        """What a condition asks, in words; the same exactly where two conditions ask the same."""
        if name not in self._condition_texts:
            self._condition_texts[name] = name  # a condition that needs itself
            asked = self._asked(self._template.section("Conditions").get(name, name))
            self._condition_texts[name] = _told(_MARKER.sub(lambda found: found.group()[1:-1], asked))
        return self._condition_texts[name]

    def _asked(self, raw: Any, depth: int = 0) -> str:
        """The words of a condition's expression."""
        if not isinstance(raw, Mapping) or len(raw) != 1 or depth > _MAX_DEPTH:
            return text(raw)
        ((name, argument),) = raw.items()
        if name == "Condition":
            return self.condition_text(str(argument))
        parts = argument if isinstance(argument, list) else [argument]
        if name == "Fn::Equals":
            return " = ".join(text(self.value(part)) for part in parts)
        asked = [self._asked(part, depth + 1) for part in parts]
        if name == "Fn::Not":
            return f"not ({asked[0]})" if asked else "not"
        word = {"Fn::And": " and ", "Fn::Or": " or "}.get(name, f" {name} ")
        return word.join(f"({part})" for part in asked)

    def exists(self, resource: Resource) -> bool:
        """False only when the resource's condition certainly does not hold."""
        return not resource.condition or self.condition(resource.condition) is not False

    def _call(self, function: Callable[[Resolver, Any], Any], name: str, argument: Any) -> Any:
        if self._depth >= _MAX_DEPTH:
            return unknown("nested too deeply")
        self._depth += 1
        try:
            return function(self, argument)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            # Not in the form that CloudFormation documents: say so instead of guessing.
            return unknown(f"{name.removeprefix('Fn::')} not understood")
        finally:
            self._depth -= 1

    def _holds(self, raw: Any, depth: int = 0) -> bool | None:  # noqa: PLR0911 - one return for each function
        if not isinstance(raw, Mapping) or len(raw) != 1 or depth > _MAX_DEPTH:
            return None
        ((name, argument),) = raw.items()
        if name == "Condition":
            return self.condition(str(argument))
        if not isinstance(argument, list):
            return None
        if name == "Fn::Equals" and len(argument) == 2:
            left, right = (self.value(part) for part in argument)
            if text(left) == text(right):
                return True
            return False if is_known(left) and is_known(right) else None
        parts = [self._holds(part, depth + 1) for part in argument]
        if name == "Fn::Not" and len(parts) == 1:
            return None if parts[0] is None else not parts[0]
        if name not in ("Fn::And", "Fn::Or") or not parts:
            return None
        deciding: bool = name == "Fn::Or"
        if deciding in parts:
            return deciding
        return None if None in parts else not deciding

    def _ref(self, name: Any) -> Any:
        if not isinstance(name, str):
            return unknown("Ref not understood")
        if name not in self._references:
            self._references[name] = unknown(f"{name} needs itself")
            self._references[name] = self._referred(name)
        return self._references[name]

    def _referred(self, name: str) -> Any:
        if name.startswith("AWS::"):
            return self._pseudo(name)
        if name in self._template.section("Parameters"):
            return self._parameter(name)
        resource = self._template.resources.get(name)
        if resource is None:
            return unknown(name)
        if resource.type == "AWS::SNS::Topic":
            return self._arn(resource)
        return self._name(resource) or unknown(name)

    def _pseudo(self, name: str) -> Any:
        template = self._template
        known = {
            "AWS::Region": template.region,
            "AWS::AccountId": template.account,
            "AWS::StackName": "" if template.parent or template.stack == "template" else template.stack,
            "AWS::Partition": partition(template.region),
            "AWS::URLSuffix": ("amazonaws.com.cn" if template.region.startswith("cn-") else "amazonaws.com")
            if template.region
            else "",
        }
        if name == "AWS::NoValue":
            return NO_VALUE
        return known.get(name) or unknown(name)

    def _parameter(self, name: str) -> Any:
        given = self._template.parameters.get(name)
        declared = self._template.section("Parameters")[name]
        if given is not None:
            return self._exports.from_parent(self._template, given)
        if not isinstance(declared, Mapping):
            return unknown(f"parameter {name}")
        if str(declared.get("Type", "")).startswith("AWS::SSM::"):
            return unknown(f"SSM parameter {declared.get('Default', name)}")
        default = declared.get("Default")
        if default is None or declared.get("NoEcho") in (True, "true"):
            return unknown(f"parameter {name}")
        if str(declared.get("Type")).startswith(("CommaDelimitedList", "List<")) and isinstance(default, str):
            return [part.strip() for part in default.split(",")]
        return self.value(default) if isinstance(default, str) else text(default)

    def _name(self, resource: Resource) -> str:
        """The physical name that the template gives, or empty."""
        property_name = NAMES.get(resource.type)
        if property_name is None or property_name not in resource.properties:
            return ""
        return self._text_of(resource, property_name)

    def _text_of(self, resource: Resource, property_name: str) -> str:
        """A property as text; empty where it is none, or needs itself."""
        key = (resource.logical_id, property_name)
        if key not in self._texts:
            self._texts[key] = ""
            found = self.value(resource.properties[property_name])
            self._texts[key] = "" if isinstance(found, Mapping | list) else _short(text(found))
        return self._texts[key]

    def _arn(self, resource: Resource) -> str:
        service, prefix, property_name = _ARNS[resource.type]
        if resource.properties.get(property_name) is None:
            return unknown(f"{resource.logical_id}.Arn")
        region, account = self._pseudo("AWS::Region"), self._pseudo("AWS::AccountId")
        own = self._text_of(resource, property_name)
        return f"arn:{self._pseudo('AWS::Partition')}:{service}:{region}:{account}:{prefix}{own}"

    def _get_att(self, argument: Any) -> Any:
        logical_id, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        attribute = self.string(attribute)
        if not isinstance(logical_id, str):
            return unknown("GetAtt not understood")
        resource = self._template.resources.get(logical_id)
        if resource is None:
            return unknown(f"{logical_id}.{attribute}")
        if attribute.startswith("Outputs."):
            return self._exports.nested_output(self._template, logical_id, attribute.removeprefix("Outputs."))
        if attribute in ("Arn", "TopicArn") and resource.type in _ARNS:
            return self._arn(resource)
        # By its own name where it has one: a renamed construct is the same identity.
        return unknown(f"{self._name(resource) or logical_id}.{attribute}")

    def _join(self, argument: Any) -> Any:
        delimiter, parts = argument
        found = self.value(parts)
        if not isinstance(found, list):
            return found if isinstance(found, str) and not is_known(found) else unknown("Join not understood")
        return self.value(_short(text(delimiter).join(text(part) for part in found)))

    def _sub(self, argument: Any) -> Any:
        pattern, extra = (argument, {}) if isinstance(argument, str) else argument

        def fill(found: re.Match[str]) -> str:
            literal, name = found.groups()
            if literal:
                return "${" + name + "}"
            if name in extra:
                return self.string(extra[name])
            return text(self._get_att(name) if "." in name else self._ref(name))

        return self.value(_short(_PLACEHOLDER.sub(fill, pattern)))

    def _if(self, argument: Any) -> Any:
        name, yes, no = argument
        holds = self.condition(name)
        if holds is None:
            first, second = self.value(yes), self.value(no)
            if first == second:
                return first
            # with what it chooses between: two sides that choose between something else are not the same
            return unknown(f"if {self.condition_text(name)}: {_told(first)}, else {_told(second)}")
        return self.value(yes if holds else no)

    def _select(self, argument: Any) -> Any:
        index, parts = argument
        found = self.value(parts)
        number = self.string(index)
        if not isinstance(found, list) or not number.isdigit():
            return unknown(f"item {number} of {text(found)}")
        return found[int(number)]

    def _split(self, argument: Any) -> Any:
        delimiter, source = argument
        found = self.value(source)
        if not isinstance(found, str):
            return unknown("Split not understood")
        # A marker may hide more delimiters: the parts are certain only around known text.
        return found.split(delimiter) if is_known(found) else unknown(f"Split of {found}")

    def _find_in_map(self, argument: Any) -> Any:
        keys = [self.string(part) for part in argument[:3]]
        found: Any = self._template.section("Mappings")
        for key in keys:
            if not isinstance(found, Mapping) or key not in found:
                return self._map_default(argument, keys)
            found = found[key]
        return found

    def _map_default(self, argument: Any, keys: list[str]) -> Any:
        if len(argument) > 3 and isinstance(argument[3], Mapping) and all(is_known(key) for key in keys):
            return self.value(argument[3].get("DefaultValue"))
        return unknown(f"map {'.'.join(keys)}")

    def _import_value(self, argument: Any) -> Any:
        name = self.string(argument)
        return self._exports.exported(name) if is_known(name) else unknown(f"import {name}")

    def _stack_output(self, argument: Any) -> Any:
        stack, output = self.string(argument["StackName"]), self.string(argument["OutputName"])
        return self._exports.output(stack, output, self.string(argument.get("Region")))

    def _base64(self, argument: Any) -> Any:
        found = self.string(argument)
        return base64.b64encode(found.encode()).decode() if is_known(found) else unknown(f"Base64 of {found}")

    def _to_json(self, argument: Any) -> Any:
        return json.dumps(self.value(argument), ensure_ascii=False, sort_keys=True)


_FUNCTIONS: Mapping[str, Callable[[Resolver, Any], Any]] = {
    "Ref": Resolver._ref,
    "Fn::GetAtt": Resolver._get_att,
    "Fn::Join": Resolver._join,
    "Fn::Sub": Resolver._sub,
    "Fn::If": Resolver._if,
    "Fn::Select": Resolver._select,
    "Fn::Split": Resolver._split,
    "Fn::FindInMap": Resolver._find_in_map,
    "Fn::ImportValue": Resolver._import_value,
    "Fn::GetStackOutput": Resolver._stack_output,
    "Fn::Base64": Resolver._base64,
    "Fn::ToJsonString": Resolver._to_json,
}


def _short(value: str) -> str:
    return value if len(value) <= _MAX_TEXT else unknown(f"a text of {len(value)} characters")


class Exports:
    """What the stacks of an assembly hand to each other, and a resolver for each of them."""

    def __init__(self, assembly: Assembly) -> None:
        self._templates = {template.stack: template for template in assembly.templates}
        self._resolvers: dict[str, Resolver] = {}
        self._exports: dict[str, tuple[str, Any]] | None = None
        self._open: set[tuple[str, str]] = set()

    def resolver(self, stack: str) -> Resolver:
        """The resolver of one stack."""
        if stack not in self._resolvers:
            self._resolvers[stack] = Resolver(self._templates[stack], self)
        return self._resolvers[stack]

    def exported(self, name: str) -> Any:
        """The value exported under a name by a stack of the same assembly."""
        if self._exports is None:
            self._exports = {}  # an export whose name needs an import finds none
            self._exports = dict(self._all_exports())
        if name not in self._exports:
            return unknown(f"import {name}")
        stack, raw = self._exports[name]
        return self._guarded(("export", name), lambda: self.resolver(stack).value(raw))

    def _guarded(self, what: tuple[str, str], resolve: Callable[[], Any]) -> Any:
        """Stacks that need each other's values in a circle get none."""
        if what in self._open:
            return unknown(f"{what[1]} needs itself")
        self._open.add(what)
        try:
            return resolve()
        finally:
            self._open.discard(what)

    def from_parent(self, template: Template, given: Any) -> Any:
        """A parameter of a nested stack, resolved where it was written."""
        if not template.parent:
            return given
        handed = json.dumps(given, sort_keys=True, default=str)
        return self._guarded((template.stack, handed), lambda: self.resolver(template.parent).value(given))

    def nested_output(self, template: Template, logical_id: str, output: str) -> Any:
        """An output of a nested stack."""
        return self.output(f"{template.stack}/{logical_id}", output)

    def output(self, stack: str, output: str, region: str = "") -> Any:
        """An output of any stack of the assembly.

        Args:
            stack: The stack's name.
            output: The output's name.
            region: Where the stack is said to be; empty: wherever the assembly has it.
        """
        entry = self._templates[stack].section("Outputs").get(output) if stack in self._templates else None
        if not isinstance(entry, Mapping):
            return unknown(f"output {output} of {stack}")
        if region and self._templates[stack].region not in ("", region):
            return unknown(f"output {output} of {stack} in {region}")
        return self._guarded((stack, output), lambda: self.resolver(stack).value(entry.get("Value")))

    def _all_exports(self) -> Sequence[tuple[str, tuple[str, Any]]]:
        return [
            (self.resolver(stack).string(output["Export"]["Name"]), (stack, output.get("Value")))
            for stack, template in self._templates.items()
            for output in template.section("Outputs").values()
            if isinstance(output, Mapping) and isinstance(output.get("Export"), Mapping) and "Name" in output["Export"]
        ]


def partition(region: str) -> str:
    """The partition of a region; empty when the region is not known."""
    if not region:
        return ""
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((partition for prefix, partition in prefixes.items() if region.startswith(prefix)), "aws")
