"""CloudWatch Logs: which lines a subscription's filter pattern lets pass.

The emulator wants every word of a pattern in the line; on AWS terms marked with `?` are alternatives and a quoted term
is a phrase (CloudWatch Logs User Guide, "Filter pattern syntax", verified 2026-11-24). Patterns for JSON and for
columns, and expressions, are the emulator's own affair.
"""

from __future__ import annotations

import re

from ministack.services import cloudwatch_logs

_TERM = re.compile(r'([?-]?)(?:"([^"]*)"|(\S+))')


def install() -> None:
    """Replace the emulator's matching for patterns of plain terms."""
    original = cloudwatch_logs._subscription_pattern_matches

    def matches(pattern: str, message: str) -> bool:
        if not pattern or pattern.strip()[:1] in ("{", "[", "%"):
            return bool(original(pattern, message))
        return lets_pass(pattern, message or "")

    cloudwatch_logs._subscription_pattern_matches = matches


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
