"""The owner as whom the benchmarks in a browser sign in and call the API."""

import time
from typing import Any

from argon2 import PasswordHasher
from playwright.async_api import BrowserContext

from devtools.bench.errors import BenchFailed
from devtools.bench.stack import BenchStack
from shared.clock import SystemClock
from shared.domain.accounts import Role
from shared.operations.accounts.people import Admission, People
from shared.storage.mongo import Mongo

_EMAIL, _PASSWORD = "ann@bench.example.com", "three bicycles in the rain"


async def store_owner(stack: BenchStack, workspace: str) -> None:
    """Store the person as the owner of a workspace. The password's hash is a quick one."""
    mongo = Mongo(stack.info["mongodb"], stack.info["mongodb_database"])
    try:
        people = People(mongo, SystemClock())
        digest = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(_PASSWORD)
        user, _ = await people.get_or_create(_EMAIL, "Ann Owner", digest)
        await people.admit(workspace, user, Admission(Role.OWNER))
    finally:
        await mongo.close()


async def sign_in(context: BrowserContext, url: str) -> None:
    """Give a browser's context a session. url: of the console. Raises BenchFailed."""
    await send(context, url, "POST", "auth/login", {"email": _EMAIL, "password": _PASSWORD})


async def send(context: BrowserContext, url: str, method: str, path: str, body: dict[str, Any]) -> None:
    """Call the API, as the context's session. path: below `/api/v1/`. Raises BenchFailed unless it succeeds."""
    headers = {"X-Parley": "1", "Origin": url, "Idempotency-Key": f"bench-{time.monotonic_ns()}"}
    answer = await context.request.fetch(f"{url}/api/v1/{path}", method=method, data=body, headers=headers)
    if not answer.ok:
        raise BenchFailed(f"{path}: {answer.status} {await answer.text()}")
