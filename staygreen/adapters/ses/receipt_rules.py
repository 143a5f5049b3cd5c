"""Receipt rule sets of SES, which version 1 of its API alone knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from staygreen.core.errors import ActionRefused
from staygreen.core.provisioning.receipt_rules import Activate, CreateSet, DeleteRule, DeleteSet, PutRule, RuleSet, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRules:
    """The rule sets of one account and region."""

    client: Any
    """An `ses` client, not `sesv2`."""

    def active(self) -> str:
        """The set that runs; empty: none."""
        return str(self.client.describe_active_receipt_rule_set().get("Metadata", {}).get("Name", ""))

    def at_work(self) -> frozenset[str]:
        """Names of the rules that run and are switched on."""
        rules = self.client.describe_active_receipt_rule_set().get("Rules", [])
        return frozenset(str(rule["Name"]) for rule in rules if rule.get("Enabled"))

    def sets(self) -> tuple[RuleSet, ...]:
        """Every set with the names of its rules."""
        names = [each["Name"] for page in self._pages() for each in page.get("RuleSets", [])]
        return tuple(self._described(name) for name in names)

    def take(self, steps: Iterable[Step]) -> None:
        """Take each step.

        Raises:
            ActionRefused: When SES refuses one; the reason is SES's own.
        """
        for step in steps:
            try:
                self._take(step)
            except ClientError as error:
                raise ActionRefused(f"{type(step).__name__}: {error}") from error

    def _take(self, step: Step) -> None:
        match step:
            case CreateSet(name):
                self.client.create_receipt_rule_set(RuleSetName=name)
            case Activate(""):
                self.client.set_active_receipt_rule_set()
            case Activate(name):
                self.client.set_active_receipt_rule_set(RuleSetName=name)
            case PutRule(rule_set, rule, exists=True):
                self.client.update_receipt_rule(RuleSetName=rule_set, Rule=rule)
            case PutRule(rule_set, rule):
                self.client.create_receipt_rule(RuleSetName=rule_set, Rule=rule)
            case DeleteRule(rule_set, name):
                self.client.delete_receipt_rule(RuleSetName=rule_set, RuleName=name)
            case DeleteSet(name):
                self.client.delete_receipt_rule_set(RuleSetName=name)

    def _described(self, name: str) -> RuleSet:
        rules = self.client.describe_receipt_rule_set(RuleSetName=name).get("Rules", [])
        return RuleSet(name=name, rules=tuple(rule["Name"] for rule in rules))

    def _pages(self) -> Iterable[dict[str, Any]]:
        token: dict[str, str] = {}
        while True:
            page = self.client.list_receipt_rule_sets(**token)
            yield page
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}


def connect() -> ReceiptRules:
    """In the account and region of the environment."""
    from staygreen.adapters.aws.clients import client

    return ReceiptRules(client=client("ses"))
