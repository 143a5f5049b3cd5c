"""What Microsoft, Google and Yahoo ask of those who send much, judged on one message.

Source: data/received/bulk_senders.toml, with the pages and the dates on which they were read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from staygreen.core.data import table
from staygreen.core.received.authentication import Alignment
from staygreen.core.received.codes import meaning
from staygreen.core.received.one_click import OneClick
from staygreen.core.received.reading import Reading

Answer = tuple[bool | None, str]
"""Whether a rule is met (None: the message does not show it), and why we say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """One of the receivers that publish rules."""

    id: str
    name: str
    bulk: str
    """Who sends much, in its own words."""
    since: date
    source: str
    read: date
    """The date of the copy that was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule, and who asks for it."""

    id: str
    title: str
    applies_to: str
    """``all``, ``bulk`` or ``marketing``."""
    levels: Mapping[str, str]
    """``required`` or ``recommended``, by the publisher's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One rule on one message."""

    rule: Rule
    is_met: bool | None
    why: str


@cache
def publishers() -> Mapping[str, Publisher]:
    """Those who publish rules, by id."""
    rows = table("received/bulk_senders.toml")["receiver"]
    return {name: Publisher(id=name, **row) for name, row in rows.items()}


@cache
def rules() -> tuple[Rule, ...]:
    """The rules, in their order."""
    return tuple(
        Rule(
            id=row["id"],
            title=row["title"],
            applies_to=row["for"],
            levels={name: row[name] for name in publishers() if name in row},
        )
        for row in table("received/bulk_senders.toml")["rule"]
    )


def judge(read: Reading) -> tuple[Judged, ...]:
    """Each rule on the message, as far as the receiver's headers and the message's own show it."""
    judged = []
    for rule in rules():
        is_met, why = _JUDGES[rule.id](read)
        judged.append(Judged(rule=rule, is_met=is_met, why=why))
    return tuple(judged)


def _result(value: str) -> Answer:
    if not value:
        return None, "the receiver does not say"
    return value == "pass", value


def _dmarc(read: Reading) -> Answer:
    if read.authentication.dmarc == "bestguesspass":
        return False, "no DMARC record (bestguesspass)"
    return _result(read.authentication.dmarc)


def _alignment(read: Reading) -> Answer:
    auth = read.authentication
    if auth.dmarc == "pass":
        return True, "DMARC passed"
    passed = {auth.spf_alignment if auth.spf == "pass" else None, auth.dkim_alignment} - {None}
    if not auth.is_any:
        return None, "the receiver does not say"
    if passed & {Alignment.EXACT, Alignment.RELAXED}:
        return True, "aligned, at least relaxed"
    if Alignment.UNKNOWN in passed:
        return None, "depends on which name is the organization's"
    return False, "nothing that passed is aligned"


def _ptr(read: Reading) -> Answer:
    known = meaning("PTR", read.ptr) if read.ptr else None
    if known is not None:
        return (None if read.ptr.lower() == "errorretry" else False), known.text
    if "." in read.ptr:
        return None, f"{read.ptr} is its name; whether that leads back, the headers do not show"
    return None, "the receiver names none"


def _tls(read: Reading) -> Answer:
    if read.is_tls is None:
        return None, "the handover is not in what was read"
    return (True, "over TLS") if read.is_tls else (False, "no TLS is noted at the handover")


def _format(read: Reading) -> Answer:
    counts = {name: len(read.header.of(name.lower())) for name in ("From", "Date", "Message-ID")}
    twice = [name for name, count in counts.items() if count > 1]
    missing = [name for name, count in counts.items() if not count]
    if twice:
        return False, f"{' and '.join(twice)} more than once"
    if missing:
        return None, f"no {' and no '.join(missing)} in what was read"
    return True, "once each"


def _one_click(read: Reading) -> Answer:
    found = read.one_click
    if found.state is not OneClick.READY:
        return (None if found.state is OneClick.UNKNOWN else False), "; ".join(found.faults)
    return True, "covered by a signature that passed" if found.is_checked else "covered by a signature"


def _unsubscribe(read: Reading) -> Answer:
    if read.one_click.has_way_out:
        return True, "present"
    is_unknown = read.one_click.state is OneClick.UNKNOWN
    return (None if is_unknown else False), "; ".join(read.one_click.faults) or "no address"


_JUDGES: Mapping[str, Callable[[Reading], Answer]] = {
    "spf": lambda read: _result(read.authentication.spf),
    "dkim": lambda read: _result(read.authentication.dkim),
    "dmarc": _dmarc,
    "alignment": _alignment,
    "ptr": _ptr,
    "tls": _tls,
    "format": _format,
    "one_click": _one_click,
    "unsubscribe": _unsubscribe,
}
