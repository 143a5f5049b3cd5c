"""Every name that staygreen gives to what it deploys, in one place.

A name belongs to one deployment, `Names`; tags and metrics are the same for all. No other module of the product
spells such a name (tests/unit/test_naming.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

PRODUCT = "staygreen"
SENDER_TAG = f"{PRODUCT}:sender"
"""The tag by which addresses are found; its value is the sender's name."""
ENVIRONMENT_TAG = f"{PRODUCT}:environment"
TAG_PREFIX = f"{PRODUCT}:"
"""Of every tag that staygreen sets itself."""
METRICS = PRODUCT
"""The CloudWatch namespace of what functions count themselves."""
ENVIRONMENT_DIMENSION = "environment"
"""A dimension of every metric of ours."""

PLACES = f"{PRODUCT}:config"
"""Metadata key of a stack: construct paths below it, and ``mine.toml:31`` for each."""
ACKNOWLEDGED = f"{PRODUCT}:acknowledge"
"""Metadata key of a stack: findings of a review that the configuration accepts."""

REPORTS_PREFIX, PEOPLE_PREFIX, UNREADABLE_PREFIX = "jmrp/", "contact/", "unreadable/"
"""Of objects in the mailbox's bucket: reports, mail for people, and what could not be read, by reason."""
SHARDS_PREFIX, READINGS_PREFIX = "shards/", "readings/"
"""Of objects in the bucket of a divided run."""

ADDRESSES_STACK = "addresses"
"""The stack of Elastic IPs."""
INCIDENTS = "incidents"
REPLIES = "replies"
SNDS = "snds"
REPAIR = "repair"
ANNOUNCER = "announce"
APPROVALS = "approvals"

_PREFIX = f"{PRODUCT}-"
_PARAMETER = re.compile(
    rf"/{PRODUCT}/(?P<environment>[^/]+)/(?P<kind>check|remediation)/(?P<id>[^/]+?)(?:/(?P<page>[0-9]+))?"
)
_SWITCH = re.compile(rf"/{PRODUCT}/(?P<environment>[^/]+)/repairs")
_TOPIC = re.compile(rf"{_PREFIX}.+-(alerts|operations)|(?i:alerts|operations)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The names of one deployment's resources."""

    environment: str
    """Such as ``production``."""

    @property
    def prefix(self) -> str:
        """How every name begins, such as ``staygreen-production``."""
        return f"{_PREFIX}{self.environment}"

    def _name(self, part: str) -> str:
        return f"{self.prefix}-{part}"

    # --- stacks -----------------------------------------------------------------------------------------------------

    def stack(self, part: str) -> str:
        """A stack, such as ``state``."""
        return self._name(part)

    @property
    def any_stack(self) -> str:
        """The pattern of all stacks, for policies."""
        return self._name("*")

    # --- functions, and what runs them ------------------------------------------------------------------------------

    def function(self, part: str) -> str:
        """A function, such as ``announce``."""
        return self._name(part)

    def check_function(self, check: str) -> str:
        """The function that runs a check."""
        return self.function(f"check-{check}")

    def schedule(self, part: str) -> str:
        """A schedule, such as ``blocklist``."""
        return self._name(part)

    def event_rule(self, part: str) -> str:
        """A rule on the default event bus."""
        return self._name(part)

    def state_machine(self, part: str) -> str:
        """A state machine, such as ``repair``."""
        return self._name(part)

    def role(self, part: str) -> str:
        """A role whose name people have to know; others are named by CloudFormation."""
        return self._name(part)

    # --- messages ---------------------------------------------------------------------------------------------------

    def queue(self, part: str) -> str:
        """A queue, such as ``replies``."""
        return self._name(part)

    def dead_letters(self, part: str) -> str:
        """The queue for what a function could not do."""
        return self.queue(f"{part}-dead-letters")

    def topic(self, part: str) -> str:
        """A topic, such as ``alerts``."""
        return self._name(part)

    def chat_channel(self, part: str) -> str:
        """A channel of Amazon Q Developer, such as ``slack-1``."""
        return self._name(part)

    def alarm(self, part: str) -> str:
        """An alarm, such as ``replies-waiting``."""
        return self._name(part)

    def event_destination(self, part: str) -> str:
        """An event destination of a configuration set."""
        return self._name(part)

    def log_filter(self, part: str) -> str:
        """A subscription filter of a log group."""
        return self._name(part)

    # --- what is kept -----------------------------------------------------------------------------------------------

    def table(self, part: str) -> str:
        """A table, such as ``incidents``."""
        return self._name(part)

    def bucket(self, part: str, account: str, region: str) -> str:
        """A bucket, such as ``mail``: one name among all accounts of AWS."""
        return f"{self._name(part)}-{account}-{region}"

    def key(self, part: str) -> str:
        """A key's alias, without ``alias/``."""
        return self._name(part)

    def secret(self, part: str) -> str:
        """A secret that a deployment makes itself."""
        return f"{PRODUCT}/{self.environment}/{part}"

    @property
    def recipient_key(self) -> str:
        """The secret with the key of recipients' hashes."""
        return self.secret("recipient-key")

    # --- settings ---------------------------------------------------------------------------------------------------

    def check_parameter(self, check: str) -> str:
        """The parameter with a check's settings."""
        return f"/{PRODUCT}/{self.environment}/check/{check}"

    def remediation_parameter(self, remediation: str) -> str:
        """The parameter with a remediation's settings."""
        return f"/{PRODUCT}/{self.environment}/remediation/{remediation}"

    @property
    def kill_switch(self) -> str:
        """The parameter that stops every repair."""
        return f"/{PRODUCT}/{self.environment}/repairs"

    # --- SES and EC2 ------------------------------------------------------------------------------------------------

    @property
    def receipt_rule_set(self) -> str:
        """Our own receipt rule set, made where none is active."""
        return self.prefix

    def receipt_rule(self, part: str) -> str:
        """A receipt rule, such as ``jmrp``."""
        return self._name(part)

    def address(self, name: str) -> str:
        """The `Name` tag of an Elastic IP, by which it is known in the account."""
        return self._name(name)

    def address_name(self, tag: str) -> str:
        """The address that a `Name` tag is of; the tag itself where staygreen did not write it."""
        return tag.removeprefix(self._name(""))


class SettingsParameter(NamedTuple):
    """What the name of a settings parameter says."""

    environment: str
    kind: str
    """``check`` or ``remediation``."""
    id: str
    page: int
    """From 1 on: what is too long for one parameter goes on in the next."""


def settings_parameter(name: str) -> SettingsParameter | None:
    """Read the name of a settings parameter; None: it is none of ours."""
    found = _PARAMETER.fullmatch(name)
    if found is None:
        return None
    return SettingsParameter(found["environment"], found["kind"], found["id"], int(found["page"] or 1))


def kill_switch_environment(name: str) -> str:
    """The environment whose repairs a parameter stops; empty: it is no such parameter."""
    found = _SWITCH.fullmatch(name)
    return found["environment"] if found else ""


def is_ours(name: str) -> bool:
    """Whether a deployment of staygreen, whichever, gives such a name."""
    return name.startswith(_PREFIX)


def has_ours(text: str) -> bool:
    """Whether a text, such as an ARN, has such a name in it."""
    return _PREFIX in text


def is_topic_of_people(topic: str) -> bool:
    """Whether a topic's name, ARN or logical id is that of alerts or of operations."""
    return _TOPIC.search(topic) is not None


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
