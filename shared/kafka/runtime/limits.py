"""The bounds of one consumer."""

from dataclasses import dataclass

from shared.kafka.runtime.lanes import Dispatcher


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerLimits:
    """Times in seconds. active, lanes, lanes_per_workspace: see `Turns`. window, read_ahead, read_ahead_bytes: see
    `Windows`.

    commit_interval, commit_records: offsets are committed that long after a record is finished, or when so many are.
    refused: how long commits may be refused while records arrive, longer than a session. drain: how long a revocation
    or a stop waits for the records that run. dead_letters within dead_letter_window: see `Fuse`.
    """

    active: int
    lanes: int
    lanes_per_workspace: int
    drain: float
    commit_interval: float
    window: int = 500
    commit_records: int = 500
    refused: float = 60.0
    read_ahead: int = 0
    read_ahead_bytes: int = 0
    dead_letters: int = 50
    dead_letter_window: float = 600.0

    def dispatcher(self) -> Dispatcher:
        """Return a new dispatcher."""
        return Dispatcher(
            active=self.active,
            lanes=self.lanes,
            lanes_per_workspace=self.lanes_per_workspace,
            window=self.window,
            read_ahead=self.read_ahead,
            read_ahead_bytes=self.read_ahead_bytes,
        )
