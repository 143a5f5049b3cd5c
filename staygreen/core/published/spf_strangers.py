"""What an SPF record says of hosts that it does not mean: whether everybody passes, and what its last word is.

Terms are taken in their order, as receivers do (RFC 7208 §4.6.2). An include counts by its own qualifier and matches
where what it includes passes (§5.2): a failing include of a record that lets everybody pass makes everybody fail.
"""

from __future__ import annotations

from ipaddress import IPv4Network, collapse_addresses

from staygreen.core.records import spf
from staygreen.core.records.fault import Fault
from staygreen.core.records.spf_cost import Branch

_HALF = 2**31
"""Of all IPv4 addresses; our choice: no sender has as many."""


def lets_everybody_pass(whole: Branch) -> str:
    """The term that lets everybody pass, or half of all IPv4 addresses and more; empty when none does.

    Args:
        whole: A record with all that it leads to.
    """
    parsed = spf.parse(whole.record) if whole.record else Fault(0, "")
    if isinstance(parsed, Fault):
        return ""
    networks: list[tuple[IPv4Network, str]] = []
    for term in parsed.terms:
        if not isinstance(term, spf.Directive):
            continue
        if isinstance(term.network, IPv4Network) and term.passes:
            networks.append((term.network, str(term)))
        elif matched := _matches_everybody(term, whole):
            return matched if term.passes else ""
        if opened := _half(networks):
            return opened
    return _through_redirect(parsed, whole)


def _matches_everybody(term: spf.Directive, whole: Branch) -> str:
    """What makes a term match every host, IPv4 or IPv6; empty when it does not."""
    below = next((branch for branch in whole.branches if branch.term == str(term)), None)
    if term.mechanism == "all" or (term.network is not None and term.network.prefixlen == 0):
        return str(term)
    if below is None or below.is_void or below.open or "%" in term.value:
        return ""
    if term.mechanism == "include":
        inner = lets_everybody_pass(below)
        return f"{term} ({inner})" if inner else ""
    has_no_prefix = term.prefixes.startswith("/0") or term.prefixes.endswith("//0")
    is_certain = term.mechanism == "exists"
    return str(term) if has_no_prefix or is_certain else ""


def _half(networks: list[tuple[IPv4Network, str]]) -> str:
    """The terms whose networks together are half of all addresses or more."""
    together = sum(each.num_addresses for each in collapse_addresses(network for network, _ in networks))
    if together < _HALF:
        return ""
    largest = sorted(networks, key=lambda pair: pair[0].prefixlen)[:2]
    return " ".join(text for _, text in largest)


def _through_redirect(parsed: spf.SpfRecord, whole: Branch) -> str:
    if parsed.last_word is not None:
        return ""
    for term in parsed.terms:
        if isinstance(term, spf.Modifier) and term.name == "redirect":
            below = next((branch for branch in whole.branches if branch.term == str(term)), None)
            inner = lets_everybody_pass(below) if below else ""
            return f"{term} ({inner})" if inner else ""
    return ""


def last_word(whole: Branch) -> spf.Directive | None:
    """What is said of every host that is left, by the record or the one that it redirects to; None: nothing."""
    parsed = spf.parse(whole.record) if whole.record else Fault(0, "")
    if isinstance(parsed, Fault):
        return None
    if parsed.last_word is not None:
        return parsed.last_word
    redirects = [str(term) for term in parsed.terms if isinstance(term, spf.Modifier) and term.name == "redirect"]
    below = next((branch for branch in whole.branches if branch.term in redirects), None)
    return last_word(below) if below else None
