"""Changes of customers and of orders; each is a command to the router."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path, Response
from pydantic import Field, StringConstraints

from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.conversation_access import author_of, conversation_of, workspace_of
from services.console.idempotency import REPEATABLE, RequestKey, idempotent
from services.console.models import Accepted, AnswerModel, RequestModel, accepted
from services.console.parameters import PartsOf
from services.console.problems import Problem
from services.console.reading import sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.ids import derived_id
from shared.domain.orders import OrderState
from shared.messages.commands import ChangeCustomer
from shared.operations.conversations.commands import CommandSender
from shared.operations.customers.tagging import TagRequests
from shared.operations.customers.tags import tag_change
from shared.operations.inbox.search import visible_customers
from shared.operations.orders.advance import check_advance, find_order, order_changed
from shared.operations.orders.notice import notice_of
from shared.repositories.customers import Customers
from shared.repositories.inbox import Inbox

customers = workspace_router("/customers", "customers")
orders = workspace_router("/orders", "orders")

_Tag = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"\S")]
_Tags = Annotated[tuple[_Tag, ...], Field(max_length=50)]
_CustomerId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_MOST_TAGGED = 1_000
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
    """A new state of an order. state: the next one. tell: whether the customer is told. text: instead of the usual
    words.
    """

    state: OrderState
    tell: bool = True
    text: Annotated[str, StringConstraints(max_length=1000)] = ""


class TagsOfMany(RequestModel):
    """The customers, and the tags that they get and lose."""

    customers: Annotated[tuple[_CustomerId, ...], Field(min_length=1, max_length=_MOST_TAGGED)]
    add: _Tags = ()
    remove: _Tags = ()


class TagsQueued(AnswerModel):
    """The commands that were queued. command: the request's id, for `customers/tags/{command}`. customers: for how many
    a command was queued; unknown ones are left out.
    """

    command: str
    customers: int


class TagsProgress(AnswerModel):
    """The progress of a change of many customers' tags. state: `done` when nobody waits for it. customers: for how many
    it was asked. changed: how many have it. unknown: how many were erased meanwhile.
    """

    command: str
    state: Literal["queued", "done"]
    customers: int
    changed: int
    unknown: int


class AdvancePreview(AnswerModel):
    """The message that a new state of an order leads to. text: what the customer would be told. how: `text`;
    `template`, because the 24-hour window is closed; or `nothing`, because the customer has `opted_out`, or there is
    `no_template` for the closed window (`why`). template: its name. window_ends_at: null: it is closed.
    """

    text: str
    how: Literal["text", "template", "nothing"]
    why: Literal["", "opted_out", "no_template"]
    template: str
    window_ends_at: datetime | None


@customers.post("/tags", status_code=202)
async def tag_customers(
    body: TagsOfMany,
    response: Response,
    caller: Annotated[Principal, needs(Right.CUSTOMERS_WRITE)],
    key: Annotated[RequestKey, idempotent()],
    parts: PartsOf,
) -> TagsQueued:
    """Give up to 1,000 customers tags, or take tags away. `Location` tells when all are done, and `customer.changed`
    when each is.
    """
    change = tag_change(body.add, body.remove)
    known = await Customers(parts.mongo, caller.workspace).get_many(list(dict.fromkeys(body.customers)))
    inbox = Inbox(parts.mongo, caller.workspace)
    found = {one["id"] for one in await visible_customers(inbox, list(known.values()), sees_of(caller))}
    sender, by = CommandSender(parts.producer, parts.clock, caller.workspace), author_of(caller)
    kept = await TagRequests(parts.mongo, caller.workspace, parts.clock).keep(key.command, by, sorted(found), change)
    commands = [
        ChangeCustomer(
            customer_id=id_,
            add_tags=change.add_tags,
            remove_tags=change.remove_tags,
            **sender.fields(kept.command_of(key.command, id_), by),
        )
        for id_ in kept.customers
    ]
    await sender.send_all(commands)
    response.headers["Location"] = f"/api/v1/workspaces/{caller.workspace}/customers/tags/{key.command}"
    return TagsQueued(command=key.command, customers=len(commands))


@customers.get("/tags/{command}")
async def tags_progress(
    command: Annotated[str, Path(max_length=100, description="`command` of the answer to the change.")],
    caller: Annotated[Principal, needs(Right.CUSTOMERS_WRITE)],
    parts: PartsOf,
) -> TagsProgress:
    """Return how many customers have the tags of a change that the caller asked for in the last two days."""
    requests = TagRequests(parts.mongo, caller.workspace, parts.clock)
    found = await requests.progress(command, author_of(caller))
    return TagsProgress(
        command=command,
        state="done" if found.done else "queued",
        customers=found.customers,
        changed=found.changed,
        unknown=found.unknown,
    )


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


@orders.post("/{number}/advance/preview", dependencies=[REPEATABLE, NOT_AUDITED])
async def preview_advance(
    number: Annotated[str, Path(max_length=20, description="Its number, however it is written.")],
    body: OrderAdvance,
    caller: Annotated[Principal, needs(Right.ORDERS_WRITE)],
    parts: PartsOf,
) -> AdvancePreview:
    """Return what the customer would be told about an order's next state; nothing is changed."""
    order = await find_order(parts.mongo, caller.workspace, number)
    conversation = await conversation_of(parts, caller, order.conversation_id)
    check_advance(order, body.state)
    customers = await Customers(parts.mongo, caller.workspace).get_many([order.customer_id])
    now, workspace = parts.clock.now(), await workspace_of(parts, caller)
    found = notice_of(order, body.state, body.text, conversation, customers.get(order.customer_id), workspace, now)
    return AdvancePreview.model_validate(found, from_attributes=True)


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
