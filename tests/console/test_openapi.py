"""The OpenAPI document: committed, complete, and good enough for a generated client."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from devtools.api_client import PACKAGE, write_client
from services.console import openapi
from services.console.app import make_app
from services.console.rights import RULES, SCOPES
from tests.console.console import BROWSER, HOST, Console

METHODS = {"get", "post", "put", "patch", "delete"}


def operations() -> list[tuple[str, dict[str, Any]]]:
    document = json.loads(openapi.as_text(make_app(None)))
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
    ]


def test_committed_document_is_current() -> None:
    """`python -m services.console.openapi` writes it."""
    assert openapi.FILE.read_text() == openapi.as_text(make_app(None))


@pytest.mark.parametrize(("name", "operation"), operations(), ids=lambda value: value if isinstance(value, str) else "")
def test_operation_is_described(name: str, operation: dict[str, Any]) -> None:
    assert operation.get("description"), f"{name}: the route's function needs a docstring"
    assert operation["responses"]["default"]["content"]["application/problem+json"]
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    assert answers
    assert set(operation.get("x-scopes", ())) <= SCOPES


def test_every_scope_opens_a_route() -> None:
    used = {scope for _, operation in operations() for scope in operation.get("x-scopes", ())}
    assert used <= {scope for rule in RULES.values() for scope in rule.scopes}


@pytest.fixture(scope="module")
def client_package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The generated client, importable by its name."""
    folder = tmp_path_factory.mktemp("client")
    write_client(folder, Path(openapi.FILE))
    sys.path.insert(0, str(folder))
    yield PACKAGE
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


async def test_generated_client_calls_the_api(client_package: str, console: Console) -> None:
    transport = httpx.ASGITransport(app=console.app)
    client = importlib.import_module(f"{client_package}.client").Client(
        base_url=HOST, headers=BROWSER, httpx_args={"transport": transport}
    )
    health = await importlib.import_module(f"{client_package}.api.service.service_health").asyncio(client=client)
    assert health.status == "ready"
    assert health.to_dict() == {"status": "ready", "dependencies": {}}
    version = await importlib.import_module(f"{client_package}.api.service.service_version").asyncio(client=client)
    assert version.version == "0.1.0"
    await client.get_async_httpx_client().aclose()


async def test_generated_client_reads_with_a_key(client_package: str, console: Console) -> None:
    key = console.key("conversations:read").http.headers["authorization"].removeprefix("Bearer ")
    client = importlib.import_module(f"{client_package}.client").AuthenticatedClient(
        base_url=HOST, token=key, httpx_args={"transport": httpx.ASGITransport(app=console.app)}
    )
    found = importlib.import_module(f"{client_package}.api.conversations.conversations_list_conversations")
    page = await found.asyncio(client=client, workspace="acme")
    assert page.to_dict() == {"items": [], "next": None}
    foreign = await found.asyncio(client=client, workspace="zeta")
    assert (foreign.status, foreign.type_.rpartition("/")[2]) == (404, "not-found")
    await client.get_async_httpx_client().aclose()
