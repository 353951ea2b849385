"""Consumer processes that are killed and restarted, and the log of what they processed."""

import asyncio
import json
import signal
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from devtools.stack.child import Child
from shared.messages.ai import AiRequest
from shared.topics import Topic
from tests.runtime.harness import Cluster, until

_PROJECT = Path(__file__).parents[2]


class Account:
    """The file that all lives of the processes of one group write to. Its lines stand in the order of the writes."""

    def __init__(self, folder: Path, cluster: Cluster, kind: str, topic: Topic, group: str) -> None:
        folder.mkdir(exist_ok=True)
        self._folder = folder
        self._file = folder / "account"
        self._file.touch()
        self._fixed: dict[str, Any] = {
            "bootstrap": cluster.bootstrap,
            "cluster": cluster.kind,
            "kind": kind,
            "topic": topic.name,
            "group": group,
            "file": str(self._file),
        }
        self._lives: list[Child] = []

    def live(self, **options: Any) -> Child:
        """Start a process. It dies with the tests."""
        given = {"instance": "", "hold": False, "work": 0.002, "session_timeout": None, "window": 200}
        child = Child(
            f"consumer {len(self._lives)}",
            [sys.executable, "-m", "tests.runtime.child", json.dumps({**given, **self._fixed, **options})],
            env={"PATH": "", "PYTHONPATH": str(_PROJECT)},
            cwd=self._folder,
            log=self._folder / "log",
        )
        self._lives.append(child)
        return child

    async def end(self, child: Child) -> None:
        """SIGTERM, and wait for its end, which is to be a good one."""
        child.signal(signal.SIGTERM)
        await until(lambda: child.poll() is not None, "the process ends within its grace", timeout=60)
        assert child.poll() == 0, self.log()

    def kill_all(self) -> None:
        for child in self._lives:
            child.kill()

    def lines(self) -> list[tuple[str, str]]:
        """Return the child's events: `ready`, `begin` and `done` with a message's id, `stopped`."""
        whole, _, _ = self._file.read_text().rpartition("\n")  # a line that is being written is not an event yet
        found = [line.split(" ") for line in whole.splitlines()]
        return [(word, id_) for word, id_ in found]

    def count(self, word: str) -> int:
        return sum(word == found for found, _ in self.lines())

    def done(self) -> Counter[str]:
        """Return how often each message was processed."""
        return Counter(id_ for word, id_ in self.lines() if word == "done")

    def log(self) -> str:
        return (self._folder / "log").read_text()[-4000:]

    async def until_done(self, messages: list[AiRequest], child: Child, timeout: float = 30) -> None:
        """Wait until every message has been done at least once, while the process lives."""
        wanted = {message.id for message in messages}

        def all_done() -> bool:
            assert child.poll() is None, f"the process ended: {self.log()}"
            return wanted <= self.done().keys()

        await until(all_done, "every message is done", timeout)

    async def until_ready(self, lives: int, timeout: float = 30) -> None:
        """Wait until so many lives, in all, have had partitions; the last one has not ended meanwhile."""

        def ready() -> bool:
            assert self._lives[-1].poll() is None, f"the process ended: {self.log()}"
            return self.count("ready") >= lives

        await until(ready, f"{lives} processes have had partitions", timeout)

    def check_order(self) -> None:
        """No message was begun before all earlier ones of its conversation had been done."""
        done: dict[str, set[int]] = defaultdict(set)
        for word, id_ in self.lines():
            lane, _, turn = id_.rpartition("/")
            if word == "begin":
                assert set(range(int(turn))) <= done[lane], f"{id_} overtook"
            elif word == "done":
                done[lane].add(int(turn))


async def gather_few(most: int, *jobs: Any) -> None:
    """Run coroutines, a few at a time."""
    places = asyncio.Semaphore(most)

    async def run(job: Any) -> None:
        async with places:
            await job

    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(run(job))
