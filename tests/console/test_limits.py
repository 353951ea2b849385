"""Rate limits: buckets in Redis and without it, headers, and who is counted."""

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Annotated

import pytest
from pydantic import SecretStr

from services.console.api import ROUTERS
from services.console.caller import Principal, needs
from services.console.limits import limited
from services.console.parts import Parts
from services.console.rights import Right
from services.console.routing import workspace_router
from services.console.token_buckets import Policy, TokenBuckets
from shared.clock import FixedClock
from shared.settings import Settings
from shared.storage.redis import Redis
from tests.console import example_routes
from tests.console.accounts import Accounts
from tests.console.console import Console, make_console, problem

FEW = Policy("few", 2, 60, 2)
router = workspace_router("/few", "few")


@router.get("")
async def few(
    caller: Annotated[Principal, needs(Right.ORDERS_READ)], _: Annotated[None, limited(FEW, people=True)]
) -> None: ...


@pytest.fixture
async def console(parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack) -> Console:
    """A console with few requests for everyone."""
    settings = Settings(
        secrets_key=SecretStr("-"),
        console_requests_per_key_per_minute=4,
        console_requests_per_session_per_minute=5,
        console_requests_per_address_per_minute=3,
    )
    routers = [*ROUTERS, example_routes.router, router]
    return make_console(replace(parts, settings=settings), accounts, clock, closing, routers)


async def test_answers_show_what_is_left(console: Console) -> None:
    first, second = [await console.client().get("things") for _ in range(2)]
    assert first.headers["ratelimit-policy"] == '"session";q=5;w=60'
    assert first.headers["ratelimit"] == '"session";r=4;t=12'
    assert second.headers["ratelimit"].startswith('"session";r=3;t=')


async def test_each_session_and_key_has_its_own_limit(console: Console) -> None:
    for client, count in ((console.client("owner"), 5), (console.key("orders:read"), 4)):
        statuses = [(await client.get("things")).status_code for _ in range(count + 1)]
        assert statuses == [200] * count + [429]
    refused = await console.client("owner").get("things")
    assert problem(refused) == "too-many"
    assert 1 <= int(refused.headers["retry-after"]) <= 12
    assert (await console.client("agent").get("things")).status_code == 200


async def test_address_is_limited_without_a_valid_caller(console: Console) -> None:
    attempts = [
        await console.anonymous().get("things"),
        await console.anonymous().get("things", headers={"authorization": "Bearer guess"}),
        await console.anonymous().get("/api/v1/version"),
    ]
    assert [response.status_code for response in attempts] == [401, 401, 200]
    assert problem(await console.anonymous().get("things")) == "too-many"
    assert problem(await console.anonymous().get("/api/v1/version")) == "too-many"
    assert (await console.client("agent").get("things")).status_code == 200  # from the same address


async def test_limit_of_a_route_counts_each_person(console: Console) -> None:
    people = [console.client("owner"), console.client("agent")]
    for client in people:
        assert [(await client.get("few")).status_code for _ in range(3)] == [200, 200, 429]
    key = console.key("orders:read")
    assert [(await key.get("few")).status_code for _ in range(3)] == [200, 200, 200]


async def test_buckets_fill_again_without_redis(clock: FixedClock) -> None:
    gone = Redis("redis://127.0.0.1:1/0")
    buckets = TokenBuckets(gone, clock)
    taken = [await buckets.take(FEW, "ann") for _ in range(3)]
    assert [(one.allowed, one.remaining, one.reset) for one in taken] == [(True, 1, 30), (True, 0, 60), (False, 0, 30)]
    assert (await buckets.take(FEW, "ben")).allowed
    clock.advance(30)
    assert [(await buckets.take(FEW, "ann")).allowed for _ in range(2)] == [True, False]
    await gone.close()


async def test_buckets_are_shared_by_replicas(redis: Redis, clock: FixedClock) -> None:
    first, second = TokenBuckets(redis, clock), TokenBuckets(redis, clock)
    taken = [await buckets.take(FEW, "ann") for buckets in (first, second, first)]
    assert [one.allowed for one in taken] == [True, True, False]
    assert 28 <= taken[2].reset <= 30
