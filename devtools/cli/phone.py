"""Simulates a customer's phone: sends signed webhooks through the simulators, and reads what reached the phone."""

import time
from dataclasses import dataclass
from typing import Any

from devtools.cli.demo_channel import recipient_fields
from devtools.cli.simulators import Simulators
from devtools.simulators.received import Option, list_button_of, media_of, options_of
from shared.providers.port import Channel

SETTLE_S = 0.4  # after a reply: further messages of the same reply arrive within this time
_TYPING_S = 45.0  # after a typing indicator; longer than the deadline of an answer


@dataclass(frozen=True, slots=True)
class Received:
    """A message or presence that reached the phone. kind: `message`, `read` or `typing`. at: seconds since the epoch.

    list_button: the text of the button that opens the list of options. media: kind, name and address of a file.
    """

    kind: str
    at: float
    text: str = ""
    options: tuple[Option, ...] = ()
    list_button: str = ""
    media: str = ""


class Phone:
    """A customer's conversation with one channel."""

    def __init__(self, simulators: Simulators, channel: Channel, number: str, name: str) -> None:
        self._simulators = simulators
        self._channel = channel
        self.number = number
        self.name = name
        self._sent: set[str] = set()
        self.last_sent = ""
        self._since = simulators.last()

    def send(self, content: dict[str, Any]) -> dict[str, Any]:
        """Send a message and return the response of ingress.

        content: `{"text": …}` or other fields of the simulators' inbound message.
        """
        message = {**recipient_fields(self._channel), "from": self.number, "name": self.name, **content}
        response = self._simulators.inbound(message)
        self.last_sent = str(response["id"])
        self._sent.add(self.last_sent)
        return response

    def expect(self, message_id: str) -> None:
        """Register a message of this phone that was sent by other means."""
        self._sent.add(message_id)

    def receive(self, wait: float) -> list[Received]:
        """Return what arrived since the last call. Wait at most `wait` seconds for a record, also of another phone."""
        provider = str(self._channel.provider)
        records, self._since = self._simulators.records(
            since=self._since, wait=wait, provider=provider, accepted="true"
        )
        return [received for record in records for received in self._parse(record)]

    def wait_for_reply(self, *, quiet: float) -> list[Received]:
        """Wait for a reply and its further messages; return an empty list if none arrives within `quiet` seconds."""
        received: list[Received] = []
        deadline = time.monotonic() + quiet
        while (left := deadline - time.monotonic()) > 0:
            new = self.receive(left)
            received.extend(new)
            if any(item.kind == "message" for item in new):
                deadline = time.monotonic() + SETTLE_S
            elif any(item.kind == "typing" for item in new):
                deadline = time.monotonic() + _TYPING_S
        return received

    def _parse(self, record: dict[str, Any]) -> list[Received]:
        at = float(record["at"])
        if record["kind"] == "presence":
            if record["id"] not in self._sent:
                return []
            typing = "typing_indicator" in record["payload"]
            return [Received("typing" if typing else "read", at)]
        if record["kind"] != "message" or _digits(record["to"]) != _digits(self.number):
            return []
        payload = record["payload"]
        options, list_button = options_of(payload), list_button_of(payload)
        return [Received("message", at, record["text"], options, list_button, media_of(payload))]


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number))
