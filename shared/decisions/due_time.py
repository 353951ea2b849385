"""Computes when something is due in a conversation without a record: a time-out of a flow or of an agent, or the end
of a snooze. Pure.

The time is stored in the conversation, not in a process: any replica of the router finds it
(`services/router/timer_poller.py`) and sends `TimeUp`, which is decided on like any other command.
"""

from datetime import datetime, timedelta

import msgspec

from shared.domain.conversation import Conversation, Mode
from shared.workspace.config import Conversing


def with_due_time(conversation: Conversation, conversing: Conversing) -> Conversation:
    """Return the conversation with the next time at which something is due."""
    flow = conversation.flow
    times = (flow.waits_until, flow.ends_at) if flow is not None and conversation.mode is Mode.BOT else ()
    times = (*times, return_time(conversation, conversing), conversation.snoozed_until)
    due = min((at for at in times if at is not None), default=None)
    return msgspec.structs.replace(conversation, due_at=due)


def return_time(conversation: Conversation, conversing: Conversing) -> datetime | None:
    """Return when the bot takes the conversation back because no agent has written; None: never."""
    since = conversation.person_at or conversation.waiting_since
    if conversation.mode is not Mode.HUMAN or since is None or not conversing.return_minutes:
        return None
    since = max(since, conversation.snoozed_until or since)
    return since + timedelta(minutes=conversing.return_minutes)


def end_snooze(conversation: Conversation, now: datetime) -> Conversation:
    """Return the conversation without its snooze: in the queue, or with its agent, from now on."""
    since = now if conversation.waiting_since is not None else None
    person_at = now if conversation.person_at is not None else None
    return msgspec.structs.replace(conversation, snoozed_until=None, waiting_since=since, person_at=person_at)
