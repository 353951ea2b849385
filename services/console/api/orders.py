"""`orders`: lists by state or number, and one order. The change of an order's state is in another module."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request, Response

from services.console.caller import Principal, needs
from services.console.csv_answer import csv_response, wants_csv
from services.console.exports import begin_export
from services.console.models import AnswerModel
from services.console.pages import Page
from services.console.parameters import Paged, PartsOf
from services.console.problems import Problem
from services.console.reading import sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.orders import Order, OrderState, parse_order_number
from shared.operations.inbox.customers import shown_text
from shared.operations.inbox.search import visible_orders
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
    """An order. total: a decimal, in `currency`. states: all changes, oldest first. note: the customer's."""

    id: str
    number: str
    state: str
    customer_id: str
    conversation_id: str
    lines: list[OrderedProduct]
    total: str
    currency: str
    placed_at: datetime
    updated_at: datetime
    note: str
    states: list[StateAt]


_COLUMNS = ("number", "state", "customer_id", "total", "currency", "placed_at", "updated_at", "note")


@router.get("", response_model=Page[OrderAnswer])
async def list_orders(
    request: Request,
    caller: Reader,
    parts: PartsOf,
    paging: Paged,
    state: OrderState | None = None,
    number: Annotated[str, Query(max_length=20, description="The beginning of a number.")] = "",
) -> Page[OrderAnswer] | Response:
    """List orders, the newest first, or those whose number begins so; with `Accept: text/csv` as a table."""
    orders = Orders(parts.mongo, caller.workspace)
    if number:
        after, found, position = None, await orders.by_number_prefix(number, paging.limit), None
        found = [one for one in found if state in (None, one.state)]
    else:
        after = paging.after(state)
        found = await orders.find(state, paging.limit + 1, (after[0], after[1]) if after else None)
        last = found[paging.limit - 1] if len(found) > paging.limit else None
        found, position = found[: paging.limit], (last.placed_at, last.id) if last else None
    visible = await visible_orders(Inbox(parts.mongo, caller.workspace), found, sees_of(caller))
    page = paging.page([order_answer(one, caller) for one in visible], position, state)
    if wants_csv(request):
        right = Right.CUSTOMERS_EXPORT
        await begin_export(request, caller, "orders.export_orders", right=right, continued=after is not None)
        rows = [[getattr(item, column) for column in _COLUMNS] for item in page.items]
        return csv_response(_COLUMNS, rows, page.next)
    return page


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
    return order_answer(visible[0], caller)


def order_answer(order: Order, caller: Principal) -> OrderAnswer:
    """Return an order as the API shows it to a caller."""
    answer = OrderAnswer.model_validate(to_document(order))
    return answer.model_copy(update={"note": shown_text(answer.note, numbers=caller.has(Right.PHONE_NUMBERS))})
