"""Parts of a conversation's history in both directions, as stored: messages of both sides, notes, changes of the
state, and the decisions that are kept. One round trip for a part.
"""

from datetime import datetime
from functools import partial
from typing import Any

import msgspec

from shared.domain.timeline import TimelinePosition
from shared.repositories import ai_calls, conversation_changes, conversations, inbound, outbound
from shared.storage.mongo import Document, Mongo
from shared.storage.scoped import find_in

NOTES = "notes"
CHANGES = conversation_changes.COLLECTION
# Messages that only change another one. One that was taken back has the content `revoke` too, but is shown.
_HIDDEN: list[Document] = [{"content.type": "edit"}, {"content.type": "revoke", "taken_back_at": None}]
_UNSENT_DECISIONS = 10  # decisions whose outputs may not have reached delivery yet
_UNSENT_ANSWERS = 2
_INBOUND_FIELDS: Document = dict.fromkeys(
    (
        *("turn", "text", "content", "context", "received_at", "sent_at", "taken_back_at", "edited_at", "edits"),
        *("provider_message_id", "decision", "channel"),
    ),
    1,
)
_OUTBOUND_FIELDS: Document = dict.fromkeys(
    (
        *("turn", "index", "text", "body", "author", "cause", "created_at", "state", "status", "statuses", "error"),
        *("reason", "possible_duplicate", "instead", "reply_to", "provider_message_id", "provider", "channel"),
        *("not_before", "sent_at", "attempt"),
    ),
    1,
)
_NOTE_FIELDS: Document = dict.fromkeys(("turn", "text", "by", "at", "cause"), 1)
_CHANGE_FIELDS: Document = dict.fromkeys(("turn", "at", "change"), 1)


class TimelinePart(msgspec.Struct, frozen=True, kw_only=True):
    """Documents of a part, each list in the order in which it was read. changes: of the state. decisions: the kept
    ones without their outputs, oldest first. calls: of models whose answers may be among the messages. unsent: records
    of the last decisions and answers of models, of which some may not have been sent yet; only at the end of the
    conversation.
    """

    inbound: list[Document]
    outbound: list[Document]
    notes: list[Document]
    changes: list[Document]
    decisions: list[Document] = []
    calls: list[Document] = []
    unsent: list[Document] = []


class ReferredMessages(msgspec.Struct, frozen=True, kw_only=True):
    """Messages that others refer to, by provider id: of the customer, and ours."""

    inbound: dict[str, Document]
    outbound: dict[str, Document]


class Timeline:
    """The histories of one workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._mongo = mongo
        self._workspace = workspace
        self._find = partial(find_in, workspace)

    async def before(self, conversation_id: str, position: TimelinePosition | None, limit: int) -> TimelinePart:
        """Return the last `limit` documents of each kind before a position; None: of the whole conversation."""
        conditions = _before(position) if position else _Conditions({}, {}, {}, {})
        return await self._read(conversation_id, conditions, -1, limit, ends=position is None)

    async def after(self, conversation_id: str, position: TimelinePosition, limit: int) -> TimelinePart:
        """Return the first `limit` documents of each kind after a position."""
        return await self._read(conversation_id, _after(position), 1, limit, ends=True)

    async def turn_at(self, conversation_id: str, at: datetime, last_turn: int) -> int:
        """Return the first turn with a message from a time on; without one, the turn behind the last message.

        Turns follow each other in time, so halving the range finds it with few reads of an index.
        """
        low, high = 1, max(1, last_turn)
        while low < high:
            middle = (low + high) // 2
            found = await self._first_message(conversation_id, middle)
            if found is None or found[1] >= at:
                high = middle
            else:
                low = max(middle, found[0]) + 1
        return min(low, max(1, last_turn))

    async def _first_message(self, conversation_id: str, turn: int) -> tuple[int, datetime] | None:
        """Return turn and time of the first message from a turn on."""
        query: Document = {"conversation_id": conversation_id, "turn": {"$gte": turn}}
        theirs, ours = await self._mongo.find_each(
            [
                self._find(inbound.COLLECTION, query, {"turn": 1, "received_at": 1}, [("turn", 1)]),
                self._find(outbound.COLLECTION, query, {"turn": 1, "created_at": 1}, [("turn", 1), ("index", 1)]),
            ]
        )
        found = [(item["turn"], item["received_at"]) for item in theirs]
        return min(found + [(item["turn"], item["created_at"]) for item in ours], default=None)

    async def referred(self, conversation_id: str, provider_ids: list[str]) -> ReferredMessages:
        """Return messages of a conversation by their provider's ids."""
        if not provider_ids:
            return ReferredMessages(inbound={}, outbound={})
        query: Document = {"conversation_id": conversation_id, "provider_message_id": {"$in": provider_ids}}
        theirs, ours = await self._mongo.find_each(
            [
                self._find(inbound.COLLECTION, query, _INBOUND_FIELDS, limit=len(provider_ids)),
                self._find(outbound.COLLECTION, query, _OUTBOUND_FIELDS, limit=len(provider_ids)),
            ]
        )
        return ReferredMessages(
            inbound={item["provider_message_id"]: item for item in theirs},
            outbound={item["provider_message_id"]: item for item in ours},
        )

    async def sent_ids(self, message_ids: list[str]) -> set[str]:
        """Return those of the messages that have reached delivery."""
        query: Document = {"_id": {"$in": message_ids}}
        (found,) = await self._mongo.find_each(
            [self._find(outbound.COLLECTION, query, {"_id": 1}, limit=max(1, len(message_ids)))]
        )
        return {item["_id"] for item in found}

    async def _read(
        self, conversation_id: str, conditions: "_Conditions", direction: int, limit: int, *, ends: bool
    ) -> TimelinePart:
        mine = {"conversation_id": conversation_id}
        by_turn = [("turn", direction)]
        theirs: Document = {**mine, "$nor": _HIDDEN, **conditions.inbound}
        decisions: Document = {
            "decisions": {
                "$map": {
                    "input": "$recorded",
                    "in": {name: f"$$this.{name}" for name in ("cause", "turn", "decision", "at")},
                }
            },
            **({"outputs": {"$slice": ["$recorded.outputs", -_UNSENT_DECISIONS]}} if ends else {}),
        }
        answers = {**mine, **ai_calls.WITH_OUTPUTS}
        found = await self._mongo.find_each(
            [
                self._find(inbound.COLLECTION, theirs, _INBOUND_FIELDS, by_turn, limit),
                self._find(
                    outbound.COLLECTION,
                    {**mine, **conditions.outbound},
                    _OUTBOUND_FIELDS,
                    [*by_turn, ("index", direction)],
                    limit,
                ),
                self._find(NOTES, {**mine, **conditions.notes}, _NOTE_FIELDS, [*by_turn, ("at", direction)], limit),
                self._find(CHANGES, {**mine, **conditions.notes}, _CHANGE_FIELDS, [("at", direction)], limit),
                self._find(conversations.COLLECTION, {"_id": conversation_id}, decisions),
                self._find(
                    ai_calls.COLLECTION,
                    {**mine, **conditions.calls, **ai_calls.WITH_OUTPUTS},
                    {"model": 1},
                    by_turn,
                    limit,
                ),
                *(
                    [self._find(ai_calls.COLLECTION, answers, {"outputs": 1}, [("turn", -1)], _UNSENT_ANSWERS)]
                    if ends
                    else []
                ),
            ]
        )
        state: Document = found[4][0] if found[4] else {}
        answered = [output for call in found[6] for output in call["outputs"]] if ends else []
        return TimelinePart(
            inbound=found[0],
            outbound=found[1],
            notes=found[2],
            changes=found[3],
            decisions=state.get("decisions") or [],
            calls=found[5],
            unsent=[*(output for outputs in state.get("outputs") or () for output in outputs), *answered],
        )


class _Conditions(msgspec.Struct, frozen=True):
    inbound: dict[str, Any]
    outbound: dict[str, Any]
    notes: dict[str, Any]
    calls: dict[str, Any]


def _before(position: TimelinePosition) -> _Conditions:
    turn, place, at = position.turn, position.place, position.at
    earlier: Document = {"turn": {"$lt": turn}}
    so_far: Document = {"turn": {"$lte": turn}}
    not_from_index: Document = {"$nor": [{"turn": turn, "index": {"$gte": place - 1}}]}
    not_from_time: Document = {"$nor": [{"turn": turn, "at": {"$gte": at}}]}
    return _Conditions(
        so_far if place > 0 else earlier,
        so_far if at else so_far | not_from_index,
        so_far | not_from_time if at else earlier,
        so_far,
    )


def _after(position: TimelinePosition) -> _Conditions:
    turn, place, at = position.turn, position.place, position.at
    later: Document = {"turn": {"$gt": turn}}
    from_here: Document = {"turn": {"$gte": turn}}
    not_up_to_index: Document = {"$nor": [{"turn": turn, "index": {"$lte": place - 1}}]}
    not_up_to_time: Document = {"$nor": [{"turn": turn, "at": {"$lte": at}}]}
    return _Conditions(
        later if place >= 0 else from_here,
        later if at else from_here | not_up_to_index,
        from_here | not_up_to_time if at else from_here,
        from_here,
    )
