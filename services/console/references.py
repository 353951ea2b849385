"""Finds the messages that a person's message refers to: the one that it quotes, or reacts to."""

from dataclasses import dataclass

from services.console.caller import Principal
from services.console.parts import Parts
from services.console.problems import FieldError, Problem
from services.console.reading import sees_of
from shared.domain.conversation import Conversation
from shared.messages.inbound import Provider
from shared.operations.inbox.messages import MessageFinder
from shared.providers.registry import limits_of
from shared.repositories.exchanges import INBOUND


@dataclass(frozen=True, slots=True)
class References:
    """Of messages to one conversation. All methods return the provider's id; they raise Problem `invalid`, and
    DependencyAway.
    """

    parts: Parts
    caller: Principal
    conversation: Conversation

    async def quoted(self, message: str) -> str:
        """Return the id of the message to quote: the customer's or ours."""
        if not limits_of(Provider(self.conversation.provider)).quotes:
            raise _invalid("#/reply_to", f"{self.conversation.provider} cannot quote a message")
        return await self._provider_id(message, "#/reply_to", only_customers=False)

    async def reacted_to(self, message: str) -> str:
        """Return the id of the customer's message to react to."""
        return await self._provider_id(message, "#/content/message", only_customers=True)

    async def _provider_id(self, message: str, field: str, *, only_customers: bool) -> str:
        finder = MessageFinder(self.parts.mongo, self.caller.workspace)
        found = await finder.get(message, sees_of(self.caller))
        if found is None or found.conversation.id != self.conversation.id:
            raise _invalid(field, "is no message of the conversation")
        if only_customers and found.message.kind != INBOUND:
            raise _invalid(field, "is no message of the customer")
        id_ = str(found.message.document.get("provider_message_id") or "")
        if not id_:
            raise _invalid(field, "is not known to the provider yet")
        return id_


def _invalid(field: str, why: str) -> Problem:
    return Problem("invalid", errors=[FieldError(field, why)])
