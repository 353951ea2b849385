"""A customer and a member of the team, seen from outside the containers: webhooks, answers, the console's API."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from http.cookiejar import CookieJar
from typing import Any, TypeVar

from websockets.sync.client import connect

from devtools.deploy.check_result import CheckFailed
from devtools.deploy.engine.compose import Addresses
from devtools.simulators.webhooks import sign_meta

T = TypeVar("T")
_ANSWER = "9 to 5"
_LIMIT = 60.0
_PASSWORD = "three bicycles in the rain"  # noqa: S105 - of this check


@dataclass(frozen=True, slots=True)
class Customer:
    """A WhatsApp customer who asks for the opening hours. number: without +."""

    addresses: Addresses
    number: str

    def ask(self) -> None:
        """Send a signed webhook. Raises CheckFailed when it is not accepted."""
        body = self._webhook()
        status = self._post(body, sign_meta(body, self.addresses.app_secret))
        if status != 200:
            raise CheckFailed(f"a signed webhook got {status}")

    def check_forged_webhook(self) -> None:
        """Check that a webhook with a wrong signature is rejected."""
        status = self._post(self._webhook(), sign_meta(b"", self.addresses.app_secret))
        if status != 403:
            raise CheckFailed(f"a forged webhook got {status}")

    def wait_for_answer(self) -> float:
        """Wait for the answer at the simulator of Meta; return the seconds that it took. Raises CheckFailed."""
        began = time.monotonic()
        _until(self._answered, f"the customer {self.number[-4:]} is answered")
        return time.monotonic() - began

    def _answered(self) -> bool:
        url = f"http://127.0.0.1:{self.addresses.simulators}/_sim/records?provider=meta&to={self.number}"
        with urllib.request.urlopen(url, timeout=10) as answer:
            return _ANSWER in answer.read().decode()

    def _post(self, body: bytes, signature: str) -> int:
        headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
        url = f"http://127.0.0.1:{self.addresses.ingress}/webhooks/meta"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    def _webhook(self) -> bytes:
        message = {
            "from": self.number,
            "id": f"wamid.{self.number}.{time.time_ns()}",
            "timestamp": str(int(time.time())),
            "type": "text",
            "text": {"body": "What are your opening hours?"},
        }
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "2348031234567", "phone_number_id": "665397593326012"},
            "contacts": [{"profile": {"name": "Ada"}, "wa_id": self.number}],
            "messages": [message],
        }
        entry = {"id": "1437200930610622", "changes": [{"field": "messages", "value": value}]}
        return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


class Member:
    """The owner of the workspace, signed in to the console."""

    def __init__(self, addresses: Addresses, token: str) -> None:
        """token: of the link that `parley user create` prints."""
        self._url = f"http://127.0.0.1:{addresses.console}"
        self._cookies = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._cookies))
        self._call("POST", "/api/v1/auth/reset", {"token": token, "password": _PASSWORD})
        self._call("POST", "/api/v1/auth/login", {"email": "ada@example.com", "password": _PASSWORD})

    def conversations(self) -> int:
        """Return the number of conversations that the API counts."""
        return int(self._call("GET", "/api/v1/workspaces/acme/conversations/counts")["all"])

    def wait_for_conversations(self, number: int) -> None:
        """Wait until the API counts so many; its counts may be some seconds old. Raises CheckFailed."""
        _until(lambda: self.conversations() == number, f"the console's API counts {number} conversations")

    def page(self) -> str:
        """Return the console's page for browsers."""
        with self._opener.open(f"{self._url}/", timeout=10) as answer:
            return str(answer.read().decode())

    @contextmanager
    def live(self) -> "Iterator[LiveLine]":
        """Yield a subscription to the live events of the inbox."""
        headers = {"Cookie": "; ".join(f"{one.name}={one.value}" for one in self._cookies)}
        address = f"{self._url}/api/v1/workspaces/acme/events".replace("http", "ws", 1)
        options: Any = {"origin": self._url, "subprotocols": ["parley.v1"]}
        with connect(address, additional_headers=headers, **options) as socket:
            socket.send(json.dumps({"type": "hello", "cursor": None, "see": ["inbox"], "open": []}))
            line = LiveLine(socket)
            line.wait_for("ready")
            yield line

    def _call(self, method: str, path: str, body: object = None) -> Any:
        headers = {"Origin": self._url, "X-Parley": "1", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._url}{path}", data, headers, method=method)  # noqa: S310 - our own
        try:
            with self._opener.open(request, timeout=20) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise CheckFailed(f"{method} {path}: {error.code} {error.read().decode()[:300]}") from None


@dataclass(frozen=True, slots=True)
class LiveLine:
    """A WebSocket with live events."""

    socket: Any

    def wait_for(self, kind: str) -> None:
        """Wait for a frame of this type. Raises CheckFailed."""
        deadline = time.monotonic() + _LIMIT
        seen = []
        while (left := deadline - time.monotonic()) > 0:
            try:
                frame = json.loads(self.socket.recv(timeout=left))
            except TimeoutError:
                break
            if frame["type"] == kind:
                return
            seen.append(frame["type"])
        raise CheckFailed(f"no frame {kind} among the live events; seen: {seen}")


def _until(condition: Callable[[], T], what: str) -> T:
    deadline = time.monotonic() + _LIMIT
    while True:
        try:
            if found := condition():
                return found
        except (OSError, HTTPException):  # a server that restarts
            pass
        if time.monotonic() > deadline:
            raise CheckFailed(f"not within {_LIMIT:g} s: {what}")
        time.sleep(0.1)
