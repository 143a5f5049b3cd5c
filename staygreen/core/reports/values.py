"""Values of a report, from text as reporters write it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from staygreen.core.finding import IPAddress
from staygreen.core.reports.limits import MOST_MESSAGES

_RESULTS = {"hardfail": "fail", "error": "temperror", "unknown": "permerror", "softfailed": "softfail"}
"""Words for the same thing: RFC 7489 appendix C notes that ``error`` and ``unknown`` are commonly written for
``temperror`` and ``permerror``; ``hardfail`` is of early SPF."""
_DIGITS = re.compile(r"[0-9]{1,15}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,400}")
_MILLISECONDS = 10**11
"""Seconds since 1970 above this are of the year 5138: milliseconds then."""
_LEADING_ZEROS = re.compile(r"\b0+(?=[0-9])")
_DOTTED = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){3}")
LONGEST_PERIOD = timedelta(days=366)
_FIRST, _LAST = 0, 4_102_444_800
_FIRST_YEAR, _LAST_YEAR = 1970, 2100
"""Periods begin between 1970 and 2100."""


class ValueFault(ValueError):
    """A text is no value; the message says what is wrong with it."""


def word(text: str) -> str:
    """A result or disposition in lower case."""
    lower = text.strip().lower()
    return _RESULTS.get(lower, lower)


def name(text: str) -> str:
    """A domain in lower case, without the last dot."""
    return text.strip().rstrip(".").lower()


def address(text: str) -> tuple[IPAddress | None, str]:
    """The address, and what was mended or is wrong; None: it is none."""
    bare = text.strip().strip("[]").partition("%")[0]
    if not bare:
        return None, "a record without a source address"
    fault = ""
    if _DOTTED.fullmatch(bare) and _LEADING_ZEROS.search(bare):
        bare, fault = _LEADING_ZEROS.sub("", bare), "zeros in front of a number of an address"
    try:
        found: IPAddress = IPv6Address(bare) if ":" in bare else IPv4Address(bare)
    except AddressValueError:
        return None, f"a source address that is none: {text[:60]!r}"
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found, fault


def count(text: str) -> tuple[int, str]:
    """The number of messages, and what was mended.

    Raises:
        ValueFault: It is missing, negative, beyond belief or no number.
    """
    bare, fault = text.strip(), ""
    if _DIGITS.fullmatch(bare):
        number = int(bare)
    else:
        whole = bare.removesuffix(".0")
        if not _INTEGER.fullmatch(whole):
            raise ValueFault(f"no count: {text[:40]!r}" if bare else "no count")
        number, fault = int(whole), "a count written as no plain number"
    if number < 0 or number > MOST_MESSAGES:
        raise ValueFault(f"the count {bare[:40]}")
    return number, fault


def moment(text: str) -> tuple[datetime, str]:
    """A point in time, and what was mended: seconds since 1970, or a date in ISO form.

    Raises:
        ValueFault: It is missing or none.
    """
    bare, fault = text.strip(), ""
    seconds = bare.partition(".")[0]
    if _DIGITS.fullmatch(seconds):
        number = int(seconds)
        if number > _MILLISECONDS:
            number, fault = number // 1000, "times in milliseconds"
        if not _FIRST <= number <= _LAST:
            raise ValueFault(f"the time {bare[:40]}")
        return datetime.fromtimestamp(number, UTC), fault
    try:
        found = datetime.fromisoformat(bare)
    except ValueError:
        raise ValueFault(f"no time: {bare[:40]!r}" if bare else "no time") from None
    # naive or not, the year decides: a zone could lead out of what a time can be
    if not _FIRST_YEAR <= found.year < _LAST_YEAR:
        raise ValueFault(f"the time {bare[:40]}")
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    return found, "times as dates"


def period(begin: str, end: str) -> tuple[datetime, datetime, list[str]]:
    """The period of a report in order, and what was mended.

    Raises:
        ValueFault: A report without a period that can be believed.
    """
    (first, first_fault), (last, last_fault) = moment(begin), moment(end)
    faults = [each for each in dict.fromkeys((first_fault, last_fault)) if each]
    if first > last:
        first, last = last, first
        faults.append("the period begins after its end: exchanged")
    if last - first > LONGEST_PERIOD:
        raise ValueFault(f"a period of {(last - first).days} days")
    return first, last, faults
