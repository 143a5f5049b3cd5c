"""What evaluating an SPF record costs a receiver: every term that asks DNS, nested ones included (RFC 7208 §4.6.4).

Counted is the evaluation in which nothing matches, which is the longest one. What
could not be followed is said, so that a count is exact or "at least".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from staygreen.core.dns.message import Lookup, Question, Rcode, RecordType, Reply
from staygreen.core.records import spf
from staygreen.core.records.fault import Fault
from staygreen.core.records.name import is_askable

MAX_VOID_LOOKUPS = 2
"""Questions without an answer that receivers put up with (RFC 7208 §4.6.4)."""
MAX_EXCHANGERS = 10
"""MX records of one name whose addresses a receiver looks up (RFC 7208 §4.6.4)."""
_MOST_TERMS = 200
"""Where following ends: far above what any receiver evaluates, and a bound on our own time."""
_ANSWERED = (Rcode.NOERROR, Rcode.NXDOMAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A record, or one term of it that asks DNS, with everything below it."""

    term: str
    """As the record writes it; empty at the root."""
    name: str
    """Whose record or address is asked for; empty where only a receiver can know."""
    record: str = ""
    """The SPF record at `name`; empty for a, mx, ptr and exists."""
    is_void: bool = False
    """Whether the question has no answer: the name, or a record of that type, does not exist."""
    fault: str = ""
    """One clause, without a final stop: why receivers end in permerror here."""
    open: str = ""
    """One clause: why what is below could not be counted."""
    is_silent: bool = False
    """Whether that is because nobody answered."""
    branches: tuple[Branch, ...] = ()

    @property
    def lookups(self) -> int:
        """Terms that ask DNS, here and below; the question for the first record is not one."""
        return bool(self.term) + sum(branch.lookups for branch in self.branches)

    @property
    def void_lookups(self) -> int:
        """Terms without an answer, here and below."""
        return self.is_void + sum(branch.void_lookups for branch in self.branches)

    def all(self) -> Iterator[Branch]:
        """This one and everything below it, in the order of evaluation."""
        yield self
        for branch in self.branches:
            yield from branch.all()

    @property
    def faults(self) -> tuple[str, ...]:
        """Every reason for permerror but the two limits."""
        return tuple(branch.fault for branch in self.all() if branch.fault)

    @property
    def silent(self) -> tuple[str, ...]:
        """The names that nobody answered for."""
        return tuple(branch.name for branch in self.all() if branch.is_silent)

    @property
    def is_whole(self) -> bool:
        """Whether everything could be followed; otherwise the counts are "at least"."""
        return not any(branch.open for branch in self.all())


def tree(name: str, record: str, lookup: Lookup) -> Branch:
    """Follow a record.

    Args:
        name: The domain that the record belongs to, lower case, without a trailing dot.
        record: The record's text.
        lookup: Answers the questions, live or recorded; what it cannot answer stays open.
    """
    return _Walk(lookup).record("", name, record, ())


class _Walk:
    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._left = _MOST_TERMS

    def record(self, term: str, name: str, text: str, above: tuple[str, ...]) -> Branch:
        parsed = spf.parse(text)
        if isinstance(parsed, Fault):
            return Branch(term=term, name=name, record=text, fault=f"the record of {name} cannot be read: {parsed}")
        found: list[Branch] = []
        for each in parsed.asking:
            if self._left == 0:
                return Branch(term=term, name=name, record=text, open="there are too many terms", branches=tuple(found))
            self._left -= 1
            found.append(self._term(each, name, (*above, name)))
        return Branch(term=term, name=name, record=text, branches=tuple(found))

    def _term(self, term: spf.Term, name: str, above: tuple[str, ...]) -> Branch:
        kind = term.mechanism if isinstance(term, spf.Directive) else term.name
        target = (term.value or name).lower().removesuffix(".")
        if kind == "ptr" or "%" in target:
            follows = kind in ("include", "redirect")
            return Branch(term=str(term), name="", open=f"{term} depends on the message" if follows else "")
        if kind in ("include", "redirect"):
            return self._other(str(term), target, above)
        if kind == "mx":
            return self._exchangers(str(term), target)
        return self._address(
            str(term), target, (RecordType.A,) if kind == "exists" else (RecordType.A, RecordType.AAAA)
        )

    def _other(self, term: str, target: str, above: tuple[str, ...]) -> Branch:
        if target in above:
            return Branch(term=term, name=target, fault=f"{term} leads back to {target} for ever")
        reply = self._ask(target, RecordType.TXT)
        if reply.rcode not in _ANSWERED:
            return _silent(term, target)
        records = [value for value in reply.values if spf.is_spf(value)]
        if len(records) != 1:
            what = f"{len(records)} SPF records" if records else "no SPF record"
            return Branch(term=term, name=target, is_void=not reply.values, fault=f"{target} has {what}")
        return self.record(term, target, records[0], above)

    def _exchangers(self, term: str, target: str) -> Branch:
        reply = self._ask(target, RecordType.MX)
        if reply.rcode not in _ANSWERED:
            return _silent(term, target)
        many = len(reply.values) > MAX_EXCHANGERS
        fault = f"{target} has {len(reply.values)} MX records, and receivers look at {MAX_EXCHANGERS}" if many else ""
        return Branch(term=term, name=target, is_void=_is_void(reply), fault=fault)

    def _address(self, term: str, target: str, types: tuple[RecordType, ...]) -> Branch:
        # An IPv4 sender's receiver asks for A, an IPv6 sender's for AAAA: void for certain only without both.
        replies = [self._ask(target, rtype) for rtype in types]
        if not any(reply.values for reply in replies) and any(reply.rcode not in _ANSWERED for reply in replies):
            return _silent(term, target)
        return Branch(term=term, name=target, is_void=not any(reply.values for reply in replies))

    def _ask(self, name: str, rtype: RecordType) -> Reply:
        if not is_askable(name):
            return Reply(question=Question(name, rtype), rcode=Rcode.NXDOMAIN)
        return next(iter(self._lookup([Question(name, rtype)])))


def _silent(term: str, name: str) -> Branch:
    return Branch(term=term, name=name, open=f"there is no answer for {name}", is_silent=True)


def _is_void(reply: Reply) -> bool:
    return reply.rcode in _ANSWERED and not reply.values
