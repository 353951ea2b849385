"""Looks on while one ai replica is at work: its CPU, its metrics, and the calls that the model has in hand."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devtools.bench import scrape
from devtools.bench.process_usage import Usage, cpu_between, usage
from devtools.bench.scrape import HistogramBuckets
from devtools.bench.stack import BenchStack
from shared.topics import AI_REQUESTS

_EVERY = 1.0  # seconds between two looks at the model; the replica is not asked meanwhile: it would have to work for it


@dataclass(frozen=True, slots=True, kw_only=True)
class AiSample:
    """seconds: of the look. answered: handlers that ended meanwhile. cpu: seconds by process. in_flight: calls that the
    model had, each second; gauge: that the replica's metric had at the end. work: what the handlers did.
    """

    seconds: float
    answered: float
    cpu: Mapping[str, float]
    in_flight: Sequence[int]
    gauge: float
    work: HistogramBuckets


@dataclass(frozen=True, slots=True)
class _Snapshot:
    at: float
    cpu: Mapping[str, Usage]
    work: HistogramBuckets
    gauge: float


class AiSampler:
    """One look: `on` for a while, or until `end` is called."""

    def __init__(self, bench: BenchStack) -> None:
        self._bench = bench
        self._in_flight: list[int] = []
        self._first = self._last = _Snapshot(0.0, {}, HistogramBuckets({}, 0.0), 0.0)

    async def on(self, after: float, seconds: float) -> None:
        """Begin after so many seconds and look on for so many; 0: until `end`."""
        await asyncio.sleep(after)
        self._first = await asyncio.to_thread(self._snapshot)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            await asyncio.sleep(min(_EVERY, left))
            models = (await asyncio.to_thread(self._bench.simulators, "GET", "/_sim/counts"))["models"]
            self._in_flight.append(models.get("anthropic", {}).get("under_way", 0))
        if seconds:
            self._last = await asyncio.to_thread(self._snapshot)

    def end(self) -> None:
        """It is over."""
        self._last = self._snapshot()

    def seen(self) -> AiSample:
        """What there was to see."""
        work = self._last.work.since(self._first.work)
        return AiSample(
            seconds=self._last.at - self._first.at,
            answered=max(work.counts.values(), default=0.0),
            cpu=cpu_between(self._first.cpu, self._last.cpu),
            in_flight=self._in_flight,
            gauge=self._last.gauge,
            work=work,
        )

    def _snapshot(self) -> _Snapshot:
        text = self._bench.metrics("ai")
        return _Snapshot(
            time.monotonic(),
            usage(self._bench.pids),
            scrape.histogram(text, "parley_record_work_seconds", topic=AI_REQUESTS.name),
            scrape.gauge(text, "parley_model_calls_under_way"),
        )
