"""CloudWatch Logs: which lines a subscription's filter pattern lets pass, and that its log group must exist.

The emulator wants every word of a pattern in the line; on AWS terms marked with `?` are alternatives and a quoted term
is a phrase (CloudWatch Logs User Guide, "Filter pattern syntax", verified 2026-11-24). Patterns for JSON and for
columns, and expressions, are the emulator's own affair. PutSubscriptionFilter answers ResourceNotFoundException for a
log group that is not there (its API reference, recalled, not verified); in templates the emulator takes any.
"""

from __future__ import annotations

import re

from ministack.services import cloudwatch_logs
from ministack.services.cloudformation import provisioners

from local.aws.cloudformation import Made, Properties

_TERM = re.compile(r'([?-]?)(?:"([^"]*)"|(\S+))')


def install() -> None:
    """Replace the emulator's matching for patterns of plain terms, and refuse filters of no log group."""
    _refuse_missing_groups()
    original = cloudwatch_logs._subscription_pattern_matches

    def matches(pattern: str, message: str) -> bool:
        if not pattern or pattern.strip()[:1] in ("{", "[", "%"):
            return bool(original(pattern, message))
        return lets_pass(pattern, message or "")

    cloudwatch_logs._subscription_pattern_matches = matches


def _refuse_missing_groups() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Logs::SubscriptionFilter"]
    original = handlers["create"]

    def create(logical_id: str, properties: Properties, stack_name: str) -> Made:
        group = properties["LogGroupName"]
        if group not in cloudwatch_logs._log_groups:
            raise ValueError(f"The specified log group does not exist: {group}")
        made: Made = original(logical_id, properties, stack_name)
        return made

    handlers["create"] = create


def lets_pass(pattern: str, line: str) -> bool:
    """Whether a pattern of plain terms matches a line."""
    found = [(mark, quoted or plain) for mark, quoted, plain in _TERM.findall(pattern)]
    wanted = [term for mark, term in found if not mark]
    unwanted = [term for mark, term in found if mark == "-"]
    either = [term for mark, term in found if mark == "?"]
    if any(term in line for term in unwanted):
        return False
    # Beside a term that must be there, AWS pays no heed to alternatives.
    return all(term in line for term in wanted) if wanted else not either or any(term in line for term in either)
