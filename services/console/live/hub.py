"""All live events of one replica: the feeds of watched workspaces, and who is connected to them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.console.live import frames
from services.console.live.copies import LiveReads
from services.console.live.cursor import Cursor, Positions
from services.console.live.events import decode
from services.console.live.feed import Feed
from services.console.live.presence import Presence
from services.console.live.resume import Missed, Resumer
from services.console.live.ring import Rings
from services.console.live.subscriber import MOST_OPEN, MOST_SEEN, Caller, Subscriber, rights_of
from services.console.live.tail import EventTail
from shared.clock import Clock
from shared.errors import DependencyAway
from shared.kafka.brokers import Brokers
from shared.kafka.records import Record
from shared.telemetry import logging, metrics

log = logging.get(__name__)

PING = 20
"""Seconds between two pings of a connection."""
SIGNED_OUT, RIGHT_GONE = 4401, 4403
_RECHECK_EVERY = 4.0

Recheck = Callable[[Sequence[Any]], Awaitable[Sequence[Caller | int]]]
"""Returns the present rights of each caller, or the code to close its connections with. Raises DependencyAway."""


@dataclass(eq=False, slots=True)
class Seat:
    """A counted connection of a session or key. tab: of a browser; empty: unknown. replaced: a newer connection of the
    tab has taken its place.
    """

    session: str
    tab: str
    replaced: asyncio.Event = field(default_factory=asyncio.Event)
    left: bool = False


class LiveHub:
    """One per process. replica: its name, for people. most_sockets: of this process; most_per_session: of one session
    or key; most_waiting: frames of one socket.
    """

    def __init__(
        self,
        brokers: Brokers,
        reads: LiveReads,
        clock: Clock,
        *,
        recheck: Recheck,
        presence: Presence,
        replica: str = "console",
        most_sockets: int = 10_000,
        most_per_session: int = 10,
        most_waiting: int = 256,
    ) -> None:
        self._clock = clock
        self._reads = reads
        self._recheck = recheck
        self._replica = replica
        self._most_sockets = most_sockets
        self._most_per_session = most_per_session
        self._most_waiting = most_waiting
        self._feeds: dict[str, Feed] = {}
        self._sessions: Counter[str] = Counter()
        self._tabs: dict[tuple[str, str], Seat] = {}
        self._rings = Rings()
        self.presence = presence
        self.tail = EventTail(brokers, self._rings, self, clock)
        self._resumer = Resumer(brokers, self._rings, self.tail)

    # Connections.

    def enter(self, session: str, tab: str = "") -> Seat | None:
        """Count a connection of a session or key; return None, and count nothing, if it has too many.

        tab: of a browser, which has one connection: a former one was cut off without the server's knowledge, so it
        ends. Otherwise a browser with a bad network would soon have too many.
        """
        former = self._tabs.get((session, tab)) if tab else None
        if former is not None:
            metrics.LIVE_CLOSED.labels("replaced").inc()
            former.replaced.set()
            self.exit(former)
        if self._sessions.total() >= self._most_sockets or self._sessions[session] >= self._most_per_session:
            return None
        self._sessions[session] += 1
        metrics.LIVE_SOCKETS.inc()
        seat = Seat(session, tab)
        if tab:
            self._tabs[session, tab] = seat
        return seat

    def exit(self, seat: Seat) -> None:
        """Count a connection of `enter` no more; one that is not counted any more is ignored."""
        if seat.left:
            return
        seat.left = True
        if self._tabs.get((seat.session, seat.tab)) is seat:
            del self._tabs[seat.session, seat.tab]
        self._sessions[seat.session] -= 1
        if self._sessions[seat.session] <= 0:
            del self._sessions[seat.session]
        metrics.LIVE_SOCKETS.dec()

    async def join(
        self,
        caller: Caller,
        cursor: str | None,
        see: Collection[str],
        open_: Collection[str],
        *,
        is_person: bool = False,
    ) -> Subscriber:
        """Subscribe a caller: first `ready`, then what was missed since the cursor, then what happens. is_person:
        colleagues see what it has open.

        Raises DependencyAway when the events are not being read yet.
        """
        if not self.tail.ready:
            raise DependencyAway("kafka", "the events are not being read yet")
        feed = self._feeds.get(caller.workspace)
        if feed is None:
            feed = self._feeds[caller.workspace] = Feed(caller.workspace, self._reads, self.tail, self._clock)
        subscriber = Subscriber(caller, lambda: feed.resync("overflow"), self._most_waiting)
        subscriber.see = frozenset(list(see)[:MOST_SEEN])
        subscriber.is_person = is_person
        subscriber.outbox.begin_replay()
        feed.subscribers.add(subscriber)
        self.presence.joined(subscriber)
        self._rings.touch(caller.workspace)
        try:
            for conversation in await self._visible(subscriber, list(dict.fromkeys(open_))[:MOST_OPEN]):
                feed.open(subscriber, conversation)
                self.presence.opened(subscriber, conversation)
                feed.bot.opened(subscriber, conversation)
            # From here on messages of open conversations wait behind the missed ones, which end at this position.
            after = feed.sent_positions
            missed = await self._resumer.missed(caller.workspace, cursor)
            subscriber.outbox.end_replay(await self._first_frames(feed, subscriber, missed, after))
        except BaseException:
            self.leave(subscriber)
            raise
        if self.tail.paused:
            subscriber.outbox.put(frames.encode(frames.Paused()))
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        """End a subscription."""
        workspace = subscriber.caller.workspace
        self.presence.left(subscriber)
        feed = self._feeds.get(workspace)
        if feed is not None:
            feed.leave(subscriber)
            if not feed.subscribers:
                del self._feeds[workspace]

    async def open(self, subscriber: Subscriber, conversation: str) -> None:
        """Send a subscriber the messages of a conversation; ignored if it does not see it, or has too many open."""
        feed = self._feeds[subscriber.caller.workspace]
        if len(subscriber.open) >= MOST_OPEN or not await self._visible(subscriber, [conversation]):
            return
        feed.open(subscriber, conversation)
        self.presence.opened(subscriber, conversation)
        for event in self._resumer.recent(feed.workspace):  # those may be announced and not stored yet
            if event.conversation_id == conversation:
                feed.add(event, self.tail.settled)
        subscriber.outbox.put(frames.encode(frames.Opened(conversation=conversation, cursor=feed.cursor)))
        feed.bot.opened(subscriber, conversation)

    def see(self, subscriber: Subscriber, see: Collection[str]) -> None:
        """Replace what a subscriber sees."""
        subscriber.see = frozenset(list(see)[:MOST_SEEN])
        self.presence.sees(subscriber)

    def close(self, subscriber: Subscriber, conversation: str) -> None:
        """Send a subscriber no more messages of a conversation."""
        self._feeds[subscriber.caller.workspace].close(subscriber, conversation)
        self.presence.closed(subscriber, conversation)

    def cursor(self, workspace: str) -> str:
        """Return the cursor for an answer that is read from MongoDB after this call; empty without events."""
        if not self.tail.ready:
            return ""
        feed = self._feeds.get(workspace)
        settled = self.tail.settled
        positions = tuple(map(min, settled, feed.sent_positions)) if feed else settled
        return Cursor(self.tail.topic_id, positions).encode()

    @property
    def sockets(self) -> int:
        """The number of open sockets of this process."""
        return self._sessions.total()

    def stats(self) -> dict[str, object]:
        """Return numbers for `/stats`."""
        return {
            "sockets": self.sockets,
            "workspaces": len(self._feeds),
            "ring_bytes": self._rings.bytes,
            "paused": self.tail.paused,
            "ready": self.tail.ready,
        }

    # What the tail reads.

    def on_events(self, workspace: str, records: list[Record], before: Positions) -> None:
        """See `Receiver`."""
        feed = self._feeds.get(workspace)
        if feed is None:
            metrics.LIVE_EVENTS.labels("kept").inc(len(records))
            return
        metrics.LIVE_EVENTS.labels("sent").inc(len(records))
        self._rings.touch(workspace)
        for record in records:
            if event := decode(record.value):
                feed.add(event, before, record.timestamp_ms)
                feed.bot.note(event, self._clock.now().timestamp() - record.timestamp_ms / 1000, feed.subscribers)

    def on_changed(self) -> None:
        """See `Receiver`."""
        for feed in self._feeds.values():
            feed.drop_waiting()
            feed.resync_all("topic")

    def on_paused(self, paused: bool) -> None:
        """See `Receiver`."""
        text = frames.encode(frames.Paused() if paused else frames.Continued())
        for feed in self._feeds.values():
            for subscriber in feed.subscribers:
                subscriber.outbox.put(text)

    # What happens by itself.

    async def run(self, stop: asyncio.Event) -> None:
        """Read events, ping, and look at the callers' rights, until `stop` is set."""
        tasks = [asyncio.create_task(self.tail.run(stop)), asyncio.create_task(self._tick_forever())]
        tasks.append(asyncio.create_task(self.presence.run()))
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([*tasks, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, stopping):
                task.cancel()
            await asyncio.wait([*tasks, stopping])
        for task in tasks:
            if not task.cancelled():
                task.result()

    async def _tick_forever(self) -> None:
        second, checked = 0, float("-inf")
        while True:
            await asyncio.sleep(1.0)
            second += 1
            for feed in list(self._feeds.values()):
                self._tick(feed, second % PING)
            if self._clock.monotonic() >= checked + _RECHECK_EVERY:
                checked = self._clock.monotonic()
                await self.look_at_rights()

    def _tick(self, feed: Feed, second: int) -> None:
        """Ping each subscriber in one second of twenty, with the cursor, which ages while nothing else is sent."""
        feed.bot.tick(feed.subscribers)
        text = ""
        for subscriber in feed.subscribers:
            feed.resync_if_due(subscriber)
            if hash(subscriber) // 16 % PING == second:
                text = text or frames.encode(frames.Ping(cursor=feed.cursor))
                subscriber.outbox.put_if_room(text)

    async def look_at_rights(self) -> None:
        """End the connections of sessions and keys that have ended; apply changed rights."""
        subscribers = [subscriber for feed in self._feeds.values() for subscriber in feed.subscribers]
        if not subscribers:
            return
        try:
            found = await self._recheck([subscriber.caller for subscriber in subscribers])
        except DependencyAway as error:
            log.warning("Rights of live connections could not be read", detail=str(error))
            return
        except Exception:  # only those whose rights cannot be read are closed
            log.exception("Reading the rights of live connections failed")
            found = [await self._recheck_alone(subscriber.caller) for subscriber in subscribers]
        for subscriber, caller in zip(subscribers, found, strict=True):
            self._apply(subscriber, caller)

    async def _recheck_alone(self, caller: Caller) -> Caller | int:
        try:
            (found,) = await self._recheck([caller])
        except DependencyAway:
            return caller
        except Exception:
            return RIGHT_GONE
        return found

    def _apply(self, subscriber: Subscriber, caller: Caller | int) -> None:
        before = subscriber.caller
        feed = self._feeds.get(before.workspace)
        if feed is None or subscriber not in feed.subscribers or subscriber.ended:
            return
        if isinstance(caller, int):
            metrics.LIVE_CLOSED.labels("signed_out" if caller == SIGNED_OUT else "right_gone").inc()
            subscriber.end(caller, frames.encode(frames.SignedOut()) if caller == SIGNED_OUT else "")
            return
        if _rights(caller) == _rights(before):
            return
        subscriber.set_caller(caller)
        self.presence.sees(subscriber)
        if subscriber.restricted or not subscriber.may_open:
            for conversation in list(subscriber.open):
                self.close(subscriber, conversation)
        subscriber.outbox.replace(feed.resync("rights"))

    async def _first_frames(self, feed: Feed, subscriber: Subscriber, missed: Missed, after: Positions) -> list[str]:
        """Return `ready` and what was missed. after: the positions up to which everything was sent to others."""
        metrics.LIVE_RESUMES.labels(missed.how).inc()
        resumed: frames.Resumed = "nothing" if missed.how == "nothing" else "replayed"
        since = missed.since
        if missed.why is not None:
            metrics.LIVE_RESYNCS.labels(missed.why).inc()
            resumed, since = "resync", tuple(map(min, since, after))
        ready = frames.Ready(
            cursor=feed.encode(since), resumed=resumed, why=missed.why, replica=self._replica, ping=PING
        )
        replayed = await feed.replay(subscriber, missed.events, since, after) if missed.events else []
        return [frames.encode(ready), *replayed]

    async def _visible(self, subscriber: Subscriber, conversations: list[str]) -> list[str]:
        """Return those that the subscriber sees. Without limits all are: a feed has only its workspace's."""
        if not subscriber.may_open:
            return []
        if not subscriber.restricted or not conversations:
            return conversations
        rows = await self._reads.rows(subscriber.caller.workspace, conversations)
        return [id_ for id_, row in rows.items() if subscriber.sees.allows(row.channel, row.assigned_to)]


def _rights(caller: Caller) -> tuple[object, ...]:
    return caller.role, caller.sees, caller.channels, rights_of(caller)
