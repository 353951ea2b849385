"""Statistics: totals, series, people, flows, costs, up to this moment.

Each number is a sum of quarters of an hour. Messages of bots, flows, FAQ, models and people are told apart by author.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response
from pydantic import AfterValidator

from services.console.caller import Principal, needs
from services.console.csv_answer import CSV_ANSWER, csv_response, wants_csv
from services.console.exports import begin_export
from services.console.limits import ANALYTICS, limited
from services.console.models import AnswerModel
from services.console.parameters import PartsOf
from services.console.problems import FieldError, Problem
from services.console.reading import sees_of
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.domain.statistics import MICRO, Counts, Key, Measure, by_period
from shared.errors import TookTooLong
from shared.operations.statistics import read_statistics, read_total
from shared.repositories.ai_calls import AiCalls
from shared.repositories.live_counts import MOST as LIVE_MOST
from shared.repositories.live_counts import LiveCounts
from shared.repositories.statistics import KEPT_DAYS, Quarters
from shared.validation.field_types import within_this_century

router = workspace_router("/analytics", "analytics")

_MOST_DAYS = 366
_MOST_HOURS = timedelta(days=32)
_MOST_ROUTED = timedelta(days=92)
_USUAL = timedelta(days=7)
_Time = Annotated[datetime, AfterValidator(within_this_century)]
Reader = Annotated[Principal, needs(Right.ANALYTICS_READ)]


class Waiting(AnswerModel):
    """Waiting times of customers for people's first answers. seconds: on average; null: there was none.

    classes: answers by the upper bound of the waiting time in seconds, `longer` for the last.
    """

    answers: int
    seconds: float | None
    classes: dict[str, int]


class Summary(AnswerModel):
    """Totals of a period. received: customers' messages by the decision on them. sent, delivered, read: by author
    (`faq`, `flow`, `ai`, `agent`, `system`, `broadcast`); failed: by the provider's code. ai_usd: by model.
    orders, order_totals: by currency; amounts are decimals as text.

    conversations: those in which customers wrote. new_customers: first known of in the period, imported ones too; null
    also for one channel, and for members who do not see all conversations. Both: null for more than eight days.
    """

    since: datetime
    until: datetime
    conversations: int | None
    new_customers: int | None
    received: dict[str, int]
    sent: dict[str, int]
    delivered: dict[str, int]
    read: dict[str, int]
    failed: dict[str, int]
    handed_off: int
    taken: int
    returned: int
    closed: int
    reopened: int
    first_answers: Waiting
    ai_answers: dict[str, int]
    ai_usd: dict[str, str]
    orders: dict[str, int]
    order_totals: dict[str, str]


class Point(AnswerModel):
    """The counts of one hour or day, which begins at a local time; measures that are 0 are left out."""

    begins: datetime
    counts: dict[str, int]


class Series(AnswerModel):
    """Counts by hour or day, oldest first; periods in which nothing happened are left out."""

    items: list[Point]


class AgentRow(AnswerModel):
    """The numbers of one person. agent: a person's id. first_answers: in conversations handed off to people; seconds:
    the customers' waiting time on average; null: there was none.
    """

    agent: str
    taken: int
    first_answers: int
    seconds: float | None


class Agents(AnswerModel):
    """People, those with the most conversations first."""

    items: list[AgentRow]


class FlowRow(AnswerModel):
    """Runs of a version of a flow that ended at a step, for a reason: `finished`, `left`, `timed-out`, …"""

    flow: str
    step: str
    why: str
    ended: int
    version: str = ""


class Flows(AnswerModel):
    """Ends of flows, the most frequent first."""

    items: list[FlowRow]


class CostRow(AnswerModel):
    """The cost of a model's answers. usd: a decimal, of all calls, failed ones and summaries too."""

    model: str
    answers: int
    usd: str


class RoutingSaved(AnswerModel):
    """The answers that went to the fast model: their number, their cost, and the cost of the same tokens at the smart
    model. usd, other_usd: decimals.
    """

    answers: int
    usd: str
    other_usd: str


class Costs(AnswerModel):
    """Models, the most expensive first. routing: null for one channel, for more than 92 days, and if it
    takes too long to count.
    """

    items: list[CostRow]
    routing: RoutingSaved | None


class Period:
    """The period of a request, and its counts. since, until: RFC 3339; without them the last seven days."""

    def __init__(self, since: datetime | None, until: datetime | None, channel: str | None) -> None:
        self.since, self.until, self.channel = since, until, channel

    async def bounds(self, parts: PartsOf) -> tuple[datetime, datetime]:
        """Raise Problem for a period that is empty, without zones, or too long."""
        for name, value in (("?from", self.since), ("?to", self.until)):
            if value is not None and value.tzinfo is None:
                raise _invalid(name, "needs a time zone, such as 2026-03-14T00:00:00Z")
        now = parts.clock.now()
        until = min(self.until or now, now + timedelta(days=1))
        if until < now - timedelta(days=KEPT_DAYS):
            raise _invalid("?to", f"statistics are kept for {KEPT_DAYS} days")
        since = self.since or until - _USUAL
        if since >= until:
            raise _invalid("?from", "must be before `to`")
        if until - since > timedelta(days=_MOST_DAYS):
            raise _invalid("?from", f"at most {_MOST_DAYS} days can be read at once")
        return since, until

    async def quarters(self, caller: Principal, parts: PartsOf) -> tuple[datetime, datetime, Quarters]:
        """Return the bounds and the counts of each quarter. Raises Problem, DependencyAway."""
        since, until = await self.bounds(parts)
        allowed = self.channels(caller)
        found = await read_statistics(parts.mongo, caller.workspace, since, until, parts.clock.now())
        if allowed:
            found = await asyncio.to_thread(_quarters_of_channels, found, allowed)
        return since, until, found

    async def total(self, caller: Principal, parts: PartsOf) -> tuple[datetime, datetime, Counts]:
        """Return the bounds and the sum of all quarters. Raises Problem, DependencyAway."""
        since, until = await self.bounds(parts)
        allowed = self.channels(caller)
        found = await read_total(parts.mongo, caller.workspace, since, until, parts.clock.now())
        return since, until, _of_channels(found, allowed) if allowed else found

    async def live(self, caller: Principal, parts: PartsOf) -> tuple[int | None, int | None]:
        """Return the conversations and the new customers of the period, as of `Summary`. Raises Problem,
        DependencyAway.
        """
        since, until = await self.bounds(parts)
        if until - since > LIVE_MOST:
            return None, None
        channels, counts = self.channels(caller), LiveCounts(parts.mongo, caller.workspace)
        conversations = counts.conversations(since, until, channels)
        if channels or sees_of(caller).is_restricted:
            return await conversations, None
        return await asyncio.gather(conversations, counts.new_customers(since, until))

    def channels(self, caller: Principal) -> frozenset[str]:
        """Return the only channels to be read; empty: all. Raises Problem for one that the caller does not see."""
        if caller.channels and self.channel and self.channel not in caller.channels:
            raise Problem("not-found")
        return frozenset({self.channel}) if self.channel else caller.channels


async def _asked(
    _: Annotated[None, limited(ANALYTICS)],
    since: Annotated[_Time | None, Query(alias="from", description="Start; default: seven days ago.")] = None,
    until: Annotated[_Time | None, Query(alias="to", description="End, not included; default: now.")] = None,
    channel: Annotated[str | None, Query(max_length=64, description="Only of this channel.")] = None,
) -> Period:
    return Period(since, until, channel)


Asked = Annotated[Period, Depends(_asked)]


@router.get("/summary", responses=CSV_ANSWER, response_model=Summary)
async def summary(caller: Reader, parts: PartsOf, request: Request, period: Asked) -> Summary | Response:
    """Totals of a period."""
    since, until, total = await period.total(caller, parts)
    if wants_csv(request):
        rows = [(key.measure.value, key.label, key.channel, number) for key, number in sorted(total.items())]
        return await export(request, caller, "summary", ("measure", "label", "channel", "count"), rows)
    conversations, new_customers = await period.live(caller, parts)
    return Summary(
        since=since,
        until=until,
        conversations=conversations,
        new_customers=new_customers,
        received=_by_label(total, Measure.RECEIVED),
        sent=_by_label(total, Measure.SENT),
        delivered=_by_label(total, Measure.DELIVERED),
        read=_by_label(total, Measure.READ),
        failed=_by_label(total, Measure.FAILED),
        handed_off=_sum(total, Measure.HANDED_OFF),
        taken=_sum(total, Measure.TAKEN),
        returned=_sum(total, Measure.RETURNED),
        closed=_sum(total, Measure.CLOSED),
        reopened=_sum(total, Measure.REOPENED),
        first_answers=Waiting(
            answers=_sum(total, Measure.ANSWERED),
            seconds=_mean(_sum(total, Measure.WAITED_MS), _sum(total, Measure.ANSWERED)),
            classes=_by_label(total, Measure.WAITED),
        ),
        ai_answers=_by_label(total, Measure.AI_ANSWERS),
        ai_usd=_amounts(_by_label(total, Measure.AI_MICRO_USD)),
        orders=_by_label(total, Measure.ORDERS),
        order_totals=_amounts(_by_label(total, Measure.ORDERS_MICRO)),
    )


@router.get("/series", responses=CSV_ANSWER, response_model=Series)
async def series(
    caller: Reader, parts: PartsOf, request: Request, period: Asked, group: Literal["hour", "day"] = "day"
) -> Series | Response:
    """Counts by hour (of at most 32 days) or day in the workspace's time zone."""
    since, until, quarters = await period.quarters(caller, parts)
    if group == "hour" and until - since > _MOST_HOURS:
        raise _invalid("?group", "hours can be read of at most 32 days; take days")
    workspace = await parts.workspaces.get(caller.workspace)
    zone = workspace.timezone if workspace else "UTC"
    sums = await asyncio.to_thread(by_period, quarters.items(), zone, days=group == "day")
    points = [Point(begins=begins, counts=_by_measure(counts)) for begins, counts in sums]
    if wants_csv(request):
        columns = [measure.value for measure in Measure]
        rows = [[point.begins, *(point.counts.get(name, 0) for name in columns)] for point in points]
        return await export(request, caller, "series", ("begins", *columns), rows)
    return Series(items=points)


@router.get("/agents", responses=CSV_ANSWER, response_model=Agents)
async def agents(caller: Reader, parts: PartsOf, request: Request, period: Asked) -> Agents | Response:
    """Return the work of people: conversations taken, first answers, and customers' waiting times.

    A member who does not see the conversations of others gets the own row only.
    """
    _, _, total = await period.total(caller, parts)
    taken, answered = _by_label(total, Measure.TAKEN), _by_label(total, Measure.ANSWERED)
    waited = _by_label(total, Measure.WAITED_MS)
    items = [
        AgentRow(
            agent=agent,
            taken=taken.get(agent, 0),
            first_answers=answered.get(agent, 0),
            seconds=_mean(waited.get(agent, 0), answered.get(agent, 0)),
        )
        for agent in sorted(taken.keys() | answered.keys(), key=lambda one: (-taken.get(one, 0), one))
        if caller.sees == "all" or agent == caller.id
    ]
    if wants_csv(request):
        rows = [(one.agent, one.taken, one.first_answers, one.seconds) for one in items]
        return await export(request, caller, "agents", ("agent", "taken", "first_answers", "seconds"), rows)
    return Agents(items=items)


@router.get("/flows", responses=CSV_ANSWER, response_model=Flows)
async def flows(caller: Reader, parts: PartsOf, request: Request, period: Asked) -> Flows | Response:
    """At which step runs of flows ended, and why: where customers leave."""
    _, _, total = await period.total(caller, parts)
    items = [_flow_row(label, number) for label, number in _most(_by_label(total, Measure.FLOWS_ENDED))]
    if wants_csv(request):
        rows = [(one.flow, one.step, one.why, one.ended, one.version) for one in items]
        columns = ("flow", "step", "why", "ended", "version")
        return await export(request, caller, "flows", columns, rows)
    return Flows(items=items)


@router.get("/costs", responses=CSV_ANSWER, response_model=Costs)
async def costs(caller: Reader, parts: PartsOf, request: Request, period: Asked) -> Costs | Response:
    """Return the costs of models, and what the choice of models saved."""
    since, until, total = await period.total(caller, parts)
    answers, micro = _by_label(total, Measure.AI_ANSWERS), _by_label(total, Measure.AI_MICRO_USD)
    items = [
        CostRow(model=model, answers=answers.get(model, 0), usd=_amount(micro.get(model, 0)))
        for model in sorted(answers.keys() | micro.keys(), key=lambda one: (-micro.get(one, 0), one))
    ]
    if wants_csv(request):
        rows = [(one.model, one.answers, one.usd) for one in items]
        return await export(request, caller, "costs", ("model", "answers", "usd"), rows)
    routing = None
    if not period.channel and not caller.channels and until - since <= _MOST_ROUTED:
        with suppress(TookTooLong):  # it reads each call; the costs above are sums of counts
            found = await AiCalls(parts.mongo, caller.workspace).routed(since, until)
            routing = RoutingSaved(answers=found.answers, usd=f"{found.usd:f}", other_usd=f"{found.other_usd:f}")
    return Costs(items=items, routing=routing)


async def export(
    request: Request, caller: Principal, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> Response:
    """Return statistics as a table, and count it as an export. Raises Problem."""
    await begin_export(request, caller, f"analytics.export_{name}")
    return await csv_response(columns, rows, name=name)


def _quarters_of_channels(quarters: Quarters, channels: frozenset[str]) -> Quarters:
    return {begins: _of_channels(counts, channels) for begins, counts in quarters.items()}


def _of_channels(counts: Counts, channels: frozenset[str]) -> Counts:
    return Counter({key: number for key, number in counts.items() if key.channel in channels})


def _by_label(counts: Mapping[Key, int], measure: Measure) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for key, number in counts.items():
        if key.measure is measure:
            sums[key.label] += number
    return dict(sorted(sums.items()))


def _by_measure(counts: Mapping[Key, int]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for key, number in counts.items():
        sums[key.measure.value] += number
    return dict(sums)


def _sum(counts: Mapping[Key, int], measure: Measure) -> int:
    return sum(number for key, number in counts.items() if key.measure is measure)


def _mean(milliseconds: int, count: int) -> float | None:
    return round(milliseconds / 1000 / count, 1) if count else None


def _amounts(micro: Mapping[str, int]) -> dict[str, str]:
    return {label: _amount(number) for label, number in micro.items()}


def _amount(micro: int) -> str:
    return f"{micro // MICRO}.{micro % MICRO:06}"


def _most(sums: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(sums.items(), key=lambda one: (-one[1], one[0]))


def _flow_row(label: str, ended: int) -> FlowRow:
    flow, step, why, version = (*label.split(" "), "", "", "")[:4]
    return FlowRow(flow=flow, step=step, why=why, ended=ended, version=version)


def _invalid(pointer: str, message: str) -> Problem:
    return Problem("invalid", errors=[FieldError(pointer, message)])
