"""Stores a workspace with very many conversations, customers and messages, as router and delivery would have stored
them. Documents are built in bulk; their shapes are those of the structs that the services store.
"""

import itertools
import random
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database

from devtools.bench.corpus import complaint
from shared.domain import ids
from shared.domain.conversation import Conversation, FlowPosition, Mode, RecordedDecision, RecordedOutput
from shared.domain.customer import name_keys
from shared.messages.content import Text
from shared.messages.inbound import InboundMessage, Provider, Sender
from shared.messages.outbound import Author, OutboundMessage, TextBody
from shared.repositories import conversations, customers, inbound, outbound
from shared.repositories.inbound import inbound_document
from shared.repositories.outbound_documents import outbound_document
from shared.repositories.outbound_views import OutboundState
from shared.storage.documents import to_document

WORKSPACE = "bench-inbox"
CHANNELS = ("main", "second")
PEOPLE = tuple(f"agent-{number}" for number in range(30))
LABELS = ("vip", "complaint", "wholesale", "returns")
NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
SPREAD = timedelta(days=365)
_BATCH = 1000
_THREADS = 3
_SMALL, _LARGE = 1, 50  # kept decisions
_FIRST = ("Ada", "Bola", "Chidi", "Dayo", "Efe", "Femi", "Grace", "Hauwa", "Ife", "Jide", "Kemi", "Lola", "Musa")
_LAST = ("Okafor", "Balogun", "Eze", "Lawal", "Obi", "Adeyemi", "Sani", "Udo", "Bello", "Nwosu", "Ojo", "Ibe", "Alli")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedPlan:
    """The documents to store for a benchmark. large: conversations of about 40 KB, the others have about 2 KB.
    with_messages: newest ones with a stored message and an answer, for previews. long_turns: turns of one long
    conversation.
    """

    seed: int = 1
    conversations: int = 1_000_000
    large: int = 10_000
    with_messages: int = 100_000
    long_turns: int = 50_000

    @property
    def name(self) -> str:
        """A name that differs for plans that store something else."""
        parts = (self.seed, self.conversations, self.large, self.with_messages, self.long_turns)
        return ".".join(map(str, parts))


def phone_of(number: int) -> str:
    """Return the phone number of a customer."""
    return f"+234{8_100_000_000 + number}"


def conversation_of(number: int) -> str:
    """Return the id of a customer's conversation."""
    return ids.conversation_id(WORKSPACE, CHANNELS[number % 2], phone_of(number))


def inbound_of(number: int, turn: int, at: datetime, text: str) -> InboundMessage:
    """Return a customer's message in the customer's conversation."""
    phone = phone_of(number)
    id_ = ids.message_id(WORKSPACE, "meta", f"wamid.{number}.{turn}")
    return InboundMessage(
        id=id_,
        workspace=WORKSPACE,
        correlation_id=ids.correlation_id(id_),
        created_at=at,
        provider=Provider.META,
        provider_message_id=f"wamid.{number}.{turn}",
        channel=CHANNELS[number % 2],
        conversation_id=conversation_of(number),
        sender=Sender(identity=phone, address=phone[1:], phone=phone),
        content=Text(body=text),
        sent_at=at,
        raw=msgspec.Raw(b'{"from":"%s","type":"text"}' % phone[1:].encode()),
    )


class Seeder:
    """Makes the documents of a plan."""

    def __init__(self, plan: SeedPlan) -> None:
        self._plan = plan
        self._rng = random.Random(f"{plan.seed}:inbox")
        self._ranks = list(range(plan.conversations))
        self._rng.shuffle(self._ranks)  # documents that were written last lie anywhere on the disk
        self._small = [_decisions(self._rng, _SMALL) for _ in range(500)]
        self._large = [_decisions(self._rng, _LARGE) for _ in range(50)]
        self._template = to_document(
            Conversation(
                id="",
                workspace=WORKSPACE,
                channel="",
                provider=Provider.META.value,
                customer_id="",
                address="",
                opened_at=NOW - SPREAD,
                said=tuple(f"{self._rng.getrandbits(64):016x}" for _ in range(5)),
                language="en",
            )
        )

    def last_inbound_at(self, number: int) -> datetime:
        """Return when the customer wrote last."""
        return NOW - SPREAD * (self._ranks[number] / self._plan.conversations)

    def conversations(self) -> Iterator[Document]:
        every = max(1, self._plan.conversations // max(1, self._plan.large))
        for number in range(self._plan.conversations):
            yield self._conversation(number, self._large if number % every == 0 else self._small)

    def _conversation(self, number: int, decisions: Sequence[list[Document]]) -> Document:
        id_, phone, at = conversation_of(number), phone_of(number), self.last_inbound_at(number)
        state = {
            **self._template,
            "id": id_,
            "channel": CHANNELS[number % 2],
            "customer_id": ids.customer_id(WORKSPACE, phone),
            "address": phone[1:],
            "turn": 1,
            "version": 1 + number % 40,
            "last_inbound_at": at,
            "decided_at": at,
            "last_message": f"wamid.{id_}",
            **_mode(self._rng, at),
        }
        recorded = decisions[number % len(decisions)]
        return {"_id": id_, "workspace": WORKSPACE, "state": state, "recorded": recorded, "last_inbound_at": at}

    def customers(self) -> Iterator[Document]:
        for number in range(self._plan.conversations):
            phone, at = phone_of(number), self.last_inbound_at(number)
            name = f"{self._rng.choice(_FIRST)} {self._rng.choice(_LAST)} {_word(self._rng)}"
            yield {
                "_id": ids.customer_id(WORKSPACE, phone),
                "workspace": WORKSPACE,
                "identity": phone,
                "phone": phone,
                "identities": [phone],
                "name": name,
                "name_keys": name_keys(name),
                "conversations": [conversation_of(number)],
                "first_seen_at": at - timedelta(days=30),
                "last_contacted_at": at,
                "created_by": "message",
                "tags": [self._rng.choice(LABELS)] if self._rng.random() < 0.05 else [],
            }

    def messages(self) -> Iterator[Document]:
        """Yield the customers' messages; those of the long conversation last."""
        for number in self._with_messages():
            yield self._inbound(number, 1, self.last_inbound_at(number))
        for turn in range(1, self._plan.long_turns + 1):
            yield self._inbound(self._plan.conversations, turn, NOW - timedelta(minutes=self._plan.long_turns - turn))

    def answers(self) -> Iterator[Document]:
        """Yield our messages, in the same order."""
        for number in self._with_messages():
            yield self._outbound(number, 1, self.last_inbound_at(number))
        for turn in range(1, self._plan.long_turns + 1):
            yield self._outbound(self._plan.conversations, turn, NOW - timedelta(minutes=self._plan.long_turns - turn))

    def _with_messages(self) -> Iterator[int]:
        return (number for number, rank in enumerate(self._ranks) if rank < self._plan.with_messages)

    def _inbound(self, number: int, turn: int, at: datetime) -> Document:
        return inbound_document(inbound_of(number, turn, at, complaint(self._rng, turn)[0]), turn, "faq", at)

    def _outbound(self, number: int, turn: int, at: datetime) -> Document:
        phone = phone_of(number)
        cause = ids.message_id(WORKSPACE, "meta", f"wamid.{number}.{turn}")
        message = OutboundMessage(
            id=ids.output_id(cause, "reply"),
            workspace=WORKSPACE,
            correlation_id=ids.correlation_id(cause),
            created_at=at,
            provider=Provider.META,
            channel=CHANNELS[number % 2],
            conversation_id=conversation_of(number),
            customer_id=ids.customer_id(WORKSPACE, phone),
            address=phone[1:],
            body=TextBody(body="We are open from 9 to 5, Monday to Saturday, and answer in between."),
            author=Author.FAQ,
            cause=cause,
            turn=turn,
        )
        document = outbound_document(message, "bench", at, OutboundState.SENT, None)
        return document | {"provider_message_id": f"out.{number}.{turn}", "status": "read", "rank": 40}


def _mode(rng: random.Random, at: datetime) -> Document:
    """Return the mode of a conversation: most are the bot's, half a percent wait for an agent."""
    share = rng.random()
    labels = [rng.choice(LABELS)] if rng.random() < 0.03 else []
    if share < 0.005:
        return {"mode": Mode.HUMAN.value, "waiting_since": at, "mode_reason": "asked for a person", "labels": labels}
    if share < 0.01:
        return {"mode": Mode.HUMAN.value, "assigned_to": rng.choice(PEOPLE), "person_at": at, "labels": labels}
    if share < 0.03:
        return {"mode": Mode.CLOSED.value, "labels": labels}
    flow = FlowPosition(flow="welcome", version="0" * 12, step="ask", started_at=at) if share < 0.2 else None
    return {"labels": labels, "flow": to_document(flow) if flow else None}


def _decisions(rng: random.Random, count: int) -> list[Document]:
    """Return kept decisions of about 0.8 KB each."""
    text = " ".join(complaint(rng, rng.randrange(10**6))[0] for _ in range(3)).encode()
    outputs = (
        RecordedOutput("outbound.messages", WORKSPACE.encode(), text + rng.randbytes(120)),
        RecordedOutput("conversation.events", WORKSPACE.encode(), text[:150] + rng.randbytes(60)),
    )
    return [
        to_document(
            RecordedDecision(cause=f"wamid.{rng.getrandbits(96):x}", turn=turn, decision="faq", outputs=outputs, at=NOW)
        )
        for turn in range(1, count + 1)
    ]


def _word(rng: random.Random) -> str:
    return "".join(rng.choice("aeioubdgklmnrst") for _ in range(6)).title()


def seed(uri: str, database: str, plan: SeedPlan, report: Any = print) -> None:
    """Store all documents of a plan, unless they are stored already. Indexes are made afterwards by the caller."""
    with MongoClient[Document](uri) as client:
        target = client[database]
        if target["seeded"].find_one({"_id": plan.name}):
            return
        client.drop_database(database)
        store(target, plan, report)
        target["seeded"].insert_one({"_id": plan.name})


def store(target: Database[Document], plan: SeedPlan, report: Any = print) -> None:
    """Add all documents of a plan to a database."""
    seeder = Seeder(plan)
    for name, documents in (
        (conversations.COLLECTION, seeder.conversations()),
        (customers.COLLECTION, seeder.customers()),
        (inbound.COLLECTION, seeder.messages()),
        (outbound.COLLECTION, seeder.answers()),
    ):
        _insert(target[name], documents)
        report(f"seeded {name}")


def _insert(collection: Collection[Document], documents: Iterable[Document]) -> None:
    """Insert documents in batches, a few of which are under way at a time."""
    with ThreadPoolExecutor(_THREADS) as pool:
        waiting = []
        source = iter(documents)
        while batch := list(itertools.islice(source, _BATCH)):
            waiting.append(pool.submit(collection.insert_many, batch, ordered=False))
            if len(waiting) > _THREADS:
                waiting.pop(0).result()
        for one in waiting:
            one.result()


def build_indexes(uri: str, database: str, collections: Iterable[Any]) -> None:
    """Create the indexes of repositories, however long it takes."""
    with MongoClient[Document](uri) as client:
        for repository in collections:
            client[database][repository.COLLECTION].create_indexes(repository.INDEXES)
