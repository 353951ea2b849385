"""All stored documents of one exchange, for "why?" of a message; and single messages by their ids."""

from dataclasses import dataclass

import msgspec

from shared.domain.conversation import RecordedDecision
from shared.repositories import ai_calls, conversations, inbound, outbound
from shared.repositories.ai_calls import AiCalls, ConversationCost
from shared.storage.documents import from_document
from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import Scoped

INBOUND, OUTBOUND = inbound.COLLECTION, outbound.COLLECTION
MOST = 200  # documents of one exchange


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """All stored documents of one correlation id. recorded: the router's decisions on its messages.

    spent: the cost of models in the conversation so far; None: no model was called.
    """

    correlation_id: str
    messages: list[Document]
    ai_calls: list[Document]
    outbound: list[Document]
    recorded: list[RecordedDecision] = []
    spent: ConversationCost | None = None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A document of the customer's messages (kind `INBOUND`) or of ours (`OUTBOUND`)."""

    kind: str
    document: Document


class Exchanges:
    """Of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._mongo = mongo
        self._in = {
            name: Scoped(mongo.collection(name), workspace)
            for name in (INBOUND, ai_calls.COLLECTION, OUTBOUND, conversations.COLLECTION)
        }
        self._workspace = workspace

    async def message(self, reference: str, *, also_provider_id: bool = False) -> StoredMessage | None:
        """Return a message by an id of ours or, if wanted, of the provider."""
        names = ("_id", "provider_message_id") if also_provider_id else ("_id",)
        for field in names:
            for kind in (INBOUND, OUTBOUND):
                found = await self._in[kind].find_one({field: reference}, {"raw": 0})
                if found is not None:
                    return StoredMessage(kind, found)
        return None

    async def get(self, correlation_id: str) -> Exchange:
        """Return an exchange; without documents if there is none."""
        messages, calls, ours = [
            await self._in[name].find({"correlation_id": correlation_id}, limit=MOST)
            for name in (INBOUND, ai_calls.COLLECTION, OUTBOUND)
        ]
        messages.sort(key=lambda item: item["turn"])
        return Exchange(
            correlation_id=correlation_id,
            messages=messages,
            ai_calls=sorted(calls, key=lambda item: item["started_at"]),
            outbound=sorted(ours, key=lambda item: (item["created_at"], item["index"])),
            recorded=await self._recorded(messages),
            spent=await AiCalls(self._mongo, self._workspace).spent_on(calls[0]["conversation_id"]) if calls else None,
        )

    async def _recorded(self, messages: list[Document]) -> list[RecordedDecision]:
        recorded: list[RecordedDecision] = []
        for message in messages:
            found = await self._in[conversations.COLLECTION].find_one(
                {"_id": message["conversation_id"]}, {"recorded": {"$elemMatch": {"cause": message["_id"]}}}
            )
            recorded.extend(from_document(item, RecordedDecision) for item in (found or {}).get("recorded", []))
        return recorded
