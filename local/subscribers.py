"""HTTP subscribers of topics: confirm what SNS asks them to confirm, and keep what arrives.

Source: SNS Developer Guide, "Fanout to HTTP/S endpoints", "HTTP/HTTPS headers" (verified 2026-11-23).
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.request import urlopen

from local.patience import PATIENCE
from local.web import Request, Response, WebServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message as a subscriber got it."""

    topic: str
    message_id: str
    subject: str
    message: str
    attributes: Mapping[str, str]

    def json(self) -> Any:
        """The message, read as JSON."""
        return json.loads(self.message)


class Subscribers:
    """Any number of HTTP subscribers, each by a name of its own."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._received: defaultdict[str, list[Notification]] = defaultdict(list)
        self._confirmed: set[str] = set()
        self._server = WebServer(self._answer)

    def endpoint(self, name: str = "default") -> str:
        """The URL to subscribe."""
        return f"{self._server.url}/{name}"

    def received(self, name: str = "default") -> list[Notification]:
        """What the subscriber has got so far, the oldest first."""
        with self._changed:
            return list(self._received[name])

    def wait_for(self, count: int, name: str = "default", timeout: float = PATIENCE) -> list[Notification]:
        """Wait until the subscriber has got so many messages.

        Raises:
            TimeoutError: it has not, within the time.
        """
        self._wait(lambda: len(self._received[name]) >= count, timeout, f"{count} message(s) for {name}")
        return self.received(name)

    def wait_confirmed(self, name: str = "default", timeout: float = PATIENCE) -> None:
        """Wait until the subscription is confirmed: an unconfirmed one gets nothing."""
        self._wait(lambda: name in self._confirmed, timeout, f"the confirmation of {name}")

    def close(self) -> None:
        """Stop listening."""
        self._server.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _wait(self, condition: Any, timeout: float, what: str) -> None:
        with self._changed:
            if not self._changed.wait_for(condition, timeout):
                raise TimeoutError(f"{what} did not arrive within {timeout:.0f} s")

    def _answer(self, request: Request) -> Response:
        name = request.path.strip("/") or "default"
        kind = request.headers.get("x-amz-sns-message-type")
        if request.method != "POST" or kind is None:
            return Response(status=404)
        body = request.json()
        if kind == "SubscriptionConfirmation":
            # SNS waits for this answer before it reads the confirmation
            threading.Thread(target=self._confirm, args=(name, body["SubscribeURL"]), daemon=True).start()
        elif kind == "Notification":
            self._keep(name, body)
        return Response()

    def _confirm(self, name: str, url: str) -> None:
        with urlopen(url, timeout=PATIENCE):  # noqa: S310 - the emulator's own address
            pass
        with self._changed:
            self._confirmed.add(name)
            self._changed.notify_all()

    def _keep(self, name: str, body: dict[str, Any]) -> None:
        attributes = {key: value["Value"] for key, value in (body.get("MessageAttributes") or {}).items()}
        got = Notification(
            topic=body["TopicArn"],
            message_id=body["MessageId"],
            subject=body.get("Subject") or "",
            message=body["Message"],
            attributes=attributes,
        )
        with self._changed:
            self._received[name].append(got)
            self._changed.notify_all()
