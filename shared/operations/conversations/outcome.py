"""Reads how the router has decided on a command: done, refused, or not yet known."""

from dataclasses import dataclass

from shared.domain.conversation import RecordedDecision
from shared.kafka.codec import decode
from shared.kafka.records import Record
from shared.messages.events import ConversationEvent, EventKind
from shared.repositories.conversations import Conversations
from shared.storage.mongo import Mongo
from shared.topics import CONVERSATION_EVENTS

_STATES = {EventKind.COMMAND_DONE: "done", EventKind.COMMAND_REFUSED: "refused"}


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """The outcome of a command. state: `done` or `refused`. reason: see `Refusal`; empty: done. by: the command's
    author, or who has the conversation that it would have taken. message: the id of the first message that it sends.
    """

    command: str
    state: str
    reason: str = ""
    by: str = ""
    message: str | None = None


async def outcome_of(mongo: Mongo, workspace: str, conversation_id: str, command: str) -> CommandOutcome | None:
    """Return how a command ended; None: it is not decided, or its conversation has made fifty decisions since.

    Follows a conversation that was merged into another one. Raises DependencyAway.
    """
    conversations = Conversations(mongo, workspace)
    conversation, recorded = await conversations.load(conversation_id, command)
    if recorded is None and conversation is not None and conversation.moved_to is not None:
        _, recorded = await conversations.load(conversation.moved_to.conversation_id, command)
    return _outcome(recorded, command) if recorded is not None else None


def _outcome(recorded: RecordedDecision, command: str) -> CommandOutcome | None:
    """Return the outcome that a decision's event reports. Pure."""
    for output in recorded.outputs:
        if output.topic != CONVERSATION_EVENTS.name:
            continue
        event = decode(Record(output.topic, 0, 0, output.key, output.value))
        if isinstance(event, ConversationEvent) and event.kind in _STATES:
            return CommandOutcome(command, _STATES[event.kind], event.detail, event.by, event.message_id)
    return None
