"""When something is to happen in a conversation by itself. Pure.

The time stands in the conversation's document, so that it belongs to no process: `timekeeper.py` of any replica finds
it and sends `TimeUp`, which is decided on like any other record.
"""

from datetime import datetime, timedelta

import msgspec

from shared.domain.conversation import Conversation, Mode
from shared.workspace.config import Conversing


def with_due_time(conversation: Conversation, conversing: Conversing) -> Conversation:
    """The conversation with the next time at which something is due."""
    flow = conversation.flow
    times = (flow.waits_until, flow.ends_at) if flow is not None and conversation.mode is Mode.BOT else ()
    due = min((at for at in (*times, returns_at(conversation, conversing)) if at is not None), default=None)
    return msgspec.structs.replace(conversation, due_at=due)


def returns_at(conversation: Conversation, conversing: Conversing) -> datetime | None:
    """When the bot has the conversation again, because the person who has it, or should take it, is silent."""
    since = conversation.person_at or conversation.waiting_since
    if conversation.mode is not Mode.HUMAN or since is None or not conversing.return_minutes:
        return None
    return since + timedelta(minutes=conversing.return_minutes)
