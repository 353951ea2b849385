"""Reads all that an answer needs of a conversation in one round trip: its state, the last messages, and the customer.

Each part is what its own repository reads; tests compare the two. It only reads.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

import msgspec

from shared.domain.conversation import Conversation, RecordedDecision, RecordedOutput
from shared.domain.customer import customer_view
from shared.errors import DependencyAway
from shared.messages.ai import QuestionMessage
from shared.repositories import ai_calls, conversations, customers, inbound, outbound, summaries
from shared.repositories.ai_calls import AiCall
from shared.repositories.conversations import Conversations
from shared.repositories.inbound import StoredInbound, stored_inbound
from shared.repositories.outbound_history import HISTORY_FIELDS
from shared.repositories.outbound_views import HistoryMessage, OutboundState
from shared.repositories.summaries import Summary
from shared.storage.documents import from_document
from shared.storage.mongo import Document, Find, Mongo
from shared.storage.scoped import find_in

_ANSWERS = 2
_MAX_QUOTED = 10  # older messages that are read because a message replies to them


class QuotedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A message that a customer's message replies to. ours: sent by us, not by the customer."""

    text: str
    ours: bool


class ConversationHistory(msgspec.Struct, frozen=True, kw_only=True):
    """The history of a conversation up to a turn; lists oldest first. inbound: the customer's messages.
    outbound: our messages of earlier turns, as delivery stored them. answers: records of the last two answers of a
    model, which may not have reached delivery yet. decisions: the last ones. customer: see
    `shared.domain.customer.customer_view`.
    summary: of earlier messages. kept: the call that answered the request already. quoted: older messages that these
    reply to, by provider message id.
    """

    conversation: Conversation | None
    decisions: list[RecordedDecision]
    inbound: list[StoredInbound]
    outbound: list[HistoryMessage]
    answers: list[RecordedOutput]
    customer: Mapping[str, Any] | None
    summary: Summary | None = None
    kept: AiCall | None = None
    quoted: dict[str, QuotedMessage] = {}

    @property
    def quotable(self) -> dict[str, QuotedMessage]:
        """All known messages that may be replied to, by provider message id."""
        theirs = {item.provider_message_id: QuotedMessage(text=item.words, ours=False) for item in self.inbound}
        ours = {item.provider_message_id: QuotedMessage(text=item.text, ours=True) for item in self.outbound}
        return {id_: message for id_, message in (self.quoted | theirs | ours).items() if id_}


class ConversationHistories:
    """The histories of one workspace. Raises DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._mongo = mongo
        self._workspace = workspace
        self._find = partial(find_in, workspace)

    async def read(
        self,
        conversation_id: str,
        customer_id: str,
        *,
        turn: int,
        limit: int,
        request_id: str = "",
        message: QuestionMessage | None = None,
    ) -> ConversationHistory:
        """Return the history of a conversation as it was at a turn. limit: of each list. request_id: of `kept`.
        message: of that turn, which belongs to the history even if it is not stored yet.
        """
        state, theirs, ours, answers, customer, kept, summary = await self._mongo.find_each(
            [
                self._state(conversation_id, limit),
                self._inbound(conversation_id, turn, limit),
                self._outbound(conversation_id, turn, limit),
                self._answers(conversation_id, turn),
                self._find(customers.COLLECTION, {"_id": customer_id}, {}),
                self._find(ai_calls.COLLECTION, {"_id": request_id}, {}),
                self._find(summaries.COLLECTION, {"_id": conversation_id}, {}),
            ]
        )
        conversation = from_document(state[0]["state"], Conversation) if state else None
        if conversation is not None and conversation.moved_to is not None:
            return await self._of_merged(conversation, turn=turn, limit=limit, request_id=request_id, message=message)
        history = ConversationHistory(
            conversation=conversation,
            decisions=[from_document(item, RecordedDecision) for item in state[0]["recorded"]] if state else [],
            inbound=_with_message(theirs, turn, limit, message),
            outbound=[from_document({**item, "id": item["_id"]}, HistoryMessage) for item in reversed(ours)],
            answers=[from_document(item, RecordedOutput) for call in reversed(answers) for item in call["outputs"]],
            customer=customer_view(customer[0]) if customer else None,
            summary=from_document(summary[0], Summary) if summary else None,
            kept=from_document({**kept[0], "id": kept[0]["_id"]}, AiCall) if kept else None,
        )
        wanted = {str(item.context.get("reply_to")) for item in history.inbound if item.context.get("reply_to")}
        missing = sorted(wanted - history.quotable.keys())[-_MAX_QUOTED:]
        if history.kept is not None or not missing:
            return history
        return msgspec.structs.replace(history, quoted=await self._quoted(conversation_id, missing))

    async def _quoted(self, conversation_id: str, provider_ids: list[str]) -> dict[str, QuotedMessage]:
        """Return older messages of the conversation, by provider message id; another round trip, which few answers
        need."""
        query: Document = {"conversation_id": conversation_id, "provider_message_id": {"$in": provider_ids}}
        ours, theirs = await self._mongo.find_each(
            [
                self._find(outbound.COLLECTION, query, HISTORY_FIELDS, limit=_MAX_QUOTED),
                self._find(inbound.COLLECTION, query, inbound.STORED_INBOUND_FIELDS, limit=_MAX_QUOTED),
            ]
        )
        replied = [from_document({**item, "id": item["_id"]}, StoredInbound) for item in theirs]
        return {item.provider_message_id: QuotedMessage(text=item.words, ours=False) for item in replied} | {
            item["provider_message_id"]: QuotedMessage(text=item["text"], ours=True) for item in ours
        }

    async def _of_merged(
        self, moved: Conversation, *, turn: int, limit: int, request_id: str, message: QuestionMessage | None
    ) -> ConversationHistory:
        """Return the history of the conversation into which this one was merged, as of the same message."""
        assert moved.moved_to is not None  # noqa: S101 - checked by the caller
        there = await Conversations(self._mongo, self._workspace).get(moved.moved_to.conversation_id)
        if there is None:
            raise DependencyAway("mongodb", "a conversation is being merged")
        offset = next((merged.offset for merged in there.joined if merged.conversation_id == moved.id), 0)
        return await self.read(
            there.id, there.customer_id, turn=turn + offset, limit=limit, request_id=request_id, message=message
        )

    def _state(self, conversation_id: str, limit: int) -> Find:
        fields = {"state": 1, "recorded": {"$slice": ["$recorded", -limit]}}
        return self._find(conversations.COLLECTION, {"_id": conversation_id}, fields)

    def _inbound(self, conversation_id: str, turn: int, limit: int) -> Find:
        query = {"conversation_id": conversation_id, "turn": {"$lte": turn}}
        return self._find(inbound.COLLECTION, query, inbound.STORED_INBOUND_FIELDS, [("turn", -1)], limit)

    def _outbound(self, conversation_id: str, turn: int, limit: int) -> Find:
        query = {
            "conversation_id": conversation_id,
            "turn": {"$lt": turn},
            "state": {"$ne": OutboundState.FAILED.value},
        }
        return self._find(outbound.COLLECTION, query, HISTORY_FIELDS, [("turn", -1), ("index", -1)], limit)

    def _answers(self, conversation_id: str, turn: int) -> Find:
        query = {"conversation_id": conversation_id, "turn": {"$lt": turn}, **ai_calls.WITH_OUTPUTS}
        return self._find(ai_calls.COLLECTION, query, {"outputs": 1}, [("turn", -1)], _ANSWERS)


def _with_message(
    stored: list[Document], turn: int, limit: int, message: QuestionMessage | None
) -> list[StoredInbound]:
    """Return the stored messages, oldest first, and behind them `message` if it is not among them."""
    messages = [from_document({**item, "id": item["_id"]}, StoredInbound) for item in reversed(stored)]
    if message is None or any(item.id == message.id for item in messages):
        return messages
    return [*messages, stored_inbound(message, turn)][-limit:]
