"""Rights to routes: every route, with every role, with keys, from another workspace, and without signing in."""

import re
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from services.console.parts import Parts
from services.console.rights import RULES, SCOPES, Right, Role
from shared.clock import FixedClock
from shared.settings import Settings
from shared.storage.mongo import Mongo
from tests.console import rights_table
from tests.console.accounts import Accounts
from tests.console.console import Client, Console, make_console, problem
from tests.repositories.samples import CONVERSATION, LETTER, MESSAGE, ORDER
from tests.repositories.test_isolation import everything, fill

SETTINGS = Settings(
    secrets_key=SecretStr("-"),
    console_requests_per_key_per_minute=0,
    console_requests_per_session_per_minute=0,
    console_requests_per_address_per_minute=0,
)
WORKSPACE = "/api/v1/workspaces/{workspace}/"
ROUTES = [route for route in rights_table.routes() if route[0] != "WS"]
INSIDE = [route for route in ROUTES if route[1].startswith(WORKSPACE)]
OUTSIDE = [route for route in ROUTES if not route[1].startswith(WORKSPACE)]
IDS = {
    "{conversation}": CONVERSATION.id,
    "{message:path}": MESSAGE.id,
    "{customer}": "u1",
    "{number}": ORDER.number,
    "{letter}": LETTER.id,
}
"""Ids of acme's things by parameter; other parameters get `b1`, which is the id of acme's broadcast."""


@pytest.fixture
async def console(parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack) -> Console:
    """A console without limits."""
    return make_console(replace(parts, settings=SETTINGS), accounts, clock, closing)


def test_table_of_rights_is_current() -> None:
    """Decide whether each new row is right, then write it: `python -m tests.console.rights_table`."""
    assert rights_table.FILE.read_text() == rights_table.as_text()


def address(path: str, workspace: str = "acme") -> str:
    """Return the address of a route, with acme's ids."""
    for parameter, value in IDS.items():
        path = path.replace(parameter, value)
    return re.sub(r"\{[^}]*\}", "b1", path.replace("{workspace}", workspace))


async def call(client: Client, method: str, path: str, workspace: str = "acme") -> httpx2.Response:
    body: dict[str, Any] = {} if method == "GET" else {"json": {}}
    client.posts += 1
    headers = {"idempotency-key": f"matrix-{client.posts:04}"}
    return await client.http.request(method, address(path, workspace), headers=headers, **body)


def refusal(response: httpx2.Response) -> str:
    """Return the problem of a request that was refused for its caller; empty if it was not."""
    if response.status_code not in (401, 403):
        assert response.status_code in range(500) or response.status_code == 503, response.text
        return ""
    return problem(response)


async def test_routes_of_a_workspace_are_for_those_with_their_right(console: Console, clock: FixedClock) -> None:
    assert len(INSIDE) > 40
    for method, path, right in INSIDE:
        rule, where = RULES[right], f"{method} {path}"
        assert refusal(await call(console.anonymous(), method, path)) == "not-signed-in", where
        for foreign in (console.client("owner", "zeta"), console.key(*SCOPES, workspace="zeta")):
            assert problem(await call(foreign, method, path)) == "not-found", where
        for role in Role:
            found = refusal(await call(console.client(role), method, path))
            assert found == ("" if role in rule.roles else "not-allowed"), f"{where} as {role}"
        for scope in rule.scopes:
            assert not refusal(await call(console.key(scope), method, path)), f"{where} with {scope}"
        others = console.key(*sorted(SCOPES - rule.scopes))
        assert refusal(await call(others, method, path)) == "not-allowed", f"{where} with other scopes"


async def test_sensitive_routes_need_a_fresh_proof(console: Console, clock: FixedClock) -> None:
    clock.advance(601)
    for method, path, right in INSIDE:
        expected = "proof-needed" if RULES[right].fresh else ""
        assert refusal(await call(console.client("owner"), method, path)) == expected, f"{method} {path}"


async def test_routes_outside_workspaces_are_for_everyone_or_for_people(console: Console) -> None:
    for method, path, right in OUTSIDE:
        assert not RULES[right].roles
        if right is Right.PUBLIC:
            assert (await call(console.anonymous(), method, path)).status_code < 500
        else:
            assert refusal(await call(console.anonymous(), method, path)) == "not-signed-in", path
            assert refusal(await call(console.key(*SCOPES), method, path)) == "not-allowed", path


async def zetas_answers(console: Console) -> list[Any]:
    """Return what zeta's owner and its key get from every GET."""
    found = []
    for client in (console.client("owner", "zeta"), console.key(*SCOPES, workspace="zeta")):
        for method, path, _ in INSIDE:
            if method == "GET":
                response = await client.get(address(path, "zeta"))
                content = {**response.json(), "instance": ""} if response.status_code >= 400 else response.text
                found.append((path, response.status_code, content))
    return found


async def test_data_of_another_workspace_changes_no_answer(console: Console, mongo: Mongo) -> None:
    """acme gets one of everything, and zeta asks for all of it by its ids: nothing is different, not even a count."""
    alone = await zetas_answers(console)
    await fill(mongo)
    for before, after in zip(alone, await zetas_answers(console), strict=True):
        assert before == after
    acme = await console.client("owner").get(f"conversations/{CONVERSATION.id}")
    assert acme.status_code == 200, "acme itself sees what zeta must not"


async def test_changes_of_another_workspace_reach_nothing(console: Console, mongo: Mongo) -> None:
    """zeta sends every change with the ids of acme's things: acme stays as it is, and zeta learns nothing."""
    alone = await zetas_changes(console)
    await fill(mongo)
    before = await everything(mongo)
    assert await zetas_changes(console) == alone
    assert await everything(mongo) == before


async def zetas_changes(console: Console) -> list[tuple[str, int, str]]:
    """Return what zeta's owner and its key get for every change: the status and the problem."""
    found = []
    for client in (console.client("owner", "zeta"), console.key(*SCOPES, workspace="zeta")):
        for method, path, _ in INSIDE:
            if method != "GET":
                response = await call(client, method, path, "zeta")
                name = problem(response) if response.status_code >= 400 else ""
                found.append((f"{method} {path}", response.status_code, name))
    return found
