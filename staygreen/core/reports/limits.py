"""Bounds of what is read, and how going beyond them is said.

Measured on expat 2.5, Python 3.11: one tag of 8 MB costs half a second and grows with the square; two million open tags
took 266 MB; a gzip bomb of 686 : 1 is stopped at its ceiling within a tenth of a second.
"""

from __future__ import annotations

SLICE = 256 * 1024
"""Bytes that are inflated at once."""
MOST_INFLATED = 1 << 30
"""Bytes of content that one input may expand to."""
FREE_OF_RATIO = 64 << 20
"""Bytes of content from which on the ratio counts."""
HIGHEST_RATIO = 200
DEEPEST_CONTAINER = 4
"""Containers within each other: a zip of a gzip in a forwarded mail makes four."""
MOST_ENTRIES = 1_000
"""Entries of one zip."""
MOST_REPORTS = 1_000
"""Reports behind each other in one text."""
MOST_PARTS = 1_000
"""Parts of one mail."""
LARGEST_MAIL = 64 << 20
LARGEST_JSON = 16 << 20
DEEPEST_ELEMENT = 32
LONGEST_SILENCE = 1 << 20
"""Bytes of XML in which no tag ends."""
LONGEST_LEAF = 4096
"""Characters of one value."""
MOST_RESULTS = 100
"""DKIM, SPF and reason elements of one record (RFC 9990 asks reporters to stop there)."""
MOST_MESSAGES = 10**12
"""Messages that one record may count."""


class RefusedError(Exception):
    """What is read goes beyond a bound or is no report; the text is the reason, for people."""


class Inflation:
    """How much one input has expanded to, over all containers in it."""

    def __init__(self) -> None:
        self.read = 0
        self.made = 0

    def take(self, read: int) -> None:
        """Note compressed bytes."""
        self.read += read

    def make(self, made: int) -> None:
        """Note content, and refuse too much of it."""
        self.made += made
        if self.made > MOST_INFLATED:
            raise RefusedError(f"expands to more than {MOST_INFLATED >> 20} MB")
        if self.made > FREE_OF_RATIO and self.made > HIGHEST_RATIO * self.read:
            raise RefusedError(f"expands to more than {HIGHEST_RATIO} times its size")
