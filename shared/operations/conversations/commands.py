"""Sends commands to the router for a person or a program."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from shared.clock import Clock
from shared.domain import ids
from shared.domain.conversation import Conversation
from shared.kafka.codec import to_record
from shared.kafka.ports import Producer
from shared.messages.commands import Command
from shared.messages.outbound import Author
from shared.operations.errors import NotFound
from shared.repositories.conversations import Conversations
from shared.storage.mongo import Mongo
from shared.topics import CONVERSATION_COMMANDS

_TIMEOUT = 10.0  # seconds


class ConversationNotFound(NotFound):
    """Raised when the workspace has no such conversation."""


@dataclass(frozen=True, slots=True)
class CommandSender:
    """Sends commands of one workspace. Raises DependencyAway."""

    producer: Producer
    clock: Clock
    workspace: str

    async def send(self, command: Command, shards: int = 1) -> None:
        """Write a command; returns when Kafka has acknowledged it. shards: of its conversation."""
        record = to_record(CONVERSATION_COMMANDS, command, lane=command.conversation_id, shards=shards)
        await self.producer.send([record], _TIMEOUT)

    async def send_all(self, commands: Sequence[Command]) -> None:
        """Write commands that concern no conversation; returns when Kafka has acknowledged all."""
        await self.producer.send(
            [to_record(CONVERSATION_COMMANDS, one, lane=one.conversation_id) for one in commands], _TIMEOUT
        )

    def fields(self, command_id: str, by: str, conversation_id: str = "") -> dict[str, Any]:
        """Return the fields that all commands have. command_id: derived; by: the author's id."""
        return {
            "id": command_id,
            "workspace": self.workspace,
            "correlation_id": ids.correlation_id(command_id),
            "created_at": self.clock.now(),
            "conversation_id": conversation_id,
            "by": by,
        }


async def find_conversation(mongo: Mongo, workspace: str, conversation_id: str) -> Conversation:
    """Return a conversation, or the one that it was merged into. Raises ConversationNotFound, DependencyAway."""
    conversations = Conversations(mongo, workspace)
    found = await conversations.get(conversation_id)
    if found is not None and found.moved_to is not None:
        found = await conversations.get(found.moved_to.conversation_id)
    if found is None or found.moved_to is not None:
        raise ConversationNotFound("there is no such conversation")
    return found


def first_message_of(command_id: str) -> str:
    """Return the id that an agent's message will have; of a long text, its first part."""
    return ids.output_id(command_id, Author.AGENT.value)
