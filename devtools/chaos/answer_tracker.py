"""Track customers' messages and the sends that simulated providers accepted."""

import asyncio
import time
from collections import Counter
from collections.abc import Collection
from urllib.parse import parse_qs, urlsplit

import aiohttp
import msgspec

from devtools.chaos.workload import APOLOGY, CustomerMessage
from devtools.simulators.webhooks import digits

_EVERY = 0.5  # seconds
_PAGE = 5000


class AcceptedSend(msgspec.Struct, frozen=True, gc=False):
    """A send that a simulated provider accepted. seq: order of acceptance. at: seconds since the epoch. message_id: the
    outbound message's id, which the send carried. id: the provider's id.
    """

    seq: int
    at: float
    provider: str
    to: str
    message_id: str
    id: str
    text: str


class _Record(msgspec.Struct):
    seq: int
    at: float
    provider: str
    accepted: bool
    to: str
    text: str
    id: str
    opaque: str
    error: object = None


class _Page(msgspec.Struct):
    records: list[_Record]
    next: int


_PAGES = msgspec.json.Decoder(_Page)


class AnswerTracker:
    """Progress of the run. answered: messages with a completely accepted answer.

    refused: sends that were not accepted, by reason. apologised: conversations that got an apology and are now with an
    agent. ignored: phone numbers, in digits, of customers from whom no message is expected.
    """

    def __init__(self, ignored: Collection[str] = ()) -> None:
        self.ignored = frozenset(ignored)
        self.messages: list[CustomerMessage] = []
        self.accepted: list[AcceptedSend] = []
        self.refused: Counter[str] = Counter()
        self.apologised: set[str] = set()
        self.answered = 0
        self._expected: dict[str, CustomerMessage] = {}
        self._left: dict[str, int] = {}  # by message: parts of its answer not accepted yet

    def expect(self, message: CustomerMessage) -> None:
        """Expect the answer to a message that a customer is about to write."""
        self.messages.append(message)
        self._left[message.id] = len(message.outputs)
        self._expected |= dict.fromkeys(message.outputs, message)

    def add(self, accepted: AcceptedSend) -> None:
        """Record an accepted send."""
        self.accepted.append(accepted)
        message = self._expected.pop(accepted.message_id, None)
        if message is None:
            return
        if accepted.text == APOLOGY:
            self.apologised.add(message.conversation)
        self._left[message.id] -= 1
        if not self._left[message.id]:
            del self._left[message.id]
            self.answered += 1

    @property
    def open(self) -> int:
        """Number of messages written and not answered."""
        return len(self._left)

    def awaiting_answer(self) -> int:
        """Return the number of messages that the bot still has to answer; an agent has the other conversations."""
        if not self.apologised:
            return self.open
        return len({message.id for message in self._expected.values() if message.conversation not in self.apologised})


class RecordReader:
    """Copies the simulators' records into the tracker."""

    def __init__(self, http: aiohttp.ClientSession, simulators: str, tracker: AnswerTracker) -> None:
        self._http = http
        self._url = f"{simulators}/_sim/records"
        self._tracker = tracker
        self._since = 0

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            await self.read()
            await asyncio.sleep(_EVERY)

    async def read(self) -> None:
        """Read all new records."""
        found = _PAGE
        while found == _PAGE:
            query = {"kind": "message", "since": str(self._since), "limit": str(_PAGE)}
            async with self._http.get(self._url, params=query) as response:
                response.raise_for_status()
                page = _PAGES.decode(await response.read())
            found, self._since = len(page.records), page.next
            for record in page.records:
                self._add(record)

    def _add(self, record: _Record) -> None:
        if digits(record.to) in self._tracker.ignored:
            return
        if not record.accepted:
            self._tracker.refused[f"{record.provider} {msgspec.json.encode(record.error).decode()[:80]}"] += 1
            return
        message_id = record.opaque if record.provider == "meta" else _message_of(record.opaque)
        self._tracker.add(
            AcceptedSend(record.seq, record.at, record.provider, record.to, message_id, record.id, record.text)
        )


def _message_of(callback: str) -> str:
    """Return the outbound message's id from Twilio's status callback URL."""
    return parse_qs(urlsplit(callback).query).get("message", [""])[0]


def now() -> float:
    """Return seconds since the epoch, the clock of the simulators' records and of MongoDB's documents."""
    return time.time()
