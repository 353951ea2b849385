"""`customers`: lists, one customer with conversations, orders and broadcasts. Changes are in another module."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response

from services.console.api.conversation_models import ConversationRow
from services.console.api.orders import OrderAnswer, order_answers
from services.console.caller import Principal, needs
from services.console.csv_answer import CSV_ANSWER, csv_response, wants_csv
from services.console.exports import begin_export, export_position, is_continued
from services.console.models import AnswerModel
from services.console.pages import FoundPage, Page
from services.console.parameters import Paged, PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.reading import list_response, reader_of, sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.operations.inbox.customers import shown_customer
from shared.operations.inbox.rows import InboxRows
from shared.operations.inbox.search import find_customers, visible_customers, visible_ids, visible_orders
from shared.repositories.broadcast_recipients import IN_DOUBT, BroadcastRecipients
from shared.repositories.broadcasts import Broadcasts
from shared.repositories.customer_lists import CustomerLists, CustomerPosition
from shared.repositories.customers import Customers
from shared.repositories.inbox import Inbox
from shared.repositories.orders import Orders
from shared.workspace.config import Segment

router = workspace_router("/customers", "customers")

_MOST = 100
CustomerId = Annotated[str, Path(max_length=64, description="Id of a customer.")]
Reader = Annotated[Principal, needs(Right.CUSTOMERS_READ)]


class CustomerAnswer(AnswerModel):
    """A customer. phone: in E.164, masked for those who may not see it. opted_out_of: `all`, `marketing`, or empty.
    order_total: decimals by currency. former_ids: of records that were merged into this one.
    """

    id: str
    name: str
    phone: str
    username: str
    tags: list[str]
    fields: dict[str, Any]
    qualified: bool
    opted_out: bool
    opted_out_of: str
    opted_out_at: datetime | None
    undeliverable_at: datetime | None
    lead_source: dict[str, Any]
    first_seen_at: datetime | None
    last_contacted_at: datetime | None
    order_count: int
    order_total: dict[str, str]
    former_ids: list[str]


class CustomerBroadcast(AnswerModel):
    """A broadcast that the customer is a recipient of. reached: how far the message is. in_doubt: it failed because
    the provider did not answer, so nobody knows whether the customer has it. conversation_id, message_id: empty before
    it is sent, and for a conversation that you may not see.
    """

    broadcast: str
    name: str
    created_at: datetime | None
    reached: str
    in_doubt: bool
    conversation_id: str
    message_id: str


_COLUMNS = (
    *("id", "name", "phone", "username", "tags", "qualified", "opted_out_of", "first_seen_at", "last_contacted_at"),
    "order_count",
)


@router.get("", responses=CSV_ANSWER, response_model=FoundPage[CustomerAnswer])
async def list_customers(
    request: Request,
    caller: Reader,
    parts: PartsOf,
    paging: Paged,
    q: Annotated[str, Query(max_length=200, description="Name, phone, #tag, @user name; the best matches only.")] = "",
    tag: Annotated[str, Query(max_length=64)] = "",
    segment: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """List customers, those who wrote last first; with `Accept: text/csv` as a table."""
    all_compared = True
    if q:
        region = await _region(parts, caller.workspace)
        visible, all_compared = await find_customers(
            parts.mongo, caller.workspace, q, sees_of(caller), region=region, limit=paging.limit
        )
        after, position, filters = None, None, ("", "")
    else:
        filters = (tag, segment)
        after = paging.after(*filters)
        found, following = await CustomerLists(parts.mongo, caller.workspace).page(
            await _segment(parts, caller.workspace, segment),
            tag,
            parts.clock.now(),
            after=CustomerPosition(after[0], after[1]) if after else None,
            limit=paging.limit,
        )
        position = export_position(request, following.at, following.id) if following else None
        visible = await visible_customers(Inbox(parts.mongo, caller.workspace), found, sees_of(caller))
    items = [_shown(one, caller) for one in visible]
    more = paging.page((), position, *filters).next
    if wants_csv(request):
        right = Right.CUSTOMERS_EXPORT
        await begin_export(request, caller, "customers.export_customers", right=right, continued=is_continued(after))
        rows = [[_cell(item[column]) for column in _COLUMNS] for item in items]
        return await csv_response(_COLUMNS, rows, more)
    return list_response(items, more, all_compared=all_compared)


@router.get("/{customer}")
async def get_customer(customer: CustomerId, caller: Reader, parts: PartsOf) -> CustomerAnswer:
    """Return a customer, also by the id of a record that was merged into it."""
    return _answer(await _visible(parts, caller, customer), caller)


@router.get("/{customer}/conversations", response_model=Page[ConversationRow])
async def list_conversations_of_customer(customer: CustomerId, caller: Reader, parts: PartsOf) -> Response:
    """List the customer's conversations, one for each channel."""
    found = await _visible(parts, caller, customer)
    rows = await InboxRows(parts.mongo, caller.workspace).by_id(found["conversations"][:_MOST], reader_of(caller))
    return list_response(rows, None)


@router.get("/{customer}/orders")
async def list_orders_of_customer(customer: CustomerId, caller: Reader, parts: PartsOf) -> Page[OrderAnswer]:
    """List the customer's last hundred orders, the newest first."""
    found = await _visible(parts, caller, customer)
    orders = await Orders(parts.mongo, caller.workspace).recent(found["id"], _MOST)
    visible = await visible_orders(Inbox(parts.mongo, caller.workspace), orders, sees_of(caller))
    return Page(items=await order_answers(parts, caller, visible), next=None)


@router.get("/{customer}/broadcasts")
async def list_broadcasts_of_customer(customer: CustomerId, caller: Reader, parts: PartsOf) -> Page[CustomerBroadcast]:
    """List up to a hundred broadcasts, on channels that you may see, that the customer is a recipient of."""
    found, sees = await _visible(parts, caller, customer), sees_of(caller)
    recipients = await BroadcastRecipients(parts.mongo, caller.workspace).of_customer(found["id"], _MOST)
    broadcasts = await Broadcasts(parts.mongo, caller.workspace).get_many([id_ for id_, _ in recipients])
    inbox = Inbox(parts.mongo, caller.workspace)
    visible = await visible_ids(inbox, [one.conversation_id for _, one in recipients], sees)
    items = [
        CustomerBroadcast(
            broadcast=id_,
            name=broadcasts[id_].name,
            created_at=broadcasts[id_].created_at,
            reached=one.reached.value,
            in_doubt=one.reason == IN_DOUBT,
            conversation_id=one.conversation_id if one.conversation_id in visible else "",
            message_id=one.message_id if one.conversation_id in visible else "",
        )
        for id_, one in recipients
        if id_ in broadcasts and sees.allows(broadcasts[id_].channel, "")
    ]
    return Page(items=sorted(items, key=lambda item: str(item.created_at), reverse=True), next=None)


async def _visible(parts: Parts, caller: Principal, customer_id: str) -> dict[str, Any]:
    found = (await Customers(parts.mongo, caller.workspace).get_many([customer_id])).get(customer_id)
    visible = await visible_customers(Inbox(parts.mongo, caller.workspace), [found] if found else [], sees_of(caller))
    if not visible:
        raise Problem("not-found")
    return visible[0]


async def _region(parts: Parts, workspace: str) -> str:
    found = await parts.workspaces.get(workspace)
    return found.region if found else ""


async def _segment(parts: Parts, workspace: str, name: str) -> Segment | None:
    if not name:
        return None
    found = await parts.workspaces.current(workspace)
    for segment in found.segments if found else ():
        if segment.name == name:
            return segment
    raise Problem("invalid", errors=[FieldError("?segment", "there is no such segment")])


def _answer(customer: dict[str, Any], caller: Principal) -> CustomerAnswer:
    return CustomerAnswer.model_validate(_shown(customer, caller))


def _shown(customer: dict[str, Any], caller: Principal) -> dict[str, Any]:
    """Return the fields of `CustomerAnswer`; lists send them without a copy as models."""
    shown = shown_customer(customer, numbers=caller.has(Right.PHONE_NUMBERS))
    return {name: shown[name] for name in CustomerAnswer.model_fields}


def _cell(value: object) -> object:
    return "; ".join(map(str, value)) if isinstance(value, list) else value
