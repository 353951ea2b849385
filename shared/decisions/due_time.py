"""Computes when something is due in a conversation without a record: a time-out of a flow or of an agent, or the end
of a snooze. Pure.

The time is stored in the conversation, not in a process: any replica of the router finds it
(`services/router/timer_poller.py`) and sends `TimeUp`, which is decided on like any other command.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from shared.domain import hours
from shared.domain.conversation import Conversation, Mode
from shared.workspace.config import Workspace


def with_due_time(conversation: Conversation, workspace: Workspace) -> Conversation:
    """Return the conversation with the next time at which something is due."""
    flow = conversation.flow
    times = (flow.waits_until, flow.ends_at) if flow is not None and conversation.mode is Mode.BOT else ()
    times = (*times, return_time(conversation, workspace), conversation.snoozed_until)
    due = min((at for at in times if at is not None), default=None)
    return msgspec.structs.replace(conversation, due_at=due)


def return_time(conversation: Conversation, workspace: Workspace) -> datetime | None:
    """Return when an agent has been silent for so long that the conversation is no longer theirs; None: never.

    Only business hours count, if the workspace has any. A conversation in the queue waits there without limit.
    """
    since, minutes = conversation.person_at, workspace.conversing.return_minutes
    if conversation.mode is not Mode.HUMAN or not conversation.assigned_to or since is None or not minutes:
        return None
    since, silence = max(since, conversation.snoozed_until or since), timedelta(minutes=minutes)
    if workspace.hours is None:
        return since + silence
    return hours.after_open_time(workspace.hours, workspace.holidays, ZoneInfo(workspace.timezone), since, silence)


def unanswered_since(conversation: Conversation) -> datetime | None:
    """Return since when the customer waits for words of the agent who has the conversation; None: they do not."""
    times = (conversation.unanswered_since, conversation.asked_at)
    return min((at for at in times if at is not None), default=None)


def end_snooze(conversation: Conversation, now: datetime) -> Conversation:
    """Return the conversation without its snooze: in the queue, or with its agent, from now on."""
    since = now if conversation.waiting_since is not None else None
    person_at = now if conversation.person_at is not None else None
    return msgspec.structs.replace(conversation, snoozed_until=None, waiting_since=since, person_at=person_at)
