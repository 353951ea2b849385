"""Tells colleagues who views a conversation and who types in it: over Redis, never over Kafka, and never stored. And
tells a member's other browsers what was read in one of them; of drafts of flows: `flow_presence.py`.

Every replica tells the others what its own members do: at once when it changes, at most every three seconds for one
member and conversation, and again every few seconds while it lasts. What is not told again for eight seconds is over.
Without Redis members of one replica see each other.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

import msgspec

from services.console.live import flow_presence, frames
from services.console.live.flow_presence import DraftChange, FlowPresence
from services.console.live.signals import CHANNEL, REPEAT, VALID, Here, Signal
from services.console.live.subscriber import Subscriber
from shared.errors import DependencyAway
from shared.telemetry import logging

log = logging.get(__name__)

_AT_MOST_EVERY = 3.0
_TICK = 0.5


class Channels(Protocol):
    """Sends to all replicas; `shared.storage.redis_pubsub.RedisChannels`."""

    async def publish(self, channel: str, message: bytes) -> None: ...

    async def listen(self, channel: str) -> None: ...

    async def leave(self, channel: str) -> None: ...

    async def receive(self, on_message: Callable[[str, bytes], None]) -> None: ...


class _Room:
    """The members in one conversation, and the subscribers of this replica that have it open."""

    def __init__(self) -> None:
        self.watchers: set[Subscriber] = set()
        self.viewing: dict[str, Here] = {}
        self.typing: dict[str, Here] = {}


class Presence:
    """One per process. replica: its name among all. now: monotonic seconds. channels: None without Redis."""

    def __init__(self, replica: str, channels: Channels | None, now: Callable[[], float]) -> None:
        self._replica = replica
        self._channels = channels
        self._now = now
        self._rooms: dict[str, dict[str, _Room]] = {}
        self._subscribers: dict[str, set[Subscriber]] = {}
        self._flows = FlowPresence(replica, now, self._tell)
        self._outgoing: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue(1000)

    def joined(self, subscriber: Subscriber) -> None:
        """Note a new subscriber; tell it who views what."""
        workspace = subscriber.caller.workspace
        if not self._subscribers.get(workspace):
            self._later(lambda: self._listen(workspace))
        self._subscribers.setdefault(workspace, set()).add(subscriber)
        for conversation, room in self._rooms.get(workspace, {}).items():
            if room.viewing and _sees_all_presence(subscriber):
                _put_to(subscriber, _viewing(conversation, room))
        self._flows.sees(subscriber)

    def sees(self, subscriber: Subscriber) -> None:
        """Note that a subscriber's `see` has changed."""
        self._flows.sees(subscriber)

    def draft_changed(self, workspace: str, change: DraftChange) -> None:
        """Tell everybody that the draft of a flow has changed."""
        self._flows.changed(workspace, change, self._subscribers.get(workspace, ()))

    def seen(self, workspace: str, member: str, conversation: str, turn: int) -> None:
        """Tell a member's browsers how far the member has read a conversation."""
        signal = Signal(self._replica, "seen", conversation, member, str(turn))
        self._take(workspace, signal)
        self._tell(workspace, signal)

    def opened(self, subscriber: Subscriber, conversation: str) -> None:
        """Note that a subscriber has a conversation open."""
        caller = subscriber.caller
        rooms = self._rooms.setdefault(caller.workspace, {})
        if conversation not in rooms or not rooms[conversation].watchers:
            self._tell(caller.workspace, Signal(self._replica, "asks", conversation, "", ""))
        room = rooms.setdefault(conversation, _Room())
        room.watchers.add(subscriber)
        is_new = subscriber.is_person and caller.id not in room.viewing
        if subscriber.is_person:
            self._is_here(subscriber, "viewing", conversation)  # told to all, if it is new
        if not is_new and room.viewing:
            _put_to(subscriber, _viewing(conversation, room))

    def closed(self, subscriber: Subscriber, conversation: str) -> None:
        """Note that a subscriber has a conversation open no more."""
        rooms = self._rooms.get(subscriber.caller.workspace, {})
        room = rooms.get(conversation)
        if room is None or subscriber not in room.watchers:
            return
        room.watchers.discard(subscriber)
        caller = subscriber.caller
        if subscriber.is_person and not any(other.caller.id == caller.id for other in room.watchers):
            self._take(caller.workspace, Signal(self._replica, "left", conversation, caller.id, caller.name))
            self._tell(caller.workspace, Signal(self._replica, "left", conversation, caller.id, caller.name))

    def left(self, subscriber: Subscriber) -> None:
        """Note that a subscriber is gone."""
        for conversation in list(subscriber.open):
            self.closed(subscriber, conversation)
        self._flows.left(subscriber)
        workspace = subscriber.caller.workspace
        others = self._subscribers.get(workspace)
        if others is not None:
            others.discard(subscriber)
            if not others:
                del self._subscribers[workspace]
                self._later(lambda: self._stop_listening(workspace))

    def typing(self, subscriber: Subscriber, conversation: str) -> None:
        """Note that a subscriber types in a conversation that it has open."""
        if conversation in subscriber.open:
            self._is_here(subscriber, "typing", conversation)

    async def run(self) -> None:
        """Send, receive, and let end what is over, forever."""
        await asyncio.gather(self._send_forever(), self._receive_forever(), self._tick_forever())

    def _is_here(self, subscriber: Subscriber, kind: Literal["viewing", "typing"], conversation: str) -> None:
        caller = subscriber.caller
        signal = Signal(self._replica, kind, conversation, caller.id, caller.name)
        here = self._take(caller.workspace, signal)
        if here is not None and self._now() >= here.told_at + _AT_MOST_EVERY:
            here.told_at = self._now()
            self._tell(caller.workspace, signal)

    def _take(self, workspace: str, signal: Signal) -> Here | None:
        """Apply a signal and tell the watchers of this replica what has changed."""
        if signal.kind in flow_presence.KINDS:
            self._flows.take(workspace, signal, self._subscribers.get(workspace, ()))
            return None
        if signal.kind == "seen":
            self._tell_seen(workspace, signal)
            return None
        if signal.kind in ("viewing", "typing") and workspace in self._subscribers:
            self._rooms.setdefault(workspace, {}).setdefault(signal.conversation, _Room())
        room = self._rooms.get(workspace, {}).get(signal.conversation)
        if room is None:
            return None
        if signal.kind in ("viewing", "typing"):
            return self._arrive(workspace, room, signal)
        if signal.kind == "asks":
            self._answer(workspace, signal.conversation, room)
            return None
        if room.typing.pop(signal.member, None) is not None:
            self._put(workspace, room, signal.conversation, _typing(signal, start=False))
        if signal.kind == "left" and room.viewing.pop(signal.member, None) is not None:
            self._put(workspace, room, signal.conversation, _viewing(signal.conversation, room))
        return None

    def _tell_seen(self, workspace: str, signal: Signal) -> None:
        mark = frames.SeenMark(data={"conversation": signal.conversation, "turn": int(signal.name)})
        for subscriber in self._subscribers.get(workspace, ()):
            if subscriber.is_person and subscriber.caller.id == signal.member:
                _put_to(subscriber, frames.encode(mark))

    def _put(self, workspace: str, room: _Room, conversation: str, text: str) -> None:
        """Send a frame to those who have the conversation open, and to those who see the list with everything in it."""
        for subscriber in room.watchers:
            if conversation in subscriber.open:
                _put_to(subscriber, text)
        for subscriber in self._subscribers.get(workspace, ()):
            if subscriber not in room.watchers and _sees_all_presence(subscriber):
                _put_to(subscriber, text)

    def _answer(self, workspace: str, conversation: str, room: _Room) -> None:
        """Tell what the members of this replica do."""
        mine = {one.caller.id: one.caller.name for one in room.watchers if one.is_person}
        for member, name in mine.items():
            self._tell(workspace, Signal(self._replica, "viewing", conversation, member, name))
            if member in room.typing:
                self._tell(workspace, Signal(self._replica, "typing", conversation, member, name))

    def _arrive(self, workspace: str, room: _Room, signal: Signal) -> Here:
        members = room.viewing if signal.kind == "viewing" else room.typing
        is_new = signal.member not in members
        here = members.setdefault(signal.member, Here(signal.name))
        here.until = self._now() + VALID
        if is_new and signal.kind == "viewing":
            self._put(workspace, room, signal.conversation, _viewing(signal.conversation, room))
        elif is_new:
            self._put(workspace, room, signal.conversation, _typing(signal, start=True))
        return here

    def _tick(self) -> None:
        """End what was not told again, and tell again what lasts."""
        self._flows.tick()
        for workspace, rooms in list(self._rooms.items()):
            for conversation, room in list(rooms.items()):
                for subscriber in list(room.watchers):
                    if conversation in subscriber.open:
                        self._view_again(subscriber, conversation, room)
                    else:  # the feed has closed it, because the subscriber does not see it any more
                        self.closed(subscriber, conversation)
                self._expire(workspace, conversation, room)
                if not room.watchers and not room.viewing:
                    del rooms[conversation]
            if not rooms:
                del self._rooms[workspace]

    def _view_again(self, subscriber: Subscriber, conversation: str, room: _Room) -> None:
        here = room.viewing.get(subscriber.caller.id)
        if not subscriber.is_person:
            return
        if here is None or self._now() >= here.told_at + REPEAT:
            self._is_here(subscriber, "viewing", conversation)

    def _expire(self, workspace: str, conversation: str, room: _Room) -> None:
        now = self._now()
        for member, here in list(room.typing.items()):
            if here.until <= now:
                self._end_typing(workspace, conversation, room, member)
        gone = [member for member, here in room.viewing.items() if here.until <= now]
        for member in gone:
            del room.viewing[member]
        if gone:
            self._put(workspace, room, conversation, _viewing(conversation, room))

    def _end_typing(self, workspace: str, conversation: str, room: _Room, member: str) -> None:
        here = room.typing.pop(member)
        stops = _typing(Signal("", "typing", conversation, member, here.name), start=False)
        self._put(workspace, room, conversation, stops)

    def _tell(self, workspace: str, signal: Signal) -> None:
        channels = self._channels
        if channels is not None:
            self._later(lambda: channels.publish(CHANNEL + workspace, msgspec.json.encode(signal)))

    def _later(self, act: Callable[[], Awaitable[None]]) -> None:
        if not self._outgoing.full():
            self._outgoing.put_nowait(act)

    async def _listen(self, workspace: str) -> None:
        if self._channels is not None:
            await self._channels.listen(CHANNEL + workspace)

    async def _stop_listening(self, workspace: str) -> None:
        if self._channels is not None and workspace not in self._subscribers:
            await self._channels.leave(CHANNEL + workspace)

    async def _send_forever(self) -> None:
        while True:
            act = await self._outgoing.get()
            try:
                await act()
            except DependencyAway:
                continue  # it is told again, or over

    async def _receive_forever(self) -> None:
        while self._channels is not None:
            try:
                await self._channels.receive(self._on_message)
            except DependencyAway:
                await asyncio.sleep(1.0)

    async def _tick_forever(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            self._tick()

    def _on_message(self, channel: str, message: bytes) -> None:
        try:
            signal = msgspec.json.decode(message, type=Signal)
            if signal.replica != self._replica:
                self._take(channel.removeprefix(CHANNEL), signal)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return


def _sees_all_presence(subscriber: Subscriber) -> bool:
    """Return whether a subscriber gets the presence of every conversation: only people who see all conversations."""
    return subscriber.is_person and subscriber.sees_inbox and not subscriber.restricted


def _put_to(subscriber: Subscriber, text: str) -> None:
    if subscriber.may_get(frames.Viewing):  # the right of all frames of this module
        subscriber.outbox.put_if_room(text)


def _viewing(conversation: str, room: _Room) -> str:
    who = [{"kind": "member", "id": member, "name": here.name} for member, here in room.viewing.items()]
    return frames.encode(frames.Viewing(data={"conversation": conversation, "who": who}))


def _typing(signal: Signal, *, start: bool) -> str:
    data = {"conversation": signal.conversation, "who": {"kind": "member", "id": signal.member, "name": signal.name}}
    return frames.encode(frames.TypingStart(data=data) if start else frames.TypingStop(data=data))
