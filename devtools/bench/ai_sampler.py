"""Sample one ai replica during a run: its CPU, its metrics, and the calls that the model has in flight."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from devtools.bench import scrape
from devtools.bench.process_usage import ProcessUsage, cpu_between, usage
from devtools.bench.scrape import HistogramBuckets
from devtools.bench.stack import BenchStack
from shared.topics import AI_REQUESTS

_EVERY = 1.0  # seconds between samples of the model; the replica is not queried meanwhile, that would cost it CPU


@dataclass(frozen=True, slots=True, kw_only=True)
class AiSample:
    """One sample of an ai process under load. seconds: length of the sample. answered: handlers that ended in it. cpu:
    seconds by process. in_flight: the model's concurrent calls, each second. gauge: the replica's metric of calls at
    the end. work: the handlers' work.
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
    cpu: Mapping[str, ProcessUsage]
    work: HistogramBuckets
    gauge: float


class AiSampler:
    """Samples for a given time, or until `end` is called."""

    def __init__(self, bench: BenchStack) -> None:
        self._bench = bench
        self._in_flight: list[int] = []
        self._first = self._last = _Snapshot(0.0, {}, HistogramBuckets({}, 0.0), 0.0)

    async def sample(self, after: float, seconds: float) -> None:
        """Start after `after` seconds and sample for `seconds`; 0: until `end`."""
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
        """End the sample."""
        self._last = self._snapshot()

    def result(self) -> AiSample:
        """Return the sample."""
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
