"""Starts one stack with the demo workspace for all tests of commands; each test uses its own customer numbers."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from devtools.cli.simulators import Simulators
from devtools.stack.supervisor import Stack
from shared.maintenance.operator import Operator
from shared.storage.mongo import Mongo
from tests.cli.runner import DEMO, CommandResult, parley

T = TypeVar("T")

_numbers = itertools.count(2348035560000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/cli/" in item.nodeid and "live" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.stack)
            item.add_marker(pytest.mark.e2e)


def until(look: Callable[[], T], timeout: float = 20.0) -> T:
    """Call `look` until it returns something true, and return that. Fail after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not (found := look()):
        assert time.monotonic() < deadline, "the condition did not come true in time"
        time.sleep(0.05)
    return found


@dataclass(frozen=True, slots=True)
class Live:
    """The running stack."""

    stack: Stack
    dir: Path
    simulators: Simulators

    def parley(self, *arguments: str, stdin: str = "") -> CommandResult:
        """Run a command against the stack."""
        return parley(*arguments, "--dir", str(self.dir), stdin=stdin)

    def write(self, text: str, number: str, **fields: Any) -> str:
        """Send a customer's message through Meta, and return the provider's id of it."""
        message = {
            "provider": "meta",
            "phone_number_id": "665397593326012",
            "from": number,
            "name": "Ada",
            "text": text,
        }
        answer = self.simulators.inbound(message | fields)
        assert answer["status"] == 200
        return str(answer["id"])

    def received(self, number: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until a customer has received `count` messages, and return all of them."""

        def look() -> list[dict[str, Any]]:
            found, _ = self.simulators.records(since=0, provider="meta", to=number, kind="message", accepted="true")
            return found if len(found) >= count else []

        return until(look)

    def trace(self, reference: str, *options: str) -> dict[str, Any]:
        """Wait until all replies of an exchange are read, and return its trace as JSON."""
        until(lambda: asyncio.run(self._all_read(reference)))
        found: dict[str, Any] = self.parley("trace", reference, "--json", *options).json()
        return found

    async def correlation_of(self, reference: str) -> str | None:
        """Return the correlation id that `parley trace` finds for a reference."""
        async with self._operator() as operator:
            return await operator.correlation_of(reference)

    async def _all_read(self, reference: str) -> bool:
        async with self._operator() as operator:
            correlation_id = await operator.correlation_of(reference)
            sent = (await operator.exchange(correlation_id)).outbound if correlation_id else []
            return bool(sent) and all(item["status"] == "read" for item in sent)

    @asynccontextmanager
    async def _operator(self) -> AsyncIterator[Operator]:
        mongo = Mongo(self.stack.info["mongodb"], self.stack.info["mongodb_database"])
        yield Operator(mongo)
        await mongo.close()

    def has_dead_letter(self, reason: str) -> bool:
        """Return whether there is a dead letter with that reason."""
        return bool(self.parley("dlq", "summary", "--reason", reason, "--json").json()["count"])


@pytest.fixture(scope="package")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """Start the stack and apply the demo workspace."""
    state_dir = tmp_path_factory.mktemp("cli")
    with Stack(dir=state_dir) as stack:
        done = parley("apply", "-f", str(DEMO), "--dir", str(state_dir))
        assert done.code == 0, done.err
        yield Live(stack, state_dir, Simulators(stack.info["simulators"]["url"]))


@pytest.fixture
def customer() -> str:
    """A phone number that no other test uses."""
    return f"+{next(_numbers)}"
