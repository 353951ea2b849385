"""`conversations`: lists in folders, one conversation, its timeline. Changes are in other modules."""

from typing import Annotated

import msgspec
from fastapi import Query, Response
from pydantic import AfterValidator

from services.console.api.conversation_models import (
    CartItem,
    ConversationDetails,
    ConversationRow,
    FlowPlace,
    FolderCounts,
    OwnDraft,
    TimelineAnswer,
    UnreadConversations,
)
from services.console.caller import Principal, needs
from services.console.etags import etag_of
from services.console.models import Time
from services.console.pages import Page
from services.console.parameters import Paged, PartsOf
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.reading import (
    ConversationId,
    json_response,
    list_response,
    reader_of,
    sees_of,
    visible_conversation,
)
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.conversation import CartLine, Conversation
from shared.domain.timeline import TimelinePosition
from shared.operations.inbox.customers import shown_text
from shared.operations.inbox.rows import InboxRows
from shared.operations.inbox.search import visible_ids
from shared.operations.timeline.entries import masked_entry
from shared.operations.timeline.find_words import MOST_COMPARED, find_words
from shared.operations.timeline.read import TimelinePage, TimelineReader
from shared.repositories.drafts import Drafts
from shared.repositories.inbox import Folder, Inbox, InboxPosition, InboxView, Sort
from shared.repositories.seen_marks import SeenMarks
from shared.repositories.timeline import Timeline
from shared.storage.documents import to_document
from shared.workspace.catalog import by_sku
from shared.workspace.config import Product

router = workspace_router("/conversations", "conversations")

_MOST_IDS = 50
Label = Annotated[str, Query(max_length=64, description="Only conversations with this label.")]
Channel = Annotated[str, Query(max_length=64, description="Only this channel.")]
Ids = Annotated[
    str,
    Query(max_length=4000, description=f"These conversations instead, at most {_MOST_IDS} ids separated by commas."),
]
Words = Annotated[
    str,
    Query(
        max_length=200,
        description=f"Only entries with all of these words, among the newest {MOST_COMPARED}; without a position.",
    ),
]


def _position(text: str | None) -> str | None:
    """Check that a text is a position. Raises ValueError."""
    if text is not None:
        TimelinePosition.parse(text)
    return text


Place = Annotated[
    str | None,
    Query(max_length=40, pattern=r"^\d{1,10}(\.\d{1,15})?$", description="A position, or a turn."),
    AfterValidator(_position),
]


@router.get("", response_model=Page[ConversationRow])
async def list_conversations(
    caller: Annotated[Principal, needs(Right.CONVERSATIONS_READ)],
    parts: PartsOf,
    paging: Paged,
    folder: Folder = Folder.ALL,
    label: Label = "",
    channel: Channel = "",
    sort: Sort = Sort.NEWEST,
    ids: Ids = "",
) -> Response:
    """List conversations of a folder, the latest first or the longest waiting first, or those with the given ids."""
    rows, reader = InboxRows(parts.mongo, caller.workspace), reader_of(caller)
    if ids:
        return list_response(await rows.by_id(_split(ids), reader), None)
    filters = (folder.value, label, channel, sort.value)
    after = paging.after(*filters)
    view = InboxView(folder=folder, member=caller.id, label=label, channel=channel, sort=sort, now=parts.clock.now())
    found, following = await rows.page(
        view, reader, after=InboxPosition(after[0], after[1]) if after else None, limit=paging.limit
    )
    position = (following.at, following.id) if following else None
    return list_response(found, paging.page((), position, *filters).next)


@router.get("/counts")
async def count_conversations(
    caller: Annotated[Principal, needs(Right.CONVERSATIONS_READ)],
    parts: PartsOf,
    label: Label = "",
    channel: Channel = "",
) -> FolderCounts:
    """Count the conversations of each folder, up to 100. A count may be four seconds old."""
    view = InboxView(member=caller.id, label=label, channel=channel)
    counts = await parts.folder_counter.of(caller.workspace, view, sees_of(caller))
    return FolderCounts(**{folder.value: count for folder, count in counts.items()})


@router.get("/unread", response_model=UnreadConversations)
async def list_unread(
    caller: Annotated[Principal, needs(Right.OWN)],
    parts: PartsOf,
    folder: Folder = Folder.ALL,
    label: Label = "",
    channel: Channel = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Response:
    """List the conversations with messages that you have not read, among the newest of a folder."""
    view = InboxView(folder=folder, member=caller.id, label=label, channel=channel, now=parts.clock.now())
    return json_response(await InboxRows(parts.mongo, caller.workspace).unread(view, reader_of(caller), limit))


@router.get("/{conversation}")
async def get_conversation(
    conversation: ConversationId,
    caller: Annotated[Principal, needs(Right.CONVERSATIONS_READ)],
    parts: PartsOf,
    response: Response,
) -> ConversationDetails:
    """Return a conversation with its customer, flow and cart."""
    found = await visible_conversation(parts, caller, conversation)
    reader = reader_of(caller)
    (row,) = await InboxRows(parts.mongo, caller.workspace).rows([found], reader)
    response.headers["ETag"] = etag_of(found.id, found.version)
    moved = [found.moved_to.conversation_id] if found.moved_to else []
    visible = await visible_ids(Inbox(parts.mongo, caller.workspace), moved, reader.sees)
    seen = await SeenMarks(parts.mongo, caller.workspace).turns(caller.id, [found.id])
    draft = await Drafts(parts.mongo, caller.workspace).get(caller.id, found.id)
    return ConversationDetails(
        row=ConversationRow.model_validate(to_document(row)),
        mode_reason=shown_text(found.mode_reason, numbers=reader.numbers),
        mode_by=found.mode_by,
        opened_at=found.opened_at,
        language=found.language,
        cart=await _cart(parts, caller, found),
        cart_note=shown_text(found.cart_note, numbers=reader.numbers),
        flow=FlowPlace.model_validate(to_document(found.flow), extra="ignore") if found.flow else None,
        moved_to=next(iter(visible), None),
        seen_turn=seen[found.id],
        draft=OwnDraft.model_validate(to_document(draft)) if draft else None,
    )


async def _cart(parts: Parts, caller: Principal, conversation: Conversation) -> list[CartItem]:
    """Return the cart with names and prices of the catalogue."""
    if not conversation.cart:
        return []
    workspace = await parts.workspaces.get(caller.workspace)
    return [_cart_item(line, by_sku(workspace, line.sku) if workspace else None) for line in conversation.cart]


def _cart_item(line: CartLine, product: Product | None) -> CartItem:
    if product is None:
        return CartItem(sku=line.sku, quantity=line.quantity, name="", price=None, total=None, currency="")
    return CartItem(
        sku=line.sku,
        quantity=line.quantity,
        name=product.name,
        price=f"{product.price:f}",
        total=f"{product.price * line.quantity:f}",
        currency=product.currency,
    )


@router.get("/{conversation}/messages", response_model=TimelineAnswer)
async def list_messages(
    conversation: ConversationId,
    caller: Annotated[Principal, needs(Right.MESSAGES_READ)],
    parts: PartsOf,
    before: Place = None,
    after: Place = None,
    around: Place = None,
    around_time: Annotated[Time | None, Query(description="The first message from this time on.")] = None,
    q: Words = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Response:
    """Return the last entries of a conversation's timeline, those before, after or around a place, or with words."""
    if sum(place is not None for place in (before, after, around, around_time)) + bool(q.strip()) > 1:
        wanted = "give only one of before, after, around, around_time and q"
        raise Problem("invalid", errors=[FieldError("?before", wanted)])
    found, reader = (
        await visible_conversation(parts, caller, conversation),
        TimelineReader(parts.mongo, caller.workspace),
    )
    numbers = caller.has(Right.PHONE_NUMBERS)
    if q.strip():
        return json_response(await find_words(reader, found, q, limit, numbers=numbers))
    if around_time is not None:
        around = str(await Timeline(parts.mongo, caller.workspace).turn_at(found.id, around_time, found.turn))
    page = await _page(reader, found, before, after, around, limit)
    if not numbers:
        page = msgspec.structs.replace(page, entries=[masked_entry(one) for one in page.entries])
    return json_response(page)


async def _page(
    reader: TimelineReader,
    conversation: Conversation,
    before: str | None,
    after: str | None,
    around: str | None,
    limit: int,
) -> TimelinePage:
    if before is not None:
        return await reader.before(conversation, TimelinePosition.parse(before), limit)
    if after is not None:
        return await reader.after(conversation, TimelinePosition.parse(after), limit)
    if around is not None:
        return await reader.around(conversation, TimelinePosition.parse(around), limit)
    return await reader.latest(conversation, limit)


def _split(ids: str) -> list[str]:
    wanted = [one for one in ids.split(",") if one]
    if len(wanted) > _MOST_IDS:
        raise Problem("invalid", errors=[FieldError("?ids", f"at most {_MOST_IDS} ids")])
    return wanted
