"""A server that answers each connection with the bytes that a test says, however broken."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable
from types import TracebackType


class RawServer:
    """Answers on loopback; when the answers are used up, the last one is given again.

    Args:
        answers: Whole answers, from the status line on; an empty one closes the connection without a word.
    """

    def __init__(self, answers: Iterable[bytes]) -> None:
        self._answers = list(answers)
        self.requests: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}/"

    def __enter__(self) -> RawServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(2)
                try:
                    self.requests.append(_request(connection))
                    connection.sendall(self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])
                except OSError:
                    continue


def _request(connection: socket.socket) -> bytes:
    """One request: the head, and as many bytes as it says."""
    held = b""
    while b"\r\n\r\n" not in held:
        more = connection.recv(65536)
        if not more:
            return held
        held += more
    head, _, body = held.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while len(body) < int(lengths[0] if lengths else 0):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def answer(body: bytes = b"ok", status: str = "200 OK", **headers: str) -> bytes:
    """An answer that is in order, but for what is said otherwise."""
    named = {"content_type": "text/html", "content_length": str(len(body)), "connection": "close", **headers}
    lines = [f"HTTP/1.1 {status}", *(f"{name.replace('_', '-')}: {value}" for name, value in named.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
