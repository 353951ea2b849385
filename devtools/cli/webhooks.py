"""`parley webhooks`: which webhooks out fail, their log, test calls, replays, and rotation of a secret."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Annotated

import typer

from devtools.cli.connections import connections, producing, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from devtools.cli.secret_variables import secret_variables
from devtools.stack.errors import StackError
from shared.clock import SystemClock
from shared.crypto import Secrets
from shared.domain.model_prices import load_prices
from shared.maintenance.operator import FailingWebhook
from shared.operations.webhooks import WebhookOperations, described
from shared.operations.workspaces.edit import WorkspaceEdits
from shared.repositories.webhook_log import LoggedCall
from shared.repositories.workspace_editor import WorkspaceEditor

WebhookArgument = Annotated[str, typer.Argument(help="The id of a webhook.")]
WorkspaceOption = Annotated[str, typer.Option("--workspace", "-w", help="The workspace.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Webhooks out: failing, log, test, replay, rotate.", no_args_is_help=True)
    group.command()(failing)
    group.command()(log)
    group.command()(test)
    group.command()(replay)
    group.command()(rotate)
    app.add_typer(group, name="webhooks")


def failing(dir: DirOption = DEFAULT_DIR) -> None:  # noqa: A002 - as the option is called
    """List the webhooks of all workspaces whose failed calls wait for another attempt. Exit code 1 if there is one."""
    export_if_running(dir)
    found = run(_failing())
    for one in found:
        since = f"{one.since:%Y-%m-%d %H:%M:%S} UTC"
        print(f"{one.webhook} -w {one.workspace}  {one.waiting:,} calls wait, the oldest since {since}  {one.error}")
    if not found:
        print("No call of a webhook waits.")
        return
    raise typer.Exit(1)


def log(
    webhook: WebhookArgument,
    workspace: WorkspaceOption,
    outcome: Annotated[str, typer.Option(help="Only `delivered`, `waiting`, `given_up` or `failed`.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many, the newest.")] = 50,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List the calls of the last days."""
    export_if_running(dir)
    calls = run(_log(workspace, webhook, outcome, limit))
    for call in calls:
        print(described(call))
    if not calls:
        print("There are no calls.")


def test(
    webhook: WebhookArgument,
    workspace: WorkspaceOption,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Post a test event to a webhook, once."""
    export_if_running(dir)
    print(f"{run(_test(workspace, webhook))}: queued; `parley webhooks log` has the result within seconds.")


def replay(
    webhook: WebhookArgument,
    workspace: WorkspaceOption,
    call: Annotated[str, typer.Option(help="The id of a call; without it, all that were given up.")] = "",
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Make a call again, or all that were given up; each is retried for another day."""
    export_if_running(dir)
    print(f"{run(_replay(workspace, webhook, call))} calls are made again.")


def rotate(
    webhook: WebhookArgument,
    workspace: WorkspaceOption,
    variable: Annotated[
        str, typer.Option("--secret-env", help="The variable that has the new secret; it may be in `.env`.")
    ],
    overlap_hours: Annotated[int, typer.Option(min=0, help="Hours for which the old secret signs too.")] = 24,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Give a webhook a new secret; for a while, calls have a second signature with the old one."""
    secret = secret_variables().get(variable, "")
    if not secret:
        raise StackError(f"{variable} is neither in the environment nor in .env")
    export_if_running(dir)
    run(_rotate(workspace, webhook, secret, timedelta(hours=overlap_hours)))
    print(f"{webhook}: has the new secret; the old one signs for {overlap_hours} hours more.")


@asynccontextmanager
async def _operations(workspace: str) -> AsyncIterator[WebhookOperations]:
    clock = SystemClock()
    async with connections() as known, producing(known.settings) as producer:
        editor = WorkspaceEditor(known.mongo, known.redis, Secrets(known.settings.secret_keys), clock)
        edits = WorkspaceEdits(editor, load_prices(known.settings.ai_prices).models)
        yield WebhookOperations(known.mongo, producer, edits, clock, workspace)


async def _failing() -> list[FailingWebhook]:
    async with connections() as known:
        return await known.operator.failing_webhooks()


async def _log(workspace: str, webhook: str, outcome: str, limit: int) -> list[LoggedCall]:
    async with _operations(workspace) as operations:
        return await operations.log.page(webhook, None, limit, outcome)


async def _test(workspace: str, webhook: str) -> str:
    async with _operations(workspace) as operations:
        return await operations.test(webhook, f"operator:{os.getpid()}:{operations.clock.now().isoformat()}")


async def _replay(workspace: str, webhook: str, call: str) -> int:
    async with _operations(workspace) as operations:
        if not call:
            return await operations.replay_failed(webhook)
        await operations.replay(webhook, call)
        return 1


async def _rotate(workspace: str, webhook: str, secret: str, overlap: timedelta) -> int:
    async with _operations(workspace) as operations:
        return (await operations.rotate(webhook, secret, overlap)).revision
