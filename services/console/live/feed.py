"""Sends the events of one workspace to its subscribers.

Events are collected for 50 ms, so that each thing is read once however many events it had and however many sockets
watch. Rows of the list go out at most four times a second. A customer's message may be announced some milliseconds
before it is stored: what needs it is read again until it is there. Meanwhile the cursor stays before such events.
"""

import asyncio
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from services.console.live import frames, selection
from services.console.live.bot_typing import BotTyping
from services.console.live.changes import Changes, RowChange
from services.console.live.copies import Copies, LiveReads, read_copies, split_missing
from services.console.live.cursor import Cursor, Positions
from services.console.live.events import LiveEvent
from services.console.live.subscriber import Subscriber
from services.console.live.unsent import UnsentPositions
from shared.background import start_task
from shared.clock import Clock
from shared.telemetry import logging, metrics

log = logging.get(__name__)

COALESCE = 0.05  # seconds
_ROWS_EVERY = 0.25
_STALE_EVERY = 1.0
_RESYNC_EVERY = 2.0  # of one subscriber, because conversations were assigned
_MOST_WAITING = 5000  # changes; more than that, and all subscribers fetch anew
_MOST_REPLAYED_ROWS = 200
_READS = 30  # of a message that is announced and not stored, every 50 ms


class Tail(Protocol):
    """The source of events. positions: behind those that were handed over."""

    @property
    def positions(self) -> Positions: ...

    @property
    def topic_id(self) -> bytes: ...


@dataclass(slots=True)
class _Waiting:
    """Changes that wait to be sent. marks: of `UnsentPositions`, before the first of them. tries: see `split_missing`.
    since: milliseconds, the time of the first one's record; 0: unknown.
    """

    changes: Changes = field(default_factory=Changes)
    marks: list[int] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    since: int = 0


class Feed:
    """One for each workspace with subscribers; it lives as long as it has some."""

    def __init__(self, workspace: str, reads: LiveReads, tail: Tail, clock: Clock) -> None:
        self.workspace = workspace
        self.subscribers: set[Subscriber] = set()
        self.bot = BotTyping(clock.monotonic)
        self._reads = reads
        self._tail = tail
        self._clock = clock
        self._unsent = UnsentPositions()
        self._open: Counter[str] = Counter()
        self._waiting = _Waiting()
        self._rows_sent_at = self._stale_sent_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    @property
    def cursor(self) -> str:
        """The cursor behind all that was sent."""
        return self.encode(self.sent_positions)

    @property
    def sent_positions(self) -> Positions:
        """The positions behind all that was sent."""
        return self._unsent.cursor(self._tail.positions)

    def add(self, event: LiveEvent, before: Positions, at: int = 0) -> None:
        """Take an event. before: positions at or before it. at: the time of its record, in milliseconds."""
        waiting = self._waiting
        if not waiting.changes.add(event, self._open):
            return
        if not waiting.marks:
            waiting.marks.append(self._unsent.mark(before))
            waiting.since = at
        if waiting.changes.size > _MOST_WAITING:
            self.drop_waiting()
            self.resync_all("overflow")
        self._start()

    def open(self, subscriber: Subscriber, conversation: str) -> None:
        """Send the subscriber the messages of a conversation."""
        if conversation not in subscriber.open:
            subscriber.note_open(conversation)
            self._open[conversation] += 1

    def close(self, subscriber: Subscriber, conversation: str) -> None:
        """Send the subscriber no more messages of a conversation."""
        if conversation in subscriber.open:
            subscriber.open.discard(conversation)
            self._open[conversation] -= 1
            if not self._open[conversation]:
                del self._open[conversation]

    def leave(self, subscriber: Subscriber) -> None:
        """Remove a subscriber."""
        self.subscribers.discard(subscriber)
        for conversation in list(subscriber.open):
            self.close(subscriber, conversation)
        if not self.subscribers and self._task is not None:
            self._task.cancel()

    async def replay(
        self, subscriber: Subscriber, events: list[LiveEvent], before: Positions, after: Positions
    ) -> list[str]:
        """Return the frames for what these events, between two positions, have changed."""
        changes = Changes()
        for event in events:
            changes.add(event, subscriber.open)
        stale = 0
        if len(changes.rows) > _MOST_REPLAYED_ROWS:
            stale, changes.rows = len(changes.rows), _only(changes.rows, subscriber.open)
        if changes.size > _MOST_WAITING:
            return [self.resync("overflow")]
        copies = await read_copies(self._reads, self.workspace, changes, states=subscriber.restricted)
        tries: Counter[str] = Counter()
        later = split_missing(changes, copies, tries, _READS)
        chosen = selection.select(subscriber, changes, copies, stale)
        if later.size:
            self._wait_again(_Waiting(later, [self._unsent.mark(before)], tries))
            after = before
        if len(chosen) > subscriber.outbox.most:
            return [self.resync("overflow")]
        return _texts(chosen, self.encode(before), self.encode(after))

    def resync(self, why: frames.Why) -> str:
        """Return the frame that lets a browser fetch anew."""
        metrics.LIVE_RESYNCS.labels(why).inc()
        return frames.encode(frames.Resync(cursor=self.cursor, why=why))

    def resync_all(self, why: frames.Why) -> None:
        """Let all subscribers fetch anew."""
        text = self.resync(why)
        for subscriber in self.subscribers:
            subscriber.outbox.replace(text)

    def drop_waiting(self) -> None:
        """Forget what waits, where all subscribers fetch anew."""
        waiting, self._waiting = self._waiting, _Waiting()
        self._release(waiting)

    def _start(self) -> None:
        if self._task is None:
            self._task = start_task(self._run(), "live events of a workspace")

    async def _run(self) -> None:
        try:
            while self._waiting.marks:
                await asyncio.sleep(COALESCE)
                await self._flush()
        except Exception:
            log.exception("Live events of a workspace could not be sent", workspace=self.workspace)
            self._unsent = UnsentPositions()
            self._waiting = _Waiting()
            self.resync_all("overflow")
        finally:
            self._task = None

    async def _flush(self) -> None:
        """Send what waits; let rows wait longer when some were sent just now, and what is not stored yet."""
        waiting, self._waiting = self._waiting, _Waiting()
        changes = waiting.changes
        kept, stale = self._split_rows(changes)
        copies = await read_copies(self._reads, self.workspace, changes, states=self._has_restricted())
        later = split_missing(changes, copies, waiting.tries, _READS)
        later.rows.update(kept)
        old = self.cursor
        if later.size:
            self._wait_again(_Waiting(later, waiting.marks, waiting.tries))
        else:
            self._release(waiting)
        self._send(changes, copies, stale, old)
        if waiting.since:
            delay = self._clock.now().timestamp() - waiting.since / 1000
            metrics.LIVE_DELAY_SECONDS.observe(max(0.0, delay))

    def _split_rows(self, changes: Changes) -> tuple[dict[str, RowChange], int]:
        """Remove from the changes the rows that are not due, and return them; or those that are too many, and return
        their number."""
        rows, now = changes.rows, self._clock.monotonic()
        many = len(rows) > selection.ROWS
        due = max(self._rows_sent_at + _ROWS_EVERY, self._stale_sent_at + _STALE_EVERY if many else float("-inf"))
        if now < due:
            changes.rows = {}
            return rows, 0
        if rows:
            self._rows_sent_at = now
        if not many:
            return {}, 0
        self._stale_sent_at = now
        changes.rows = dict(list(_only(rows, self._open).items())[: selection.ROWS])
        return {}, len(rows) - len(changes.rows)

    def _wait_again(self, earlier: _Waiting) -> None:
        """Let changes wait for the next flush, and with them the cursor."""
        waiting = self._waiting
        waiting.changes.merge(earlier.changes)
        waiting.marks += earlier.marks
        waiting.tries.update(earlier.tries)
        self._start()

    def _release(self, waiting: _Waiting) -> None:
        for mark in waiting.marks:
            self._unsent.remove(mark)

    def _has_restricted(self) -> bool:
        return any(subscriber.restricted for subscriber in self.subscribers)

    def _send(self, changes: Changes, copies: Copies, stale: int, old: str) -> None:
        """Put the frames of each subscriber; equal views share one text. old: the cursor before these changes."""
        changed, new = {*changes.rows, *changes.conversations()}, self.cursor
        made: dict[Hashable, list[str]] = {}
        for subscriber in list(self.subscribers):
            view = subscriber.view(changed)
            texts = made.get(view)
            if texts is None:
                texts = made[view] = _texts(selection.select(subscriber, changes, copies, stale), old, new)
            for text in texts:
                subscriber.outbox.put(text)
            metrics.LIVE_FRAMES.inc(len(texts))
            if subscriber.restricted:
                self._apply_rights(subscriber, changes, copies)

    def _apply_rights(self, subscriber: Subscriber, changes: Changes, copies: Copies) -> None:
        """Close what the subscriber does not see any more, and let it fetch anew, at most every two seconds."""
        for conversation in selection.hidden(subscriber, copies):
            self.close(subscriber, conversation)
        subscriber.resync_due |= selection.lost(subscriber, changes, copies)
        self.resync_if_due(subscriber)

    def resync_if_due(self, subscriber: Subscriber) -> None:
        """Send a resync that had to wait."""
        if subscriber.resync_due and self._clock.monotonic() >= subscriber.resynced_at + _RESYNC_EVERY:
            subscriber.resync_due, subscriber.resynced_at = False, self._clock.monotonic()
            subscriber.outbox.put(self.resync("rights"))

    def encode(self, positions: Positions) -> str:
        """Return the cursor at these positions."""
        return Cursor(self._tail.topic_id, positions).encode()


def _only(rows: dict[str, RowChange], conversations: Counter[str] | set[str]) -> dict[str, RowChange]:
    return {id_: change for id_, change in rows.items() if id_ in conversations}


def _texts(chosen: list[frames.Frame], old: str, new: str) -> list[str]:
    """Return the texts of frames; only behind the last one all changes were sent, so only it has the new cursor."""
    last = len(chosen) - 1
    return [
        frames.encode(msgspec.structs.replace(frame, cursor=new if index == last else old))
        for index, frame in enumerate(chosen)
    ]
