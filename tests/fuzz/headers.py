"""Fuzzes the reading of received messages.

python -m tests.fuzz --reader received                     mutated header sets
python -m tests.fuzz.headers -max_total_time=600           led by coverage (pip install atheris)
"""

from __future__ import annotations

import json
import random
import sys
from functools import cache

from staygreen.core.received import fields, filing, reading, report
from staygreen.core.replies.delivery_event import redacted

_PIECES = (
    *(
        each.encode()
        for each in [
            "\n",
            "\r\n",
            "\r",
            "\t",
            ";",
            ":",
            "=",
            "(",
            ")",
            '"',
            "<",
            ">",
            "@",
            "\x00",
            "=3D",
            "=\n",
            "\n\n",
            "i=999",
            "cv=",
            "CAT:",
            "SCL:-1",
            "dest:J",
            "reason=",
        ]
    ),
    b" ",
    b"\xff",
    b"Received: from a by mx.google.com; x\n",
    b"Authentication-Results: ",
    b"X-Forefront-Antispam-Report: ",
    b"X-MS-Exchange-Organization-SCL: 9\n",
    b"[192.0.2.1]",
    b"2001:db8::1",
    b"::ffff:192.0.2.1",
    b"999.999.999.999",
    "\u0663\u202e".encode(),
    b"." * 300,
)


def one_input(data: bytes) -> None:
    """Read one input in every way; raises what the reader raises, or where two answers contradict each other."""
    _checked(reading.read(data))
    # the same by the word of a person, for whichever server wrote the first Received field
    found = reading.trace.hops(fields.read(data))
    if found and found[0].by:
        _checked(reading.read(data, found[0].by))


def _checked(read: reading.Reading) -> None:
    concluded = filing.conclude(read)
    assert len(read.header.fields) <= fields.MOST_FIELDS
    assert len(read.believed) + len(read.claims) <= len(read.header.fields)
    json.dumps(report.document(read, concluded))
    text = redacted(report.prose(read, concluded))
    assert text.startswith(redacted(report.sentence(read, concluded)))
    if read.receiver is reading.Receiver.UNKNOWN:
        assert not read.authentication.is_any
        assert concluded.placement is filing.Placement.UNKNOWN


@cache
def seeds() -> tuple[bytes, ...]:
    """The header sets to begin with."""
    from tests.unit.received.test_header_sets import SETS

    return tuple(each["headers"].encode() for each in SETS)


def mutated(chance: random.Random, corpus: tuple[bytes, ...]) -> bytes:
    """One of the corpus with a few changes: pieces put in, taken out, doubled, or those of another set."""
    data = bytearray(chance.choice(corpus))
    for _ in range(chance.randint(1, 12)):
        at = chance.randint(0, len(data))
        end = min(len(data), at + chance.randint(0, 80))
        kind = chance.randint(0, 4)
        if kind == 0:
            data[at:at] = chance.choice(_PIECES)
        elif kind == 1:
            del data[at:end]
        elif kind == 2:
            data[at:at] = data[at:end] * chance.randint(1, 5)
        elif kind == 3:
            other = chance.choice(corpus)
            start = chance.randint(0, len(other))
            data[at:end] = other[start : start + 200]
        elif data:
            data[min(at, len(data) - 1)] = chance.randint(0, 255)
    return bytes(data)


def _led_by_coverage() -> None:
    import tempfile
    from pathlib import Path

    try:
        import atheris
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris")
    with atheris.instrument_imports(include=["staygreen.core.received"]):
        pass
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds()):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([*sys.argv, corpus], one_input)
        atheris.Fuzz()


if __name__ == "__main__":
    _led_by_coverage()
