"""A headless Chromium that is spoken to over its own protocol, through two pipes: no package.

The protocol: https://chromedevtools.github.io/devtools-protocol/, messages of JSON that end with
a null byte (`--remote-debugging-pipe`).
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
OPTIONS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
OPTIONS += ["--no-first-run", "--remote-debugging-pipe"]
COMPLAINTS = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")


class Page:
    """A page that was opened from a file; what it says and asks for is in `events`."""

    def __init__(self, file: Path, profile: Path, width: int = 1280, dark: bool = False):
        self.events: list[dict[str, Any]] = []
        self._number, self._session = 0, ""
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        # The browser reads from descriptor 3 and writes to 4; a shell puts the pipes there.
        moved = f'exec "$0" "$@" 3<&{theirs_in} 4>&{theirs_out}'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", moved, BROWSER or "", *OPTIONS, f"--user-data-dir={profile}"],
            pass_fds=(theirs_in, theirs_out),
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._rest = b""
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[scheme])
        self.resize(width)
        self.send("Page.navigate", url=file.as_uri())
        self.wait("Page.loadEventFired")

    def __enter__(self) -> Page:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a command; RuntimeError where the browser refuses it."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._read()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])

    def wait(self, method: str) -> dict[str, Any]:
        """The parameters of the first event of a kind."""
        while not (found := [one for one in self.events if one["method"] == method]):
            self._read()
        return dict(found[0]["params"])

    def forget(self, method: str) -> None:
        """Let `wait` go on to the next event of a kind, which may be there already."""
        self.events.remove(next(one for one in self.events if one["method"] == method))

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            more = os.read(self._in, 1 << 16)
            if not more:
                raise RuntimeError("the browser has gone")
            self._rest += more
        text, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(text)
        if "method" in message:
            self.events.append(message)
        return message

    def resize(self, width: int, height: int = 900) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height, deviceScaleFactor=1, mobile=width < 500,
        )  # fmt: skip

    def run(self, script: str) -> Any:
        """The value of an expression in the page; RuntimeError where it throws."""
        answer = self.send(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def press(self, key: str, code: int, text: str = "") -> None:
        """A key, as a keyboard gives it."""
        common = {"key": key, "windowsVirtualKeyCode": code}
        self.send("Input.dispatchKeyEvent", type="keyDown", text=text, **common)
        self.send("Input.dispatchKeyEvent", type="keyUp", **common)

    def write(self, text: str) -> None:
        """Text, as a keyboard gives it."""
        self.send("Input.insertText", text=text)

    def screenshot(self, file: Path, whole: bool = False, **clip: float) -> None:
        """What is seen, the whole page, or a part of it, as a PNG."""
        parameters: dict[str, Any] = {"captureBeyondViewport": whole or bool(clip)}
        if clip:
            parameters["clip"] = {"scale": 1, **clip}
        data = self.send("Page.captureScreenshot", format="png", **parameters)["data"]
        file.write_bytes(base64.b64decode(data))

    def complaints(self) -> list[str]:
        """Whatever was written to the console, and errors."""
        return [json.dumps(one["params"]) for one in self.events if one["method"] in COMPLAINTS]

    def requests(self) -> list[str]:
        """Every address that was asked for."""
        sent = (one for one in self.events if one["method"] == "Network.requestWillBeSent")
        return [one["params"]["request"]["url"] for one in sent]
