"""`parley bench`: runs seeded benchmarks on a fresh local stack, compares results, and writes docs/measurements.md."""

from pathlib import Path
from typing import Annotated

import typer

from devtools.bench import ai as ai_bench
from devtools.bench import budget as budget_bench
from devtools.bench import budget_page, results, tracing_cost
from devtools.bench import delivery as delivery_bench
from devtools.bench import fairness as fairness_bench
from devtools.bench import ingress as ingress_bench
from devtools.bench import pipeline as pipeline_bench
from devtools.bench import report as reports
from devtools.bench import router as router_bench
from devtools.bench import soak as soak_bench
from devtools.bench.stack import DEFAULT_OUT
from devtools.cli import bench_console
from devtools.cli.bench_options import OutOption, ProfileOption, RunsOption, SeedOption, finish, folder, names


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
    bench.command()(budget)
    bench_console.register(bench)
    bench.command()(compare)
    bench.command()(report)
    app.add_typer(bench, name="bench")


def ingress(
    connections: Annotated[int, typer.Option(min=1, help="Persistent connections with one request at a time.")] = 64,
    seconds: Annotated[float, typer.Option(min=0.1, help="Seconds of a run.")] = 10.0,
    runs: RunsOption = 3,
    seed: SeedOption = 1,
    profile: ProfileOption = "",
    bare: Annotated[bool, typer.Option("--bare", help="Measure a route that only writes to Kafka, too.")] = False,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure how many webhooks an ingress process accepts per second, and their latency."""
    options = ingress_bench.IngressBenchOptions(
        connections=connections, seconds=seconds, runs=runs, seed=seed, profile=profile, bare=bare, out=folder(out)
    )
    finish(ingress_bench.run(options), out)


def router(
    conversations: Annotated[
        int, typer.Option(min=1, help="Conversations of four messages, in runs that send all at once.")
    ] = 1000,
    rate: Annotated[float, typer.Option(min=0.1, help="Messages per second in latency runs.")] = 30.0,
    runs: RunsOption = 3,
    seed: SeedOption = 1,
    profile: ProfileOption = "",
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure how many messages a router process decides per second, without ingress, model and providers."""
    options = router_bench.RouterBenchOptions(
        conversations=conversations, rate=rate, runs=runs, seed=seed, profile=profile, out=folder(out)
    )
    finish(router_bench.run(options), out)


def pipeline(
    messages: Annotated[int, typer.Option(min=1, help="Messages of each run that sends all at once.")] = 2000,
    rate: Annotated[float, typer.Option(min=0.1, help="Messages per second in the latency scenario.")] = 20.0,
    model_latency: Annotated[float, typer.Option(min=0, help="Seconds of a model call in slow-model.")] = 2.0,
    faq_share: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Measure a mix with this share of FAQ, instead of FAQ and AI alone."),
    ] = None,
    runs: RunsOption = 3,
    seed: SeedOption = 1,
    only: Annotated[str, typer.Option(help="Only these scenarios of ai,faq,slow-model,latency.")] = "",
    drain: Annotated[float, typer.Option(min=1, help="Seconds to wait for the last answers.")] = 180.0,
    traces: Annotated[
        str,
        typer.Option(help="Measure the cost of tracing at these sampling rates instead, e.g. 0.1,1."),
    ] = "",
    profile: ProfileOption = "",
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure all services: answers per second, added latency, CPU and memory of each process."""
    options = pipeline_bench.PipelineOptions(
        messages=messages,
        rate=rate,
        model_latency=model_latency,
        faq_share=faq_share,
        runs=runs,
        seed=seed,
        drain=drain,
        only=names(only, pipeline_bench.SCENARIOS),
        traces=_sampling_rates(traces),
        profile=profile,
        out=folder(out),
    )
    finish(tracing_cost.run(options) if options.traces else pipeline_bench.run(options), out)


def fairness(
    messages: Annotated[int, typer.Option(min=1, help="Messages of the flood.")] = 10_000,
    rate: Annotated[float, typer.Option(min=0.1, help="Messages per second of the nine other workspaces.")] = 9.0,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds of the phase without load.")] = 30.0,
    batch: Annotated[int, typer.Option(min=1, help="Messages per webhook of the flood.")] = 20,
    model_latency: Annotated[float, typer.Option(min=0, help="Model latency in the ai scenario, in seconds.")] = 0.3,
    runs: RunsOption = 3,
    seed: SeedOption = 1,
    only: Annotated[str, typer.Option(help="Only these scenarios of faq,ai.")] = "",
    drain: Annotated[float, typer.Option(min=1, help="Seconds to wait for the end of the flood.")] = 600.0,
    profile: ProfileOption = "",
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure the latency of nine workspaces while a tenth one floods their partition."""
    options = fairness_bench.FairnessOptions(
        messages=messages,
        rate=rate,
        seconds=seconds,
        batch=batch,
        model_latency=model_latency,
        runs=runs,
        seed=seed,
        drain=drain,
        only=names(only, fairness_bench.SCENARIOS),
        profile=profile,
        out=folder(out),
    )
    finish(fairness_bench.run(options), out)


def delivery(
    bulk: Annotated[int, typer.Option(min=1, help="Recipients per broadcast.")] = 10_000,
    rate: Annotated[float, typer.Option(min=0.1, help="Replies per second during the broadcast.")] = 5.0,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds of the phase without load.")] = 60.0,
    runs: RunsOption = 3,
    seed: SeedOption = 1,
    drain: Annotated[float, typer.Option(min=1, help="Seconds to wait for the end of a broadcast.")] = 600.0,
    profile: ProfileOption = "",
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure the latency of replies during a broadcast at the channel's limit, and the speed of one without limit."""
    options = delivery_bench.DeliveryBenchOptions(
        bulk=bulk, rate=rate, seconds=seconds, runs=runs, seed=seed, drain=drain, profile=profile, out=folder(out)
    )
    finish(delivery_bench.run(options), out)


def soak(
    minutes: Annotated[float, typer.Option(min=0.1, help="Length of the run.")] = 20.0,
    rate: Annotated[float, typer.Option(min=0.1, help="Messages per second.")] = 20.0,
    faq_share: Annotated[float, typer.Option(min=0, max=1, help="Share of messages that the FAQ answers.")] = 0.5,
    model_latency: Annotated[float, typer.Option(min=0, help="Model latency in seconds.")] = 1.0,
    seed: SeedOption = 1,
    drain: Annotated[float, typer.Option(min=1, help="Seconds to wait for the last answers.")] = 120.0,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure memory and latency of all services under a steady load over a long time."""
    options = soak_bench.SoakOptions(
        minutes=minutes,
        rate=rate,
        faq_share=faq_share,
        model_latency=model_latency,
        seed=seed,
        drain=drain,
        out=folder(out),
    )
    finish(soak_bench.run(options), out)


def ai(
    in_flight: Annotated[int, typer.Option(min=1, help="Concurrent model calls.")] = 500,
    latency: Annotated[float, typer.Option(min=0.05, help="Model latency in seconds.")] = 3.0,
    seconds: Annotated[float, typer.Option(min=0.5, help="Seconds of a run after its warm-up.")] = 20.0,
    workspaces: Annotated[int, typer.Option(min=1, help="Workspaces of the requests.")] = 25,
    runs: RunsOption = 3,
    seed: SeedOption = 1,
    drain: Annotated[float, typer.Option(min=1, help="Seconds to wait for the last answers.")] = 60.0,
    profile: ProfileOption = "",
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure an ai replica with many slow model calls in flight: added latency, CPU and memory."""
    options = ai_bench.AiBenchOptions(
        in_flight=in_flight,
        latency=latency,
        seconds=seconds,
        workspaces=workspaces,
        runs=runs,
        seed=seed,
        drain=drain,
        profile=profile,
        out=folder(out),
    )
    finish(ai_bench.run(options), out)


def budget(
    messages: Annotated[int, typer.Option(min=1, help="Messages of each kind.")] = 5,
    rest: Annotated[float, typer.Option(min=1, help="Seconds without messages.")] = 20.0,
    write: Annotated[bool, typer.Option("--write", help="Write docs/budget.md.")] = False,
) -> None:
    """Count the round trips of one message by service, and compare them with docs/budget.md."""
    counted = budget_bench.run(budget_bench.BudgetOptions(messages=messages, rest=rest))
    page = budget_page.page(counted)
    if write:
        budget_page.FILE.write_text(page, encoding="utf-8")
        return
    print(page)
    print("\n".join(budget_page.differences(budget_page.FILE.read_text(encoding="utf-8"), counted)))


def compare(base: Path, new: Path) -> None:
    """Print the ratios of two results."""
    print(reports.compare(results.read(base), results.read(new)))


def report(
    files: list[Path],
    out: Annotated[Path | None, typer.Option(help="Write the page to this file, e.g. docs/measurements.md.")] = None,
) -> None:
    """Write the performance page from results."""
    text = reports.page([results.read(file) for file in files])
    if out is None:
        print(text, end="")
    else:
        out.write_text(text, encoding="utf-8")


def _sampling_rates(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(share) for share in text.split(",")) if text else ()
    except ValueError:
        raise typer.BadParameter(f"{text!r} is not a list of sampling rates such as 0.1,1") from None
