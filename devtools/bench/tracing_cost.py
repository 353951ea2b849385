"""`parley bench pipeline --traces`: the cost of tracing.

Stacks without traces and with several sampling ratios run at the same time and get the same load in turn; a receiver
accepts the exported traces. Ratios compare runs of the same round, so that temporary slowness of the machine affects
both.
"""

import contextlib
import time
from collections.abc import Mapping

from devtools.bench.benchmark import benchmark_run
from devtools.bench.corpus import workspace_files
from devtools.bench.errors import BenchFailed
from devtools.bench.pipeline import (
    SCENARIOS,
    SERVICES,
    WORKSPACES,
    PipelineOptions,
    PipelineRun,
    PipelineRuns,
    PipelineScenario,
)
from devtools.bench.results import HIGHER, LOWER, BenchResult
from devtools.bench.stack import print_progress
from devtools.observability.otlp import TraceReceiver, run_receiver

_THROUGHPUT, _CPU, _RATIO = "Throughput", "CPU seconds per 1,000 messages", "Against no traces"
_WARM_UP = 400
NONE = "no traces"

_LAST_EXPORT = 30.0  # seconds


def column(share: float | None) -> str:
    """Return the column of a sampling ratio; None: no traces."""
    return NONE if share is None else f"{share:.0%} of traces kept"


def run(options: PipelineOptions) -> BenchResult:
    """Measure. Raises BenchFailed, also for a ratio that is not in (0, 1] or if nothing was exported."""
    if options.only != SCENARIOS:
        raise BenchFailed(
            "--only cannot be combined with --traces, which has one scenario; set its mix with --faq-share"
        )
    if bad := [share for share in options.traces if not 0 < share <= 1]:
        raise BenchFailed(f"a share of traces is above 0 and at most 1, not {bad[0]:g}")
    shares = (None, *options.traces)
    with run_receiver(keep=False) as receiver, contextlib.ExitStack() as stacks:
        began: dict[float | None, tuple[PipelineRuns, BenchResult]] = {
            share: _begin(options, share, receiver, stacks) for share in shares
        }
        before, result = receiver.bytes, began[None][1]
        for number in range(options.runs):
            measured: dict[float | None, PipelineRun] = {}
            for share in shares if number % 2 == 0 else reversed(shares):
                print_progress(f"traces: {column(share)}, round {number + 1} of {options.runs}")
                measured[share] = began[share][0].measure(_scenario(options, options.messages))
            _note(result, measured, options.messages)
        if 1 in shares and not _exported(receiver, before):
            raise BenchFailed("no trace was exported")
    result.kind = "traces"
    result.about = (
        "What tracing costs: the same load on services without traces and on services that export a share of them, in "
        "turn on one machine."
    )
    result.notes.append(
        f"One scenario, {_mix(options)}. Each sampling ratio has its own stack; all run at the same time and get the "
        "load in turn, so that the state of the machine is the same for all. Ratios compare runs of the same round. "
        "The receiver, which only counts, shares the machine."
    )
    return result


def _exported(receiver: TraceReceiver, before: int) -> bool:
    """Return whether traces arrived; exporters send every few seconds, so the last ones are waited for."""
    deadline = time.monotonic() + _LAST_EXPORT
    while receiver.bytes == before and time.monotonic() < deadline:
        time.sleep(0.1)
    return receiver.bytes != before


def _begin(
    options: PipelineOptions, share: float | None, receiver: TraceReceiver, stacks: contextlib.ExitStack
) -> tuple[PipelineRuns, BenchResult]:
    """Start a stack and warm it up; it runs until `stacks` is closed."""
    print_progress(f"traces: the stack for {column(share)}")
    bench, result = stacks.enter_context(
        benchmark_run(
            options, SERVICES, workspace_files(WORKSPACES), simulators=True, env=_environment(share, receiver)
        )
    )
    runs = PipelineRuns(bench, options)
    runs.measure(_scenario(options, min(_WARM_UP, options.messages)))
    return runs, result


def _scenario(options: PipelineOptions, messages: int) -> PipelineScenario:
    return PipelineScenario(column=_mix(options), messages=messages, faq_share=options.faq_share or 0.0)


def _mix(options: PipelineOptions) -> str:
    return f"{options.faq_share:.0%} FAQ" if options.faq_share else "all AI"


def _environment(share: float | None, receiver: TraceReceiver) -> Mapping[str, str]:
    if share is None:
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_TRACES_SAMPLE_RATIO": f"{share:g}"}


def _note(result: BenchResult, measured: Mapping[float | None, PipelineRun], messages: int) -> None:
    speeds = {share: messages / one.seconds for share, one in measured.items()}
    cpu = {share: sum(one.cpu.get(name, 0.0) for name in SERVICES) for share, one in measured.items()}
    for share in sorted(measured, key=lambda it: it or 0.0):
        name = column(share)
        result.add(_THROUGHPUT, "messages answered per second", name, speeds[share], better=HIGHER)
        result.add(_CPU, "the services", name, cpu[share] * 1000 / messages, better=LOWER)
        result.add(_RATIO, "messages answered per second", name, speeds[share] / speeds[None], better=HIGHER)
        if cpu[None]:
            result.add(_RATIO, "CPU of the services", name, cpu[share] / cpu[None], better=LOWER)
