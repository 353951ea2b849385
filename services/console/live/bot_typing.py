"""Tells those who have a conversation open that a model is writing the answer in it.

The source is the event of the customer's message, which says so for the customer's own "typing" (`EventPresence`). So
it costs nothing more, and every replica knows it by itself.
"""

from collections.abc import Callable, Iterable

from services.console.live import frames
from services.console.live.events import LiveEvent
from services.console.live.signals import REPEAT
from services.console.live.subscriber import Subscriber

LASTS = 25.0
"""Seconds after which the bot types no longer even if no answer was sent: providers show it to customers as long."""
_BOT = {"kind": "bot", "id": "bot", "name": "Bot"}
_ANSWERS = frozenset({"message.sent", "message.failed"})
_OF_PEOPLE = frozenset({"agent", "broadcast"})


class BotTyping:
    """The conversations of one workspace in which a model is answering. now: monotonic seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._until: dict[str, float] = {}
        self._told_at: dict[str, float] = {}

    def note(self, event: LiveEvent, age: float, subscribers: Iterable[Subscriber]) -> None:
        """Note an event that has just happened, and tell who has its conversation open. age: of the event, in
        seconds.
        """
        conversation = event.conversation_id
        if event.presence is not None and event.presence.typing:
            if age < LASTS:
                self._until[conversation] = self._now() + LASTS - max(0.0, age)
                self._tell(conversation, subscribers)
        elif conversation in self._until and _ends(event):
            self._end(conversation, subscribers)

    def opened(self, subscriber: Subscriber, conversation: str) -> None:
        """Tell a subscriber that has opened a conversation."""
        if conversation in self._until:
            _put(frames.TypingStart(data=_data(conversation)), conversation, [subscriber])

    def tick(self, subscribers: Iterable[Subscriber]) -> None:
        """End what lasts too long, and tell what lasts again: browsers let typing end by itself."""
        for conversation in [one for one, until in self._until.items() if until <= self._now()]:
            self._end(conversation, subscribers)
        for conversation in [one for one, at in self._told_at.items() if at + REPEAT <= self._now()]:
            self._tell(conversation, subscribers)

    def _tell(self, conversation: str, subscribers: Iterable[Subscriber]) -> None:
        self._told_at[conversation] = self._now()
        _put(frames.TypingStart(data=_data(conversation)), conversation, subscribers)

    def _end(self, conversation: str, subscribers: Iterable[Subscriber]) -> None:
        del self._until[conversation], self._told_at[conversation]
        _put(frames.TypingStop(data=_data(conversation)), conversation, subscribers)


def _ends(event: LiveEvent) -> bool:
    """Return whether the bot types no longer: it has answered, or somebody has taken the conversation over."""
    return event.kind == "conversation.updated" or (event.kind in _ANSWERS and event.author not in _OF_PEOPLE)


def _data(conversation: str) -> dict[str, object]:
    return {"conversation": conversation, "who": _BOT}


def _put(frame: frames.Frame, conversation: str, subscribers: Iterable[Subscriber]) -> None:
    text = frames.encode(frame)
    for subscriber in subscribers:
        if conversation in subscriber.open and subscriber.may_get(type(frame)):
            subscriber.outbox.put_if_room(text)
