"""`parley bench`: seeded benchmarks on a fresh local stack, their comparison and their page in docs."""

from pathlib import Path
from typing import Annotated

import typer

from devtools.bench import ai as ai_bench
from devtools.bench import delivery as delivery_bench
from devtools.bench import fairness as fairness_bench
from devtools.bench import ingress as ingress_bench
from devtools.bench import pipeline as pipeline_bench
from devtools.bench import report as reports
from devtools.bench import results, tracing_cost
from devtools.bench import router as router_bench
from devtools.bench import soak as soak_bench
from devtools.bench.results import BenchResult

_OUT = Path(".parley/bench")

SeedOption = Annotated[int, typer.Option(help="The same seed makes the same messages at the same moments.")]
RunsOption = Annotated[int, typer.Option(min=1, help="Cells are medians of so many runs.")]
OutOption = Annotated[Path, typer.Option(help="Where the result goes: a directory, or a file ending in .json.")]
ProfileOption = Annotated[str, typer.Option(help="Run this service under the profiler; print where its CPU time goes.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    bench = typer.Typer(help="Measure, compare and report performance.", no_args_is_help=True)
    bench.command()(ingress)
    bench.command()(router)
    bench.command()(pipeline)
    bench.command()(fairness)
    bench.command()(delivery)
    bench.command()(soak)
    bench.command()(ai)
    bench.command()(compare)
    bench.command()(report)
    app.add_typer(bench, name="bench")


def ingress(
    connections: Annotated[int, typer.Option(min=1, help="Kept alive, one request under way on each.")] = 64,
    seconds: Annotated[float, typer.Option(min=0.1, help="Length of a run.")] = 10.0,
    runs: RunsOption = 3,
    seed: SeedOption = 1,
    profile: ProfileOption = "",
    out: OutOption = _OUT,
) -> None:
    """Webhooks that one ingress process accepts per second, and how long each takes (also on one connection)."""
    options = ingress_bench.IngressBenchOptions(
        connections=connections, seconds=seconds, runs=runs, seed=seed, profile=profile, out=_folder(out)
    )
    _finish(ingress_bench.run(options), out)


def router(
    conversations: Annotated[
        int, typer.Option(min=1, help="Of four messages each, in runs that send all at once.")
    ] = 1000,
    rate: Annotated[float, typer.Option(min=0.1, help="Messages per second of the runs for the latency.")] = 30.0,
    runs: RunsOption = 3,
    seed: SeedOption = 1,
    profile: ProfileOption = "",
    out: OutOption = _OUT,
) -> None:
    """Conversations that one router process decides on per second, without ingress, model and providers."""
    options = router_bench.RouterBenchOptions(
        conversations=conversations, rate=rate, runs=runs, seed=seed, profile=profile, out=_folder(out)
    )
    _finish(router_bench.run(options), out)


def pipeline(
    messages: Annotated[int, typer.Option(min=1, help="In each run that sends all at once.")] = 2000,
    rate: Annotated[float, typer.Option(min=0.1, help="Messages per second of the latency scenario.")] = 20.0,
    model_latency: Annotated[float, typer.Option(min=0, help="Seconds, of the slow-model scenario.")] = 2.0,
    faq_share: Annotated[
        float | None, typer.Option(min=0, max=1, help="Measure this mix of FAQ and AI instead of each alone.")
    ] = None,
    runs: RunsOption = 3,
    seed: SeedOption = 1,
    only: Annotated[str, typer.Option(help="Scenarios, of ai,faq,slow-model,latency.")] = "",
    drain: Annotated[float, typer.Option(min=1, help="Seconds that the last answers may take.")] = 180.0,
    traces: Annotated[
        str,
        typer.Option(
            help="Measure what traces cost instead, with these shares of them kept: 0.1,1. --faq-share: of what."
        ),
    ] = "",
    profile: ProfileOption = "",
    out: OutOption = _OUT,
) -> None:
    """All services: answers per second, latency that we add, CPU and memory of each process."""
    options = pipeline_bench.PipelineOptions(
        messages=messages,
        rate=rate,
        model_latency=model_latency,
        faq_share=faq_share,
        runs=runs,
        seed=seed,
        drain=drain,
        only=tuple(only.replace(" ", "").split(",")) if only else pipeline_bench.SCENARIOS,
        traces=_shares(traces),
        profile=profile,
        out=_folder(out),
    )
    _finish(tracing_cost.run(options) if options.traces else pipeline_bench.run(options), out)


def fairness(
    messages: Annotated[int, typer.Option(min=1, help="Of the flood.")] = 10_000,
    rate: Annotated[float, typer.Option(min=0.1, help="Messages per second of the nine others together.")] = 9.0,
    seconds: Annotated[float, typer.Option(min=1, help="Length of the quiet phase.")] = 30.0,
    batch: Annotated[int, typer.Option(min=1, help="Messages in a webhook of the flood.")] = 20,
    model_latency: Annotated[float, typer.Option(min=0, help="Seconds, of the scenario ai.")] = 0.3,
    runs: RunsOption = 3,
    seed: SeedOption = 1,
    only: Annotated[str, typer.Option(help="Scenarios, of faq,ai.")] = "",
    drain: Annotated[float, typer.Option(min=1, help="Seconds that a flood may take.")] = 600.0,
    profile: ProfileOption = "",
    out: OutOption = _OUT,
) -> None:
    """How late nine workspaces are while a tenth one floods their partition, against their own quiet figure."""
    options = fairness_bench.FairnessOptions(
        messages=messages,
        rate=rate,
        seconds=seconds,
        batch=batch,
        model_latency=model_latency,
        runs=runs,
        seed=seed,
        drain=drain,
        only=tuple(only.replace(" ", "").split(",")) if only else fairness_bench.SCENARIOS,
        profile=profile,
        out=_folder(out),
    )
    _finish(fairness_bench.run(options), out)


def delivery(
    bulk: Annotated[int, typer.Option(min=1, help="Recipients of each broadcast.")] = 10_000,
    rate: Annotated[float, typer.Option(min=0.1, help="Replies per second meanwhile.")] = 5.0,
    seconds: Annotated[float, typer.Option(min=1, help="Length of the quiet phase.")] = 60.0,
    runs: RunsOption = 3,
    seed: SeedOption = 1,
    drain: Annotated[float, typer.Option(min=1, help="Seconds that a broadcast may take.")] = 600.0,
    profile: ProfileOption = "",
    out: OutOption = _OUT,
) -> None:
    """How late replies are while a broadcast goes out at its number's limit, and how fast one goes out without one."""
    options = delivery_bench.DeliveryBenchOptions(
        bulk=bulk, rate=rate, seconds=seconds, runs=runs, seed=seed, drain=drain, profile=profile, out=_folder(out)
    )
    _finish(delivery_bench.run(options), out)


def soak(
    minutes: Annotated[float, typer.Option(min=0.1, help="How long.")] = 20.0,
    rate: Annotated[float, typer.Option(min=0.1, help="Messages per second.")] = 20.0,
    faq_share: Annotated[float, typer.Option(min=0, max=1, help="Of them: answered by the FAQ.")] = 0.5,
    model_latency: Annotated[float, typer.Option(min=0, help="Seconds, of the model.")] = 1.0,
    seed: SeedOption = 1,
    drain: Annotated[float, typer.Option(min=1, help="Seconds that the last answers may take.")] = 120.0,
    out: OutOption = _OUT,
) -> None:
    """All services under a steady load for long: does memory stay flat, and do answers stay quick?"""
    options = soak_bench.SoakOptions(
        minutes=minutes,
        rate=rate,
        faq_share=faq_share,
        model_latency=model_latency,
        seed=seed,
        drain=drain,
        out=_folder(out),
    )
    _finish(soak_bench.run(options), out)


def ai(
    in_flight: Annotated[int, typer.Option(min=1, help="Calls of the model at once.")] = 500,
    latency: Annotated[float, typer.Option(min=0.05, help="Seconds that the model takes.")] = 3.0,
    seconds: Annotated[float, typer.Option(min=0.5, help="Length of a steady run, behind its warm-up.")] = 20.0,
    workspaces: Annotated[int, typer.Option(min=1, help="That the requests are of.")] = 25,
    runs: RunsOption = 3,
    seed: SeedOption = 1,
    drain: Annotated[float, typer.Option(min=1, help="Seconds that the last answers may take.")] = 60.0,
    profile: ProfileOption = "",
    out: OutOption = _OUT,
) -> None:
    """One ai replica with a slow model's calls in flight: what it adds to each, its CPU and its memory."""
    options = ai_bench.AiBenchOptions(
        in_flight=in_flight,
        latency=latency,
        seconds=seconds,
        workspaces=workspaces,
        runs=runs,
        seed=seed,
        drain=drain,
        profile=profile,
        out=_folder(out),
    )
    _finish(ai_bench.run(options), out)


def compare(base: Path, new: Path) -> None:
    """Print the ratios of two results."""
    print(reports.compare(results.read(base), results.read(new)))


def report(
    files: list[Path],
    out: Annotated[Path | None, typer.Option(help="Write the page there, e.g. docs/performance.md.")] = None,
) -> None:
    """Make the page about performance from results."""
    text = reports.page([results.read(file) for file in files])
    if out is None:
        print(text, end="")
    else:
        out.write_text(text, encoding="utf-8")


def _shares(given: str) -> tuple[float, ...]:
    try:
        return tuple(float(share) for share in given.split(",")) if given else ()
    except ValueError:
        raise typer.BadParameter(f"{given!r} is no list of shares such as 0.1,1") from None


def _folder(out: Path) -> Path:
    """Where the stack lives meanwhile, and a profile afterwards; never beside a file that is meant to be kept."""
    return _OUT if out.suffix == ".json" else out


def _finish(result: BenchResult, out: Path) -> None:

    print(reports.tables(result))
    print(f"Result: {results.save(result, out)}")
