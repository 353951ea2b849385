"""What was asked, and what the providers say that they accepted: the two sides that are compared in the end."""

import asyncio
import time
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import aiohttp
import msgspec

from devtools.chaos.workload import APOLOGY, CustomerMessage

_EVERY = 0.5  # seconds
_PAGE = 5000


class AcceptedSend(msgspec.Struct, frozen=True, gc=False):
    """A message that a simulated provider accepted. seq: the order; at: since the epoch; ours: our id of it, which went
    along; id: the provider's.
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
    """Grows while the run goes on. answered: messages all pieces of whose answer were accepted at least once.

    refused: tries that did not lead to an acceptance, by reason. silenced: conversations that got an apology, which
    hands them to a person.
    """

    def __init__(self) -> None:
        self.asked: list[CustomerMessage] = []
        self.accepted: list[AcceptedSend] = []
        self.refused: Counter[str] = Counter()
        self.apologised: set[str] = set()
        self.answered = 0
        self._wanted: dict[str, CustomerMessage] = {}
        self._left: dict[str, int] = {}  # by message: pieces of its answer still to come

    def ask(self, asked: CustomerMessage) -> None:
        """A customer is about to write this."""
        self.asked.append(asked)
        self._left[asked.id] = len(asked.outputs)
        self._wanted |= dict.fromkeys(asked.outputs, asked)

    def note(self, accepted: AcceptedSend) -> None:
        """A provider accepted this."""
        self.accepted.append(accepted)
        asked = self._wanted.pop(accepted.message_id, None)
        if asked is None:
            return
        if accepted.text == APOLOGY:
            self.apologised.add(asked.conversation)
        self._left[asked.id] -= 1
        if not self._left[asked.id]:
            del self._left[asked.id]
            self.answered += 1

    @property
    def open(self) -> int:
        """Messages that were written and are not answered."""
        return len(self._left)

    def waiting(self) -> int:
        """Messages that are still to be answered: not those that a person has by now."""
        if not self.apologised:
            return self.open
        return len({asked.id for asked in self._wanted.values() if asked.conversation not in self.apologised})


class RecordReader:
    """Copies the simulators' records into the ledger."""

    def __init__(self, http: aiohttp.ClientSession, simulators: str, tracker: AnswerTracker) -> None:
        self._http = http
        self._url = f"{simulators}/_sim/records"
        self._ledger = tracker
        self._since = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.read()
            await asyncio.sleep(_EVERY)

    async def read(self) -> None:
        """All that there is by now."""
        found = _PAGE
        while found == _PAGE:
            query = {"kind": "message", "since": str(self._since), "limit": str(_PAGE)}
            async with self._http.get(self._url, params=query) as response:
                response.raise_for_status()
                page = _PAGES.decode(await response.read())
            found, self._since = len(page.records), page.next
            for record in page.records:
                self._take(record)

    def _take(self, record: _Record) -> None:
        if not record.accepted:
            self._ledger.refused[f"{record.provider} {msgspec.json.encode(record.error).decode()[:80]}"] += 1
            return
        message_id = record.opaque if record.provider == "meta" else _message_of(record.opaque)
        self._ledger.note(
            AcceptedSend(record.seq, record.at, record.provider, record.to, message_id, record.id, record.text)
        )


def _message_of(callback: str) -> str:
    """Our id in the address to which Twilio posts the statuses."""
    return parse_qs(urlsplit(callback).query).get("message", [""])[0]


def now() -> float:
    """Seconds since the epoch: what the simulators' records and our documents have too."""
    return time.time()
