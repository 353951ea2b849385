"""Log lines about dead letters: one each, but a bounded number per workspace and minute."""

from collections import Counter

from shared.clock import Clock
from shared.telemetry import logging

log = logging.get(__name__)

_LINES_PER_MINUTE = 60  # of one workspace
_MAX_WORKSPACES = 1000  # whose lines are counted


class DeadLetterLog:
    """The dead letters themselves are all written and counted."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minute = 0
        self._lines: Counter[str] = Counter()

    def warn(self, workspace: str, **fields: str | None) -> None:
        """Log a dead letter of a workspace with these fields, unless the minute has had enough of them."""
        minute = int(self._clock.monotonic()) // 60
        if minute != self._minute or len(self._lines) > _MAX_WORKSPACES:
            self._minute = minute
            self._lines.clear()
        self._lines[workspace] += 1
        if self._lines[workspace] <= _LINES_PER_MINUTE:
            log.warning("Dead letter", **fields)
        if self._lines[workspace] == _LINES_PER_MINUTE:
            log.warning(
                "More dead letters of this workspace are written, but not logged, in this minute",
                workspace_id=workspace,
            )
