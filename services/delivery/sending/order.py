"""The place of a message in its conversation: behind the previous one, which must be finished before it goes out.

A process remembers the last message of a conversation that it stored and finished, so that the next one needs no look
into MongoDB. The memory may be outdated (another replica, an operator, a failed status); then storing the next message
behind the remembered one fails (`shared.repositories.outbound_order`), and MongoDB is read.
"""

from dataclasses import dataclass

from cachetools import LRUCache

from shared.messages.outbound import Author, OutboundMessage
from shared.providers.port import Channel
from shared.repositories.outbound import OutboundMessages
from shared.repositories.outbound_views import PreviousMessage

_MOST_REMEMBERED = 50_000  # conversations, of some 300 bytes


@dataclass(frozen=True, slots=True)
class OutboundJob:
    """A message, its channel, and where it is stored."""

    message: OutboundMessage
    channel: Channel
    repository: OutboundMessages


@dataclass(frozen=True, slots=True)
class Place:
    """The place of a message among those of its conversation. previous: the message before; None: there is none, or it
    is finished. follows: the value to store; empty: later messages of the conversation are stored, or it is a
    broadcast's message. remembered: MongoDB was not read.
    """

    previous: PreviousMessage | None = None
    follows: str = ""
    remembered: bool = False


@dataclass(frozen=True, slots=True)
class _Finished:
    id: str
    turn: int
    index: int

    def is_right_before(self, message: OutboundMessage) -> bool:
        """Return whether a message is of the same turn or the next one: when customers are merged, messages of another
        conversation get the turns in between.
        """
        return (self.turn, self.index) < (message.turn, message.index) and message.turn - self.turn <= 1


class ConversationOrder:
    """Made once per process."""

    def __init__(self) -> None:
        self._finished: LRUCache[str, _Finished] = LRUCache(maxsize=_MOST_REMEMBERED)

    async def place(self, job: OutboundJob) -> Place:
        """Return the place of a message that is not stored yet. Raises DependencyAway."""
        message = job.message
        if message.author is Author.BROADCAST:
            return Place(await read_previous(job))
        finished = self._finished.get(message.conversation_id)
        if finished is not None and finished.is_right_before(message):
            return Place(follows=finished.id, remembered=True)
        last = await job.repository.order.last(message.conversation_id)
        if last is None:
            return Place(follows=message.conversation_id)
        if (last.turn, last.index) < (message.turn, message.index):
            return Place(last, follows=last.id)
        return Place(await read_previous(job))

    def finish(self, message: OutboundMessage) -> None:
        """Remember a message that this process stored as the last of its conversation, and that is sent or failed."""
        self._finished[message.conversation_id] = _Finished(message.id, message.turn, message.index)

    def has_answered(self, conversation_id: str, turn: int) -> bool:
        """Return whether this process remembers a finished message of that turn or a later one."""
        finished = self._finished.get(conversation_id)
        return finished is not None and finished.turn >= turn

    def forget(self, message: OutboundMessage) -> None:
        """Forget the last message of a conversation: a later one is stored."""
        self._finished.pop(message.conversation_id, None)

    def forget_all(self) -> None:
        """Forget all conversations: other replicas may have had them, in a version that stores no `follows`."""
        self._finished.clear()


async def read_previous(job: OutboundJob) -> PreviousMessage | None:
    """Return the message before this one as MongoDB has it. Raises DependencyAway."""
    message = job.message
    return await job.repository.order.previous(message.conversation_id, message.turn, message.index)
