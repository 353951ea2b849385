"""`parley bench pipeline --traces`: what tracing costs. The same load without traces and with shares of them kept, each
on a stack of its own, in turn; a receiver takes what is exported. Ratios are of the runs of one round, so that what
slows the machine down for a while is in both.
"""

from collections.abc import Mapping

from devtools.bench.corpus import workspace_files
from devtools.bench.errors import BenchFailed
from devtools.bench.measuring import measuring
from devtools.bench.pipeline import SCENARIOS, SERVICES, WORKSPACES, Measured, Options, Runs, Scenario
from devtools.bench.results import HIGHER, LOWER, Result
from devtools.bench.stack import say
from devtools.observability.otlp import Receiver, receiving

_THROUGHPUT, _CPU, _RATIO = "Throughput", "CPU seconds per 1,000 messages", "Against no traces"
_WARM_UP = 200
NONE = "no traces"


def column(share: float | None) -> str:
    """The name of a share in the tables; None: no traces."""
    return NONE if share is None else f"{share:.0%} of traces kept"


def run(options: Options) -> Result:
    """Measure. Raises BenchFailed, also when a share is none or nothing was exported."""
    if options.only != SCENARIOS:
        raise BenchFailed("--only does not go with --traces: there is one scenario, and --faq-share says of what")
    if bad := [share for share in options.traces if not 0 < share <= 1]:
        raise BenchFailed(f"a share of traces is above 0 and at most 1, not {bad[0]:g}")
    shares = (None, *options.traces)
    kept: Result | None = None
    with receiving(keep=False) as receiver:
        for number in range(options.runs):
            measured: dict[float | None, Measured] = {}
            for share in shares if number % 2 == 0 else reversed(shares):
                say(f"traces: {column(share)}, run {number + 1} of {options.runs}")
                result, measured[share] = _measure(options, share, receiver)
                kept = kept or result
            assert kept is not None  # noqa: S101 - a round has at least the run without traces
            _note(kept, measured, options.messages)
    assert kept is not None  # noqa: S101 - there is at least one round
    kept.kind = "traces"
    kept.notes.append(
        f"Each run has a stack of its own and one scenario, {_mix(options)}; ratios are of runs of the same round. The "
        "receiver, which only counts, shares the machine."
    )
    return kept


def _measure(options: Options, share: float | None, receiver: Receiver) -> tuple[Result, Measured]:
    before = receiver.bytes
    with measuring(
        options, SERVICES, workspace_files(WORKSPACES), simulators=True, env=_environment(share, receiver)
    ) as (bench, result):
        runs = Runs(bench, options)
        share_of_faq = options.faq_share or 0.0
        runs.measure(Scenario(column="warm-up", messages=min(_WARM_UP, options.messages), faq_share=share_of_faq))
        measured = runs.measure(Scenario(column=_mix(options), messages=options.messages, faq_share=share_of_faq))
    if share == 1 and receiver.bytes == before:
        raise BenchFailed("no trace was exported")
    return result, measured


def _mix(options: Options) -> str:
    return f"{options.faq_share:.0%} FAQ" if options.faq_share else "all AI"


def _environment(share: float | None, receiver: Receiver) -> Mapping[str, str]:
    if share is None:
        return {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.url, "OTEL_TRACES_SAMPLE_RATIO": f"{share:g}"}


def _note(result: Result, measured: Mapping[float | None, Measured], messages: int) -> None:
    speeds = {share: messages / one.seconds for share, one in measured.items()}
    cpu = {share: sum(one.cpu.get(name, 0.0) for name in SERVICES) for share, one in measured.items()}
    for share in sorted(measured, key=lambda it: it or 0.0):
        name = column(share)
        result.add(_THROUGHPUT, "messages answered per second", name, speeds[share], better=HIGHER)
        result.add(_CPU, "the services", name, cpu[share] * 1000 / messages, better=LOWER)
        result.add(_RATIO, "messages answered per second", name, speeds[share] / speeds[None], better=HIGHER)
        if cpu[None]:
            result.add(_RATIO, "CPU of the services", name, cpu[share] / cpu[None], better=LOWER)
