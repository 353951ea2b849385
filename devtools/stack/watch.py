"""Watching over the children: who is to be started again, and when."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from devtools.stack.errors import StackError
from devtools.stack.server import Server

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 5.0
RESTARTS_PER_MINUTE = 20


class Backoff:
    """How long to wait before the next start: longer each time it dies without having been ready, and never more
    than 20 starts in a minute."""

    def __init__(self) -> None:
        self._streak = 0
        self._starts: deque[float] = deque(maxlen=RESTARTS_PER_MINUTE)

    def next_start(self, now: float) -> float:
        """When to start it again, having found it dead `now`."""
        at = now + min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0**self._streak)
        if len(self._starts) == RESTARTS_PER_MINUTE:
            at = max(at, self._starts[0] + 60.0)
        self._streak = min(self._streak + 1, 10)
        self._starts.append(at)
        return at

    def was_ready(self) -> None:
        self._streak = 0


@dataclass(slots=True)
class Watched:
    """A server and what the watch knows about it. `left_alone`: somebody stopped it on purpose."""

    server: Server
    left_alone: bool = False
    starting: bool = False
    start_at: float | None = None
    backoff: Backoff = field(default_factory=Backoff)


class Watch:
    """One look at all children at a time (`look`). It starts dead ones again if `restart`, else it names the first."""

    def __init__(self, servers: Iterable[Server], *, restart: bool, say: Callable[[str], None]) -> None:
        self.watched = {server.name: Watched(server) for server in servers}
        self.deaths: list[tuple[str, str]] = []  # name and obituary of each that nobody had stopped on purpose
        self._restart = restart
        self._say = say

    def look(self) -> bool:
        """Returns whether a process has been replaced. StackError if one is dead and is not to be started again."""
        changed = False
        for watched in self.watched.values():
            if not watched.left_alone:
                changed |= self._look_at(watched, time.monotonic())
        return changed

    def _look_at(self, watched: Watched, now: float) -> bool:
        if watched.start_at is not None:
            return self._start_if_due(watched, now)
        obituary = watched.server.obituary()
        if obituary is not None:
            self.deaths.append((watched.server.name, obituary))
            self._plan_restart(watched, obituary, now)
            return True
        if watched.starting and watched.server.is_ready():
            watched.starting = False
            watched.backoff.was_ready()
            self._say(f"{watched.server.name} is ready again")
        return False

    def _plan_restart(self, watched: Watched, obituary: str, now: float) -> None:
        if not self._restart:
            raise StackError(obituary)
        watched.start_at = watched.backoff.next_start(now)
        self._say(f"{obituary}; it is started again in {watched.start_at - now:.1f} s")

    def _start_if_due(self, watched: Watched, now: float) -> bool:
        """Start it if it is time; what cannot be started now (a full disk, a taken port) is tried again later."""
        if watched.start_at is None or now < watched.start_at:
            return False
        try:
            watched.server.start()
        except (OSError, StackError) as error:
            watched.start_at = watched.backoff.next_start(now)
            wait = watched.start_at - now
            self._say(f"{watched.server.name} could not be started, and is tried again in {wait:.1f} s: {error}")
            return False
        watched.start_at = None
        watched.starting = True
        return True
