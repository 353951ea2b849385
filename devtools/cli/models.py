"""`parley models`: lists open circuit breakers of models, and closes one."""

import json
from typing import Annotated

import typer

from devtools.cli.connections import connected_redis, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from shared.clock import SystemClock
from shared.domain.model_vendors import vendor_of
from shared.operations.model_breakers import ModelBreaker, close_breaker, open_breakers


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Models: list open circuit breakers, close.", no_args_is_help=True)
    group.command("list")(list_open)
    group.command()(close)
    app.add_typer(group, name="models")


def list_open(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """List models whose circuit breaker is open, so that they are not called. Exit code 1 if there is one."""
    export_if_running(dir)
    found = run(_open())
    for one in found:
        vendor, until = vendor_of(one.model), one.open_until
        if as_json:
            shown = until.isoformat() if until else None
            print(json.dumps({"vendor": vendor, "model": one.model, "open_until": shown, "tested": one.tested}))
        else:
            print(f"{one.model} ({vendor})  {_state(one)}")
    if not found:
        if not as_json:
            print("No circuit breaker is open.")
        return
    if not as_json:
        print("Each closes by itself when a test succeeds; `parley models close MODEL` closes it at once.")
    raise typer.Exit(1)


def close(
    model: Annotated[str, typer.Argument(help="The model, as `parley models list` shows it.")],
    dir: DirOption = DEFAULT_DIR,  # noqa: A002 - as the option is called
) -> None:
    """Close a model's circuit breaker in all replicas: the model is called again at once.

    It opens again if calls still fail.
    """
    export_if_running(dir)
    if run(_close(model)):
        print(f"{model}: closed. It opens again if calls still fail.")
    else:
        print(f"{model}: its circuit breaker was not open.")


def _state(breaker: ModelBreaker) -> str:
    if breaker.open_until is None:
        return "the next call is a test"
    return f"not called before {breaker.open_until:%Y-%m-%d %H:%M:%S} UTC"


async def _open() -> list[ModelBreaker]:
    async with connected_redis() as redis:
        return await open_breakers(redis, SystemClock().now())


async def _close(model: str) -> bool:
    async with connected_redis() as redis:
        return await close_breaker(redis, model, SystemClock().now())
