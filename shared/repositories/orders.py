"""Orders. One writer: the router."""

import re
from datetime import datetime

import msgspec
from pymongo import DESCENDING, IndexModel

from shared.domain.conversation import OrderPlaced
from shared.domain.orders import (
    Order,
    OrderLine,
    OrderState,
    OrderStateChange,
    UnknownOrder,
    check_transition,
    order_number_prefix,
    previous_states,
)
from shared.errors import Conflict
from shared.storage.documents import from_document, to_document
from shared.storage.mongo import Document, Duplicate, Mongo
from shared.storage.scoped import Scoped

COLLECTION = "orders"
INDEXES = [
    IndexModel(
        [("workspace", 1), ("number", 1)], name="number"
    ),  # not unique: two orders may share a number, see `shared.domain.orders`
    IndexModel([("workspace", 1), ("customer_id", 1), ("placed_at", -1)], name="customer"),
    IndexModel([("workspace", 1), ("state", 1), ("placed_at", -1), ("_id", -1)], name="newest_of_state"),
    IndexModel([("workspace", 1), ("placed_at", -1), ("_id", -1)], name="newest"),
]
_NEWEST = [("placed_at", DESCENDING), ("_id", DESCENDING)]


class StateTotal(msgspec.Struct, frozen=True, kw_only=True):
    """The orders in a state and a currency: their number, and the sum of their totals, a decimal as text."""

    state: str
    currency: str
    orders: int
    total: str


class Orders:
    """One per workspace. All methods raise DependencyAway."""

    def __init__(self, mongo: Mongo, workspace: str) -> None:
        self._collection = Scoped(mongo.collection(COLLECTION), workspace)

    async def place(self, order: OrderPlaced, customer_id: str, conversation_id: str, at: datetime) -> bool:
        """Store an order; False if it is stored already. Raises Conflict if its id is another workspace's."""
        placed = Order(
            id=order.id,
            number=order.number,
            customer_id=customer_id,
            conversation_id=conversation_id,
            state=OrderState.PLACED,
            lines=tuple(from_document(line, OrderLine) for line in order.lines),
            total=order.total,
            currency=order.currency,
            placed_at=at,
            updated_at=at,
            note=order.note,
            states=(OrderStateChange(state=OrderState.PLACED, at=at, by="customer"),),
        )
        document = to_document(placed)
        try:
            await self._collection.insert({"_id": document.pop("id"), **document})
        except Duplicate:
            if await self._collection.find_one({"_id": order.id}, {"_id": 1}) is None:
                raise Conflict(order.id) from None
            return False
        return True

    async def get(self, number: str) -> Order | None:
        """Return the order of a number; of two, the newer one."""
        found = await self._collection.find({"number": number}, sort=_NEWEST, limit=1)
        return _order(found[0]) if found else None

    async def recent(self, customer_id: str, limit: int) -> list[Order]:
        """Return a customer's last orders, newest first."""
        found = await self._collection.find({"customer_id": customer_id}, sort=_NEWEST, limit=limit)
        return [_order(document) for document in found]

    async def by_number_prefix(self, typed: str, limit: int, state: OrderState | None = None) -> list[Order]:
        """Return orders whose number begins with what a person typed, by number. state: only these."""
        prefix = order_number_prefix(typed)
        if not prefix:
            return []
        query: Document = {"number": {"$regex": f"^{re.escape(prefix)}"}, **({"state": state.value} if state else {})}
        return [_order(one) for one in await self._collection.find(query, sort=[("number", 1)], limit=limit)]

    async def totals(self, since: datetime) -> list[StateTotal]:
        """Return the numbers and sums of the orders placed since then, by state and currency."""
        stages: list[Document] = [
            {
                "$group": {
                    "_id": {"state": "$state", "currency": "$currency"},
                    "orders": {"$sum": 1},
                    "total": {"$sum": {"$toDecimal": "$total"}},
                }
            }
        ]
        found = await self._collection.aggregate({"placed_at": {"$gte": since}}, stages)
        rows = [StateTotal(**one["_id"], orders=one["orders"], total=str(one["total"])) for one in found]
        return sorted(rows, key=lambda one: (one.state, one.currency))

    async def find(
        self, state: OrderState | None, limit: int, before: tuple[datetime, str] | None = None
    ) -> list[Order]:
        """Return orders, newest first. state None: all. before: end of the last page (`placed_at` and id)."""
        query: Document = {} if state is None else {"state": state.value}
        if before is not None:
            at, id_ = before
            query["$or"] = [{"placed_at": {"$lt": at}}, {"placed_at": at, "_id": {"$lt": id_}}]
        found = await self._collection.find(query, sort=_NEWEST, limit=limit)
        return [_order(document) for document in found]

    async def advance(self, number: str, state: OrderState, at: datetime, by: str) -> Order:
        """Change an order's state; return the order. If it had the state before, nothing changes.

        Raises UnknownOrder, TransitionNotAllowed, and Conflict if it was changed at the same time.
        """
        order = await self.get(number)
        if order is None:
            raise UnknownOrder(f"there is no order {number}")
        change = to_document(OrderStateChange(state=state, at=at, by=by))
        changed = await self._collection.find_and_update(
            {"_id": order.id, "state": {"$in": [one.value for one in previous_states(state)]}},
            {"$set": {"state": state.value, "updated_at": at}, "$push": {"states": change}},
            after=True,
        )
        if changed is not None:
            return _order(changed)
        document = await self._collection.find_one({"_id": order.id})
        now = _order(document) if document else order
        if not _had(now, state):
            check_transition(number, now.state, state)
            raise Conflict(number)
        return now


def _had(order: Order, state: OrderState) -> bool:
    return any(past.state is state for past in order.states)


def _order(document: Document) -> Order:
    return from_document({**document, "id": document["_id"]}, Order)
