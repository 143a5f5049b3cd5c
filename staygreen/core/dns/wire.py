"""DNS messages as bytes: the question that is sent, and the few shapes of answer that almost all have.

A blocklist answers "no such name" or one address. Those shapes are read here without decoding the
message; all else (aliases, several records, text, truncation, EDNS, names that are compressed in
other ways) is told apart as unusual and left to a whole decoder. A shape is the whole message: its
counts and its length fit what was read, or the decoder looks for what else it holds. No pointer is
followed but to a label that was read before: there is no loop to be caught in. Formats: RFC 1035
§4.1 and §4.1.4.

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
_OPERATION = 0xF8
_QUERY_RESPONSE = 0x80
_TRUNCATED = 0x02
_OPERATION_OR_TRUNCATED = _OPERATION | _TRUNCATED
"""Bits of the header's third byte: response and opcode; a response to a query; truncation; both."""
_ONE_QUESTION = b"\x00\x01"
_NO_RECORDS = b"\x00\x00\x00\x00\x00\x00"
_ANSWER_ALONE = b"\x00\x01\x00\x00\x00\x00"
_AUTHORITY_ALONE = b"\x00\x00\x00\x01\x00\x00"
"""Counts of the records: none at all; one answer; one in the authority section."""
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
_ADDRESS_LENGTH = 16
"""Bytes of such a record."""
_SOA = b"\x00\x06\x00\x01"
_SOA_NUMBERS = 20
"""Bytes after the two names of an SOA (RFC 1035 §3.3.13)."""
_NO_LENGTH = 0x40
_POINTER = 0xC0
_TARGET = 0x3FFF
"""A byte below the first is a label's length; from the second on, with the next byte, a pointer to the third's bits."""
_RECORD_HEADER = 12
"""Bytes before a record's data whose owner is a pointer."""
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
    """A name's labels, each with its length, without the root; none for the root itself, which is the empty text.

    Raises:
        ValueError: One is empty, too long, or not ASCII.
    """
    if not name:
        return b""
    found = name.encode("ascii").split(b".")
    if not all(0 < len(label) < 64 for label in found):
        raise ValueError("a label has 1 to 63 bytes")
    return b"".join([bytes((len(label),)) + label for label in found])


def is_reply(message: bytes, section: bytes) -> bool:
    """Whether a message answers a question: it is a response to a query, and repeats the question in whatever case."""
    if len(message) < HEADER or message[2] & _OPERATION != _QUERY_RESPONSE:
        return False
    if message[4:6] == _ONE_QUESTION:
        return message[HEADER : HEADER + len(section)].lower() == section.lower()
    return message[4:6] == b"\x00\x00" and message[3] & 0x0F in _BARE_RCODES


def is_truncated(message: bytes) -> bool:
    """Whether a message says that it did not fit."""
    return bool(message[2] & _TRUNCATED)


def read(message: bytes, section: bytes) -> Plain | None:
    """A reply of common shape; None for one that needs a whole decoder.

    Args:
        message: What came, with an id that was compared already.
        section: The question as it was sent.
    """
    end = HEADER + len(section)
    # with one question: ours, byte for byte
    if (
        message[HEADER:end] != section
        or message[2] & (_OPERATION | _TRUNCATED) != _QUERY_RESPONSE
        or message[4:6] != b"\x00\x01"
    ):
        return None
    code, counts = message[3] & 0x0F, message[6:12]
    if counts == _NO_RECORDS:
        return _BARE.get(code) if len(message) == end else None
    if counts == _AUTHORITY_ALONE and code in _RCODES:
        return _negative(message, end, _RCODES[code])
    if counts == _ANSWER_ALONE and code == 0:
        return _address(message, end)
    return None


def _address(message: bytes, at: int) -> Plain | None:
    if (
        message[at - 4 : at] != _ADDRESS[2:]
        or message[at : at + 6] != _ADDRESS
        or message[at + 10 : at + 12] != b"\x00\x04"
        or len(message) != at + _ADDRESS_LENGTH
    ):
        return None
    a, b, c, d = message[at + 12 :]
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
    if name is None or not _is_soa_to_the_end(message, at, start):
        return None
    return rcode, (), name


def _is_soa_to_the_end(message: bytes, at: int, start: int) -> bool:
    """Whether the record at a place is a whole SOA and the message's last.

    Its names lead to labels of its owner, which begins at `start`, or to their own alone: what is read is then the same
    after every question that ends in the owner.
    """
    data = at + _RECORD_HEADER
    if data + int.from_bytes(message[data - 2 : data], "big") != len(message):
        return False
    known: dict[int, int] = {}
    # the owner, then the primary server and the mailbox
    if _after_name(message, start, known) is None:
        return False
    after = _after_name(message, data, known)
    after = None if after is None else _after_name(message, after, known)
    return after is not None and after + _SOA_NUMBERS == len(message)


def _after_name(message: bytes, at: int, known: dict[int, int]) -> int | None:
    """Where a name ends; None for one that is not whole, too long, or points to a label that is not known.

    Args:
        message: The message.
        at: Where the name begins.
        known: How many bytes a name has that begins at a label; the labels of this name come to it.
    """
    begins: list[int] = []
    rest = 0
    while not rest:
        length = message[at] if at < len(message) else _NO_LENGTH
        if length == 0:
            end, rest = at + 1, 1
        elif length >= _POINTER:
            target = int.from_bytes(message[at : at + 2], "big") & _TARGET
            end, rest = at + 2, known.get(target, 0)
            if not rest:
                return None
        elif length < _NO_LENGTH:
            begins.append(at)
            at += 1 + length
        else:
            return None
    lengths = {begin: at - begin + rest for begin in begins}
    if any(length > LONGEST_NAME for length in lengths.values()):
        return None
    known.update(lengths)
    return end


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
