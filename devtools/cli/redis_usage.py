"""`parley redis`: shows how full Redis is, and which keys fill it."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from devtools.cli.connections import connected_redis, run
from devtools.cli.running import DEFAULT_DIR, DirOption, export_if_running
from shared.operations.redis_usage import RedisUsage, redis_usage

_MB = 1024 * 1024


def register(app: typer.Typer) -> None:
    app.command("redis")(redis)


def redis(
    most: Annotated[int, typer.Option(help="Look at so many keys at most.", min=1, max=10_000_000)] = 100_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    dir: DirOption = DEFAULT_DIR,  # noqa: A002
) -> None:
    """Show how full Redis is, and which keys fill it. It changes nothing."""
    export_if_running(dir)
    found = run(_read(most))
    if as_json:
        print(json.dumps(asdict(found)))
        return
    _print(found)


async def _read(most: int) -> RedisUsage:
    async with connected_redis() as client:
        return await redis_usage(client, most=most)


def _print(found: RedisUsage) -> None:
    server, memory = found.server, found.server.memory
    limit = f"of {memory.limit / _MB:,.1f} MB" if memory.limit else "without a limit (maxmemory 0)"
    print(f"Redis {server.version}, {server.role}: {memory.used / _MB:,.1f} MB {limit}, {memory.policy}")
    print(f"{server.clients} connections, {server.keys:,} keys")
    if found.kinds:
        print(f"\n{'key':<28}{'number':>10}{'MB':>10}{'largest, kB':>14}")
    for kind in found.kinds:
        print(f"{kind.name:<28}{kind.keys:>10,}{kind.bytes / _MB:>10,.2f}{kind.largest / 1024:>14,.1f}")
    if found.seen < server.keys:
        print(f"\nOf {found.seen:,} keys that were looked at; --most looks at more.")
    if foreign := [kind.name for kind in found.kinds if not kind.ours]:
        print(f"\nNot of Parley: {', '.join(foreign)}. Give Parley a Redis of its own.")
    if memory.policy != "noeviction":
        print(f"\nThe policy {memory.policy} drops keys when it is full; Parley needs noeviction.")
