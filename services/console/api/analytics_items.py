"""The lists behind the numbers of the statistics."""

from datetime import datetime
from typing import Annotated

from fastapi import Query

from services.console.api.analytics import Asked
from services.console.caller import Principal, needs
from services.console.limits import SIMULATIONS, limited
from services.console.models import AnswerModel
from services.console.pages import Page
from services.console.parameters import Paged, PartsOf
from services.console.problems import FieldError, Problem
from services.console.reading import needs_all_conversations, sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.statistics import LiveMeasure, Measure
from shared.operations.inbox.search import visible_ids
from shared.repositories.counted_items import LISTED, WITHOUT_CHANNEL, CountedItem, CountedItems
from shared.repositories.inbox import Inbox
from shared.repositories.live_counts import MOST as LIVE_MOST
from shared.repositories.live_counts import LiveCounts

router = workspace_router("/analytics", "analytics")


class CountedThing(AnswerModel):
    """An item that a number counts: a message, a change of a conversation, a model's answer, an order, a conversation,
    or a new customer.

    message, customer: null: none. label: as in the statistics. channel: empty where there is none.
    """

    id: str
    at: datetime
    conversation: str
    message: str | None
    customer: str | None
    label: str
    channel: str


@router.get("/items")
async def counted_items(
    caller: Annotated[Principal, needs(Right.ANALYTICS_READ)],
    _: Annotated[None, limited(SIMULATIONS)],
    parts: PartsOf,
    period: Asked,
    paging: Paged,
    measure: Annotated[Measure | LiveMeasure, Query(description="Of the statistics, such as `failed`.")],
    label: Annotated[str | None, Query(max_length=200, description="Only with this label, such as an author.")] = None,
) -> Page[CountedThing]:
    """Return what a number of `summary` counts, the newest first, as far as you may see it. Archived messages are not
    among them.
    """
    if isinstance(measure, Measure) and measure not in LISTED:
        raise Problem("invalid", errors=[FieldError("?measure", "is a sum, not a count of things")])
    if period.channel and measure in WITHOUT_CHANNEL:
        raise Problem(
            "invalid", errors=[FieldError("?channel", "is not known of models' answers, orders and customers")]
        )
    if measure is LiveMeasure.NEW_CUSTOMERS:
        needs_all_conversations(caller)
    since, until = await period.bounds(parts)
    if isinstance(measure, LiveMeasure) and until - since > LIVE_MOST:
        raise Problem("invalid", errors=[FieldError("?from", f"this is listed of at most {LIVE_MOST.days} days")])
    filters = (measure.value, label, period.since, period.until, period.channel)
    if caller.channels and period.channel and period.channel not in caller.channels:
        raise Problem("not-found")
    after = paging.after(*filters)
    channels = (period.channel,) if period.channel else caller.channels
    before, limit = (after[0], str(after[1])) if after else None, paging.limit + 1
    if isinstance(measure, LiveMeasure):
        live = LiveCounts(parts.mongo, caller.workspace)
        found = await live.page(measure, since, until, channels=channels, before=before, limit=limit)
    else:
        counted = CountedItems(parts.mongo, caller.workspace)
        found = await counted.page(measure, label, since, until, channels=channels, before=before, limit=limit)
    page = found[: paging.limit]
    more = [page[-1].at, page[-1].id] if len(found) > len(page) else None
    visible = await visible_ids(
        Inbox(parts.mongo, caller.workspace), [one.conversation_id for one in page], sees_of(caller)
    )
    shown = [_shown(one) for one in page if not one.conversation_id or one.conversation_id in visible]
    return paging.page(shown, more, *filters)


def _shown(item: CountedItem) -> CountedThing:
    return CountedThing(
        id=item.id,
        at=item.at,
        conversation=item.conversation_id,
        message=item.message or None,
        customer=item.customer or None,
        label=item.label,
        channel=item.channel,
    )
