"""The typed client that is generated from the OpenAPI document, used as a program uses it: it understands every answer
that a key can read, in a workspace that has one of everything, and writes.
"""

import importlib
import json
import keyword
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from devtools.api_client import PACKAGE, write_client
from services.console import openapi
from services.console.parts import Parts
from services.console.rights import SCOPES
from shared.clock import FixedClock
from shared.storage.mongo import Mongo
from tests.console.accounts import Accounts
from tests.console.console import BROWSER, HOST, Console, make_console
from tests.console.test_rights import IDS, SETTINGS
from tests.repositories.test_isolation import fill

REAL = {name.strip("{}").partition(":")[0]: value for name, value in IDS.items()}
"""Ids of things that exist, by parameter."""

QUERIES = {"measure": "received", "q": "Ada", "channel": "main", "number": "+2348031234567"}
"""Values of parameters that some lists need."""

ELSEWHERE = frozenset({"messages_media", "phone_phone_messages", "events_read_events"})
"""Those that ask others than MongoDB."""


@dataclass
class Programs:
    """The generated package, and a client of it."""

    client: Any

    def of(self, tag: str, operation: str) -> ModuleType:
        """Return the module of an operation."""
        return importlib.import_module(f"{PACKAGE}.api.{tag.replace('-', '_')}.{operation}")

    def model(self, name: str) -> Any:
        """Return a model."""
        return getattr(importlib.import_module(f"{PACKAGE}.models"), name)


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


@pytest.fixture
async def filled(parts: Parts, accounts: Accounts, clock: FixedClock, closing: AsyncExitStack, mongo: Mongo) -> Console:
    """A console without limits, whose workspace has one of everything."""
    await fill(mongo)
    return make_console(replace(parts, settings=SETTINGS), accounts, clock, closing)


def _authenticated(console: Console, *scopes: str) -> Any:
    key = console.key(*scopes).http.headers["authorization"].removeprefix("Bearer ")
    return importlib.import_module(f"{PACKAGE}.client").AuthenticatedClient(
        base_url=HOST, token=key, httpx_args={"transport": httpx.ASGITransport(app=console.app)}
    )


@pytest.fixture
async def programs(client_package: str, filled: Console) -> AsyncIterator[Programs]:
    """A program with a key of all scopes."""
    client = _authenticated(filled, *sorted(SCOPES))
    yield Programs(client)
    await client.get_async_httpx_client().aclose()


def reads() -> list[tuple[str, dict[str, Any]]]:
    """Return the operations that read with a key and answer JSON, by their paths."""
    document = json.loads(openapi.FILE.read_text())
    found = [(path, methods["get"]) for path, methods in document["paths"].items() if "get" in methods]
    return [
        (path, one)
        for path, one in found
        if one.get("x-scopes")
        and "application/json" in one["responses"]["200"]["content"]
        and one["operationId"] not in ELSEWHERE
    ]


def _arguments(operation: dict[str, Any]) -> dict[str, str]:
    """Return the arguments that a call needs, named as the generated functions name them."""
    found = {}
    for one in operation["parameters"]:
        if one["in"] == "path":
            found[one["name"]] = "acme" if one["name"] == "workspace" else REAL.get(one["name"], "b1")
        elif one.get("required"):
            found[one["name"]] = QUERIES[one["name"]]
    return {f"{name}_" if keyword.iskeyword(name) else name: value for name, value in found.items()}


def _call(programs: Programs, operation: dict[str, Any]) -> Any:
    module, arguments = programs.of(operation["tags"][0], operation["operationId"]), _arguments(operation)
    if "measure" in arguments:
        arguments["measure"] = programs.model("Measure")(arguments["measure"])
    return module.asyncio_detailed(client=programs.client, **arguments)


async def test_client_understands_every_answer_that_a_key_can_read(programs: Programs) -> None:
    understood = []
    for path, operation in reads():
        answer = await _call(programs, operation)
        problem = type(answer.parsed).__name__ == "Problem"
        assert answer.parsed is not None, (path, answer.status_code)
        assert problem is (answer.status_code >= HTTPStatus.BAD_REQUEST), (path, answer.status_code)
        assert answer.status_code in (200, 404, 422), (path, answer.content)
        if answer.status_code == HTTPStatus.OK and hasattr(answer.parsed, "to_dict"):
            assert set(answer.parsed.to_dict()) == set(json.loads(answer.content)), path
            understood.append(operation["operationId"])
    assert {"conversations_list_conversations", "conversations_list_messages", "messages_why"} < set(understood)
    assert {"customers_get_customer", "orders_get_order", "analytics_summary", "settings_read_settings"} < {
        operation["operationId"] for _, operation in reads()
    }
    assert len(understood) > 20


async def test_client_writes_and_reads_what_it_wrote(programs: Programs) -> None:
    text = {"type": "text", "body": "We are open from nine to five."}
    body = programs.model("CannedBody")(shortcut="opening", body=programs.model("CannedBodyBody").from_dict(text))
    add = programs.of("canned", "canned_add_canned")
    made = [
        await add.asyncio(client=programs.client, workspace="acme", body=body, idempotency_key="press-0001")
        for _ in range(2)
    ]
    assert made[0].to_dict() == made[1].to_dict()
    assert (made[0].shortcut, made[0].body.to_dict()) == ("opening", text)
    listed = await programs.of("canned", "canned_list_canned").asyncio(client=programs.client, workspace="acme")
    assert made[0].id in [one.id for one in listed.items]
    refused = await add.asyncio(
        client=programs.client,
        workspace="acme",
        body=programs.model("CannedBody")(shortcut="", body=programs.model("CannedBodyBody")()),
        idempotency_key="press-0002",
    )
    assert refused.type_.rpartition("/")[2] == "invalid"
    assert [error.pointer for error in refused.errors] == ["#/shortcut"]


async def test_client_labels_a_conversation_by_a_command(programs: Programs) -> None:
    label = programs.of("conversations", "conversations_set_labels")
    done = await label.asyncio(
        client=programs.client,
        workspace="acme",
        conversation=REAL["conversation"],
        body=programs.model("LabelChange")(add=["vip"]),
        idempotency_key="press-0003",
    )
    assert (done.state, bool(done.command)) == ("queued", True)


async def test_client_calls_public_routes(client_package: str, console: Console) -> None:
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


async def test_client_gets_nothing_of_another_workspace(programs: Programs) -> None:
    found = programs.of("conversations", "conversations_list_conversations")
    foreign = await found.asyncio(client=programs.client, workspace="zeta")
    assert (foreign.status, foreign.type_.rpartition("/")[2]) == (404, "not-found")
