"""Collects the log of webhook calls in memory and writes it once a second, in one round trip per workspace.

A process that is killed loses the last second of its log, never a call. Workspaces without webhooks cost nothing.
"""

from contextlib import suppress
from datetime import timedelta

import msgspec

from shared.clock import Clock
from shared.errors import DependencyAway
from shared.messages.webhooks import WebhookDelivery
from shared.repositories.webhook_log import LogEntry, WebhookAttempt, WebhookLog
from shared.storage.mongo import Duplicate, Mongo
from shared.storage.write_behind import WriteBehind
from shared.telemetry import metrics

_MOST_PENDING = 10_000  # calls, while MongoDB cannot be reached
_BATCH = 500


class WebhookCallLog:
    """Made once per process. days: that a call stays in the log; 0: none is logged."""

    def __init__(self, mongo: Mongo, clock: Clock, *, days: int) -> None:
        self._mongo = mongo
        self._clock = clock
        self._kept = timedelta(days=days)
        self._pending: dict[str, LogEntry] = {}
        self._writing = WriteBehind(self._write)

    def note(
        self, delivery: WebhookDelivery, outcome: str, *, attempt: WebhookAttempt | None = None, error: str = ""
    ) -> None:
        """Log what became of a call. attempt: None if none was made now."""
        if not self._kept:
            return
        if delivery.id not in self._pending and len(self._pending) >= _MOST_PENDING:
            metrics.WEBHOOK_CALLS.labels("not_logged").inc()
            return
        attempts = (attempt,) if attempt else ()
        ends_at = self._clock.now() + self._kept
        entry = LogEntry(delivery=delivery, outcome=outcome, ends_at=ends_at, attempts=attempts, error=error)
        self._add(entry, after=self._pending.get(delivery.id))
        self._writing.note()

    async def flush(self) -> None:
        """Write what is collected. Raises DependencyAway."""
        await self._writing.flush()

    async def close(self) -> None:
        """Write what is collected, if MongoDB can be reached."""
        try:
            await self.flush()
        except DependencyAway:
            metrics.WEBHOOK_CALLS.labels("not_logged").inc(len(self._pending))

    def _add(self, entry: LogEntry, *, after: LogEntry | None) -> None:
        """Keep an entry for the next write, with the attempts of an earlier one of the same call."""
        attempts = (*(after.attempts if after else ()), *entry.attempts)
        self._pending[entry.delivery.id] = msgspec.structs.replace(entry, attempts=attempts)

    async def _write(self) -> None:
        while self._pending:
            names = list(self._pending)[:_BATCH]
            by_workspace: dict[str, list[LogEntry]] = {}
            for name in names:
                entry = self._pending.pop(name)
                by_workspace.setdefault(entry.delivery.workspace, []).append(entry)
            while by_workspace:
                workspace, entries = by_workspace.popitem()
                try:
                    await self._store(workspace, entries)
                except DependencyAway:
                    self._restore([*entries, *(one for some in by_workspace.values() for one in some)])
                    raise

    async def _store(self, workspace: str, entries: list[LogEntry]) -> None:
        with suppress(Duplicate):  # another replica logged the same call at the same moment
            await WebhookLog(self._mongo, workspace).write(entries)

    def _restore(self, entries: list[LogEntry]) -> None:
        """Keep entries that could not be written; newer ones of the same calls come after them."""
        for entry in entries:
            newer = self._pending.get(entry.delivery.id)
            self._add(newer or entry, after=entry if newer else None)
