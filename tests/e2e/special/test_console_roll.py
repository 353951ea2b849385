"""A rolling update of the console: one of two replicas gets SIGTERM while programs write through both."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import aiohttp
import msgspec
import pytest

from devtools.stack.supervisor import Stack
from tests.e2e.console_program import make_key
from tests.e2e.shop import PrivateData, Shop, phone
from tests.e2e.stacks import CurrentStack, started
from tests.e2e.waiting import in_thread, until
from tests.e2e.world import World

WRITES, WRITERS = 200, 8  # writes before the stop and after it, at least
_LIMIT = aiohttp.ClientTimeout(total=60)


@pytest.fixture(scope="module")
def stack(
    current_stack: CurrentStack, tmp_path_factory: pytest.TempPathFactory, private: PrivateData
) -> Iterator[Stack]:
    current_stack.close()
    env = {"CONSOLE_REQUESTS_PER_KEY_PER_MINUTE": "1000000"}
    with started(tmp_path_factory.mktemp("roll"), private, env, replicas={"console": 2}) as stack:
        yield stack


@dataclass
class Writers:
    """Programs that add notes to a conversation; each note has an idempotency key and is written until 202.

    They go on until `last` are accepted after the stop.

    accepted: the command of each note. repeated: the notes whose first request was not answered.
    """

    world: World
    address: str
    key: str
    accepted: dict[int, str] = field(default_factory=dict)
    repeated: set[int] = field(default_factory=set)
    stopped: bool = False
    last: int = -1
    _next: Iterator[int] = field(default_factory=itertools.count)

    async def run(self) -> None:
        """Write with several programs at the same time."""
        async with asyncio.TaskGroup() as group:
            for _ in range(WRITERS):
                group.create_task(self._write())

    async def _write(self) -> None:
        while not self.stopped or len(self.accepted) < self.last:
            number = next(self._next)
            for attempt in itertools.count():
                if await self._add(number, (number + attempt) % 2):
                    break
                await asyncio.sleep(0.05)

    async def _add(self, number: int, replica: int) -> bool:
        port = self.world.stack.server("console", replica).listen_port  # type: ignore[attr-defined]  # of services
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": f"note-{number:06d}"}
        try:
            async with self.world.http.post(
                f"http://127.0.0.1:{port}{self.address}", json={"text": f"n{number}"}, headers=headers, timeout=_LIMIT
            ) as response:
                answer = await response.json()
        except aiohttp.ClientConnectorError:
            return False  # it does not listen any more: nothing was sent
        except aiohttp.ClientError:
            self.repeated.add(number)
            return False
        if response.status == 202:
            self.accepted[number] = answer["command"]
            return True
        assert response.status in (409, 503), answer  # 409: the first request with this key is still running
        return False


async def test_no_accepted_write_is_lost_or_done_twice_while_a_replica_stops(world: World) -> None:
    shop, ada = await world.shop(), phone()
    await world.write(shop, ada, "Where are you?")
    await world.answers(ada)
    conversation = shop.meta_conversation(ada)
    address = f"/api/v1/workspaces/{shop.workspace}/conversations/{conversation}/notes"
    writers = Writers(world, address, await make_key(world, shop, "conversations:write"))
    writing = asyncio.create_task(writers.run())
    await until(lambda: _at_least(writers, WRITES), "many are written", within=120)
    assert await in_thread(world.stack.stop_one, "console", 1)
    writers.last, writers.stopped = len(writers.accepted) + WRITES, True
    await writing
    wanted = set(writers.accepted.values())
    assert len(wanted) == len(writers.accepted) >= 2 * WRITES

    notes = await until(lambda: _notes(world, shop, wanted), "all notes are stored", within=120)
    assert notes == Counter(f"n{number}" for number in writers.accepted)
    records = await world.topic("conversation.commands", lambda it: b'"add_note"' in it.value, len(wanted), within=120)
    published = Counter(msgspec.json.decode(record.value)["id"] for record in records)
    assert published.keys() == wanted
    twice = {number for number, command in writers.accepted.items() if published[command] > 1}
    assert twice <= writers.repeated, "an answered request is one record"


async def _at_least(writers: Writers, count: int) -> bool:
    return len(writers.accepted) >= count


async def _notes(world: World, shop: Shop, wanted: set[str]) -> Counter[str] | None:
    found = await world.stored(shop, "notes").find({})
    return Counter(note["text"] for note in found) if wanted <= {note["_id"] for note in found} else None
