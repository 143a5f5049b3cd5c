"""The facts about mail in an assembly: what receivers, SES and the monitors will see.

A fact has a kind, a key that means the same thing in the world on both sides of a
review, and a value in canonical form, so that order, metadata, asset hashes, TXT
chunking, quoting and trailing dots are no changes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from lambdas.core.records.spf_answers import NONE as NO_ANSWERS
from lambdas.core.records.spf_answers import Answers
from lambdas.core.sources import Lookup, Question, Rcode, Reply
from review.resolve import Exports, Resolver, is_known, text, unknown
from review.template import Assembly, Resource


class Kind(Enum):
    """What a fact is about."""

    RECORD = "record"
    IDENTITY = "identity"
    ADDRESS = "Elastic IP"
    PTR = "reverse DNS"
    POOL = "dedicated IP pool"
    CONFIGURATION_SET = "configuration set"
    EVENTS = "event destination"
    RECEIPT_RULE = "receipt rule"
    MONITOR = "monitor"
    SCHEDULE = "schedule"
    SETTINGS = "configuration of check"
    REMEDIATION = "remediation"
    PERMISSION = "policy of"
    KEEPING = "retention of"
    OPEN = "function URL of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One fact, and the resource that it comes from."""

    kind: Kind
    key: str
    value: Mapping[str, Any]
    resource: Resource
    conditional: bool = False
    """Whether the resource exists only when a condition holds that is not known here."""

    @property
    def subject(self) -> str:
        """What a person calls it."""
        return self.key if self.kind is Kind.RECORD else f"{self.kind.value} {self.key}"

    @property
    def values(self) -> tuple[str, ...]:
        """The record data, of a record."""
        return tuple(self.value.get("values", ()))

    @property
    def name(self) -> str:
        """The owner name, of a record."""
        return str(self.value.get("name", ""))

    @property
    def rtype(self) -> str:
        """The record type, of a record."""
        return str(self.value.get("type", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All facts of one side."""

    all: tuple[Fact, ...]
    exposed: tuple[tuple[Resource, str], ...] = ()
    """Resources with a secret in plain text, and where in them."""
    notes: tuple[str, ...] = ()
    spf_answers: Answers = NO_ANSWERS

    def of(self, kind: Kind) -> tuple[Fact, ...]:
        """The facts of one kind."""
        return tuple(fact for fact in self.all if fact.kind is kind)

    def records(self, rtype: str, name: str | None = None) -> tuple[Fact, ...]:
        """The records of a type, at one name or everywhere."""
        return tuple(
            fact for fact in self.of(Kind.RECORD) if fact.rtype == rtype and (name is None or fact.name == name)
        )

    @property
    def lookup(self) -> Lookup:
        """DNS as far as it is known here: the records themselves, then recorded answers."""
        return _Known(self)


class _Known:
    """A `Lookup` over facts; a name that is nowhere gets no answer, which is not the same as none."""

    def __init__(self, facts: Facts) -> None:
        self._recorded = facts.spf_answers
        self._records: dict[str, dict[str, tuple[str, ...]]] = {}
        for fact in facts.of(Kind.RECORD):
            self._records.setdefault(fact.name, {})[fact.rtype] = fact.values or ("(alias)",)

    def __call__(self, questions: Iterable[Question]) -> Iterator[Reply]:
        for question in questions:
            own = self._records.get(question.name)
            if own is None or (own.keys() & {"CNAME"}):
                yield from self._recorded([question])
            else:
                yield Reply(question=question, rcode=Rcode.NOERROR, values=own.get(question.rtype.value, ()))


NONE = Facts(all=())
"""Nothing deployed."""

_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|xox[abpr]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|AKIA[0-9A-Z]{16}"
    r"|https://hooks\.slack\.com/services/\S+|ipStatus\.aspx\?key=\S+|data\.aspx\?key=\S+"
)
_MASK = "(a secret, not shown)"


def mask(value: str) -> str:
    """The text without anything that looks like a secret."""
    return _SECRET.sub(_MASK, value)


def looks_secret(value: str) -> bool:
    """Whether the text holds something that only its owner may know."""
    return _SECRET.search(value) is not None


def facts(assembly: Assembly) -> Facts:
    """Every mail fact of an assembly."""
    exports = Exports(assembly)
    found: list[Fact] = []
    exposed: list[tuple[Resource, str]] = []
    for resource in assembly.resources():
        resolver = exports.resolver(resource.stack)
        if not resolver.exists(resource):
            continue
        for fact in _of(resource, resolver):
            unsure = bool(resource.condition) and resolver.condition(resource.condition) is None
            found.append(replace(fact, conditional=True) if unsure else fact)
        exposed += [(resource, place) for place in _exposed(resource, resolver)]
    found += [_protection(template) for template in assembly.templates if template.termination_protection is not None]
    return Facts(
        all=tuple(_distinct(list(_with_pages_joined(found)))),
        exposed=tuple(exposed),
        notes=assembly.notes,
        spf_answers=assembly.spf_answers,
    )


def _protection(template: Any) -> Fact:
    resource = Resource(stack=template.stack, logical_id="", type="stack", properties={})
    return Fact(
        kind=Kind.KEEPING,
        key=f"stack {template.stack}",
        value={"termination_protection": template.termination_protection},
        resource=resource,
    )


def _distinct(found: list[Fact]) -> Iterator[Fact]:
    """Two zones, two record types or two addresses may share a name: then, and only then, the key says which."""
    counts = Counter((fact.kind, fact.key) for fact in found)
    for fact in found:
        if fact.kind is Kind.RECORD and counts[fact.kind, fact.key] > 1:
            zones = {other.value["zone"] for other in found if (other.kind, other.key) == (fact.kind, fact.key)}
            yield replace(fact, key=f"{fact.key} in {fact.value['zone']}") if len(zones) > 1 else fact
        elif fact.kind is Kind.ADDRESS and counts[fact.kind, fact.key] > 1:
            yield replace(fact, key=f"{fact.key} ({fact.resource.logical_id})")
        elif fact.kind is Kind.KEEPING and counts[fact.kind, fact.key] > 1 and "Type" in fact.resource.properties:
            yield replace(fact, key=f"{fact.key} {fact.resource.properties['Type']}")
        else:
            yield fact


def _of(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    reader = _READERS.get(resource.type)
    if reader is not None:
        yield from reader(resource, resolver)
    if resource.type in _KEPT:
        yield Fact(
            kind=Kind.KEEPING, key=_label(resource, resolver), value=_keeping(resource, resolver), resource=resource
        )


def canonical_name(name: str) -> str:
    """A DNS name in lower case, without the trailing dot and Route 53's octal asterisk."""
    lowered = name if not is_known(name) else name.lower()
    return lowered.replace("\\052", "*").removesuffix(".")


def txt_text(value: str) -> str:
    """One TXT value with its character-strings joined (RFC 1035 §3.3.14, RFC 7208 §3.3)."""
    strings = re.findall(r'"((?:[^"\\]|\\.)*)"', value)
    joined = "".join(strings) if strings else value
    return re.sub(r"\\(\d{3}|.)", lambda found: chr(int(found[1], 8)) if found[1].isdigit() else found[1], joined)


def _record(resource: Resource, raw: Mapping[str, Any], resolver: Resolver) -> Fact:
    properties = resolver.value(raw)
    rtype = text(properties.get("Type")).upper()
    name = canonical_name(text(properties.get("Name")))
    zone = canonical_name(text(properties.get("HostedZoneName"))) or text(properties.get("HostedZoneId"))
    values = properties.get("ResourceRecords") or []
    values = [text(value) for value in values] if isinstance(values, list) else [text(values)]
    set_id = text(properties.get("SetIdentifier"))
    alias = properties.get("AliasTarget")
    key = f"{rtype} {name}" + (f" ({set_id})" if set_id else "")
    value = {
        "name": name,
        "type": rtype,
        "zone": zone,
        "ttl": text(properties.get("TTL")),
        "values": sorted(_record_value(rtype, one) for one in values),
    }
    if isinstance(alias, Mapping):
        value["alias"] = canonical_name(text(alias.get("DNSName")))
    return Fact(kind=Kind.RECORD, key=key, value=value, resource=resource)


def _record_value(rtype: str, value: str) -> str:
    if rtype == "TXT":
        return txt_text(value)
    if rtype in ("CNAME", "MX", "NS", "PTR"):
        return " ".join(canonical_name(value).split())
    return value


def _record_set(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    yield _record(resource, resource.properties, resolver)


def _record_group(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    sets = resource.properties.get("RecordSets")
    zone = {key: resource.properties[key] for key in ("HostedZoneId", "HostedZoneName") if key in resource.properties}
    for raw in sets if isinstance(sets, list) else []:
        if isinstance(raw, Mapping):
            yield _record(resource, {**zone, **raw}, resolver)


def _identity(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    properties = resolver.value(resource.properties)
    signing = _part(properties, "DkimSigningAttributes")
    key = signing.get("DomainSigningPrivateKey")
    value = {
        "signing": text(_part(properties, "DkimAttributes").get("SigningEnabled", True)),
        "selector": text(signing.get("DomainSigningSelector")),
        "key_length": text(signing.get("NextSigningKeyLength")),
        "private_key": hashlib.sha256(text(key).encode()).hexdigest()[:12] if key else "",
        "mail_from": canonical_name(text(_part(properties, "MailFromAttributes").get("MailFromDomain"))),
        "mail_from_failure": text(_part(properties, "MailFromAttributes").get("BehaviorOnMxFailure")),
        "configuration_set": text(_part(properties, "ConfigurationSetAttributes").get("ConfigurationSetName")),
        "region": resolver.template.region or unknown("AWS::Region"),
    }
    name = canonical_name(text(properties.get("EmailIdentity")))
    yield Fact(kind=Kind.IDENTITY, key=name, value=value, resource=resource)


def _part(properties: Any, name: str) -> Mapping[str, Any]:
    found = properties.get(name) if isinstance(properties, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _plain(kind: Kind, *names: str) -> Callable[[Resource, Resolver], Iterator[Fact]]:
    """A reader that takes all properties but tags; its key is the first name that is set."""

    def reader(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
        value = {key: part for key, part in resolver.value(resource.properties).items() if key not in _SILENT}
        named = next((text(value[name]) for name in names if value.get(name)), resource.logical_id)
        yield Fact(kind=kind, key=named, value=value, resource=resource)

    return reader


_SILENT = frozenset({"Tags", "TagsMap", "ServiceToken", "ServiceTimeout", "Description"})


def _address(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """An Elastic IP has no name of its own: people call it by its tag Name, CloudFormation by its logical id."""
    properties = resolver.value(resource.properties)
    value = {key: part for key, part in properties.items() if key not in _SILENT}
    tags = {text(_part({"it": tag}, "it").get("Key")): tag for tag in _list(properties.get("Tags"))}
    named = text(tags["Name"].get("Value")) if "Name" in tags else ""
    yield Fact(kind=Kind.ADDRESS, key=named or resource.logical_id, value=value, resource=resource)


def _ptr(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    properties = resolver.value(resource.properties)
    value = {
        "allocation": text(properties.get("AllocationId")),
        "ptr": canonical_name(text(properties.get("PtrName"))),
        "address": text(properties.get("PublicIp")),
    }
    yield Fact(kind=Kind.PTR, key=value["ptr"], value=value, resource=resource)


def _events(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    properties = resolver.value(resource.properties)
    destination = _part(properties, "EventDestination")
    types = destination.get("MatchingEventTypes")
    value = {
        **{key: part for key, part in destination.items() if key != "MatchingEventTypes"},
        "types": sorted(text(one).upper() for one in types) if isinstance(types, list) else [],
    }
    name = text(destination.get("Name")) or resource.logical_id
    key = f"{text(properties.get('ConfigurationSetName'))}/{name}"
    yield Fact(kind=Kind.EVENTS, key=key, value=value, resource=resource)


def _receipt(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    properties = resolver.value(resource.properties)
    rule = _part(properties, "Rule")
    key = f"{text(properties.get('RuleSetName'))}/{text(rule.get('Name')) or resource.logical_id}"
    yield Fact(kind=Kind.RECEIPT_RULE, key=key, value=dict(rule), resource=resource)


_SETTINGS_NAME = re.compile(
    r"/staygreen/(?P<environment>[^/]+)/(?P<kind>check|remediation)/(?P<id>[^/]+?)(?:/(?P<page>\d+))?"
)
_PAGE = "page"


def _parameter(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """One page of settings; what is too long for one parameter goes on in the next (`_with_pages_joined`)."""
    found = _SETTINGS_NAME.fullmatch(resolver.string(resource.properties.get("Name")))
    if found is not None:
        kind = Kind.SETTINGS if found["kind"] == "check" else Kind.REMEDIATION
        value = {_PAGE: int(found["page"] or 1), "text": resolver.string(resource.properties.get("Value"))}
        yield Fact(kind=kind, key=f"{found['id']} ({found['environment']})", value=value, resource=resource)


def _with_pages_joined(found: list[Fact]) -> Iterator[Fact]:
    pages: dict[tuple[Kind, str], list[Fact]] = {}
    for fact in found:
        if fact.kind in (Kind.SETTINGS, Kind.REMEDIATION):
            pages.setdefault((fact.kind, fact.key), []).append(fact)
        else:
            yield fact
    for parts in pages.values():
        parts.sort(key=lambda fact: fact.value[_PAGE])
        written = "".join(part.value["text"] for part in parts)
        try:
            value = json.loads(written)
        except ValueError:
            value = written
        yield replace(parts[0], value=value if isinstance(value, Mapping) else {"value": value})


def _alarm(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    properties = resolver.value(resource.properties)
    name = text(properties.get("AlarmName")) or resource.logical_id
    if properties.get("Namespace") == "AWS/SES" or name.startswith("staygreen-"):
        value = {key: part for key, part in properties.items() if key not in (*_SILENT, "AlarmDescription")}
        yield Fact(kind=Kind.MONITOR, key=f"alarm {name}", value=value, resource=resource)


def _function(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """Functions of ours, with whom they tell and who may press buttons there; code and memory are no matter here."""
    name = resolver.string(resource.properties.get("FunctionName"))
    if not name.startswith("staygreen-") or "-reverse-dns-" in name:
        return
    variables = _part(_part({"it": resolver.value(resource.properties.get("Environment"))}, "it"), "Variables")
    try:
        slack = json.loads(text(variables.get("STAYGREEN_SLACK")) or "{}")
    except ValueError:
        slack = {"value": text(variables.get("STAYGREEN_SLACK"))}
    value = {"slack": slack} if slack else {}
    yield Fact(kind=Kind.MONITOR, key=f"function {name}", value=value, resource=resource)


def _function_url(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    properties = resolver.value(resource.properties)
    target = text(properties.get("TargetFunctionArn"))
    value = {"auth": text(properties.get("AuthType")), "cors": properties.get("Cors", {})}
    yield Fact(kind=Kind.OPEN, key=target.removesuffix(":*"), value=value, resource=resource)


def _chat_channel(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """A channel that Amazon Q Developer writes to."""
    properties = resolver.value(resource.properties)
    channel = text(properties.get("SlackChannelId") or properties.get("TeamsChannelId") or resource.logical_id)
    topics = sorted(text(topic) for topic in _list(properties.get("SnsTopicArns")))
    if any("staygreen-" in topic for topic in topics):
        yield Fact(kind=Kind.MONITOR, key=f"chat channel {channel}", value={"topics": topics}, resource=resource)


def _event_rule(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """Which events of SES are read."""
    properties = resolver.value(resource.properties)
    name = text(properties.get("Name"))
    if name.startswith("staygreen-"):
        value = {"pattern": properties.get("EventPattern", {}), "State": properties.get("State", "ENABLED")}
        yield Fact(kind=Kind.MONITOR, key=f"event rule {name}", value=value, resource=resource)


def _log_filter(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """Which mail logs are read."""
    properties = resolver.value(resource.properties)
    if "staygreen-" in text(properties.get("DestinationArn")):
        value = {"pattern": properties.get("FilterPattern", "")}
        yield Fact(
            kind=Kind.MONITOR,
            key=f"log filter of {text(properties.get('LogGroupName'))}",
            value=value,
            resource=resource,
        )


def _subscription(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    properties = resolver.value(resource.properties)
    topic = text(properties.get("TopicArn"))
    if re.search(r"staygreen-.+-(alerts|operations)|(?i:alerts|operations)", topic):
        key = f"subscription {text(properties.get('Protocol'))} {text(properties.get('Endpoint'))} to {topic}"
        yield Fact(kind=Kind.MONITOR, key=key, value={"filter": properties.get("FilterPolicy", {})}, resource=resource)


def _schedule(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    name = resolver.string(resource.properties.get("Name"))
    if name.startswith("staygreen-"):
        properties = resolver.value(resource.properties)
        value = {key: properties.get(key, "") for key in ("ScheduleExpression", "FlexibleTimeWindow")}
        value["State"] = properties.get("State", "ENABLED")
        yield Fact(kind=Kind.SCHEDULE, key=name, value=value, resource=resource)


_MAIL_ACTION = re.compile(
    r"\*|ses:(?:\*|(?!Get|List|Describe|BatchGet).*)|route53:(?:\*|Change.*)"
    r"|ec2:(?:\*|ModifyAddressAttribute|ResetAddressAttribute|ReleaseAddress|(?:Dis)?[Aa]ssociateAddress)",
    re.IGNORECASE,
)


def _permission(resource: Resource, resolver: Resolver) -> Iterator[Fact]:
    """What a policy lets its roles change about mail; reading is no matter here."""
    properties = resolver.value(resource.properties)
    documents = [properties.get("PolicyDocument")]
    documents += [_part(policy, "PolicyDocument") for policy in _list(properties.get("Policies"))]
    allowed: set[str] = set()
    denied: set[str] = set()
    for document in documents:
        for statement in _list(_part({"it": document}, "it").get("Statement")):
            if isinstance(statement, Mapping):
                denies = statement.get("Effect") == "Deny"
                (denied if denies else allowed).update(_grants(statement, everything=denies))
    if allowed or denied:
        roles = properties.get("Roles") or [properties.get("RoleName") or resource.logical_id]
        key = ", ".join(sorted(text(role) for role in _list(roles))) + f" by {resource.logical_id}"
        value = {"allow": sorted(allowed), "deny": sorted(denied)}
        yield Fact(kind=Kind.PERMISSION, key=key, value=value, resource=resource)


def _grants(statement: Mapping[str, Any], *, everything: bool) -> Iterator[str]:
    """Each action on each target, with its condition: taking a condition off allows more."""
    condition = statement.get("Condition")
    only_if = f" if {text(condition)}" if condition else ""
    for action in _list(statement.get("Action")):
        if everything or _MAIL_ACTION.fullmatch(text(action)):
            for target in _list(statement.get("Resource")):
                yield f"{text(action)} on {text(target)}{only_if}"


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


_READERS: Mapping[str, Callable[[Resource, Resolver], Iterator[Fact]]] = {
    "AWS::Route53::RecordSet": _record_set,
    "AWS::Route53::RecordSetGroup": _record_group,
    "AWS::SES::EmailIdentity": _identity,
    "AWS::EC2::EIP": _address,
    "Custom::ElasticIp": _plain(Kind.ADDRESS, "Name", "AddressName"),
    "Custom::ReverseDns": _ptr,
    "AWS::SES::DedicatedIpPool": _plain(Kind.POOL, "PoolName"),
    "AWS::SES::ConfigurationSet": _plain(Kind.CONFIGURATION_SET, "Name"),
    "AWS::SES::ConfigurationSetEventDestination": _events,
    "AWS::SES::ReceiptRule": _receipt,
    "AWS::SSM::Parameter": _parameter,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::Lambda::Function": _function,
    "AWS::Lambda::Url": _function_url,
    "AWS::Chatbot::SlackChannelConfiguration": _chat_channel,
    "AWS::Chatbot::MicrosoftTeamsChannelConfiguration": _chat_channel,
    "AWS::Events::Rule": _event_rule,
    "AWS::Logs::SubscriptionFilter": _log_filter,
    "AWS::SNS::Subscription": _subscription,
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::IAM::Policy": _permission,
    "AWS::IAM::ManagedPolicy": _permission,
    "AWS::IAM::Role": _permission,
}

_KEPT = frozenset(
    {
        "AWS::Route53::RecordSet",
        "AWS::SES::ConfigurationSet",
        "AWS::SES::DedicatedIpPool",
        "Custom::ReverseDns",
        "AWS::SES::EmailIdentity",
        "AWS::EC2::EIP",
        "AWS::DynamoDB::Table",
        "AWS::S3::Bucket",
        "AWS::Logs::LogGroup",
        "AWS::Route53::HostedZone",
        "AWS::KMS::Key",
        "AWS::SecretsManager::Secret",
    }
)


def _label(resource: Resource, resolver: Resolver) -> str:
    from review.resolve import NAMES

    named = resolver.string(resource.properties.get(NAMES.get(resource.type, "Name")))
    return f"{resource.type.rsplit('::', 1)[-1]} {named or resource.logical_id}"


def _keeping(resource: Resource, resolver: Resolver) -> Mapping[str, Any]:
    properties = resolver.value(
        {key: resource.properties[key] for key in _KEEPING_PROPERTIES if key in resource.properties}
    )
    return {
        "on_delete": resource.deletion_policy,
        "on_replace": resource.update_replace_policy,
        **{key: part for key, part in properties.items()},
    }


_KEEPING_PROPERTIES = (
    "RetentionInDays",
    "PointInTimeRecoverySpecification",
    "DeletionProtectionEnabled",
    "VersioningConfiguration",
    "LifecycleConfiguration",
)


_NAMED_SECRET = re.compile(r"(?i)(password|passwd|secret|token|api_?key|private_?key)$")


def _exposed(resource: Resource, resolver: Resolver) -> Iterator[str]:
    """Where a resource holds a secret that anyone who may read the template can read."""
    if resource.type == "AWS::SES::EmailIdentity":
        signing = resource.properties.get("DkimSigningAttributes")
        key = signing.get("DomainSigningPrivateKey") if isinstance(signing, Mapping) else None
        resolved = resolver.string(key)
        if key is not None and is_known(resolved) and "{{resolve:" not in resolved:
            yield "Properties/DkimSigningAttributes/DomainSigningPrivateKey"
    if resource.type == "AWS::SecretsManager::Secret":
        secret = resolver.string(resource.properties.get("SecretString"))
        if secret and is_known(secret):
            yield "Properties/SecretString"
    if resource.type == "AWS::Lambda::Function":
        yield from _exposed_variables(resource, resolver)
    yield from _walk(resource.properties, "Properties")


def _exposed_variables(resource: Resource, resolver: Resolver) -> Iterator[str]:
    environment = resource.properties.get("Environment")
    variables = environment.get("Variables") if isinstance(environment, Mapping) else None
    for name, raw in variables.items() if isinstance(variables, Mapping) else ():
        value = resolver.string(raw)
        # A name, path or ARN of a secret is where it lives, not what it is.
        if _NAMED_SECRET.search(name) and len(value) >= 16 and is_known(value) and not re.search(r"[:/ ]", value):
            yield f"Properties/Environment/Variables/{name}"


def _walk(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, str):
        if looks_secret(value):
            yield place
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _walk(part, f"{place}/{key}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _walk(part, f"{place}/{index}")
