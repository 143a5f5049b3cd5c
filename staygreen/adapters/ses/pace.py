"""Calls to SES's control plane at the rate that it allows, about one a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from botocore.exceptions import ClientError

_Answer = TypeVar("_Answer")
_THROTTLED = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"})
_MOST_TRIES = 8


@dataclass(kw_only=True)
class Pace:
    """Lets calls through one by one.

    Raises:
        ClientError: AWS refused a call, or went on refusing it as too many.
    """

    interval: timedelta = timedelta(seconds=1.1)
    """Between calls. Most SES operations allow one a second (SES API Reference, GetIdentityDkimAttributes)."""
    burst: int = 10
    """Calls that may be made at once after a while without any: each operation has a limit of its own."""
    pause: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.monotonic
    _next: float = field(default=float("-inf"), init=False)
    calls: int = field(default=0, init=False)
    """How many were made, repetitions included."""

    def __call__(self, operation: Callable[..., _Answer], **arguments: Any) -> _Answer:
        """Call when it is time; what SES answers with "too many" is asked again."""
        for tried in range(_MOST_TRIES):
            self._wait()
            try:
                return operation(**arguments)
            except ClientError as error:
                if error.response["Error"]["Code"] not in _THROTTLED or tried == _MOST_TRIES - 1:
                    raise
                self.burst = 0  # others are asking too: nothing is saved up any more
                self._next = self.now() + self.interval.total_seconds() * (1 + tried)
        raise AssertionError  # the last try returns or raises

    def _wait(self) -> None:
        left = self._next - self.now()
        if left > 0:
            self.pause(left)
        self.calls += 1
        seconds = self.interval.total_seconds()
        self._next = max(self._next, self.now() - self.burst * seconds) + seconds
