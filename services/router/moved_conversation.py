"""Records of a conversation that was merged into another one: they are handled there."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from services.router.decision_store import ATTEMPTS
from shared.domain.conversation import Conversation, MovedTo
from shared.errors import DependencyAway

T = TypeVar("T")


class ConversationMoved(Exception):
    """Raised when a record's conversation was merged into another one; nothing has been decided on the record."""

    def __init__(self, to: MovedTo) -> None:
        super().__init__("the conversation was merged into another one")
        self.to = to


def require_not_moved(conversation: Conversation | None) -> None:
    """Raise ConversationMoved if the conversation was merged into another one."""
    if conversation is not None and conversation.moved_to is not None:
        raise ConversationMoved(conversation.moved_to)


async def handle_where_it_is(
    record: T, handle: Callable[[T], Awaitable[None]], follow: Callable[[T, MovedTo], Awaitable[T]]
) -> None:
    """Handle a record; if its conversation was merged into another one, follow it there and handle it again.

    follow: returns the record for the other conversation. Raises DependencyAway if the merge does not come to an end.
    """
    for _ in range(ATTEMPTS):
        try:
            await handle(record)
        except ConversationMoved as moved:
            record = await follow(record, moved.to)
        else:
            return
    raise DependencyAway("mongodb", "a customer is being merged")
