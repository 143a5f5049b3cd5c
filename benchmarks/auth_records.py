"""Domains judged from recorded answers, ours beside checkdmarc, on one core.

Run: ``python -m benchmarks.auth_records --json``. Both judge SPF with its includes and DMARC with its receivers of
the same domains from the same zone in this process; ours judges two DKIM keys and MAIL FROM besides. checkdmarc
asks by way of dnspython's resolver, whose work on messages is part of its figure.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
import warnings
from collections.abc import Iterable, Iterator

import dns.flags
import dns.message
import dns.nameserver
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

from staygreen.core.checks.auth_records import Plan, judge
from staygreen.core.dns.message import Question, Rcode, Reply
from staygreen.core.finding import State
from staygreen.core.published.dns_cache import Answers

TARGET_SECONDS = 10.0
KEY = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu5oIUrFDWZK7F4thFxpZa2or6jBEX3cSL6b2TJdPkO5iNn9vHNXhNX31nOefN8FksX94"
    "YbLJ8NHcFPbaZTW8R2HthYxRaCyqodxlLHibg8aHdfa+bxKeiI/xABRuAM0WG0JEDSyakMFqIO40ghj/h7DUc/4OXNdeQhrKDTlgf2bd+FjpJ3bN"
    "AFcMYa3Oeju33b2Tp+PdtqIwXRZksfuXh7m30kuyavp3Uaso145DRBaJZA55lNxmHWMgMjO+YjNeuR6j4oQqyGwzPaVcSdOG8Js2mXt+J3Hr+nNm"
    "JGxZUUW4Uw5ws08wT9opRgSpn+ThX2d1AgQePpGrWOamC3PdcwIDAQAB"
)


def zone(domains: int) -> dict[tuple[str, str], list[str]]:
    """Records of so many senders, who share three providers; one in ten has a fault."""
    found = {
        ("amazonses.com", "TXT"): ["v=spf1 ip4:198.51.100.0/24 -all"],
        ("spf.provider.test", "TXT"): ["v=spf1 include:a.provider.test include:b.provider.test ~all"],
        ("a.provider.test", "TXT"): ["v=spf1 ip4:203.0.113.0/25 -all"],
        ("b.provider.test", "TXT"): ["v=spf1 ip4:203.0.113.128/25 -all"],
    }
    for number in range(domains):
        name = f"d{number}.test"
        last = "?all" if number % 10 == 0 else "~all"
        found |= {
            (name, "TXT"): [f"v=spf1 a:mail.{name} include:spf.provider.test {last}", "site-verification=1"],
            (name, "MX"): [f"10 mail.{name}"],
            (f"mail.{name}", "A"): ["192.0.2.10"],
            (f"_dmarc.{name}", "TXT"): [f"v=DMARC1; p=reject; rua=mailto:a@{name}"],
            (f"s1._domainkey.{name}", "TXT"): [f"v=DKIM1; k=rsa; p={KEY}"],
            (f"s2._domainkey.{name}", "TXT"): [f"v=DKIM1; k=rsa; p={KEY}"],
            (f"bounce.{name}", "MX"): ["10 feedback-smtp.us-east-1.amazonses.com"],
            (f"bounce.{name}", "TXT"): ["v=spf1 include:amazonses.com ~all"],
        }
    return found


class Recorded(dns.nameserver.Nameserver):
    """The zone as a lookup of ours, and as a name server for checkdmarc."""

    def __init__(self, records: dict[tuple[str, str], list[str]]) -> None:
        super().__init__()
        self._records = records

    def __call__(self, questions: Iterable[Question]) -> Iterator[Reply]:
        for question in questions:
            values = self._records.get((question.name, question.rtype.value), [])
            rcode = Rcode.NOERROR if values else Rcode.NXDOMAIN
            yield Reply(question=question, rcode=rcode, values=tuple(values))

    def __str__(self) -> str:
        return "recorded"

    def kind(self) -> str:
        return "recorded"

    def is_always_max_size(self) -> bool:
        return True

    def answer_nameserver(self) -> str:
        return "127.0.0.1"

    def answer_port(self) -> int:
        return 53

    def query(self, request: dns.message.QueryMessage, *_transport: object, **_options: object) -> dns.message.Message:
        question = request.question[0]
        rtype = dns.rdatatype.to_text(question.rdtype)
        values = self._records.get((question.name.to_text(True).lower(), rtype), [])
        response = dns.message.make_response(request)
        response.flags |= dns.flags.RA
        if values:
            data = (
                [f'"{value}"' for value in values]
                if rtype == "TXT"
                else [f"{v}." if rtype == "MX" else v for v in values]
            )
            if rtype == "TXT":
                data = [" ".join(f'"{value[at : at + 255]}"' for at in range(0, len(value), 255)) for value in values]
            response.answer.append(dns.rrset.from_text(question.name, 300, "IN", rtype, *data))
        else:
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response


def ours(domains: int, recorded: Recorded) -> int:
    """Judge them all; gives how many have a fault."""
    answers, faulty = Answers(recorded), 0
    for number in range(domains):
        name = f"d{number}.test"
        declared = {"spf": "", "dkim": {"s1": KEY, "s2": KEY}, "mail_from": f"bounce.{name}"}
        plan = Plan(name=name, declared=declared, identity=None, region="us-east-1", hosts=())
        faulty += any(each.state is State.BAD for each in judge(plan, answers))
    return faulty


def checkdmarcs(domains: int, recorded: Recorded) -> int:
    """Judge them all with checkdmarc; gives how many it calls valid."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import checkdmarc.dmarc
        import checkdmarc.spf
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [recorded]
    valid = 0
    for number in range(domains):
        name = f"d{number}.test"
        valid += bool(checkdmarc.spf.check_spf(name, resolver=resolver)["valid"])
        checkdmarc.dmarc.check_dmarc(name, resolver=resolver)
    return valid


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--domains", type=int, default=1000)
    options = arguments.parse_args()
    recorded = Recorded(zone(options.domains))
    started = time.process_time()
    faulty = ours(options.domains, recorded)
    seconds = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    started = time.process_time()
    checkdmarcs(options.domains, recorded)
    theirs = time.process_time() - started
    result = {
        "benchmark": "auth_records",
        "domains": options.domains,
        "faulty": faulty,
        "staygreen_cpu_seconds": round(seconds, 2),
        "checkdmarc_cpu_seconds": round(theirs, 2),
        "target_seconds": TARGET_SECONDS,
        "max_rss_mb_before_checkdmarc": memory,
    }
    if options.json:
        print(json.dumps(result))
    else:
        print(f"staygreen  {seconds:6.2f} s CPU (SPF, DMARC, two DKIM keys, MAIL FROM)")
        print(f"checkdmarc {theirs:6.2f} s CPU (SPF, DMARC)")
    return 0 if faulty == -(-options.domains // 10) and seconds < TARGET_SECONDS * options.domains / 1000 else 1


if __name__ == "__main__":
    sys.exit(main())
