"""`orders`: lists by state or number, totals, and one order. The change of its state is in another module."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from services.console.caller import Principal, needs
from services.console.csv_answer import CSV_ANSWER, csv_response, wants_csv
from services.console.exports import begin_export, export_position, is_continued
from services.console.models import AnswerModel
from services.console.pages import FoundPage
from services.console.parameters import Paged, PartsOf
from services.console.parts import Parts
from services.console.problems import Problem
from services.console.reading import needs_all_conversations, sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.orders import ALLOWED_TRANSITIONS, Order, OrderState, parse_order_number
from shared.operations.inbox.customers import card_of, shown_text
from shared.operations.inbox.search import find_orders, visible_orders
from shared.repositories.customers import Customers
from shared.repositories.inbox import Inbox
from shared.repositories.orders import Orders
from shared.storage.documents import to_document

router = workspace_router("/orders", "orders")

Reader = Annotated[Principal, needs(Right.ORDERS_READ)]


class OrderedProduct(AnswerModel):
    """A line of an order; amounts are decimals."""

    sku: str
    name: str
    quantity: int
    price: str
    total: str


class StateAt(AnswerModel):
    """A change of an order's state. by: who made it."""

    state: str
    at: datetime
    by: str


class OrderAnswer(AnswerModel):
    """An order. total: a decimal, in `currency`. states: all changes, oldest first. next: states that may follow.
    note: the customer's. customer: name, or number (masked for those who may not see it).
    """

    id: str
    number: str
    state: str
    next: list[str]
    customer_id: str
    customer: str
    conversation_id: str
    lines: list[OrderedProduct]
    total: str
    currency: str
    placed_at: datetime
    updated_at: datetime
    note: str
    states: list[StateAt]


class StateTotal(AnswerModel):
    """The orders in one state. orders: their number. total: a decimal, in `currency`."""

    state: str
    currency: str
    orders: int
    total: str


class OrderTotals(AnswerModel):
    """Orders placed since then, by state and currency."""

    since: datetime
    items: list[StateTotal]


_COLUMNS = ("number", "state", "customer_id", "total", "currency", "placed_at", "updated_at", "note")


@router.get("", responses=CSV_ANSWER, response_model=FoundPage[OrderAnswer])
async def list_orders(
    request: Request,
    caller: Reader,
    parts: PartsOf,
    paging: Paged,
    state: OrderState | None = None,
    number: Annotated[str, Query(max_length=20, description="The beginning of a number.")] = "",
) -> FoundPage[OrderAnswer] | Response:
    """List orders, the newest first, or those whose number begins so; with `Accept: text/csv` as a table."""
    all_compared = True
    if number:
        after, position = None, None
        visible, all_compared = await find_orders(
            parts.mongo, caller.workspace, number, sees_of(caller), limit=paging.limit, state=state
        )
    else:
        after = paging.after(state)
        orders = Orders(parts.mongo, caller.workspace)
        found = await orders.find(state, paging.limit + 1, (after[0], after[1]) if after else None)
        last = found[paging.limit - 1] if len(found) > paging.limit else None
        found, position = found[: paging.limit], export_position(request, last.placed_at, last.id) if last else None
        visible = await visible_orders(Inbox(parts.mongo, caller.workspace), found, sees_of(caller))
    page = paging.page(await order_answers(parts, caller, visible), position, state)
    if wants_csv(request):
        right = Right.CUSTOMERS_EXPORT
        await begin_export(request, caller, "orders.export_orders", right=right, continued=is_continued(after))
        rows = [[getattr(item, column) for column in _COLUMNS] for item in page.items]
        return await csv_response(_COLUMNS, rows, page.next)
    return FoundPage(items=page.items, next=page.next, all_compared=all_compared)


@router.get("/totals")
async def total_orders(
    caller: Reader, parts: PartsOf, days: Annotated[int, Query(ge=1, le=366, description="Until now.")] = 30
) -> OrderTotals:
    """Return numbers and totals of the orders of the last days; for members who see all conversations."""
    needs_all_conversations(caller)
    since = parts.clock.now() - timedelta(days=days)
    found = await Orders(parts.mongo, caller.workspace).totals(since)
    return OrderTotals(since=since, items=[StateTotal.model_validate(one, from_attributes=True) for one in found])


@router.get("/{number}")
async def get_order(
    number: Annotated[str, Path(max_length=20, description="Its number, however it is written.")],
    caller: Reader,
    parts: PartsOf,
) -> OrderAnswer:
    """Return an order."""
    found = await Orders(parts.mongo, caller.workspace).get(parse_order_number(number))
    visible = await visible_orders(Inbox(parts.mongo, caller.workspace), [found] if found else [], sees_of(caller))
    if not visible:
        raise Problem("not-found")
    return (await order_answers(parts, caller, visible))[0]


async def order_answers(parts: Parts, caller: Principal, orders: Sequence[Order]) -> list[OrderAnswer]:
    """Return orders as the API shows them to a caller."""
    numbers = caller.has(Right.PHONE_NUMBERS)
    cards = await Customers(parts.mongo, caller.workspace).cards([one.customer_id for one in orders])
    return [_answer(one, cards[one.customer_id], numbers=numbers) for one in orders]


def _answer(order: Order, customer: Mapping[str, Any], *, numbers: bool) -> OrderAnswer:
    card = card_of(customer, numbers=numbers)
    return OrderAnswer.model_validate(
        {
            **to_document(order),
            "note": shown_text(order.note, numbers=numbers),
            "next": ALLOWED_TRANSITIONS[order.state],
            "customer": card.name or card.number or card.username,
        }
    )
