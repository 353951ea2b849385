"""The whole API under generated requests that follow its OpenAPI document, and some that do not: never a 500, and every
error is a problem.
"""

import asyncio
import json
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]  # it publishes no types
from schemathesis.core.result import Ok

from services.console import openapi
from services.console.app import make_app
from services.console.parts import Parts
from services.console.problems import PROBLEMS
from services.console.token_buckets import Policy, Taken, TokenBuckets
from shared.clock import FixedClock
from shared.storage.mongo import Mongo
from tests.console.accounts import Accounts
from tests.console.console import BROWSER, Client, Console, make_console
from tests.console.test_rights import IDS, SETTINGS
from tests.repositories.test_isolation import fill

EXAMPLES = 4  # requests per operation
DOCUMENT = json.loads(openapi.as_text(make_app(None)))
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)}
REAL = {name.strip("{}").partition(":")[0]: value for name, value in IDS.items()}
"""Ids of things that exist, by parameter."""


class Unlimited(TokenBuckets):
    """Buckets that are never empty."""

    async def take(self, policy: Policy, subject: str) -> Taken:
        return Taken(policy, allowed=True, remaining=policy.burst, reset=0)


@pytest.fixture
async def console(
    parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack, mongo: Mongo
) -> Console:
    """A console without limits, whose workspace has one of everything."""
    await fill(mongo)
    buckets = Unlimited(parts.redis, clock)
    return make_console(replace(parts, settings=SETTINGS, buckets=buckets), accounts, clock, closing)


def request_of(case: Any, exists: bool) -> dict[str, Any]:
    """Return the request of a generated case. exists: of things that exist, as far as there are any."""
    path = {**(case.path_parameters or {}), "workspace": "acme", **(REAL if exists else {})}
    case.path_parameters = {name: value for name, value in path.items() if f"{{{name}}}" in case.path}
    headers = {name: str(value).encode("utf-8", "replace") for name, value in (case.headers or {}).items()}
    found: dict[str, Any] = {
        "method": case.method,
        "url": case.formatted_path,
        "params": case.query or {},
        "headers": [(name.encode(), value) for name, value in {**_browser(), **headers}.items()],
    }
    if not isinstance(case.body, schemathesis.core.NotSet):
        found["content"] = json.dumps(case.body).encode()
        found["headers"].append((b"content-type", b"application/json"))
    return found


def _browser() -> dict[str, bytes]:
    return {name: value.encode() for name, value in BROWSER.items()}


def check(case: Any, response: httpx2.Response) -> None:
    """The answer is a success, or a problem of the list that is no fault of ours."""
    where = f"{case.method} {case.path}: {response.status_code} {response.text[:300]}"
    assert response.status_code < 500 or response.status_code == 503, where
    if response.status_code >= 400:
        assert response.headers["content-type"] == "application/problem+json", where
        assert response.json()["type"].rpartition("/")[2] in PROBLEMS, where
    else:
        assert differences(case.method, case.path, response) == [], where
    assert "Traceback" not in response.text


def differences(method: str, path: str, response: httpx2.Response) -> list[str]:
    """Return where a success differs from what the document says about it; at most three."""
    documented = DOCUMENT["paths"][path][method.lower()]["responses"]
    if str(response.status_code) not in documented:
        return [f"{response.status_code} is not documented, but {sorted(documented)}"]
    content = documented[str(response.status_code)].get("content", {})
    type_ = response.headers.get("content-type", "").partition(";")[0]
    if not content and not response.content:
        return []
    if type_ not in content:
        return [f"{type_!r} is not documented, but {sorted(content)}"]
    if type_ != "application/json":
        return []
    schema = {**content[type_]["schema"], "components": DOCUMENT["components"]}
    found = Draft202012Validator(schema).iter_errors(response.json())
    return [f"{error.json_path}: {error.message[:200]}" for error in islice(found, 3)]


async def test_generated_requests_never_fail_by_a_fault_of_ours(console: Console) -> None:
    loop, client = asyncio.get_running_loop(), console.client("owner").http
    failures: list[str] = []

    def send(request: dict[str, Any]) -> httpx2.Response:
        return asyncio.run_coroutine_threadsafe(client.request(**request), loop).result(20)

    for label in sorted(OPERATIONS):
        ask = generated(label, send)
        try:
            await asyncio.to_thread(ask)
        except AssertionError as failure:
            failures.append(str(failure))
    assert failures == []


def generated(label: str, send: Callable[[dict[str, Any]], httpx2.Response]) -> Callable[[], None]:
    """Return a function that sends generated requests of an operation and checks the answers."""

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[label].as_strategy(), exists=st.booleans())
    def ask(case: Any, exists: bool) -> None:
        check(case, send(request_of(case, exists)))

    run: Callable[[], None] = ask
    return run


ODD = ["\x00", "../../x", "a" * 300, "%00", "{$ne: 1}", "\u202e", "0", "-1", "null", "acme:meta:wamid.x/y?z=1#f"]


async def test_odd_ids_are_not_found_or_invalid(console: Console) -> None:
    for value in ODD:
        await _ask_for(console.client("owner"), value)


async def _ask_for(owner: Client, value: str) -> None:
    for path, methods in DOCUMENT["paths"].items():
        if "{" in path.replace("{workspace}", ""):
            address = re.sub(r"{\w+}", quote(value, safe=""), path.replace("{workspace}", "acme"))
            if "get" in methods:
                response = await owner.get(address)
                assert response.status_code < 500, f"{address}: {response.text}"


def test_every_problem_is_forced_by_a_test() -> None:
    sources = "".join(
        path.read_text() for path in Path(__file__).parent.rglob("test_*.py") if path.name != Path(__file__).name
    )
    assert sorted(name for name in PROBLEMS if f'"{name}"' not in sources) == []
