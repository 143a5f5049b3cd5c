"""SPF as a receiver evaluates it (RFC 7208 §4 to §7), with what each term costs.

With a client the limits hold: ten terms that ask, two void lookups, ten names of an MX. Without one the walk
matches nobody, goes on past the limits and counts: that is the most that a record can cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from lambdas.core.config.model import IPAddress
from lambdas.core.live.answers import Answers
from lambdas.core.live.judgement import LONGEST_RECORD
from lambdas.core.live.spf_macro import Mail, expand, needs_mail
from lambdas.core.records import spf
from lambdas.core.records.fault import Fault
from lambdas.core.sources import Question, Rcode, RecordType, Reply

MAX_VOID_LOOKUPS = 2
"""Lookups that find nothing (RFC 7208 §4.6.4)."""
_MAX_MX = 10
_COUNT_NO_FURTHER = 40
_LONGEST_NAME = 253
_LONGEST_LABEL = 63


class Result(Enum):
    """What SPF says (RFC 7208 §2.6)."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"  # noqa: S105 - a result, no password
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_QUALIFIED = {"": Result.PASS, "+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


@dataclass(slots=True, kw_only=True)
class Cost:
    """One term that asks DNS, and what its record's own terms ask in turn."""

    term: str
    domain: str
    """Whose record it stands in."""
    void: int = 0
    """Void lookups of the term itself."""
    nested: list[Cost] = field(default_factory=list)

    @property
    def lookups(self) -> int:
        """What it counts toward the limit, itself included."""
        return 1 + sum(each.lookups for each in self.nested)

    @property
    def voids(self) -> int:
        """Its void lookups, nested ones included."""
        return self.void + sum(each.voids for each in self.nested)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The result, why, and the cost."""

    result: Result
    reason: str = ""
    """What failed, for the two errors."""
    costs: tuple[Cost, ...] = ()
    silent: Reply | None = None
    """The question that DNS did not answer, behind a TEMPERROR."""
    is_open: bool = False
    """Whether some record on the way lets everybody pass."""

    @property
    def lookups(self) -> int:
        """Terms that ask DNS."""
        return sum(cost.lookups for cost in self.costs)

    @property
    def voids(self) -> int:
        """Lookups that found nothing."""
        return sum(cost.voids for cost in self.costs)


def evaluate(domain: str, answers: Answers, mail: Mail) -> Evaluation:
    """Evaluate a domain's record for a message (``check_host``, RFC 7208 §4)."""
    walk = _Walk(answers, mail)
    costs: list[Cost] = []
    try:
        result = walk.check(domain, costs, ())
    except _Ended as ended:
        return Evaluation(result=ended.result, reason=ended.reason, costs=tuple(costs), silent=ended.silent)
    return Evaluation(result=result, costs=tuple(costs), is_open=walk.is_open)


def worst_case(domain: str, answers: Answers) -> Evaluation:
    """Evaluate it for nobody in particular: every term is reached, and counted past the limits."""
    return evaluate(domain, answers, Mail(client=None, sender=f"postmaster@{domain}"))


def records_of(reply: Reply) -> tuple[str, ...]:
    """The TXT strings of a reply that claim to be SPF records."""
    return tuple(value for value in reply.values if spf.is_spf(value))


class _Ended(Exception):
    """The evaluation is over with an error."""

    def __init__(self, result: Result, reason: str, silent: Reply | None = None) -> None:
        super().__init__(reason)
        self.result = result
        self.reason = reason
        self.silent = silent


class _Walk:
    def __init__(self, answers: Answers, mail: Mail) -> None:
        self._answers = answers
        self._mail = mail
        self._lookups = 0
        self._voids = 0
        self.is_open = False

    def check(self, domain: str, costs: list[Cost], above: tuple[str, ...]) -> Result:
        record = self._record(domain, above)
        if record is None:
            return Result.NONE
        for term in record.terms:
            if not isinstance(term, spf.Directive):
                continue
            if self._matches(term, domain, costs, (*above, domain)):
                result = _QUALIFIED[term.qualifier]
                self.is_open |= term.mechanism == "all" and result is Result.PASS
                return result
        for term in record.terms:
            if isinstance(term, spf.Modifier) and term.name == "redirect":
                return self._redirected(term, domain, costs, (*above, domain))
        return Result.NEUTRAL

    def _record(self, domain: str, above: tuple[str, ...]) -> spf.SpfRecord | None:
        if domain in above:
            raise _Ended(Result.PERMERROR, f"{domain} includes itself: {' > '.join((*above, domain))}")
        reply = self._ask(domain, RecordType.TXT)
        found = records_of(reply)
        if not found:
            return None
        if len(found) > 1:
            raise _Ended(Result.PERMERROR, f"{domain} has {len(found)} SPF records")
        if len(found[0]) > LONGEST_RECORD:
            raise _Ended(Result.PERMERROR, f"the record of {domain} has {len(found[0]):,} characters")
        parsed = spf.parse(found[0])
        if isinstance(parsed, Fault):
            raise _Ended(Result.PERMERROR, f"the record of {domain} cannot be read {parsed}")
        return parsed

    def _redirected(self, term: spf.Modifier, domain: str, costs: list[Cost], above: tuple[str, ...]) -> Result:
        cost = self._spend(term, domain, costs)
        if self._mail.client is None and needs_mail(term.value):
            return Result.NEUTRAL
        target = expand(term.value, domain, self._mail)
        result = self.check(target, cost.nested, above)
        if result is Result.NONE:
            raise _Ended(Result.PERMERROR, f"redirect={target} leads to no SPF record")
        return result

    def _matches(self, term: spf.Directive, domain: str, costs: list[Cost], above: tuple[str, ...]) -> bool:
        client = self._mail.client
        if term.mechanism == "all":
            return True
        if term.mechanism in ("ip4", "ip6"):
            return client is not None and client in ip_network(term.value, strict=False)
        cost = self._spend(term, domain, costs)
        if client is None and needs_mail(term.value):
            return False
        target = expand(term.value, domain, self._mail) if term.value else domain
        if term.mechanism == "include":
            return self._includes(target, cost, above)
        return self._is_named(term, target, cost)

    def _is_named(self, term: spf.Directive, target: str, cost: Cost) -> bool:
        match term.mechanism:
            case "a":
                return self._is_among(target, term.prefixes, cost)
            case "mx":
                return any(self._is_among(host, term.prefixes, cost) for host in self._mail_hosts(target, cost))
            case "exists":
                return bool(self._counted(target, RecordType.A, cost))
            case _:
                # ptr: receivers need not evaluate it (§5.5), and it matches nobody whom another term should not name.
                return False

    def _includes(self, target: str, cost: Cost, above: tuple[str, ...]) -> bool:
        result = self.check(target, cost.nested, above)
        if result is Result.NONE:
            raise _Ended(Result.PERMERROR, f"include:{target} leads to no SPF record")
        return result is Result.PASS

    def _mail_hosts(self, target: str, cost: Cost) -> Iterator[str]:
        found = self._counted(target, RecordType.MX, cost)
        if len(found) > _MAX_MX:
            raise _Ended(Result.PERMERROR, f"mx:{target} has {len(found)} names, more than {_MAX_MX}")
        for value in found:
            host = value.rpartition(" ")[2].rstrip(".").lower()
            if host:
                yield host

    def _is_among(self, host: str, prefixes: str, cost: Cost) -> bool:
        client = self._mail.client
        rtype = RecordType.AAAA if client is not None and client.version == 6 else RecordType.A
        found = self._counted(host, rtype, cost)
        return client is not None and any(client in network for network in _networks(found, prefixes, client))

    def _counted(self, name: str, rtype: RecordType, cost: Cost) -> tuple[str, ...]:
        """The records of a lookup that counts as void when it finds none."""
        reply = self._ask(name, rtype)
        if not reply.values:
            cost.void += 1
            self._voids += 1
            if self._mail.client is not None and self._voids > MAX_VOID_LOOKUPS:
                raise _Ended(Result.PERMERROR, f"more than {MAX_VOID_LOOKUPS} lookups find nothing")
        return reply.values

    def _spend(self, term: spf.Term, domain: str, costs: list[Cost]) -> Cost:
        cost = Cost(term=str(term), domain=domain)
        costs.append(cost)
        self._lookups += 1
        limit = _COUNT_NO_FURTHER if self._mail.client is None else spf.MAX_LOOKUPS
        if self._lookups > limit:
            raise _Ended(Result.PERMERROR, f"more than {limit} terms ask DNS")
        return cost

    def _ask(self, name: str, rtype: RecordType) -> Reply:
        if not _is_askable(name):
            # What macros or a typing error made of it cannot exist (§4.3).
            return Reply(question=Question(name, rtype), rcode=Rcode.NXDOMAIN)
        reply = self._answers.ask(name, rtype)
        if reply.is_answered:
            return reply
        raise _Ended(Result.TEMPERROR, f"DNS did not answer for {name} {rtype.value}", reply)


def _is_askable(name: str) -> bool:
    return len(name) <= _LONGEST_NAME and all(0 < len(label) <= _LONGEST_LABEL for label in name.split("."))


def _networks(addresses: tuple[str, ...], prefixes: str, client: IPAddress) -> Iterator[IPv4Network | IPv6Network]:
    """The networks that addresses of a host stand for, given `/24//64`."""
    four, _, six = prefixes.partition("//")
    length = (four.removeprefix("/") or "32") if client.version == 4 else (six or "128")
    for text in addresses:
        try:
            address = ip_address(text)
        except ValueError:
            continue
        if address.version == client.version:
            yield ip_network(f"{address}/{length}", strict=False)
