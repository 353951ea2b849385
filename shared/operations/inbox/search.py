"""Finds customers, orders and messages by what a person types, and says what was searched."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from shared.domain.orders import Order, OrderState
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
MOST_COMPARED = 2000
"""Matches that are compared with what a member with restrictions may see."""
_TOGETHER = 200  # of these in one query
SHORTEST = 3
"""Characters of a name from which on customers are searched by it; fewer match too many."""
_MESSAGE_ID_FROM = 8  # characters

T = TypeVar("T")


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
    characters for a name. all_compared: False: there are more matches than were compared with what the reader may see.
    """

    customers: list[CustomerCard]
    orders: list[FoundOrder]
    messages: list[FoundMessage]
    searched: list[str]
    too_short: bool = False
    all_compared: bool = True


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
        all_compared = True
        if CUSTOMERS in parts and not too_short:
            searched.append(f"customers by {kind}")
            found, all_compared = await find_customers(
                self.mongo, self.workspace, wanted, reader.sees, region=self.region, limit=limit
            )
            customers = [card_of(one, numbers=reader.numbers) for one in found]
        orders: list[FoundOrder] = []
        if ORDERS in parts and len(wanted) >= SHORTEST:
            searched.append("orders by number")
            numbers, all_orders = await find_orders(self.mongo, self.workspace, wanted, reader.sees, limit=limit)
            orders, all_compared = [_order(one) for one in numbers], all_compared and all_orders
        messages: list[FoundMessage] = []
        if MESSAGES in parts and len(wanted) >= _MESSAGE_ID_FROM:
            searched.append("messages by id")
            messages = await self._messages(wanted, reader)
        return SearchResult(
            customers=customers,
            orders=orders,
            messages=messages,
            searched=searched,
            too_short=too_short,
            all_compared=all_compared,
        )

    async def _messages(self, text: str, reader: InboxReader) -> list[FoundMessage]:
        found = await MessageFinder(self.mongo, self.workspace).by_any_id(text, reader.sees)
        if found is None:
            return []
        return [found if reader.numbers else msgspec.structs.replace(found, entry=masked_entry(found.entry))]


async def find_customers(
    mongo: Mongo, workspace: str, text: str, sees: Visibility, *, region: str = "", limit: int = LIMIT
) -> tuple[list[dict[str, Any]], bool]:
    """Return the first customers whom a text finds and who may be seen, and whether no match was left out unseen.

    For a member with restrictions up to `MOST_COMPARED` matches are looked at. Raises DependencyAway.
    """
    customers = Customers(mongo, workspace)
    if not sees.is_restricted:
        return await customers.find(text, region=region, limit=limit), True
    found = await customers.find_conversations(text, region=region, limit=MOST_COMPARED)
    inbox = Inbox(mongo, workspace)
    shown = await _first_visible(inbox, found, lambda one: one[1], sees, limit)
    by_id = await customers.get_many([id_ for id_, _ in shown])
    return [by_id[id_] for id_, _ in shown if id_ in by_id], len(shown) == limit or len(found) < MOST_COMPARED


async def find_orders(
    mongo: Mongo, workspace: str, number: str, sees: Visibility, *, limit: int = LIMIT, state: OrderState | None = None
) -> tuple[list[Order], bool]:
    """Return the first orders whose number begins so and that may be seen; otherwise as `find_customers`."""
    most = MOST_COMPARED if sees.is_restricted else limit
    found = await Orders(mongo, workspace).by_number_prefix(number, most, state)
    if not sees.is_restricted:
        return found, True
    inbox = Inbox(mongo, workspace)
    shown = await _first_visible(inbox, found, lambda one: [one.conversation_id], sees, limit)
    return shown, len(shown) == limit or len(found) < most


async def _first_visible(
    inbox: Inbox, found: Sequence[T], conversations: Callable[[T], Sequence[str]], sees: Visibility, limit: int
) -> list[T]:
    """Return the first things with a conversation that may be seen, at most `limit`."""
    shown: list[T] = []
    for start in range(0, len(found), _TOGETHER):
        some = found[start : start + _TOGETHER]
        visible = await visible_ids(inbox, [id_ for one in some for id_ in conversations(one)], sees)
        shown += [one for one in some if visible.intersection(conversations(one))]
        if len(shown) >= limit:
            break
    return shown[:limit]


async def visible_ids(inbox: Inbox, conversation_ids: Sequence[str], sees: Visibility) -> set[str]:
    """Return the ids of those conversations that may be seen; without restrictions, all of them."""
    if not sees.is_restricted:
        return set(conversation_ids)
    wanted = [id_ for id_ in conversation_ids if id_]
    return await inbox.visible(wanted, sees) if wanted else set()


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
