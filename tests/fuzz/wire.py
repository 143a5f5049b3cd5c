"""Fuzzes the reading of DNS answers, led by atheris to code that was not reached yet.

    pip install atheris          (Linux and macOS; not among the requirements: nothing else needs it)
    python -m tests.fuzz.wire -max_total_time=60

An input is a whole message. It ends at the first crash, or where the common path reads other addresses than dnspython.
Arguments are libFuzzer's.
"""

from __future__ import annotations

import inspect
import sys

import dns.message
import dns.rcode
import dns.wire

from staygreen.adapters.dns import fallback
from staygreen.adapters.dns.fallback import Truncated, Unusual
from staygreen.core.blocklist import catalogue, dnsbl
from staygreen.core.blocklist.dnsbl import Verdict
from staygreen.core.dns import wire
from staygreen.core.dns.message import Question
from tests.unit.dns.test_wire import ZONE, agrees_with_dnspython, asked, reply

SECTION = asked()
QUESTION = Question(f"10.2.0.192.{ZONE}")
PSBL = catalogue.load().by_id["psbl"]
UNUSUAL = Unusual(1.0)
LANE = wire.Zone(ZONE)


def one_input(message: bytes) -> None:
    """Read one message in every way; raises what the readers raise."""
    agrees_with_dnspython(message, SECTION)
    assert LANE.read(message, SECTION) == wire.read(message, SECTION)
    if not wire.is_reply(message, SECTION):
        return
    answer = UNUSUAL.decode(QUESTION, message)
    if isinstance(answer, Truncated):
        return
    judged = dnsbl.judge(PSBL, answer)
    assert judged.verdict is not Verdict.LISTED or all(value.startswith("127.") for value in answer.values)


def seeds() -> list[bytes]:
    """Answers to begin with: a listing, its absence, an alias, several records, text."""
    name = f"{QUESTION.name}."
    soa = [(f"{ZONE}.", 60, "IN", "SOA", "a. b. 1 1 1 1 1")]
    return [
        reply(SECTION, answers=[(name, 60, "IN", "A", "127.0.0.2")]),
        reply(SECTION, dns.rcode.NXDOMAIN, authority=soa),
        reply(
            SECTION,
            answers=[(name, 60, "IN", "CNAME", f"x.{ZONE}."), (f"x.{ZONE}.", 60, "IN", "A", "127.0.0.2")],
        ),
        reply(SECTION, answers=[(name, 60, "IN", "A", "127.0.0.2", "127.0.0.4")]),
        reply(SECTION, answers=[(name, 60, "IN", "TXT", '"listed"')]),
    ]


def main() -> None:
    import tempfile
    from pathlib import Path

    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris")
    # all that is loaded would take minutes to prepare
    for module in (wire, fallback, dns.message, dns.wire):
        for _, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__:
                atheris.instrument_func(function)
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds()):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([*sys.argv, corpus], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
