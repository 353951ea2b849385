"""Converts a customer's message to the input of flows and the shop."""

from shared.decisions.turn import MessageTurn
from shared.flows.engine.actions import ConversationFacts, CustomerInput
from shared.messages.content import Choice
from shared.storage.documents import plain
from shared.workspace.config import BotMode

SCRIPTED_MODES = (BotMode.FLOW, BotMode.HYBRID)
"""Bot modes in which flows and the shop answer."""


def facts_of(turn: MessageTurn) -> ConversationFacts:
    """Return the facts that flows and the shop decide from."""
    return turn.context.facts(turn.conversation, turn.message.id, turn.now)


def input_of(turn: MessageTurn) -> CustomerInput:
    """Return the message as flows and the shop read it."""
    content, referral = turn.message.content, turn.message.context.referral
    return CustomerInput(
        content=content,
        text=turn.text,
        choice=content.id if isinstance(content, Choice) else "",
        first=turn.conversation.session_at == turn.message.created_at,
        referral=plain(referral) if referral is not None else {},
        sku=turn.sku,
        reply_to=turn.message.context.reply_to or "",
    )
