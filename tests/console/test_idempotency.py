"""Idempotency keys of POST requests: a repeated one gets the first answer."""

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Annotated

import msgspec
import pytest

from services.console.api import ROUTERS
from services.console.caller import Principal, needs
from services.console.idempotency import RequestKey, idempotent
from services.console.models import Accepted, accepted
from services.console.parts import Parts
from services.console.rights import Right
from services.console.routing import workspace_router
from shared.clock import FixedClock
from shared.domain.ids import derived_id
from shared.storage.redis import Redis
from tests.console import example_routes
from tests.console.accounts import Accounts
from tests.console.console import Console, make_console, problem

THING = {"name": "a"}
other_things = workspace_router("/other-things", "other-things")


@other_things.post("/{number}", status_code=202)
async def make_other_thing(
    number: int, caller: Annotated[Principal, needs(Right.ORDERS_WRITE)], key: Annotated[RequestKey, idempotent()]
) -> Accepted:
    return accepted(key)


@pytest.fixture
async def console(parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack) -> Console:
    example_routes.calls.clear()
    return make_console(parts, accounts, clock, closing, [*ROUTERS, example_routes.router])


async def test_repeated_post_gets_the_first_answer(console: Console) -> None:
    client = console.client()
    first = await client.post("things", THING, key="press-0001")
    again = await client.post("things", THING, key="press-0001")
    assert first.json() == again.json()
    assert (again.status_code, again.headers["idempotent-replayed"]) == (202, "true")
    assert example_routes.calls == ["a"]
    assert problem(await client.post("things", {"name": "b"}, key="press-0001")) == "key-reused"
    other = await console.client("admin").post("things", THING, key="press-0001")
    assert other.json()["command"] != first.json()["command"]


async def test_repeated_post_with_a_secret_answer_runs_once_and_shows_it_once(console: Console, redis: Redis) -> None:
    client = console.client()
    first = await client.post("things/secret", THING, key="press-0001")
    assert (first.status_code, first.json()) == (201, {"id": "the secret of a"})
    again = await client.post("things/secret", THING, key="press-0001")
    assert (problem(again), again.status_code) == ("conflict", 409)
    assert "was done" in again.json()["detail"]
    assert example_routes.calls == ["a"]
    assert problem(await client.post("things/secret", {"name": "b"}, key="press-0001")) == "key-reused"
    kept = [await redis._driver.get(name) for name in await redis._driver.keys("parley:once:*")]
    assert len(kept) == 1
    assert b"secret" not in kept[0]


async def test_repeated_post_with_a_large_answer_runs_once(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.console.idempotency._LARGEST", 10)
    client = console.client()
    assert (await client.post("things", THING, key="press-0001")).status_code == 202
    assert problem(await client.post("things", THING, key="press-0001")) == "conflict"
    assert example_routes.calls == ["a"]


async def test_failed_post_frees_its_key(console: Console) -> None:
    client = console.client()
    assert problem(await client.post("things", {"name": "taken"}, key="press-0001")) == "taken-by"
    assert (await client.post("things", THING, key="press-0001")).status_code == 202


async def test_running_post_is_not_run_again(console: Console, redis: Redis) -> None:
    client = console.client()
    first = await client.post("things", THING, key="press-0001")
    assert first.status_code == 202
    name = f"parley:once:acme:{derived_id('command', 'acme', 'user:agent-acme', 'press-0001')}"
    kept = await redis.get(name)
    assert kept is not None
    running = [*msgspec.msgpack.decode(kept)[:1]]
    await redis.put(name, msgspec.msgpack.encode(running), 10)
    response = await client.post("things", THING, key="press-0001")
    assert (problem(response), response.headers["retry-after"]) == ("conflict", "1")


async def test_command_id_is_derived_without_redis(console: Console, parts: Parts, closing: AsyncExitStack) -> None:
    gone = Redis("redis://127.0.0.1:1/0")
    closing.push_async_callback(gone.close)
    without = make_console(
        replace(parts, redis=gone), console.accounts, console.clock, closing, [example_routes.router]
    )
    answers = [await one.client().post("things", THING, key="press-0001") for one in (without, without, console)]
    assert len({answer.json()["command"] for answer in answers}) == 1


async def test_key_that_is_used_for_another_path_is_another_command(
    console: Console, parts: Parts, closing: AsyncExitStack
) -> None:
    """Within a day it is refused; afterwards, and without Redis, it must not be taken for the first command."""
    gone = Redis("redis://127.0.0.1:1/0")
    closing.push_async_callback(gone.close)
    without = make_console(
        replace(parts, redis=gone), console.accounts, console.clock, closing, [example_routes.router, other_things]
    )
    paths = ("things", "other-things/1", "other-things/2")
    answers = [await without.client().post(path, THING, key="press-0001") for path in paths]
    assert len({answer.json()["command"] for answer in answers}) == 3
    with_redis = make_console(
        parts, console.accounts, console.clock, closing, [example_routes.router, other_things]
    ).client()
    assert (await with_redis.post("other-things/1", THING, key="press-0001")).json() == answers[1].json()
    assert problem(await with_redis.post("other-things/2", THING, key="press-0001")) == "key-reused"


@pytest.mark.parametrize("key", ["", "short", "x" * 65, "with space", "ünï-cödé-key"])
async def test_post_needs_a_key(console: Console, key: str) -> None:
    response = await console.client().http.post(
        "/api/v1/workspaces/acme/things", json=THING, headers=[(b"idempotency-key", key.encode())]
    )
    assert (problem(response), response.status_code) == ("invalid", 400)
    assert response.json()["errors"][0]["pointer"] == "Idempotency-Key"


async def test_post_that_changes_nothing_needs_no_key(console: Console) -> None:
    response = await console.client().http.post("/api/v1/workspaces/acme/things/check", json=THING)
    assert response.json() == {"id": "a"}
