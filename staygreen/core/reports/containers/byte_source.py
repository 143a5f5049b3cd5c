"""A stream of bytes that can be looked at before it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

PIECE = 64 * 1024


class ByteSource:
    """Chunks of bytes, whoever makes them, with what was looked at but not read kept in front."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._front = b""
        self._at = 0

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, or fewer at the end."""
        if len(self._front) - self._at < size:
            pieces = [self._front[self._at :]]
            length = len(pieces[0])
            while length < size:
                chunk = next(self._chunks, None)
                if chunk is None:
                    break
                pieces.append(chunk)
                length += len(chunk)
            self._front, self._at = b"".join(pieces), 0
        return self._front[self._at : self._at + size]

    def take(self, size: int) -> bytes:
        """Read `size` bytes, or fewer at the end."""
        taken = self.peek(size)
        self._at += len(taken)
        return taken

    def some(self, most: int = PIECE) -> bytes:
        """Read what comes next, at most `most` bytes; empty at the end."""
        while self._at >= len(self._front):
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._front, self._at = chunk, 0
        taken = self._front[self._at : self._at + most]
        self._at += len(taken)
        return taken

    def give_back(self, data: bytes) -> None:
        """Put back the end of what was just read."""
        if data and self._front[self._at - len(data) : self._at] == data and self._at >= len(data):
            self._at -= len(data)
        elif data:
            self._front, self._at = data + self._front[self._at :], 0

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self.some():
            yield chunk
