"""Shows the progress of a broadcast: counts, reasons, an estimate, and a progress bar."""

import asyncio
import json
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from devtools.cli.connections import run
from devtools.cli.screen import console
from devtools.cli.workspace_session import workspace_session
from shared.domain.broadcast import Broadcast
from shared.operations.broadcasts.estimate import Estimate
from shared.operations.broadcasts.progress import BroadcastProgress, read_progress
from shared.repositories.broadcast_recipients import DeferredRetries

_LOOK = 0.5  # seconds
_IN_ESTIMATE = ("audience", "to_send", "undeliverable", "skipped", "seconds", "problems")


async def progress_of(dir: Path, workspace: str, name: str) -> BroadcastProgress:  # noqa: A002 - as the option is called
    """Read the progress of a broadcast. Raises NotFound."""
    async with workspace_session(dir, workspace) as known:
        return await read_progress(known.mongo, await known.broadcasts.find(name), known.now)


def tell(standing: BroadcastProgress) -> None:
    """Print the progress."""
    say, one = console().print, standing.broadcast
    say(f"{one.name}: {one.stage}" + (f", {one.reason}" if one.reason else ""))
    say(f"  from {one.channel}, at most {one.rate:g} a second, made {one.created_at:%Y-%m-%d %H:%M} UTC by {one.by}")
    if one.start_at is not None and one.frozen_at is None:
        say(f"  begins {one.start_at:%Y-%m-%d %H:%M} UTC")
    for reached, count in standing.counts.items():
        if count:
            say(f"  {count:>9,} {reached}")
    for title, reasons in (("skipped", standing.skipped), ("failed", standing.failed)):
        for reason, count in reasons.items():
            say(f"    {title}: {count:,} {reason}")
    if standing.held_off.count:
        say(f"    {held_off_in_words(standing.held_off)}")


def held_off_in_words(held_off: DeferredRetries) -> str:
    """Return how many failed recipients are not to be retried yet, and from when they are."""
    first, last = (f"{at:%Y-%m-%d %H:%M} UTC" if at else "" for at in (held_off.first, held_off.last))
    until = first if first == last else f"{first}, the last not before {last}"
    return f"{held_off.count:,} not to be tried again before {until} (the provider asks for that)"


def tell_estimate(broadcast: Broadcast, estimate: Estimate, *, as_json: bool) -> None:
    """Print the estimate of a dry run."""
    if as_json:
        cost = None if estimate.cost is None else str(estimate.cost)
        found = {name: getattr(estimate, name) for name in _IN_ESTIMATE}
        print(json.dumps({**found, "cost": cost, "currency": broadcast.currency}, ensure_ascii=False))
        return
    print(f"{estimate.to_send:,} of {estimate.audience:,} would get it, in about {estimate.seconds / 60:.1f} minutes")
    if estimate.undeliverable:
        print(f"  {estimate.undeliverable:,} of them could not be reached the last time, and have not written since")
    for reason, count in estimate.skipped.items():
        print(f"  {count:,} skipped: {reason}")
    if estimate.cost is None:
        print("  cost: unknown; --price says what one message costs")
    else:
        print(f"  cost: about {broadcast.currency} {estimate.cost:,f}")
    for problem in estimate.problems:
        print(f"  problem: {problem}")


def follow(dir: Path, workspace: str, name: str) -> None:  # noqa: A002 - as the option is called
    """Show a bar until the broadcast ends or pauses, or until Ctrl-C, which does not stop it."""
    try:
        tell(run(_follow(dir, workspace, name)))
    except KeyboardInterrupt:
        print(f"{name} goes on without being watched; `parley broadcast status {name}` shows how far it is.")


async def _follow(dir: Path, workspace: str, name: str) -> BroadcastProgress:  # noqa: A002 - as the option is called
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True)) as bar:
        task = bar.add_task(name, total=None)
        while True:
            standing = await progress_of(dir, workspace, name)
            failed = sum(standing.failed.values())
            said = f"{name} {standing.broadcast.stage}" + (f", {failed:,} failed" if failed else "")
            bar.update(task, description=said, total=standing.total or None, completed=standing.finished)
            if standing.over:
                return standing
            await asyncio.sleep(_LOOK)
