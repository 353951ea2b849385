"""Helps people who fill in settings: the models that can be chosen, and what business hours mean at a moment.

Its paths are below `/settings-help`, because `/settings/{section}` takes any name.
"""

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field

from services.console.audit import NOT_AUDITED
from services.console.caller import Principal, needs
from services.console.idempotency import REPEATABLE
from services.console.models import AnswerModel, RequestModel
from services.console.parameters import PartsOf
from services.console.problems import FieldError, Problem
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.workspace_edits import edits_of, prices_of
from shared.domain.hours import Hours, closes_at, is_open, next_opening, week_text
from shared.domain.zone_changes import next_zone_change
from shared.workspace.config import Day

router = workspace_router("/settings-help", "settings")
Reader = Annotated[Principal, needs(Right.SETTINGS_READ)]
_MOST_DAYS = timedelta(days=3660)


class ModelShown(AnswerModel):
    """A model of the price table. input, output: US dollars per million tokens. vendor: empty: the model's own API."""

    name: str
    vendor: str
    input: str
    output: str


class ModelList(AnswerModel):
    """The models that a bot may use. version: of the price table."""

    version: str
    items: list[ModelShown]


class HoursAsked(RequestModel):
    """Hours as in the workspace file, perhaps not stored yet. hours: null: always open. at: null: now."""

    hours: Hours | None = None
    holidays: Annotated[tuple[Day, ...], Field(max_length=1000)] = ()
    timezone: str = ""
    at: datetime | None = None


class ClockChange(AnswerModel):
    """A change to or from daylight saving time. minutes: by which the clock goes forward (or back, if negative)."""

    at: datetime
    minutes: int


class HoursExplained(AnswerModel):
    """The meaning of opening hours at a moment. at: the moment asked for.

    opens_at: null: it is open, or never opens. closes_at: null: it is closed, or does not close within a week.
    week: in words; empty: always open. clock_change: the next one within 400 days; null: the zone has none.
    """

    at: datetime
    timezone: str
    open: bool
    opens_at: datetime | None
    closes_at: datetime | None
    week: str
    clock_change: ClockChange | None


@router.get("/models")
async def list_models(caller: Reader, parts: PartsOf) -> ModelList:
    """Return the models of the price table, in its order."""
    table = prices_of(parts)
    items = [
        ModelShown(
            name=name, vendor="OpenRouter" if "/" in name else "", input=str(price.input), output=str(price.output)
        )
        for name, price in table.models.items()
    ]
    return ModelList(version=table.version, items=items)


@router.post("/hours", dependencies=[REPEATABLE, NOT_AUDITED])
async def explain_hours(body: HoursAsked, caller: Reader, parts: PartsOf) -> HoursExplained:
    """Say whether these hours are open at a moment, and when that changes. Nothing is stored."""
    now = parts.clock.now()
    at = body.at or now
    if at.tzinfo is None or abs(at - now) > _MOST_DAYS:
        raise Problem("invalid", errors=[FieldError("#/at", "is no time with a zone within ten years")])
    zone = _zone(body.timezone) if body.timezone else await _own_zone(caller, parts)
    opens = closes = None
    open_ = body.hours is None
    if body.hours is not None:
        open_ = is_open(body.hours, body.holidays, zone, at)
        opens = None if open_ else next_opening(body.hours, body.holidays, zone, at)
        closes = closes_at(body.hours, body.holidays, zone, at)
    change = next_zone_change(zone, at)
    return HoursExplained(
        at=at.astimezone(UTC),
        timezone=zone.key,
        open=open_,
        opens_at=opens,
        closes_at=closes,
        week=week_text(body.hours) if body.hours else "",
        clock_change=ClockChange(at=change[0], minutes=change[1]) if change else None,
    )


async def _own_zone(caller: Principal, parts: PartsOf) -> ZoneInfo:
    view = await edits_of(parts).view(caller.workspace)
    return ZoneInfo(view.form.get("timezone") or "UTC")


def _zone(name: str) -> ZoneInfo:
    """Raise Problem for a zone that does not exist."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Problem("invalid", errors=[FieldError("#/timezone", "is not a time zone")]) from None
