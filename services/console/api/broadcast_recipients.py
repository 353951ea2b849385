"""Recipients of a broadcast, as far as the caller may see them as customers."""

from collections.abc import AsyncIterator, Sequence

from fastapi import Request, Response

from services.console.api.broadcasts import BroadcastId, Reader, find_broadcast
from services.console.caller import Principal
from services.console.csv_answer import CSV_ANSWER, csv_stream, csv_text, wants_csv
from services.console.exports import begin_export
from services.console.models import AnswerModel
from services.console.pages import Page
from services.console.parameters import Paged, PartsOf
from services.console.parts import Parts
from services.console.reading import sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.broadcast import Broadcast, Recipient, RecipientState, Variant, variant_of
from shared.operations.inbox.customers import shown_number, shown_text
from shared.operations.inbox.search import visible_customers, visible_ids
from shared.repositories.broadcast_recipients import BroadcastRecipients
from shared.repositories.customers import Customers
from shared.repositories.inbox import Inbox

router = workspace_router("/broadcasts/{broadcast}/recipients", "broadcasts")

_BATCH = 1000  # rows of a part of a file
_COLUMNS = ("customer_id", "name", "phone", "reached", "reason", "code", "variant")


class RecipientRow(AnswerModel):
    """A recipient of a broadcast. phone: masked for those who may not see numbers. reason: why it is skipped or failed;
    code: of the provider's error; both may be empty. conversation_id, message_id: empty before it is sent, and for a
    conversation that you may not see. variant: of a comparison of two templates; null: it is none.
    """

    id: str
    customer_id: str
    name: str
    phone: str
    reached: RecipientState
    reason: str
    code: str
    conversation_id: str
    message_id: str
    variant: Variant | None


@router.get("", responses=CSV_ANSWER, response_model=Page[RecipientRow])
async def list_recipients(
    request: Request,
    broadcast: BroadcastId,
    caller: Reader,
    parts: PartsOf,
    paging: Paged,
    reached: RecipientState | None = None,
    variant: Variant | None = None,
) -> Page[RecipientRow] | Response:
    """List the recipients that you may see as customers, or those in one state or of one variant; with
    `Accept: text/csv` all of them as one file.
    """
    sent = await find_broadcast(parts, caller, broadcast)
    if wants_csv(request):
        await begin_export(request, caller, "broadcasts.export_recipients", right=Right.CUSTOMERS_EXPORT)
        return csv_stream(_lines(parts, caller, sent, reached, variant), "recipients")
    after = paging.after(reached, variant)
    recipients = BroadcastRecipients(parts.mongo, caller.workspace)
    last = str(after[0]) if after else ""
    found = await recipients.page(broadcast, after=last, limit=paging.limit + 1, reached=reached, variant=variant)
    position = (found[paging.limit - 1].id,) if len(found) > paging.limit else None
    rows = await _rows(parts, caller, sent, found[: paging.limit])
    return paging.page(rows, position, reached, variant)


async def _lines(
    parts: Parts, caller: Principal, broadcast: Broadcast, reached: RecipientState | None, variant: Variant | None
) -> AsyncIterator[str]:
    """Yield the file in parts, so that a long one needs no memory."""
    yield await csv_text(_COLUMNS, [])
    recipients, last = BroadcastRecipients(parts.mongo, caller.workspace), ""
    while found := await recipients.page(broadcast.id, after=last, limit=_BATCH, reached=reached, variant=variant):
        rows = await _rows(parts, caller, broadcast, found)
        yield await csv_text([], [[getattr(row, column) for column in _COLUMNS] for row in rows])
        last = found[-1].id


async def _rows(
    parts: Parts, caller: Principal, broadcast: Broadcast, recipients: Sequence[Recipient]
) -> list[RecipientRow]:
    sees, numbers = sees_of(caller), caller.has(Right.PHONE_NUMBERS)
    if sees.is_restricted:
        recipients = await _visible(parts, caller, recipients)
    inbox = Inbox(parts.mongo, caller.workspace)
    conversations = await visible_ids(inbox, [one.conversation_id for one in recipients], sees)
    compared = broadcast.other is not None
    return [
        _row(one, sees_conversation=one.conversation_id in conversations, numbers=numbers, compared=compared)
        for one in recipients
    ]


async def _visible(parts: Parts, caller: Principal, recipients: Sequence[Recipient]) -> list[Recipient]:
    """Return the recipients that the caller may see as customers."""
    ids = list({one.customer_id for one in recipients})
    known = await Customers(parts.mongo, caller.workspace).get_many(ids)
    inbox = Inbox(parts.mongo, caller.workspace)
    visible = {one["id"] for one in await visible_customers(inbox, list(known.values()), sees_of(caller))}
    return [one for one in recipients if one.customer_id in known and known[one.customer_id]["id"] in visible]


def _row(recipient: Recipient, *, sees_conversation: bool, numbers: bool, compared: bool) -> RecipientRow:
    phone = recipient.identity if recipient.identity.startswith("+") else ""
    return RecipientRow(
        id=recipient.id,
        customer_id=recipient.customer_id,
        name=shown_text(recipient.name, numbers=numbers),
        phone=shown_number(phone, in_full=numbers),
        reached=recipient.reached,
        reason=recipient.reason,
        code=recipient.code,
        conversation_id=recipient.conversation_id if sees_conversation else "",
        message_id=recipient.message_id if sees_conversation else "",
        variant=variant_of(recipient.id) if compared else None,
    )
