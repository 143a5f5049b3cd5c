"""SPF for one message, as a receiver evaluates it (RFC 7208 §4 to §7), its limits included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from staygreen.core.dns.message import Question, Rcode, RecordType, Reply
from staygreen.core.finding import IPAddress
from staygreen.core.published.dns_cache import Answers
from staygreen.core.published.judgement import LONGEST_RECORD
from staygreen.core.published.spf_macro import Mail, expand
from staygreen.core.records import spf
from staygreen.core.records.fault import Fault
from staygreen.core.records.name import is_askable
from staygreen.core.records.spf_cost import MAX_EXCHANGERS, MAX_VOID_LOOKUPS


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The result, and why where it is an error."""

    result: Result
    reason: str = ""
    silent: Reply | None = None
    """The question that DNS did not answer, behind a TEMPERROR."""


def evaluate(domain: str, answers: Answers, mail: Mail) -> Evaluation:
    """Evaluate a domain's record for a message (``check_host``, RFC 7208 §4)."""
    try:
        return Evaluation(result=_Walk(answers, mail).check(domain, ()))
    except _Ended as ended:
        return ended.evaluation


def records_of(reply: Reply) -> tuple[str, ...]:
    """The TXT strings of a reply that claim to be SPF records."""
    return tuple(value for value in reply.values if spf.is_spf(value))


class _Ended(Exception):
    """The evaluation is over with an error."""

    def __init__(self, result: Result, reason: str, silent: Reply | None = None) -> None:
        super().__init__(reason)
        self.evaluation = Evaluation(result=result, reason=reason, silent=silent)


class _Walk:
    def __init__(self, answers: Answers, mail: Mail) -> None:
        self._answers = answers
        self._mail = mail
        self._lookups = 0
        self._voids = 0

    def check(self, domain: str, above: tuple[str, ...]) -> Result:
        record = self._record(domain, above)
        if record is None:
            return Result.NONE
        for term in record.terms:
            if isinstance(term, spf.Directive) and self._matches(term, domain, (*above, domain)):
                return _QUALIFIED[term.qualifier]
        for term in record.terms:
            if isinstance(term, spf.Modifier) and term.name == "redirect":
                return self._redirected(term, domain, (*above, domain))
        return Result.NEUTRAL

    def _record(self, domain: str, above: tuple[str, ...]) -> spf.SpfRecord | None:
        if domain in above:
            raise _Ended(Result.PERMERROR, f"{domain} includes itself")
        found = records_of(self._ask(domain, RecordType.TXT))
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

    def _redirected(self, term: spf.Modifier, domain: str, above: tuple[str, ...]) -> Result:
        self._spend()
        target = expand(term.value, domain, self._mail)
        result = self.check(target, above)
        if result is Result.NONE:
            raise _Ended(Result.PERMERROR, f"redirect={target} leads to no SPF record")
        return result

    def _matches(self, term: spf.Directive, domain: str, above: tuple[str, ...]) -> bool:
        if term.mechanism == "all":
            return True
        if term.mechanism in ("ip4", "ip6"):
            return self._mail.client in ip_network(term.value, strict=False)
        self._spend()
        target = expand(term.value, domain, self._mail) if term.value else domain
        return self._includes(target, above) if term.mechanism == "include" else self._names(term, target)

    def _names(self, term: spf.Directive, target: str) -> bool:
        match term.mechanism:
            case "a":
                return self._is_among(target, term.prefixes)
            case "mx":
                return any(self._is_among(host, term.prefixes) for host in self._mail_hosts(target))
            case "exists":
                return bool(self._counted(target, RecordType.A))
            case _:
                # ptr: receivers need not evaluate it (§5.5), and it matches nobody whom another term should not name.
                return False

    def _includes(self, target: str, above: tuple[str, ...]) -> bool:
        result = self.check(target, above)
        if result is Result.NONE:
            raise _Ended(Result.PERMERROR, f"include:{target} leads to no SPF record")
        return result is Result.PASS

    def _mail_hosts(self, target: str) -> Iterator[str]:
        found = self._counted(target, RecordType.MX)
        if len(found) > MAX_EXCHANGERS:
            raise _Ended(Result.PERMERROR, f"mx:{target} has {len(found)} names, more than {MAX_EXCHANGERS}")
        for value in found:
            host = value.rpartition(" ")[2].rstrip(".").lower()
            if host:
                yield host

    def _is_among(self, host: str, prefixes: str) -> bool:
        client = self._mail.client
        rtype = RecordType.A if client.version == 4 else RecordType.AAAA
        return any(client in network for network in _networks(self._counted(host, rtype), prefixes, client))

    def _counted(self, name: str, rtype: RecordType) -> tuple[str, ...]:
        """The records of a lookup that counts as void when it finds none."""
        reply = self._ask(name, rtype)
        if not reply.values:
            self._voids += 1
            if self._voids > MAX_VOID_LOOKUPS:
                raise _Ended(Result.PERMERROR, f"more than {MAX_VOID_LOOKUPS} lookups find nothing")
        return reply.values

    def _spend(self) -> None:
        self._lookups += 1
        if self._lookups > spf.MAX_LOOKUPS:
            raise _Ended(Result.PERMERROR, f"more than {spf.MAX_LOOKUPS} terms ask DNS")

    def _ask(self, name: str, rtype: RecordType) -> Reply:
        if not is_askable(name):
            # What macros or a typing error made of it cannot exist (§4.3).
            return Reply(question=Question(name, rtype), rcode=Rcode.NXDOMAIN)
        reply = self._answers.ask(name, rtype)
        if reply.is_answered:
            return reply
        raise _Ended(Result.TEMPERROR, f"DNS did not answer for {name} {rtype.value}", reply)


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
