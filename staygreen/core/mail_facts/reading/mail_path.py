"""Why a resource is mail: by what it is connected to, never by its type alone.

What SES and DNS need is mail in itself. From there connections are followed in the direction in which mail, or what is
told of it, travels: a receipt rule leads to the bucket, topic and function that it names, an MX record to the A record,
the Elastic IP and the machine behind it, a topic to its subscribers and its policy. A resource that no such way leads
to is no mail, whatever it is called; only machines and addresses are taken at their word, when people call them mail's.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from staygreen.core import naming
from staygreen.core.mail_facts.facts import Fact, Kind
from staygreen.core.mail_facts.meanings import table
from staygreen.core.mail_facts.reading import mail_names
from staygreen.core.mail_facts.reading.hosts import MAIL_PORTS
from staygreen.core.mail_facts.reading.permissions import allowed_actions, spared_actions
from staygreen.core.mail_facts.reading.properties import items, part, whole
from staygreen.core.mail_facts.reading.sending import tags
from staygreen.core.mail_facts.resolve import Exports, Resolver, is_known, text
from staygreen.core.mail_facts.template import Assembly, Resource

Place = tuple[str, str]

UNKNOWN_USE = "nothing here says what the address is for"
"""Why an address is looked at that no connection leads to: when it is let go, it is lost for ever."""
UNKNOWN_ZONE = "nothing here says whether the domain has mail"
"""Why a public zone is looked at that no mail record is known of: records made by hand go with it."""

_BUCKET, _TOPIC, _QUEUE = "AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue"
_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")
_ROLE, _CLASSIC_BALANCER = "AWS::IAM::Role", "AWS::ElasticLoadBalancing::LoadBalancer"
_KEY, _SECRET, _STREAM = "AWS::KMS::Key", "AWS::SecretsManager::Secret", "AWS::KinesisFirehose::DeliveryStream"
_ADDRESS, _HOST, _INTERFACE = "AWS::EC2::EIP", "AWS::EC2::Instance", "AWS::EC2::NetworkInterface"
_GROUP, _NAT = "AWS::EC2::SecurityGroup", "AWS::EC2::NatGateway"
_BALANCER, _LISTENER = "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::Listener"
_TARGETS, _ZONE = "AWS::ElasticLoadBalancingV2::TargetGroup", "AWS::Route53::HostedZone"

_LEADS_TO: Mapping[str, tuple[str, ...]] = {
    "AWS::SES::ReceiptRule": (_BUCKET, _TOPIC, *_FUNCTIONS, _KEY, _ROLE),
    "AWS::SES::ConfigurationSetEventDestination": (_TOPIC, _STREAM, _ROLE),
    "AWS::SES::MailManagerRuleSet": (_BUCKET, _TOPIC, *_FUNCTIONS, _KEY, _ROLE),
    "AWS::SES::EmailIdentity": (_SECRET,),
    "AWS::PinpointEmail::ConfigurationSetEventDestination": (_TOPIC, _STREAM),
    "Custom::ReverseDns": (_ADDRESS,),
    "AWS::SNS::Subscription": (_QUEUE, *_FUNCTIONS),
    "AWS::S3::BucketPolicy": (_BUCKET,),
    "AWS::SNS::TopicPolicy": (_TOPIC,),
    "AWS::SNS::TopicInlinePolicy": (_TOPIC,),
    "AWS::Lambda::Permission": _FUNCTIONS,
    "AWS::Lambda::EventSourceMapping": _FUNCTIONS,
    "AWS::Events::Rule": (_TOPIC, _QUEUE, *_FUNCTIONS),
    "AWS::EC2::EIPAssociation": (_ADDRESS, _HOST, _INTERFACE),
    _TOPIC: (_KEY, _QUEUE, *_FUNCTIONS),
    _BUCKET: (_KEY, *_FUNCTIONS),
    _ADDRESS: (_HOST,),
    _HOST: (_GROUP, _INTERFACE),
    _INTERFACE: (_GROUP,),
    _BALANCER: (_GROUP, _ADDRESS),
    _CLASSIC_BALANCER: (_GROUP, _HOST),
    _LISTENER: (_TARGETS, _BALANCER),
    _TARGETS: (_HOST,),
    "AWS::EC2::VPCEndpoint": (_GROUP,),
    "Custom::S3BucketNotifications": _FUNCTIONS,
}
"""What a resource hands mail on to, when it is mail itself."""

_COMES_WITH: Mapping[str, tuple[str, ...]] = {
    "AWS::SNS::Subscription": (_TOPIC,),
    "AWS::SNS::TopicPolicy": (_TOPIC,),
    "AWS::SNS::TopicInlinePolicy": (_TOPIC,),
    "AWS::S3::BucketPolicy": (_BUCKET,),
    "AWS::SQS::QueuePolicy": (_QUEUE,),
    "AWS::Lambda::EventSourceMapping": (_QUEUE,),
    "AWS::Lambda::Url": _FUNCTIONS,
    "Custom::S3BucketNotifications": (_BUCKET,),
    "AWS::EC2::EIPAssociation": (_ADDRESS, _HOST),
    "AWS::EC2::SecurityGroupIngress": (_GROUP,),
    "AWS::EC2::SecurityGroupEgress": (_GROUP,),
    "AWS::Route53::DNSSEC": (_ZONE,),
    "AWS::Route53::KeySigningKey": (_ZONE,),
    "AWS::IAM::Policy": (_ROLE,),
    "AWS::IAM::RolePolicy": (_ROLE,),
    _NAT: (_ADDRESS,),
}
"""What is mail because it belongs to something that is."""

_RIGHTS_OF_SES = frozenset({_ROLE, "AWS::IAM::Policy", "AWS::IAM::RolePolicy"})
"""What SES acts with; as resources they are mail only where SES is told to use them."""
_BREAKS = re.compile(r'[\s",\[\]{}]+')
_CALLED_MAIL = re.compile(r"(^|[^a-z])(e?mail|smtp|mx\d*|mta|postfix|exim|dovecot|relay)([^a-z]|$)", re.IGNORECASE)
_MAIL_WORDS = frozenset(
    {
        *("Ses", "SES", "Smtp", "SMTP", "Dkim", "DKIM", "Dmarc", "DMARC", "Spf", "SPF", "Mx", "MX"),
        *("Mail", "Mailer", "Mailbox", "Email", "Emails", "Bounce", "Bounces", "Complaint", "Complaints"),
        *("ReceiptRule", "ReceiptRules", "RuleSet", "DomainIdentity", "VerifiedIdentity", "ReverseDns", "Ptr", "Rdns"),
    }
)
_MARKER = re.compile("⟨([^⟨⟩]*)⟩")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    resource: Resource
    tokens: frozenset[str]
    """Every name in its properties."""
    handles: frozenset[str]
    """What others call it by."""


class MailPath:
    """The connections of one side of a review."""

    def __init__(self, assembly: Assembly, exports: Exports, facts: Iterable[Fact]) -> None:
        self._facts = list(facts)
        self._exports = exports
        self._known = {one.place: self._read(one) for one in assembly.resources() if one.type in _FOLLOWED}
        self._by_handle = _index((known.handles, place) for place, known in self._known.items())
        self._mentions = _index(
            (known.tokens, place) for place, known in self._known.items() if known.resource.type in _COMES_WITH
        )
        self._names = mail_names.names(self._facts)
        rights = [fact for fact in self._facts if fact.kind is Kind.PERMISSION]
        self._senders = {holder for fact in rights if _may(fact, _SENDS) for holder in fact.value["holders"]}
        self._senders |= {
            holder
            for fact in rights
            if self._senders & {*fact.value.get("groups", ())}
            for holder in fact.value["holders"]
        }
        self._changers = {holder for fact in rights if _may(fact, _CHANGES) for holder in fact.value["holders"]}
        self._our_stacks = {fact.resource.stack for fact in self._facts if _is_of_a_monitor(fact)}
        self._why: dict[Place, str] = {}
        self._search()

    def _read(self, resource: Resource) -> _Known:
        resolver = self._exports.resolver(resource.stack)
        tokens = frozenset(_tokens(text(resolver.properties(resource))))
        handles = {f"⟨{resource.logical_id}"}
        reference = resolver.string({"Ref": resource.logical_id})
        name = reference.rpartition(":")[2]  # of an ARN the name, which is known where account and region are not
        if name and is_known(name):
            handles |= {reference, name, f"⟨{name}"}
        return _Known(resource=resource, tokens=tokens, handles=frozenset(handles))

    def of(self, fact: Fact) -> str:
        """Why a fact is mail; empty where nothing connects it to mail."""
        own = _IN_ITSELF.get(fact.kind)
        if own is not None and own(fact):
            return fact.subject
        by_kind = _BY_KIND.get(fact.kind)
        found = by_kind(self, fact) if by_kind else ""
        if found or fact.kind is Kind.RECORD:
            return found
        found = self._why.get(fact.resource.place, "")
        if found or not fact.resource.logical_id:
            return found
        if self.is_ours(fact) and not (fact.kind is Kind.RESOURCE and fact.resource.type in _RIGHTS_OF_SES):
            return f"{fact.subject} of staygreen"
        return self._unknown_use(fact) if fact.kind in (Kind.ADDRESS, Kind.ASSOCIATION) else ""

    def is_ours(self, fact: Fact) -> bool:
        """Whether a thing is part of a sender of this program; roles, and what is kept, often have no name."""
        if fact.kind in (Kind.PERMISSION, Kind.KEEPING) and fact.resource.stack in self._our_stacks:
            return True
        return bool(fact.resource.logical_id) and is_ours(fact.resource, self._exports.resolver(fact.resource.stack))

    def _unknown_use(self, fact: Fact) -> str:
        """An address that nothing says the use of may be mail's, unless it is a gateway's."""
        known = self._known.get(fact.resource.place)
        mentioned = [place for handle in (known.handles if known else ()) for place in self._mentions.get(handle, ())]
        return "" if any(self._known[place].resource.type == _NAT for place in mentioned) else UNKNOWN_USE

    def _record(self, fact: Fact) -> str:
        return mail_names.why(fact, self._names)

    def _deletion(self, fact: Fact) -> str:
        """A record that is deleted is mail's where mail has something at that name."""
        name, rtype = str(fact.value["name"]), fact.value["type"]
        if rtype == "TXT":
            return f"TXT {name}" if name in self._names.texts or name in self._names.owners else ""
        return mail_names.why(replace(fact, value={**fact.value, "values": ()}), self._names)

    def _zone(self, fact: Fact) -> str:
        for name in [*self._names.owners, *self._names.hosts]:
            if f".{name}".endswith(f".{fact.key}"):
                return f"{name} → zone {fact.key}"
        return self._why.get(fact.resource.place, "") or ("" if fact.value["private"] else UNKNOWN_ZONE)

    def _key(self, fact: Fact) -> str:
        """An access key is mail's where its user may send: the SMTP password is made from it."""
        user = text(fact.value.get("UserName"))
        if f"user {user}" in self._senders:
            return f"user {user} may send → access key"
        return f"it is of {user}" if _CALLED_MAIL.search(user) else ""

    def _custom(self, fact: Fact) -> str:
        """A custom resource is mail's where the function behind it may change SES."""
        resolver = self._exports.resolver(fact.resource.stack)
        tokens = _tokens(resolver.string(fact.resource.properties.get("ServiceToken")))
        for _ in range(2):  # the CDK puts a function of its own before the one that is written
            functions = [self._known[one] for one in self._named(tokens, fact.resource.stack, _FUNCTIONS)]
            for function in functions:
                if {f"role {token}⟩" for token in function.tokens if token.startswith("⟨")} & self._changers:
                    return f"function {function.resource.logical_id} may change SES → {fact.key}"
            tokens = {token for function in functions for token in function.tokens}
        return ""

    def _protection(self, fact: Fact) -> str:
        """A stack is mail's when something in it is."""
        if fact.resource.logical_id:
            return ""
        stack = fact.resource.stack
        inside = next((one for one in self._facts if one.resource.stack == stack and one.kind in _SENDS_BY), None)
        return f"{inside.subject} → stack {stack}" if inside else (stack if naming.names_ours(stack) else "")

    def _search(self) -> None:
        """From everything that is mail in itself, as far as connections go."""
        found = deque(self._seeds())
        while found:
            place, why = found.popleft()
            if place not in self._why:
                self._why[place] = why
                found.extend((other, f"{why} → {self._label(other)}") for other in self._next(place))

    def _seeds(self) -> Iterator[tuple[Place, str]]:
        for fact in self._facts:
            why = self.of(fact) if fact.kind in _SEEDS else ""
            if why == UNKNOWN_ZONE:
                continue
            if why and fact.kind is Kind.RECORD:
                yield from ((place, f"{why} → {self._label(place)}") for place in self._behind(fact))
            elif why:
                yield fact.resource.place, why
                targets = _LEADS_TO.get(_STANDS_FOR.get(fact.kind, ""), ())
                named = self._named(_tokens(text(fact.value)), fact.resource.stack, targets)
                yield from ((place, f"{why} → {self._label(place)}") for place in named)
        for place, known in self._known.items():
            why = _seed(known.resource, self._exports.resolver(known.resource.stack))
            if why:
                yield place, why

    def _behind(self, fact: Fact) -> Iterator[Place]:
        """The addresses, machines and load balancers that a mail record leads to or lets send, and its zone."""
        said = " ".join([*fact.values, str(fact.value.get("alias", "")), text(fact.value.get("routing", ""))])
        yield from self._named(_tokens(said), fact.resource.stack, _BEHIND_A_RECORD)
        yield from self._named(_tokens(str(fact.value["zone"])), fact.resource.stack, (_ZONE,))

    def _next(self, place: Place) -> Iterator[Place]:
        known = self._known.get(place)
        if known is None:
            return
        yield from self._named(known.tokens, place[0], _LEADS_TO.get(known.resource.type, ()))
        for handle in known.handles:
            for other in self._mentions.get(handle, ()):
                if known.resource.type in _COMES_WITH[self._known[other].resource.type]:
                    yield other

    def _named(self, tokens: Iterable[str], stack: str, types: tuple[str, ...]) -> list[Place]:
        """The resources of some types that are named; those of the same stack where there are any."""
        if not types:
            return []
        found: list[Place] = []
        for token in sorted(tokens):
            places = [one for one in self._by_handle.get(token, ()) if self._known[one].resource.type in types]
            found += [one for one in places if one[0] == stack] or places
        return found

    def _label(self, place: Place) -> str:
        resource = self._known[place].resource
        meaning = table().get(resource.type)
        return f"{meaning.noun if meaning else resource.type.rpartition('::')[2]} {resource.logical_id}"


def _is_of_a_monitor(fact: Fact) -> bool:
    return fact.kind in _OUR_KINDS and (fact.kind is not Kind.MONITOR or naming.has_ours(fact.key))


def _index(entries: Iterable[tuple[Iterable[str], Place]]) -> dict[str, list[Place]]:
    found: dict[str, list[Place]] = {}
    for names, place in entries:
        for name in names:
            found.setdefault(name, []).append(place)
    return found


def _tokens(said: str) -> set[str]:
    """Every name that a text may hold: markers (``⟨Topic``) without their attribute, literals, and parts of ARNs."""
    found: set[str] = set()
    for marker in _MARKER.findall(said):
        found.add(f"⟨{marker}")
        while "." in marker:
            marker = marker.rpartition(".")[0]
            found.add(f"⟨{marker}")
    for literal in _BREAKS.split(_MARKER.sub("", said) if "⟨" in said else said):
        if literal:
            found.add(literal)
            if ":" in literal or "/" in literal:
                found.update(part for part in re.split(r"[:/]", literal) if part)
    return found


def _seed(resource: Resource, resolver: Resolver) -> str:
    """Why a resource is mail in itself."""
    if is_ours(resource, resolver) and resource.type not in _RIGHTS_OF_SES:
        return f"{resource.logical_id} of staygreen"
    reason = _SEEDED.get(resource.type)
    return reason(resolver.properties(resource)) if reason else ""


def _called_mail(properties: Mapping[str, Any]) -> str:
    called = tags(properties).get("Name", "")
    return f"it is called {called}" if _CALLED_MAIL.search(called) else ""


def _group(properties: Mapping[str, Any]) -> str:
    rules = [*items(properties.get("SecurityGroupIngress")), *items(properties.get("SecurityGroupEgress"))]
    opens = _opens_mail(rules)
    return "it opens a port of mail" if opens else _called_mail(properties)


def _group_rule(properties: Mapping[str, Any]) -> str:
    return "it opens a port of mail" if _opens_mail([properties]) else ""


def _opens_mail(rules: list[Any]) -> bool:
    """Whether a rule opens a mail port, and few others."""
    for rule in rules:
        given = part({"it": rule}, "it")
        first, last = whole(given.get("FromPort", "")), whole(given.get("ToPort", given.get("FromPort", "")))
        few = first is not None and last is not None and last - first < _FEW_PORTS
        if few and any(port in MAIL_PORTS for port in range(first or 0, (last or 0) + 1)):
            return True
    return False


_FEW_PORTS = 100


def _acl_entry(properties: Mapping[str, Any]) -> str:
    ports = part(properties, "PortRange")
    rule = {"FromPort": ports.get("From", ""), "ToPort": ports.get("To", "")}
    return "it is about a port of mail" if _opens_mail([rule]) else ""


def _classic_balancer(properties: Mapping[str, Any]) -> str:
    ports = {whole(part({"it": one}, "it").get("LoadBalancerPort", "")) for one in items(properties.get("Listeners"))}
    found = [port for port in sorted(MAIL_PORTS) if port in ports]
    return f"port {found[0]}" if found else ""


def _port(properties: Mapping[str, Any]) -> str:
    port = whole(properties.get("Port", ""))
    return f"port {port}" if port in MAIL_PORTS else ""


def _endpoint(properties: Mapping[str, Any]) -> str:
    service = text(properties.get("ServiceName"))
    return f"endpoint of {service}" if re.search(r"\.email(-smtp)?\b", service) else ""


def _event_rule(properties: Mapping[str, Any]) -> str:
    return "events of SES" if "aws.ses" in items(part(properties, "EventPattern").get("source")) else ""


def _user_pool(properties: Mapping[str, Any]) -> str:
    return "it sends through SES" if "SourceArn" in part(properties, "EmailConfiguration") else ""


_SEEDED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    _ADDRESS: _called_mail,
    _HOST: _called_mail,
    _NAT: _called_mail,
    _GROUP: _group,
    "AWS::EC2::SecurityGroupIngress": _group_rule,
    "AWS::EC2::SecurityGroupEgress": _group_rule,
    "AWS::EC2::NetworkAclEntry": _acl_entry,
    _CLASSIC_BALANCER: _classic_balancer,
    _LISTENER: _port,
    _TARGETS: _port,
    "AWS::EC2::VPCEndpoint": _endpoint,
    "AWS::Events::Rule": _event_rule,
    "AWS::Cognito::UserPool": _user_pool,
}
"""Types that are mail in themselves when their properties say so."""


def is_ours(resource: Resource, resolver: Resolver) -> bool:
    """Whether a resource is part of a sender that this program provisions or watches."""
    properties = resource.properties
    for name in _NAME_PROPERTIES:
        if name in properties and naming.names_ours(resolver.string(properties[name])):
            return True
    return any(part({"it": tag}, "it").get("Key") == naming.SENDER_TAG for tag in items(properties.get("Tags")))


_NAME_PROPERTIES = (
    "AlarmName",
    "BucketName",
    "FunctionName",
    "GroupName",
    "LogGroupName",
    "Name",
    "QueueName",
    "Roles",
    "RoleName",
    "TableName",
    "TargetFunctionArn",
    "TopicName",
    "StateMachineName",
)


def _may_be_mail(fact: Fact) -> bool:
    """Whether the type of a custom resource, or what is handed to it, speaks of mail."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+", fact.resource.type.rpartition("::")[2])
    phrases = {"".join(words[at : at + size]) for at in range(len(words)) for size in (1, 2, 3)}
    return bool(phrases & _MAIL_WORDS) or _MAIL_TEXT.search(text(fact.value)) is not None


_MAIL_TEXT = re.compile(r"amazonses|ses\.amazonaws|_domainkey|v=spf1|v=DMARC1")
_SENDS = re.compile(r"ses:(\*|send.*)", re.IGNORECASE)
_CHANGES = re.compile(r"ses:(\*|(?!send|get|list|describe).*)", re.IGNORECASE)


def _may(fact: Fact, action: re.Pattern[str]) -> bool:
    return any(action.fullmatch(allowed_actions(grant)) for grant in fact.value.get("allow", ()))


def _speaks_of_ses(fact: Fact) -> bool:
    grants = [*fact.value.get("allow", ()), *fact.value.get("deny", ())]
    named = (action for grant in grants for action in (allowed_actions(grant), *spared_actions(grant)))
    return any(action.lower().startswith("ses:") for action in named)


def _always(fact: Fact) -> bool:
    return True


_IN_ITSELF: Mapping[Kind, Callable[[Fact], bool]] = {
    Kind.IDENTITY: _always,
    Kind.PTR: _always,
    Kind.POOL: _always,
    Kind.TENANT: _always,
    Kind.CONFIGURATION_SET: _always,
    Kind.EVENTS: _always,
    Kind.RECEIPT_RULE: _always,
    Kind.MONITOR: _always,
    Kind.SCHEDULE: _always,
    Kind.SETTINGS: _always,
    Kind.REMEDIATION: _always,
    Kind.SHARE: _always,
    Kind.SWITCH: _always,
    Kind.ACTIVE_RULES: _always,
    Kind.CALL: _always,
    Kind.CUSTOM: _may_be_mail,
    Kind.PERMISSION: _speaks_of_ses,
    Kind.RIGHT: lambda fact: fact.value["service"] == "ses",
    Kind.RESOURCE: lambda fact: fact.resource.type in table() and table()[fact.resource.type].is_always_mail,
}
"""Kinds that are mail by what they say."""
_BY_KIND: Mapping[Kind, Callable[[MailPath, Fact], str]] = {
    Kind.RECORD: MailPath._record,
    Kind.RECORD_DELETION: MailPath._deletion,
    Kind.ZONE: MailPath._zone,
    Kind.ACCESS_KEY: MailPath._key,
    Kind.CUSTOM: MailPath._custom,
    Kind.KEEPING: MailPath._protection,
}
"""Kinds that have a way of their own to be mail, before connections decide."""
_OUR_KINDS = frozenset({Kind.MONITOR, Kind.SCHEDULE, Kind.SETTINGS, Kind.REMEDIATION, Kind.SHARE, Kind.SWITCH})
_SENDS_BY = frozenset({Kind.IDENTITY, Kind.POOL, Kind.TENANT, Kind.CONFIGURATION_SET, Kind.RECEIPT_RULE})
_SEEDS = frozenset(
    {
        Kind.RECORD,
        Kind.ZONE,
        Kind.PTR,
        Kind.EVENTS,
        Kind.RECEIPT_RULE,
        Kind.RIGHT,
        Kind.RESOURCE,
        Kind.IDENTITY,
        Kind.ACTIVE_RULES,
    }
)
_STANDS_FOR = {
    Kind.EVENTS: "AWS::SES::ConfigurationSetEventDestination",
    Kind.RECEIPT_RULE: "AWS::SES::ReceiptRule",
    Kind.PTR: "Custom::ReverseDns",
}
"""Kinds that custom resources make as well: they lead where the type leads."""
_BEHIND_A_RECORD = (
    _ADDRESS,
    _HOST,
    _BALANCER,
    _CLASSIC_BALANCER,
    _INTERFACE,
    "AWS::Route53::HealthCheck",
    "AWS::Route53::CidrCollection",
)
_FOLLOWED = frozenset({*_LEADS_TO, *_COMES_WITH, *_BEHIND_A_RECORD, *_SEEDED, _ZONE}).union(*_LEADS_TO.values())
