"""The DNS of a command: controlled before anything is judged by it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

import typer

from staygreen.cli.output import print_text
from staygreen.core.dns import resolver_control
from staygreen.core.dns.message import Question
from staygreen.core.dns.resolver_control import Trust

if TYPE_CHECKING:
    from staygreen.adapters.dns.resolver import DnsLookup

COVERAGE_LOST = 3
PATIENCE = timedelta(seconds=3)
"""How long the control questions may take in all: a resolver that needs longer for the root is of no use."""


def lookup(resolver: str) -> DnsLookup:
    """A lookup by the named resolver, or the system's; exit status 2 when the name is no address."""
    # dnspython takes a moment to import: not for `--help`
    from staygreen.adapters.dns.resolver import to

    try:
        return to(resolver)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--resolver") from None


def controlled(resolver: str, own: Iterable[Question]) -> DnsLookup:
    """A lookup whose answers can be believed; else one sentence, and exit status 3.

    Args:
        resolver: `ADDR[:PORT]`; empty: the system's.
        own: Questions about the subjects (`resolver_control.own_questions`).
    """
    found = lookup(resolver)
    text = distrust(found, resolver, own)
    if text:
        print_text(text, err=True)
        raise typer.Exit(COVERAGE_LOST)
    return found


def distrust(found: DnsLookup, resolver: str, own: Iterable[Question]) -> str:
    """One sentence about a resolver that cannot be believed; empty: it can."""
    from staygreen.adapters.dns.resolver import DnsLookup

    asked = resolver_control.controls(secrets.token_hex(16), own)
    seconds = PATIENCE.total_seconds()
    asker = DnsLookup(
        servers=found.servers, timeout=PATIENCE / 2, tries=2, ceiling=found.ceiling, ends_at=time.monotonic() + seconds
    )
    trust = resolver_control.judge(asked, asker(asked.questions))
    if trust is Trust.LOCAL:
        who = resolver or "the system's resolver"
        print_text(f"{who} does not know the root of DNS: it speaks for some zones alone (warning)", err=True)
    if trust.is_usable:
        return ""
    return resolver_control.sentence(trust, f"the resolver {resolver}" if resolver else _system(found), seconds)


def _system(found: DnsLookup) -> str:
    named = ", ".join(server.address for server in found.servers)
    return f"the system's resolver ({named})" if named else "the system (no resolver is configured)"
