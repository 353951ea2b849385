"""Changes of customers and of orders; each is a command to the router."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field, StringConstraints

from services.console.caller import Principal, needs
from services.console.conversation_access import author_of, conversation_of
from services.console.idempotency import RequestKey, idempotent
from services.console.models import Accepted, RequestModel, accepted
from services.console.parameters import PartsOf
from services.console.problems import Problem
from services.console.reading import sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.ids import derived_id
from shared.domain.orders import OrderState
from shared.messages.commands import ChangeCustomer
from shared.operations.conversations.commands import CommandSender
from shared.operations.inbox.search import visible_customers
from shared.operations.orders.advance import check_advance, find_order, order_changed
from shared.repositories.customers import Customers
from shared.repositories.inbox import Inbox

customers = workspace_router("/customers", "customers")
orders = workspace_router("/orders", "orders")

_Tag = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"\S")]
_Tags = Annotated[tuple[_Tag, ...], Field(max_length=50)]
_Field = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"\S")]
_Value = Annotated[str, StringConstraints(max_length=4000)] | bool | int | float | None


class CustomerPatch(RequestModel):
    """Changes of a customer; fields that are not given stay. fields: custom fields; null removes one. marketing:
    consent to marketing messages."""

    name: Annotated[str, StringConstraints(max_length=200)] = ""
    add_tags: _Tags = ()
    remove_tags: _Tags = ()
    fields: Annotated[dict[_Field, _Value], Field(max_length=50)] = Field(default={})
    opted_out: bool | None = None
    qualified: bool | None = None
    marketing: bool | None = None


class OrderAdvance(RequestModel):
    """state: the next one. tell: whether the customer is told. text: instead of the usual words."""

    state: OrderState
    tell: bool = True
    text: Annotated[str, StringConstraints(max_length=1000)] = ""


@customers.patch("/{customer}", status_code=202)
async def change_customer(
    customer: Annotated[str, Path(max_length=64, description="Id of a customer.")],
    body: CustomerPatch,
    caller: Annotated[Principal, needs(Right.CUSTOMERS_WRITE)],
    parts: PartsOf,
) -> Accepted:
    """Change a customer; `customer.changed` tells when it is done."""
    found = (await Customers(parts.mongo, caller.workspace).get_many([customer])).get(customer)
    inbox = Inbox(parts.mongo, caller.workspace)
    if found is None or not await visible_customers(inbox, [found], sees_of(caller)):
        raise Problem("not-found")
    sender = CommandSender(parts.producer, parts.clock, caller.workspace)
    now = parts.clock.now().isoformat()
    id_ = derived_id("command", caller.workspace, caller.caller, customer, body.model_dump_json(), now)
    values: dict[str, Any] = body.model_dump()
    command = ChangeCustomer(customer_id=found["id"], **values, **sender.fields(id_, author_of(caller)))
    await sender.send(command)
    return Accepted(command=id_)


@orders.post("/{number}/advance", status_code=202)
async def advance_order(
    number: Annotated[str, Path(max_length=20, description="Its number, however it is written.")],
    body: OrderAdvance,
    caller: Annotated[Principal, needs(Right.ORDERS_WRITE)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
) -> Accepted:
    """Give an order its next state, and tell the customer."""
    order = await find_order(parts.mongo, caller.workspace, number)
    conversation = await conversation_of(parts, caller, order.conversation_id)
    check_advance(order, body.state)
    sender = CommandSender(parts.producer, parts.clock, caller.workspace)
    command = order_changed(
        order, body.state, body.text, tell=body.tell, fields=sender.fields(key.command, author_of(caller))
    )
    await sender.send(command, conversation.shards)
    return accepted(key)
