"""DNS messages as bytes: the question that is sent, and the few shapes of answer that almost all have.

A blocklist answers "no such name" or one address. Those shapes are read here without decoding the
message; all else (aliases, several records, text, truncation, EDNS, names that are compressed in
other ways) is told apart as unusual and left to a whole decoder. Nothing is followed further than
the length of the question: there is no loop to be caught in. Formats: RFC 1035 §4.1 and §4.1.4.

Case is not used as entropy (0x20): servers of blocklists exist that answer in lower case. What
comes back in another case is compared without it (RFC 4343 §3) and counts as unusual.
"""

from __future__ import annotations

from functools import lru_cache

from staygreen.core.dns.message import Rcode, RecordType

HEADER = 12
RECURSIVE = b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
"""Header after the id: one question, recursion desired."""
DIRECT = b"\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00"
"""The same for servers that answer from their own data."""
_MOST_KNOWN = 64
_LONGEST_KNOWN = 512
LONGEST_NAME = 255
LONGEST_SECTION = LONGEST_NAME + 4
"""The root label counts in a name's length; type and class do not."""

_TYPES = {
    RecordType.A: 1, RecordType.NS: 2, RecordType.CNAME: 5, RecordType.SOA: 6, RecordType.PTR: 12,
    RecordType.MX: 15, RecordType.TXT: 16, RecordType.AAAA: 28,
}  # fmt: skip
_ENDINGS = {rtype: b"\x00" + number.to_bytes(2, "big") + b"\x00\x01" for rtype, number in _TYPES.items()}
_RCODES = {0: Rcode.NOERROR, 2: Rcode.SERVFAIL, 3: Rcode.NXDOMAIN, 5: Rcode.REFUSED}
_SOA = b"\x00\x06\x00\x01"
_ADDRESS = b"\xc0\x0c\x00\x01\x00\x01"
"""An answer's owner is the question's name; type A, class IN."""
_BARE_RCODES = (1, 2, 4, 5)
"""FORMERR, SERVFAIL, NOTIMP, REFUSED may come without the question: they can list nobody."""

Plain = tuple[Rcode, tuple[str, ...], str | None]
"""Response code, addresses, and the owner of a negative answer's SOA."""

_BARE: dict[int, Plain] = {code: (rcode, (), None) for code, rcode in _RCODES.items()}
"""What answers say that have no records at all."""


def question(name: str, rtype: RecordType) -> bytes:
    """The question section.

    Args:
        name: In lower case without a trailing dot.
        rtype: The type asked for.

    Raises:
        ValueError: DNS cannot hold the name (RFC 1035 §2.3.4), or it is not ASCII.
    """
    return _checked(labels(name) + _ENDINGS[rtype])


class Zone:
    """Questions of which almost all are about one zone, and answers of which almost all say the same.

    The labels of the zone are encoded once, and what answers say alike is read once.
    """

    __slots__ = ("_cut", "_end", "_known", "ending")

    def __init__(self, zone: str) -> None:
        self._known: dict[tuple[int, bytes], Plain] = {}
        self._end = f".{zone}"
        self._cut = -len(self._end)
        self.ending = labels(zone) + _ENDINGS[RecordType.A] if zone else b""
        """What follows the labels of a question for A records."""

    def question(self, name: str, rtype: RecordType) -> bytes:
        """The question section; as `question` does.

        Raises:
            ValueError: DNS cannot hold the name.
        """
        if rtype is RecordType.A and self.ending and name.endswith(self._end):
            return _checked(labels(name[: self._cut]) + self.ending)
        return question(name, rtype)

    def read(self, message: bytes, section: bytes) -> Plain | None:
        """As `read` does; of answers to `labels + ending` alone."""
        end = HEADER + len(section)
        if not message.startswith(section, HEADER):
            return None
        # all but the id and the question, and where that ends
        said = end, message[2:HEADER] + message[end:]
        plain = self._known.get(said)
        if plain is None:
            plain = read(message, section)
            # an owner that is longer than the zone is told by labels of this one question
            if plain is not None and len(plain[2] or "") < len(self._end) and len(message) <= _LONGEST_KNOWN:
                if len(self._known) >= _MOST_KNOWN:
                    self._known.clear()
                self._known[said] = plain
        return plain


def _checked(section: bytes) -> bytes:
    if len(section) > LONGEST_SECTION:
        raise ValueError("a name has 255 bytes at most")
    return section


@lru_cache(maxsize=4096)
def labels(name: str) -> bytes:
    """A name's labels, each with its length, without the root.

    Raises:
        ValueError: One is empty, too long, or not ASCII.
    """
    found = name.encode("ascii").split(b".")
    if not all(0 < len(label) < 64 for label in found):
        raise ValueError("a label has 1 to 63 bytes")
    return b"".join([bytes((len(label),)) + label for label in found])


def is_reply(message: bytes, section: bytes) -> bool:
    """Whether a message answers a question: it is a response, and repeats the question in whatever case."""
    if len(message) < HEADER or not message[2] & 0x80:
        return False
    if message[4:6] == b"\x00\x01":
        return message[HEADER : HEADER + len(section)].lower() == section.lower()
    return message[4:6] == b"\x00\x00" and message[3] & 0x0F in _BARE_RCODES


def is_truncated(message: bytes) -> bool:
    """Whether a message says that it did not fit."""
    return bool(message[2] & 0x02)


def read(message: bytes, section: bytes) -> Plain | None:
    """A reply of common shape; None for one that needs a whole decoder.

    Args:
        message: What came, with an id that was compared already.
        section: The question as it was sent.
    """
    end = HEADER + len(section)
    # a response to a plain query, not truncated, with one question: ours, byte for byte
    if message[HEADER:end] != section or message[2] & 0xFA != 0x80 or message[4:6] != b"\x00\x01":
        return None
    code = message[3] & 0x0F
    if message[6:10] == b"\x00\x00\x00\x00":
        return _BARE.get(code)
    answers = message[6:8]
    if answers == b"\x00\x00" and code in _RCODES:
        return _negative(message, end, _RCODES[code])
    if answers == b"\x00\x01" and code == 0:
        return _address(message, end)
    return None


def _address(message: bytes, at: int) -> Plain | None:
    if (
        message[at - 4 : at] != _ADDRESS[2:]
        or message[at : at + 6] != _ADDRESS
        or message[at + 10 : at + 12] != b"\x00\x04"
    ):
        return None
    octets = message[at + 12 : at + 16]
    if len(octets) != 4:
        return None
    a, b, c, d = octets
    return Rcode.NOERROR, (f"{a}.{b}.{c}.{d}",), None


def _negative(message: bytes, at: int, rcode: Rcode) -> Plain | None:
    """With an SOA whose owner is told by a pointer into the question (RFC 2308 §3)."""
    owner = message[at : at + 2]
    if len(owner) != 2 or owner[0] != 0xC0 or message[at + 2 : at + 6] != _SOA:
        return None
    start = owner[1]
    if not HEADER <= start < at - 4:
        return None
    name = _name(message[start : at - 4])
    return None if name is None else (rcode, (), name)


@lru_cache(maxsize=1024)
def _name(labels: bytes) -> str | None:
    """The labels to the root as text; None when they are not whole."""
    found: list[str] = []
    at = 0
    while at < len(labels):
        length = labels[at]
        if length == 0:
            return ".".join(found) if at == len(labels) - 1 else None
        label = labels[at + 1 : at + 1 + length]
        if length > 63 or len(label) != length or not label.isascii() or b"." in label:
            return None
        found.append(label.decode("ascii").lower())
        at += 1 + length
    return None
