"""`search`: customers, orders and messages by what a person types; and the labels in use."""

from typing import Annotated

from fastapi import Query, Response

from services.console.api.conversation_models import Card
from services.console.api.messages import MessageAnswer
from services.console.caller import Principal, needs
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.problems import FieldError, Problem
from services.console.reading import json_response, reader_of, sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.operations.inbox.search import CUSTOMERS, MESSAGES, ORDERS, PARTS, InboxSearch
from shared.repositories.inbox import Inbox

router = workspace_router("/search", "search")
labels = workspace_router("/labels", "labels")

_RIGHTS = {CUSTOMERS: Right.CUSTOMERS_READ, ORDERS: Right.ORDERS_READ, MESSAGES: Right.MESSAGES_READ}


class OrderFound(AnswerModel):
    """An order among the results."""

    number: str
    customer_id: str
    conversation_id: str
    state: str
    total: str
    currency: str


class SearchAnswer(AnswerModel):
    """At most twenty results of each kind. searched: what the text was compared with, such as `customers by name`;
    words within messages are not searched. too_short: a name needs three letters. all_compared: false: there are more
    matches than were compared with what you may see.
    """

    customers: list[Card]
    orders: list[OrderFound]
    messages: list[MessageAnswer]
    searched: list[str]
    too_short: bool
    all_compared: bool


class LabelsAnswer(AnswerModel):
    """All labels of conversations that you may see."""

    items: list[str]


@router.get("", response_model=SearchAnswer)
async def search(
    caller: Annotated[Principal, needs(Right.SEARCH)],
    parts: PartsOf,
    q: Annotated[
        str, Query(min_length=1, max_length=400, description="Name, phone, #tag, @user name, order number, message id.")
    ],
    in_: Annotated[str, Query(alias="in", max_length=60, description="`customers,orders,messages` or some.")] = "",
) -> Response:
    """Find customers, orders and messages that you may see."""
    wanted = tuple(filter(None, in_.split(","))) or PARTS
    if set(wanted) - set(PARTS):
        raise Problem("invalid", errors=[FieldError("?in", f"can name {', '.join(PARTS)}")])
    workspace = await parts.workspaces.get(caller.workspace)
    region = workspace.region if workspace else ""
    allowed = [part for part in wanted if caller.has(_RIGHTS[part])]
    return json_response(await InboxSearch(parts.mongo, caller.workspace, region).find(q, reader_of(caller), allowed))


@labels.get("")
async def list_labels(caller: Annotated[Principal, needs(Right.CONVERSATIONS_READ)], parts: PartsOf) -> LabelsAnswer:
    """List the labels of conversations that you may see."""
    return LabelsAnswer(items=await Inbox(parts.mongo, caller.workspace).labels(sees=sees_of(caller)))
