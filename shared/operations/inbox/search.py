"""Finds customers, orders and messages by what a person types, and says what was searched."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from shared.domain.orders import Order
from shared.operations.inbox.customers import CustomerCard, card_of
from shared.operations.inbox.messages import FoundMessage, MessageFinder
from shared.operations.inbox.rows import InboxReader
from shared.operations.timeline.entries import masked_entry
from shared.repositories.customer_search import kind_of_search
from shared.repositories.customers import Customers
from shared.repositories.inbox import Inbox
from shared.repositories.orders import Orders
from shared.repositories.visibility import Visibility
from shared.storage.mongo import Mongo

CUSTOMERS, ORDERS, MESSAGES = "customers", "orders", "messages"
PARTS = (CUSTOMERS, ORDERS, MESSAGES)
LIMIT = 20
SHORTEST = 3
"""Characters of a name from which on customers are searched by it; fewer match too many."""
_MESSAGE_ID_FROM = 8  # characters


class FoundOrder(msgspec.Struct, frozen=True, kw_only=True):
    """An order among the results."""

    number: str
    customer_id: str
    conversation_id: str
    state: str
    total: str
    currency: str


class SearchResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a search. searched: what was compared with the text, in words. too_short: the text has too few
    characters for a name.
    """

    customers: list[CustomerCard]
    orders: list[FoundOrder]
    messages: list[FoundMessage]
    searched: list[str]
    too_short: bool = False


@dataclass(frozen=True, slots=True)
class InboxSearch:
    """Searches one workspace. region: of national phone numbers. All methods raise DependencyAway."""

    mongo: Mongo
    workspace: str
    region: str

    async def find(
        self, text: str, reader: InboxReader, parts: Sequence[str] = (CUSTOMERS,), limit: int = LIMIT
    ) -> SearchResult:
        """Return what the text finds and the reader may see, at most `limit` of each part."""
        wanted, searched = text.strip(), list[str]()
        kind = kind_of_search(wanted)
        too_short = kind == "name" and len(wanted) < SHORTEST
        customers: list[CustomerCard] = []
        if CUSTOMERS in parts and not too_short:
            searched.append(f"customers by {kind}")
            customers = await self._customers(wanted, reader, limit)
        orders: list[FoundOrder] = []
        if ORDERS in parts and len(wanted) >= SHORTEST:
            searched.append("orders by number")
            orders = await self._orders(wanted, reader, limit)
        messages: list[FoundMessage] = []
        if MESSAGES in parts and len(wanted) >= _MESSAGE_ID_FROM:
            searched.append("messages by id")
            messages = await self._messages(wanted, reader)
        return SearchResult(
            customers=customers, orders=orders, messages=messages, searched=searched, too_short=too_short
        )

    async def _customers(self, text: str, reader: InboxReader, limit: int) -> list[CustomerCard]:
        found = await Customers(self.mongo, self.workspace).find(text, region=self.region, limit=limit)
        return [
            card_of(one, numbers=reader.numbers)
            for one in await visible_customers(Inbox(self.mongo, self.workspace), found, reader.sees)
        ]

    async def _orders(self, text: str, reader: InboxReader, limit: int) -> list[FoundOrder]:
        found = await Orders(self.mongo, self.workspace).by_number_prefix(text, limit)
        return [_order(one) for one in await visible_orders(Inbox(self.mongo, self.workspace), found, reader.sees)]

    async def _messages(self, text: str, reader: InboxReader) -> list[FoundMessage]:
        found = await MessageFinder(self.mongo, self.workspace).by_any_id(text, reader.sees)
        if found is None:
            return []
        return [found if reader.numbers else msgspec.structs.replace(found, entry=masked_entry(found.entry))]


async def visible_ids(inbox: Inbox, conversation_ids: Sequence[str], sees: Visibility) -> set[str]:
    """Return the ids of those conversations that may be seen; without restrictions, all of them."""
    if not sees.is_restricted:
        return set(conversation_ids)
    wanted = [id_ for id_ in conversation_ids if id_]
    return {one.id for one in await inbox.get_many(wanted, sees=sees)} if wanted else set()


async def visible_customers(
    inbox: Inbox, customers: Sequence[dict[str, Any]], sees: Visibility
) -> list[dict[str, Any]]:
    """Return the customers that may be seen: those with a conversation that may be, for a member with restrictions."""
    if not sees.is_restricted:
        return list(customers)
    visible = await visible_ids(inbox, [id_ for one in customers for id_ in one["conversations"]], sees)
    return [one for one in customers if visible.intersection(one["conversations"])]


async def visible_orders(inbox: Inbox, orders: Sequence[Order], sees: Visibility) -> list[Order]:
    """Return the orders of conversations that may be seen."""
    if not sees.is_restricted:
        return list(orders)
    visible = await visible_ids(inbox, [order.conversation_id for order in orders], sees)
    return [order for order in orders if order.conversation_id in visible]


def _order(order: Order) -> FoundOrder:
    return FoundOrder(
        number=order.number,
        customer_id=order.customer_id,
        conversation_id=order.conversation_id,
        state=order.state.value,
        total=order.total,
        currency=order.currency,
    )
