"""The bounds of one consumer."""

import math
from dataclasses import dataclass

from shared.kafka.runtime.concurrency import AdaptiveLimit
from shared.kafka.runtime.lanes import Dispatcher
from shared.kafka.runtime.recent_starts import RECENT

MOST_ACTIVE = 16  # records of one workspace, unless configured otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerLimits:
    """Times in seconds. window, read_ahead, read_ahead_bytes: see `Windows`. lanes, lanes_per_workspace,
    active_in_backlog, alone_after: see `Turns`. active: the least of `AdaptiveLimit`; 0: no limit.

    drain: how long a revocation or a stop waits for the records that run. dead_letters within dead_letter_window: see
    `Fuse`.
    """

    window: int
    lanes: int
    lanes_per_workspace: int
    drain: float
    commit_interval: float
    read_ahead: int = 0
    read_ahead_bytes: int = 0
    active: float = 0
    active_in_backlog: int = MOST_ACTIVE
    alone_after: int = RECENT
    dead_letters: int = 50
    dead_letter_window: float = 600.0

    def adaptive_limit(self) -> AdaptiveLimit:
        """Return a new limit of the active records of a workspace."""
        most = min(self.lanes_per_workspace, max(MOST_ACTIVE, math.ceil(self.active)))
        return AdaptiveLimit(self.active or most, most)

    def dispatcher(self, active: int) -> Dispatcher:
        """Return a new dispatcher. active: records of a workspace that may be active at first."""
        return Dispatcher(
            window=self.window,
            lanes=self.lanes,
            lanes_per_workspace=self.lanes_per_workspace,
            active=active,
            active_in_backlog=min(self.active_in_backlog, self.lanes_per_workspace),
            alone_after=self.alone_after,
            read_ahead=self.read_ahead,
            read_ahead_bytes=self.read_ahead_bytes,
        )
