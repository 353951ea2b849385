"""Watch the stack's processes and restart those that exit unexpectedly."""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from devtools.stack.errors import StackError
from devtools.stack.server import Server

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 5.0
RESTARTS_PER_MINUTE = 20


class RestartBackoff:
    """The delay before a restart: it doubles with each exit before readiness. At most 20 starts per minute."""

    def __init__(self) -> None:
        self._streak = 0
        self._starts: deque[float] = deque(maxlen=RESTARTS_PER_MINUTE)

    def next_start(self, now: float) -> float:
        """Return the time of the next start of a process that was found dead at `now`."""
        at = now + min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0**self._streak)
        if len(self._starts) == RESTARTS_PER_MINUTE:
            at = max(at, self._starts[0] + 60.0)
        self._streak = min(self._streak + 1, 10)
        self._starts.append(at)
        return at

    def was_ready(self) -> None:
        self._streak = 0


@dataclass(slots=True)
class WatchedServer:
    """A server and its restart state. `expected_down`: stopped on purpose, so its exit is ignored."""

    server: Server
    expected_down: bool = False
    starting: bool = False
    start_at: float | None = None
    backoff: RestartBackoff = field(default_factory=RestartBackoff)


class ProcessWatcher:
    """Checks all processes when `check` is called; restarts those that exited, or raises if `restart` is false."""

    def __init__(self, servers: Iterable[Server], *, restart: bool, report: Callable[[str], None]) -> None:
        self.watched = {server.name: WatchedServer(server) for server in servers}
        self.unexpected_exits: list[tuple[str, str]] = []  # names and exit reports
        self._restart = restart
        self._report = report

    def check(self) -> bool:
        """Return whether a process has exited or was started. StackError if one exited and restarts are off."""
        changed = False
        for watched in self.watched.values():
            if not watched.expected_down:
                changed |= self._check_one(watched, time.monotonic())
        return changed

    def _check_one(self, watched: WatchedServer, now: float) -> bool:
        if watched.start_at is not None:
            return self._start_if_due(watched, now)
        exit_report = watched.server.exit_report()
        if exit_report is not None:
            self.unexpected_exits.append((watched.server.name, exit_report))
            self._schedule_restart(watched, exit_report, now)
            return True
        if watched.starting and watched.server.is_ready():
            watched.starting = False
            watched.backoff.was_ready()
            self._report(f"{watched.server.name} is ready again")
        return False

    def _schedule_restart(self, watched: WatchedServer, exit_report: str, now: float) -> None:
        if not self._restart:
            raise StackError(exit_report)
        watched.start_at = watched.backoff.next_start(now)
        self._report(f"{exit_report}; restarting in {watched.start_at - now:.1f} s")

    def _start_if_due(self, watched: WatchedServer, now: float) -> bool:
        """Start the process if its time has come; retry later if that fails (disk full, port in use)."""
        if watched.start_at is None or now < watched.start_at:
            return False
        try:
            watched.server.start()
        except (OSError, StackError) as error:
            watched.start_at = watched.backoff.next_start(now)
            delay = watched.start_at - now
            self._report(f"{watched.server.name} could not be started; retrying in {delay:.1f} s: {error}")
            return False
        watched.start_at = None
        watched.starting = True
        return True
