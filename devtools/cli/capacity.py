"""`parley capacity`: estimates replicas, partitions and storage for a load, from the measured cost of a message."""

from pathlib import Path
from typing import Annotated

import typer

from devtools.bench.errors import BenchFailed
from devtools.capacity import burst as bursts
from devtools.capacity import report
from devtools.capacity.burst import LoadBurst
from devtools.capacity.costs import COMMITTED_RESULT, read_costs
from devtools.capacity.plan import DailyLoad, plan_capacity
from devtools.stack.errors import StackError
from shared.topics import INBOUND_MESSAGES

_LOADS = (1_000, 100_000, 10_000_000)


def register(app: typer.Typer) -> None:
    app.command()(capacity)


def capacity(
    messages: Annotated[
        list[int] | None, typer.Argument(min=1, help="Messages of customers per day; several values are compared.")
    ] = None,
    faq_share: Annotated[float, typer.Option(min=0, max=1, help="Share of messages answered without a model.")] = 0.5,
    busiest_hour: Annotated[float, typer.Option(min=0.0417, max=1, help="Share of the day in the busiest hour.")] = 0.1,
    burst: Annotated[float, typer.Option(min=1, help="The busiest minute as a multiple of that hour's mean.")] = 3.0,
    model_seconds: Annotated[float, typer.Option(min=0, help="Seconds of a model call.")] = 3.0,
    mongodb_days: Annotated[int, typer.Option(min=30, help="Days after which messages are archived.")] = 365,
    wave: Annotated[
        str, typer.Option(help="Estimate the lag after a burst of MESSAGES:SECONDS on top of the mean.")
    ] = "",
    costs: Annotated[Path | None, typer.Option(help="Another result of `parley bench pipeline --only ai,faq`.")] = None,
) -> None:
    """Estimate the replicas, partitions and gigabytes that a load needs."""
    try:
        cost = read_costs(costs or COMMITTED_RESULT)
    except BenchFailed as error:
        raise StackError(str(error)) from None
    loads = [
        DailyLoad(
            messages=count,
            faq_share=faq_share,
            busiest_hour=busiest_hour,
            burst=burst,
            model_seconds=model_seconds,
            mongodb_days=mongodb_days,
        )
        for count in messages or _LOADS
    ]
    plans = [plan_capacity(load, cost, INBOUND_MESSAGES.partitions) for load in loads]
    print(report.plans_table(plans))
    if wave:
        burst_ = _wave(wave)
        print("\n" + report.bursts_table(plans, [bursts.burst_lag(one, cost, burst_) for one in plans], burst_))


def _wave(text: str) -> LoadBurst:
    count, _, seconds = text.partition(":")
    if not (count.isdigit() and seconds.isdigit() and int(count) and int(seconds)):
        raise StackError(f"--wave {text}: write MESSAGES:SECONDS, such as 5000:600")
    return LoadBurst(messages=int(count), seconds=int(seconds))
