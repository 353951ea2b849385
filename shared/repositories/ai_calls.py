"""The calls of models: what each answer was, took and cost. One writer: ai.

The records of an answer are stored here too, so that a redelivered request, however late, gets the answer that was paid
for.
"""

import asyncio
from datetime import datetime
from decimal import Decimal

import msgspec
from pymongo import IndexModel

from shared.domain.conversation import RecordedOutput
from shared.domain.model_prices import Tokens
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "ai_calls"
INDEXES = [
    IndexModel([("workspace", 1), ("finished_at", -1), ("cost_usd", 1)], name="costs"),
    IndexModel([("workspace", 1), ("finished_at", -1), ("_id", -1)], name="newest"),
    IndexModel([("workspace", 1), ("conversation_id", 1), ("turn", -1)], name="history"),
    IndexModel([("correlation_id", 1)], name="correlation"),
    IndexModel([("workspace", 1), ("customer_id", 1), ("finished_at", -1), ("cost_usd", 1)], name="customer_costs"),
]

OVER_SHARE = "over share"
WITH_OUTPUTS = {"outputs.0": {"$exists": True}}  # summaries have none


class RoutingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The chosen model and the reasons. choice: `fast` or `smart`. model: of the choice, which need not be the one that
    answered. other_model: of the other choice; other_usd: what the answer's tokens would have cost there.
    """

    choice: str
    model: str
    reasons: tuple[str, ...]
    other_model: str
    other_usd: str = "0"


class ToolUse(msgspec.Struct, frozen=True, kw_only=True):
    """A call of a tool by a model. name: `unknown` when there is no such tool. ms: duration.

    outcome: ok, invalid (arguments), refused (no sense in this case), unknown, over_cap, timeout or failed.
    """

    name: str
    outcome: str
    ms: int = 0


class AiCall(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one request. outcome: `answered`, `apology`; when no model was called because the customer's share
    of the day's budget is spent: `faq` (the FAQ answered) or `over share`. Tokens as the vendor counts them; times in
    UTC.

    id: the request's. outputs: the records that the answer became; summaries of conversations (outcome `summary` or `no
    summary`) and answers of a replay (`replay`), which are stored here for their cost, have none. model and tokens: of
    the call that gave the answer.
    cost_usd: of all calls, failed ones too, as a decimal; by the price table of version `prices`. A call that broke off
    without a usage counts with its upper bound. tools: calls of tools, in all tries. not_before: until when the
    customer had time to write more. customer_id: whose share of the day's budget paid for it; empty in old documents.
    """

    id: str
    workspace: str
    conversation_id: str
    correlation_id: str
    turn: int
    outputs: tuple[RecordedOutput, ...]
    requested_at: datetime
    started_at: datetime
    finished_at: datetime
    model: str
    outcome: str
    attempts: int
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    error: str = ""
    cost_usd: str = "0"
    prices: str = ""
    routing: RoutingRecord | None = None
    tools: tuple[ToolUse, ...] = ()
    not_before: datetime | None = None
    customer_id: str = ""


class ConversationCost(msgspec.Struct, frozen=True, kw_only=True):
    """The cost of a conversation. answers: of models, apologies too. usd: of all calls for them."""

    answers: int = 0
    usd: Decimal = Decimal(0)


class RoutedCost(msgspec.Struct, frozen=True, kw_only=True):
    """Answers of the cheaper model that the dearer one could have given. usd: their cost; other_usd: what the same
    tokens would have cost there.
    """

    answers: int = 0
    usd: Decimal = Decimal(0)
    other_usd: Decimal = Decimal(0)


class AiCalls:
    """The calls of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def add(self, call: AiCall) -> AiCall:
        """Store a call; return the one that counts: the first stored for its request."""
        document = to_document(call)
        document["_id"] = document.pop("id")
        try:
            await self._collection.insert(document)
        except Duplicate:
            return await self.kept(call.id) or call
        return call

    async def kept(self, request_id: str) -> AiCall | None:
        """Return the call that answered a request; None when it was never answered."""
        found = await self._collection.find_one({"_id": request_id})
        return from_document({**found, "id": found["_id"]}, AiCall) if found else None

    async def of_turns(self, conversation_id: str, first: int, last: int) -> list[AiCall]:
        """Return the answers to the messages of some turns, oldest first; at most a thousand."""
        query: Document = {"conversation_id": conversation_id, "turn": {"$gte": first, "$lte": last}, **WITH_OUTPUTS}
        found = await self._collection.find(query, sort=[("turn", 1)])
        return [from_document({**item, "id": item["_id"]}, AiCall) for item in found]

    async def tokens_by_model(self, since: datetime, until: datetime) -> dict[str, tuple[int, Tokens]]:
        """Return the number of answers and their tokens by model, of answers finished from `since` on and before
        `until`.
        """
        fields = {"input": "input_tokens", "output": "output_tokens"}
        fields |= {"cache_read": "cache_read_tokens", "cache_write": "cache_write_tokens"}
        sums: Document = {name: {"$sum": f"${field}"} for name, field in fields.items()}
        query: Document = {"finished_at": {"$gte": since, "$lt": until}, "outcome": "answered"}
        found = await self._collection.aggregate(
            query, [{"$group": {"_id": "$model", "count": {"$sum": 1}, **sums}}], limit=100
        )
        return {one["_id"]: (one["count"], Tokens(**{name: one[name] for name in fields})) for one in found}

    async def cost(self, since: datetime, until: datetime, *, customer_id: str = "") -> Decimal:
        """Return the US dollars for all answers finished from `since` on and before `until`.

        customer_id: of one customer only.
        """
        query: Document = {"finished_at": {"$gte": since, "$lt": until}}
        if not customer_id:
            return await self._collection.total(query, "cost_usd", hint="costs")
        return await self._collection.total({**query, "customer_id": customer_id}, "cost_usd", hint="customer_costs")

    async def routed(self, since: datetime, until: datetime) -> RoutedCost:
        """Return what the answers cost that went to the fast model, and what they would have cost from the other."""
        query: Document = {
            "finished_at": {"$gte": since, "$lt": until},
            "routing.choice": "fast",
            "outcome": "answered",
            "$expr": {"$eq": ["$model", "$routing.model"]},
        }
        answers, usd, other = await asyncio.gather(
            self._collection.count(query),
            self._collection.total(query, "cost_usd"),
            self._collection.total(query, "routing.other_usd"),
        )
        return RoutedCost(answers=answers, usd=usd, other_usd=other)

    async def over_share(self, customer_id: str, since: datetime, until: datetime) -> frozenset[str]:
        """Return the conversations in which a customer was told, in this period, that no model answers."""
        found = await self._collection.find(
            {"customer_id": customer_id, "finished_at": {"$gte": since, "$lt": until}, "outcome": OVER_SHARE},
            fields={"conversation_id": 1},
            limit=100,
        )
        return frozenset(item["conversation_id"] for item in found)

    async def spent_on(self, conversation_id: str) -> ConversationCost:
        """Return the number and the cost of the answers in a conversation."""
        query: Document = {"conversation_id": conversation_id}
        said = {**query, **WITH_OUTPUTS}
        answers, usd = await asyncio.gather(self._collection.count(said), self._collection.total(query, "cost_usd"))
        return ConversationCost(answers=answers, usd=usd)

    async def last(self, conversation_id: str, *, before_turn: int, limit: int) -> list[RecordedOutput]:
        """Return the records of the last `limit` answers of turns before `before_turn`, oldest first."""
        found = await self._collection.find(
            {"conversation_id": conversation_id, "turn": {"$lt": before_turn}, **WITH_OUTPUTS},
            fields={"outputs": 1},
            sort=[("turn", -1)],
            limit=limit,
        )
        return [from_document(item, RecordedOutput) for call in reversed(found) for item in call["outputs"]]
