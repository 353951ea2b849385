"""The broadcasts of a period, each with what became of its messages."""

from datetime import datetime

from fastapi import Request, Response

from services.console.api.analytics import Asked, Reader, export
from services.console.csv_answer import CSV_ANSWER, wants_csv
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.routing import workspace_router
from shared.domain.broadcast import Broadcast, BroadcastStage, RecipientState
from shared.operations.broadcasts.counts import Counts
from shared.repositories.broadcasts import Broadcasts

router = workspace_router("/analytics", "analytics")

MOST = 200
"""Broadcasts in an answer."""
_COLUMNS = ("broadcast", "name", "channel", "stage", "started_at", *(one.value for one in RecipientState))


class BroadcastFigures(AnswerModel):
    """A broadcast that began in the period. counts: its recipients by state, up to this moment; null: not counted yet.

    cost: of the messages that the provider took, a decimal; null: their price is unknown.
    """

    broadcast: str
    name: str
    channel: str
    stage: BroadcastStage
    started_at: datetime
    counts: dict[RecipientState, int] | None
    cost: str | None
    currency: str


class BroadcastsOfPeriod(AnswerModel):
    """Broadcasts, the newest first. more: there are older ones, which are left out."""

    items: list[BroadcastFigures]
    more: bool


@router.get("/broadcasts", responses=CSV_ANSWER, response_model=BroadcastsOfPeriod)
async def broadcasts(caller: Reader, parts: PartsOf, request: Request, period: Asked) -> BroadcastsOfPeriod | Response:
    """Return the last 200 broadcasts that began in the period, on channels that you may see."""
    since, until = await period.bounds(parts)
    channels = period.channels(caller)
    found = await Broadcasts(parts.mongo, caller.workspace).started(since, until, MOST + 1, channels=channels)
    as_file = wants_csv(request)
    counted = await parts.broadcast_counts.read(found[:MOST], within=None if as_file else 1.0)
    items = [_figures(one, counted.get(one.id)) for one in found[:MOST]]
    if as_file:
        rows = [
            (one.broadcast, one.name, one.channel, one.stage.value, one.started_at, *(one.counts or {}).values())
            for one in items
        ]
        return await export(request, caller, "broadcasts", _COLUMNS, rows)
    return BroadcastsOfPeriod(items=items, more=len(found) > MOST)


def _figures(broadcast: Broadcast, counts: Counts | None) -> BroadcastFigures:
    taken = (RecipientState.SENT, RecipientState.DELIVERED, RecipientState.READ)
    cost = broadcast.costs(sum(counts[one] for one in taken)) if counts else None
    return BroadcastFigures(
        broadcast=broadcast.id,
        name=broadcast.name,
        channel=broadcast.channel,
        stage=broadcast.stage,
        started_at=broadcast.start_at or broadcast.created_at,
        counts=counts,
        cost=None if cost is None else f"{cost:f}",
        currency=broadcast.currency,
    )
