"""A customer's phone: what it sends goes as a signed webhook through the simulators, what it gets are their records."""

import time
from dataclasses import dataclass
from typing import Any

from devtools.cli.demo_channel import addressed_to
from devtools.cli.simulators import Simulators
from shared.providers.port import Channel

SETTLE_S = 0.4  # after an answer: its next piece comes within this time, if there is one
_THINKING_S = 45.0  # with "typing…" on the screen: longer than the deadline of an answer


@dataclass(frozen=True, slots=True)
class Option:
    """A button, or a row of a list."""

    id: str
    title: str
    description: str = ""
    row: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """Something that reached the phone. kind: `message`, `read` or `typing`. at: seconds since the epoch.

    opens: what opens the list that the options are rows of. media: what it is and where, in words.
    """

    kind: str
    at: float
    text: str = ""
    options: tuple[Option, ...] = ()
    opens: str = ""
    media: str = ""


class Phone:
    """One customer and one number of a business."""

    def __init__(self, simulators: Simulators, channel: Channel, number: str, name: str) -> None:
        self._simulators = simulators
        self._channel = channel
        self.number = number
        self.name = name
        self._sent: set[str] = set()
        self.last_sent = ""
        self._since = simulators.last()

    def send(self, content: dict[str, Any]) -> dict[str, Any]:
        """Write: `{"text": …}` or other fields of the simulators' inbound message; how ingress answered."""
        message = {**addressed_to(self._channel), "from": self.number, "name": self.name, **content}
        answer = self._simulators.inbound(message)
        self.last_sent = str(answer["id"])
        self._sent.add(self.last_sent)
        return answer

    def expect(self, message_id: str) -> None:
        """A message of this phone that was sent another way."""
        self._sent.add(message_id)

    def receive(self, wait: float) -> list[Received]:
        """What has come since the last look; waits at most `wait` seconds for something, be it for another phone."""
        provider = str(self._channel.provider)
        records, self._since = self._simulators.records(
            since=self._since, wait=wait, provider=provider, accepted="true"
        )
        return [got for record in records for got in self._read(record)]

    def answers(self, *, quiet: float) -> list[Received]:
        """Wait for the answer and its further pieces. Nothing within `quiet` seconds: there is none."""
        got: list[Received] = []
        deadline = time.monotonic() + quiet
        while (left := deadline - time.monotonic()) > 0:
            new = self.receive(left)
            got.extend(new)
            if any(item.kind == "message" for item in new):
                deadline = time.monotonic() + SETTLE_S
            elif any(item.kind == "typing" for item in new):
                deadline = time.monotonic() + _THINKING_S
        return got

    def _read(self, record: dict[str, Any]) -> list[Received]:
        at = float(record["at"])
        if record["kind"] == "presence":
            if record["id"] not in self._sent:
                return []
            typing = "typing_indicator" in record["payload"]
            return [Received("typing" if typing else "read", at)]
        if record["kind"] != "message" or _digits(record["to"]) != _digits(self.number):
            return []
        payload = record["payload"]
        interactive = _object(payload.get("interactive"))
        return [Received("message", at, record["text"], _options(interactive), _opens(interactive), _media(payload))]


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _options(interactive: dict[str, Any]) -> tuple[Option, ...]:
    """Meta's reply buttons, or the rows of its list."""
    action = _object(interactive.get("action"))
    buttons = [button["reply"] for button in action.get("buttons", [])]
    rows = [row for section in action.get("sections", []) for row in section.get("rows", [])]
    return (
        *(Option(button["id"], button["title"]) for button in buttons),
        *(Option(row["id"], row["title"], row.get("description", ""), row=True) for row in rows),
    )


def _opens(interactive: dict[str, Any]) -> str:
    button = _object(interactive.get("action")).get("button", "")
    return button if isinstance(button, str) else ""


def _media(payload: dict[str, Any]) -> str:
    if url := payload.get("MediaUrl"):
        return f"media {url}"
    kind = str(payload.get("type"))
    part = _object(payload.get(kind))
    if "link" not in part and "id" not in part:
        return ""
    return " ".join(filter(None, (kind, part.get("filename"), part.get("link") or part.get("id"))))
