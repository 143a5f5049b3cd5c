"""Every name that staygreen gives to what it deploys, in one place.

Names carry the sender and the environment, so that several deployments live in one account (`ResourceNames`). What is
unique in an account beyond its regions carries the region too, and what is unique among all accounts a digest. A
name that AWS would refuse as too long is cut and ends in a digest of the whole. No other module of the product spells
such a name (tests/unit/test_naming.py).

Limits are those of the services' API references: CreateFunction, CreateRule, CreateSchedule, CreateRole, CreateQueue
and so on (recalled, not verified; docs/assumptions.md says how to see them hold).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

PRODUCT = "staygreen"
SENDER_TAG = f"{PRODUCT}:sender"
HOST_TAG = f"{PRODUCT}:host"
"""On an Elastic IP: the host that it is the address of, which is what people call it."""
"""The tag by which addresses are found; its value is the sender's name."""
ENVIRONMENT_TAG = f"{PRODUCT}:environment"
TAG_PREFIX = f"{PRODUCT}:"
"""Of every tag that staygreen sets itself."""
METRICS = PRODUCT
"""The CloudWatch namespace of what functions count themselves."""
ANNOUNCEMENTS = "announcements"
"""The dimension `service` of what every announcing function counts."""
UNFINISHED = "unfinished#"
"""How the partitions of the incident table begin in which checks may delete, as nowhere else."""
NOT_STORED = "ChangesNotStored"
"""Metric with the service `INCIDENTS`: changes that the table would not store."""
FAILED, GIVEN_UP = "AnnouncementsFailed", "AnnouncementsGivenUp"
"""Metrics: what a channel did not take and is tried again; what is tried no more."""
SENDER_DIMENSION, ENVIRONMENT_DIMENSION = "sender", "environment"
"""Dimensions of every metric of ours."""
ENVIRONMENTS = ("production", "staging", "development")
"""No word of a sender's name is one of them: names are read back by the first that comes."""

PLACES = f"{PRODUCT}:config"
"""Metadata key of a stack: construct paths below it, and ``mine.toml:31`` for each."""
ACKNOWLEDGED = f"{PRODUCT}:acknowledge"
"""Metadata key of a stack: findings of a review that the configuration accepts."""

REPORTS_PREFIX, PEOPLE_PREFIX, UNREADABLE_PREFIX = "jmrp/", "contact/", "unreadable/"
"""Of objects in the mailbox's bucket: reports, mail for people, and what could not be read, by reason."""
DMARC_PREFIX, FAILURE_PREFIX = "dmarc/", "failure/"
"""Of objects in the mailbox's bucket: mails with DMARC and TLS reports; mails with failure reports."""
ROWS_PREFIX, UNPROVEN_PREFIX, QUERIES_PREFIX = "rows/", "unproven/", "queries/"
"""Of objects in the bucket of reports: rows, rows of reports that nobody proved, and answers of Athena."""
SHARDS_PREFIX, READINGS_PREFIX = "shards/", "readings/"
"""Of objects in the bucket of a divided run."""

ADDRESSES_STACK = "addresses"
"""The stack of Elastic IPs."""
STATE_STACK = "state"
"""The stack that every deployment has."""
INCIDENTS = "incidents"
REPLIES = "replies"
SNDS = "snds"
REPAIR = "repair"
MAILBOX, MAILS_UNREADABLE = "mailbox", "MailsUnreadable"
"""The service that received mail is counted under, and the metric of what could not be read, reports too."""
REPORTS, REPORT_DAYS = "reports", "report-days"
"""What reads DMARC and TLS reports, and what makes days of them."""
ANNOUNCER = "announce"
APPROVALS = "approvals"
DEPLOYMENTS = "deployments"
"""The recorder of deployments, and how the partitions of the incident table begin that it alone writes."""
APPROVERS = "approvers"
"""The managed policy of whoever decides about repairs."""
DEAD_LETTERS = "dead-letters"
FAILED_FOR_GOOD = "failed-for-good"
"""Alarms: `DEAD_LETTERS` is on while a message waits in the queue of that name, the other rings for each that comes."""

_PREFIX = f"{PRODUCT}-"
_DIGEST = 8
"""Hexadecimal digits that stand for what was cut off."""
_DEPLOYMENT = rf"/{PRODUCT}/(?P<sender>[^/]+)/(?P<environment>[^/]+)"
_SETTINGS = r"(?:(?P<kind>check|remediation)/(?P<id>[^/]+?)|only)"
_PARAMETER = re.compile(rf"{_DEPLOYMENT}/{_SETTINGS}(?:/(?P<page>[0-9]{{1,4}}))?")
_SWITCH = re.compile(rf"{_DEPLOYMENT}/repairs")
_OURS = re.compile(rf"(^|[/:\"]){PRODUCT}[-/]")
_TOPIC = re.compile(rf"(^|[:⟨]){_PREFIX}.+-(alerts|operations)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceNames:
    """The names of one deployment's resources."""

    sender: str
    """At most 20 lower-case letters, digits and hyphens, none of its words an environment."""
    environment: str
    """Such as ``production``; empty where only the sender is known, who has addresses but no deployment then."""

    def __str__(self) -> str:
        """Return what a person calls the deployment: ``acme (production)``."""
        return f"{self.sender} ({self.environment})"

    @property
    def prefix(self) -> str:
        """How most names begin, such as ``staygreen-acme-production``; at most 42 characters."""
        return f"{_PREFIX}{self.sender}-{self.environment}"

    @property
    def options(self) -> str:
        """What a person types to name the deployment: ``--sender acme -e production``."""
        return f"--sender {self.sender} -e {self.environment}"

    @property
    def dimensions(self) -> Mapping[str, str]:
        """The dimensions of every metric that the deployment's functions count."""
        return {SENDER_DIMENSION: self.sender, ENVIRONMENT_DIMENSION: self.environment}

    @property
    def tags(self) -> Mapping[str, str]:
        """The tags of everything that is deployed."""
        return {SENDER_TAG: self.sender, ENVIRONMENT_TAG: self.environment}

    def may_own(self, tags: Mapping[str, str]) -> bool:
        """Whether a resource with the sender's tag is this deployment's: no tag gives it to another environment."""
        return not self.environment or tags.get(ENVIRONMENT_TAG, self.environment) == self.environment

    def _name(self, part: str, limit: int, ending: str = "") -> str:
        return _fitted(f"{self.prefix}-{part}", limit, ending)

    # --- stacks -----------------------------------------------------------------------------------------------------

    def stack(self, part: str) -> str:
        """A stack, such as ``state``; at most 128 characters."""
        return self._name(part, 128)

    @property
    def any_stack(self) -> str:
        """The pattern of all stacks, for policies."""
        return f"{self.prefix}-*"

    # --- functions, and what runs them ------------------------------------------------------------------------------

    def function(self, part: str) -> str:
        """A function, such as ``announce``; at most 64 characters."""
        return self._name(part, 64)

    def check_function(self, check: str) -> str:
        """The function that runs a check."""
        return self.function(f"check-{check}")

    def schedule(self, part: str) -> str:
        """A schedule, such as ``blocklist``; at most 64 characters."""
        return self._name(part, 64)

    def event_rule(self, part: str) -> str:
        """A rule on the default event bus; at most 64 characters."""
        return self._name(part, 64)

    def state_machine(self, part: str) -> str:
        """A state machine, such as ``repair``; at most 80 characters."""
        return self._name(part, 80)

    def role(self, part: str, region: str) -> str:
        """A role whose name people have to know, by region, since IAM has one list for all; at most 64 characters.

        Other roles are named by CloudFormation.
        """
        return self._name(part, 64, f"-{region}")

    def managed_policy(self, part: str, region: str) -> str:
        """A policy for people, such as ``approvers``, by region like a role; at most 128 characters."""
        return self._name(part, 128, f"-{region}")

    # --- messages ---------------------------------------------------------------------------------------------------

    def queue(self, part: str) -> str:
        """A queue, such as ``replies``; at most 80 characters."""
        return self._name(part, 80)

    @property
    def dead_letters(self) -> str:
        """The queue for what failed for good, whatever it was."""
        return self.queue(DEAD_LETTERS)

    def topic(self, part: str) -> str:
        """A topic, such as ``alerts``; at most 256 characters."""
        return self._name(part, 256)

    def chat_channel(self, part: str, region: str) -> str:
        """A channel of Amazon Q Developer, such as ``slack-1``, by region, since it has one list for all.

        At most 128 characters.
        """
        return self._name(part, 128, f"-{region}")

    def alarm(self, part: str) -> str:
        """An alarm, such as ``replies-waiting``; at most 255 characters."""
        return self._name(part, 255)

    @property
    def dashboard(self) -> str:
        """The CloudWatch dashboard; at most 255 characters."""
        return self._name("dashboard", 255)

    def event_destination(self, part: str) -> str:
        """An event destination of a configuration set; at most 64 characters."""
        return self._name(part, 64)

    def log_filter(self, part: str) -> str:
        """A subscription filter of a log group; at most 512 characters."""
        return self._name(part, 512)

    # --- what is kept -----------------------------------------------------------------------------------------------

    def table(self, part: str) -> str:
        """A table, such as ``incidents``; at most 255 characters."""
        return self._name(part, 255)

    def bucket(self, part: str, account: str, region: str) -> str:
        """A bucket, such as ``mail``: a digest tells it from those of all other deployments; at most 63 characters.

        Which it belongs to, its tags say.
        """
        whose = hashlib.sha256(f"{self.sender} {self.environment} {account} {region}".encode()).hexdigest()[:12]
        return _fitted(f"{_PREFIX}{part}", 63, f"-{whose}")

    @property
    def database(self) -> str:
        """The Glue database of reports: letters, digits and underscores; at most 255 characters."""
        return self._name("reports", 255).replace("-", "_")

    @property
    def workgroup(self) -> str:
        """The Athena workgroup of reports; at most 128 characters."""
        return self._name("reports", 128)

    def key(self, part: str) -> str:
        """A key's alias, without ``alias/``; at most 250 characters."""
        return self._name(part, 250)

    def secret(self, part: str) -> str:
        """A secret of this deployment alone; at most 512 characters."""
        return _fitted(f"{PRODUCT}/{self.sender}/{self.environment}/{part}", 512)

    @property
    def recipient_key(self) -> str:
        """The secret with the key of recipients' hashes."""
        return self.secret("recipient-key")

    # --- settings ---------------------------------------------------------------------------------------------------

    def _parameter(self, path: str) -> str:
        # 1,011 characters with the rest of the ARN; room is left for the number of a page
        return _fitted(f"/{PRODUCT}/{self.sender}/{self.environment}/{path}", 900)

    def check_parameter(self, check: str) -> str:
        """The parameter with a check's settings."""
        return self._parameter(f"check/{check}")

    def remediation_parameter(self, remediation: str) -> str:
        """The parameter with a remediation's settings."""
        return self._parameter(f"remediation/{remediation}")

    @property
    def only_parameter(self) -> str:
        """The parameter that says what of SES is this sender's; there is none where `sender.only` is absent."""
        return self._parameter("only")

    @property
    def reports_parameter(self) -> str:
        """The parameter that says which domains reports are kept about."""
        return self._parameter("reports")

    @property
    def kill_switch(self) -> str:
        """The parameter that stops every repair."""
        return self._parameter("repairs")

    # --- SES and EC2 ------------------------------------------------------------------------------------------------

    @property
    def receipt_rule_set(self) -> str:
        """Our own receipt rule set, made where none is active; at most 64 characters."""
        return self.prefix

    def receipt_rule(self, part: str) -> str:
        """A receipt rule, such as ``jmrp``; at most 64 characters, the first of them those of the rule set."""
        return self._name(part, 64)

    def address(self, name: str) -> str:
        """The `Name` tag of an Elastic IP, by which it is known in the account; at most 256 characters."""
        return self._name(name, 256)

    def address_name(self, tag: str) -> str:
        """The address that a `Name` tag is of; the tag itself where this deployment did not write it."""
        return tag.removeprefix(f"{self.prefix}-")


def _fitted(name: str, limit: int, ending: str = "") -> str:
    """The name with its ending; where that is too long, the end of the name gives way to a digest of the whole."""
    whole = f"{name}{ending}"
    if len(whole) <= limit:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:_DIGEST]
    kept = name[: limit - len(ending) - _DIGEST - 1].rstrip("-_./")
    return f"{kept}-{digest}{ending}"


def deployment_of(stack: str) -> ResourceNames | None:
    """The deployment that a stack is part of, by the stack's name; None: it is none of staygreen's."""
    if not is_ours(stack):
        return None
    words = stack.removeprefix(_PREFIX).split("-")
    place = next((number for number, word in enumerate(words) if word in ENVIRONMENTS), 0)
    sender = "-".join(words[:place])
    return ResourceNames(sender=sender, environment=words[place]) if sender else None


class SettingsParameter(NamedTuple):
    """What the name of a settings parameter says."""

    deployment: ResourceNames
    kind: str
    """``check``, ``remediation`` or ``only``."""
    id: str
    """Of the check or remediation; empty for ``only``."""
    page: int
    """From 1 on: what is too long for one parameter goes on in the next."""


def settings_parameter(name: str) -> SettingsParameter | None:
    """Read the name of a settings parameter; None: it is none of ours."""
    found = _PARAMETER.fullmatch(name)
    if found is None:
        return None
    return SettingsParameter(_deployment(found), found["kind"] or "only", found["id"] or "", int(found["page"] or 1))


def kill_switch_of(name: str) -> ResourceNames | None:
    """The deployment whose repairs a parameter stops; None: it is no such parameter."""
    found = _SWITCH.fullmatch(name)
    return _deployment(found) if found else None


def _deployment(found: re.Match[str]) -> ResourceNames:
    return ResourceNames(sender=found["sender"], environment=found["environment"])


def is_ours(name: str) -> bool:
    """Whether a deployment of staygreen, whichever, gives such a name."""
    return name.startswith(_PREFIX)


def has_ours(text: str) -> bool:
    """Whether a text, such as an ARN, has such a name in it."""
    return _PREFIX in text


def names_ours(text: str) -> bool:
    """Whether a text is, or a list or an ARN ends in, such a name or the name of one of our parameters or secrets."""
    return _OURS.search(text) is not None


def is_topic_of_people(topic: str) -> bool:
    """Whether a topic's name or ARN is that of alerts or of operations of a deployment of ours."""
    return _TOPIC.search(topic) is not None


def camel(text: str) -> str:
    """Return the text as part of a logical name: ``mail-1`` is ``Mail1``."""
    words = "".join(character if character.isalnum() else " " for character in text).split()
    return "".join(word[:1].upper() + word[1:] for word in words)


def domain_stack(domain: str) -> str:
    """Return the id of a domain's stack, such as ``domain-example-com``."""
    return f"domain-{domain.replace('.', '-')}"


def address_output(name: str) -> str:
    """Return the output of the addresses stack that holds an address: ``mail-1`` is in ``AddressMail1``."""
    return "Address" + "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", name))


def dkim_name_output(number: int) -> str:
    """Return the output of a domain's stack with the owner name of Easy DKIM's CNAME 1, 2 or 3."""
    return f"DkimName{number}"


def dkim_value_output(number: int) -> str:
    """Return the output of a domain's stack with the target of Easy DKIM's CNAME 1, 2 or 3."""
    return f"DkimValue{number}"


def dkim_secret(domain: str, selector: str) -> str:
    """The secret of a DKIM key of our own, where the configuration names no other."""
    return f"{PRODUCT}/dkim/{domain}/{selector}"


def function_log_group(function: str) -> str:
    """The log group of a function, by the function's name (AWS Lambda Developer Guide)."""
    return f"/aws/lambda/{function}"


def state_machine_log_group(state_machine: str) -> str:
    """The log group of a state machine; the prefix spares the account's resource policy (Step Functions guide)."""
    return f"/aws/vendedlogs/states/{state_machine}"
