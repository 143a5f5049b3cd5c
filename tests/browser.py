"""A headless Chromium that tests ask about a page, over its debugging pipe: no driver and no socket is needed.

The machine's own is found; where there is none, tests that need one skip with one line. The methods are those of the
Chrome DevTools Protocol (https://chromedevtools.github.io/devtools-protocol/, recalled).
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--no-first-run",
    "--hide-scrollbars",
    "--remote-debugging-pipe",
)


def program() -> str:
    """Where a Chromium is; empty: nowhere."""
    return next((found for name in _NAMES if (found := shutil.which(name))), "")


class Page:
    """One page in the browser."""

    def __init__(self, browser: _Browser, session: str) -> None:
        self._browser = browser
        self._session = session

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol; gives its result."""
        return self._browser.call(method, parameters, self._session)

    def show(self, file: Path, *, width: int, dark: bool = False, printed: bool = False) -> list[str]:
        """Open a file at a width. Gives everything that was asked for to show it, the file included."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", media="print" if printed else "screen", features=[scheme])
        self.call("Network.enable")
        self._browser.events.clear()
        self.call("Page.enable")
        self.call("Page.navigate", url=file.as_uri())
        self._browser.wait_for("Page.loadEventFired")
        asked = [each for each in self._browser.events if each["method"] == "Network.requestWillBeSent"]
        return [each["params"]["request"]["url"] for each in asked]

    def evaluate(self, script: str) -> Any:
        """The value of an expression, a promise's included; it runs whatever the page forbids itself."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in found:
            raise AssertionError(found["exceptionDetails"])
        return found["result"].get("value")

    def screenshot(self, file: Path, *, top: int = 0, height: int = 0) -> None:
        """The page as a PNG: the whole of it, or so many pixels of its height from `top` on."""
        width = self.evaluate("document.documentElement.clientWidth")
        clip = {"clip": {"x": 0, "y": top, "width": width, "height": height, "scale": 1}} if height else {}
        found = self.call("Page.captureScreenshot", captureBeyondViewport=True, format="png", **clip)
        file.write_bytes(base64.b64decode(found["data"]))


class _Browser:
    def __init__(self, write: int, read: int) -> None:
        self._write = os.fdopen(write, "wb")
        self._read = os.fdopen(read, "rb")
        self._number = 0
        self._rest = b""
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, parameters: dict[str, Any], session: str = "") -> dict[str, Any]:
        self._number += 1
        asked: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if session:
            asked["sessionId"] = session
        self._write.write(json.dumps(asked).encode() + b"\0")
        self._write.flush()
        while True:
            message = self._next()
            if message.get("id") == self._number:
                if "error" in message:
                    raise AssertionError(f"{method}: {message['error']}")
                return dict(message["result"])
            self.events.append(message)

    def wait_for(self, event: str) -> None:
        while not any(each.get("method") == event for each in self.events):
            self.events.append(self._next())

    def close(self) -> None:
        self._write.close()
        self._read.close()

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._read.fileno(), 1 << 20)
            if not part:
                raise AssertionError("the browser ended")
            self._rest += part
        one, _, self._rest = self._rest.partition(b"\0")
        return dict(json.loads(one))


@contextmanager
def browser() -> Iterator[Page]:
    """A page in a browser of its own, which is ended afterwards."""
    to_browser, ours_to = os.pipe()
    ours_from, from_browser = os.pipe()

    def ends() -> None:
        # the browser reads its third and writes its fourth descriptor
        read, write = os.dup(to_browser), os.dup(from_browser)
        os.dup2(read, 3)
        os.dup2(write, 4)

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program(), *_OPTIONS, f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=ends,
            close_fds=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        running = _Browser(ours_to, ours_from)
        try:
            target = running.call("Target.createTarget", {"url": "about:blank"})["targetId"]
            session = running.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
            yield Page(running, session)
        finally:
            process.kill()
            process.wait()
            running.close()
