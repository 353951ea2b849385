"""`parley bench console`: measurements of the console."""

from typing import Annotated

import typer

from devtools.bench.console import api_requests, open_inboxes
from devtools.bench.console import flows as flow_bench
from devtools.bench.console import inbox as inbox_bench
from devtools.bench.stack import DEFAULT_OUT
from devtools.cli import bench_live
from devtools.cli.bench_options import OutOption, SeedOption, finish, folder, names


def register(bench: typer.Typer) -> None:
    """Add the commands."""
    console = typer.Typer(help="Measure the console.", no_args_is_help=True)
    console.command()(inbox)
    console.command()(requests)
    console.command()(flows)
    console.command()(builder)
    console.command()(browser)
    console.command()(beside)
    bench_live.register(console)
    bench.add_typer(console, name="console")


def inbox(
    conversations: Annotated[int, typer.Option(min=1000, help="Conversations; a hundredth are large.")] = 1_000_000,
    clients: Annotated[int, typer.Option(min=1, help="Concurrent readers.")] = 20,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds of each measurement.")] = 60.0,
    pause: Annotated[float, typer.Option(min=0, help="Mean seconds between two pages of a reader.")] = 0.5,
    seed: SeedOption = 1,
    only: Annotated[str, typer.Option(help="Only these of reads,pages,previews,conversation,search,writes,cold.")] = "",
    seed_only: Annotated[bool, typer.Option("--seed-only", help="Store the documents and end.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Store the documents anew.")] = False,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure the lists of an inbox with a million conversations; their documents are kept for the next run."""
    options = inbox_bench.InboxBenchOptions(
        conversations=conversations,
        clients=clients,
        seconds=seconds,
        pause=pause,
        seed=seed,
        fresh=fresh,
        only=names(only, inbox_bench.PARTS),
        out=folder(out),
    )
    if seed_only:
        inbox_bench.seed_only(options)
    else:
        finish(inbox_bench.run(options), out)


def requests(
    rate: Annotated[int, typer.Option(min=1, help="Requests per second.")] = 200,
    writes: Annotated[float, typer.Option(min=0, max=1, help="Share of requests that are commands.")] = 0.2,
    conversations: Annotated[int, typer.Option(min=1, help="Conversations of the workspace.")] = 1000,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds of the load.")] = 30.0,
    seed: SeedOption = 1,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure requests of a program at a steady rate, and the start and memory of the console."""
    options = api_requests.RequestBenchOptions(
        rate=rate, writes=writes, conversations=conversations, seconds=seconds, seed=seed, out=folder(out)
    )
    finish(api_requests.run(options), out)


def flows(
    steps: Annotated[int, typer.Option(min=8, max=300, help="Steps of the flow.")] = 300,
    edits: Annotated[int, typer.Option(min=4, help="Edits that are sent.")] = 300,
    seed: SeedOption = 1,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure edits of a large flow, and steps of its simulation."""
    options = flow_bench.FlowBenchOptions(steps=steps, edits=edits, seed=seed, out=folder(out))
    finish(flow_bench.run(options), out)


def builder(
    steps: Annotated[int, typer.Option(min=8, max=300, help="Steps of the flow.")] = 300,
    visits: Annotated[int, typer.Option(min=1, help="How often it is opened.")] = 5,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds of dragging.")] = 5.0,
    edits: Annotated[int, typer.Option(min=4, help="Edits that are made.")] = 40,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure the flow builder in Chromium: opening a large flow, dragging a step, editing it."""
    from devtools.bench.console import builder as builder_bench  # Playwright is for development only

    options = builder_bench.BuilderBenchOptions(
        steps=steps, visits=visits, seconds=seconds, edits=edits, out=folder(out)
    )
    finish(builder_bench.run(options), out)


def browser(
    conversations: Annotated[int, typer.Option(min=1000, help="Conversations of the workspace.")] = 10_000,
    messages: Annotated[int, typer.Option(min=5000, help="Messages of the long conversation.")] = 100_000,
    visits: Annotated[int, typer.Option(min=1, help="Visits of each kind.")] = 3,
    seconds: Annotated[float, typer.Option(min=1, help="Seconds of scrolling.")] = 10.0,
    exchanges: Annotated[int, typer.Option(min=1, help="Messages each way.")] = 30,
    seed: SeedOption = 1,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure the pages in Chromium: first screens, scrolling, a long conversation, and messages both ways."""
    from devtools.bench.console import browser as browser_bench  # Playwright is for development only

    options = browser_bench.BrowserBenchOptions(
        conversations=conversations,
        messages=messages,
        visits=visits,
        seconds=seconds,
        exchanges=exchanges,
        seed=seed,
        out=folder(out),
    )
    finish(browser_bench.run(options), out)


def beside(
    inboxes: Annotated[int, typer.Option(min=1, help="Inboxes that are open.")] = 5,
    messages: Annotated[int, typer.Option(min=4, help="Messages of each run.")] = 2000,
    runs: Annotated[int, typer.Option(min=1, help="Runs of each kind; the result has their medians.")] = 3,
    seed: SeedOption = 1,
    out: OutOption = DEFAULT_OUT,
) -> None:
    """Measure FAQ answers per second of all services, with and without open inboxes."""
    options = open_inboxes.OpenInboxesOptions(inboxes=inboxes, messages=messages, runs=runs, seed=seed, out=folder(out))
    finish(open_inboxes.run(options), out)
