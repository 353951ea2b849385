"""Stages that only record a message, or answer it with a notice: edits, floods, contents without a question."""

from shared.decisions.decision import Decision, DecisionKind
from shared.decisions.session import writes_too_fast
from shared.decisions.turn import MessageTurn
from shared.domain.conversation import MessageEdited
from shared.messages.content import ContentClass, Edit, Revoke, Welcome
from shared.messages.outbound import Author, TextBody


def record_edit(turn: MessageTurn) -> Decision | MessageTurn | None:
    """Apply the customer's edit or deletion of an earlier message to the history."""
    match turn.message.content:
        case Edit(provider_message_id=earlier, body=body):
            return turn.with_effects(MessageEdited(provider_message_id=earlier, body=body))
        case Revoke(provider_message_id=earlier):
            return turn.with_effects(MessageEdited(provider_message_id=earlier, body=None))
    return None


def skip_flood(turn: MessageTurn) -> Decision | None:
    """Do not answer a sender whom ingress has marked for writing far too much."""
    return turn.silent(DecisionKind.LIMITED) if turn.message.limited else None


def skip_non_question(turn: MessageTurn) -> Decision | None:
    """Do not answer reactions, stickers and the like."""
    if turn.content_class is not ContentClass.NOT_A_QUESTION or isinstance(turn.message.content, Welcome):
        return None
    return turn.silent(DecisionKind.NOTHING_SAID)


def limit_rate(turn: MessageTurn) -> Decision | MessageTurn | None:
    """Tell a customer who exceeds `messages_per_minute` once, then send nothing until the rate falls."""
    conversing = turn.context.workspace.conversing
    if not writes_too_fast(turn.conversation, conversing):
        return turn.with_state(quiet=False) if turn.conversation.quiet else None
    if turn.conversation.quiet:
        return turn.silent(DecisionKind.LIMITED, "messages per minute")
    turn = turn.with_state(quiet=True)
    body = TextBody(body=turn.workspace_text("limited"))
    return turn.reply(DecisionKind.LIMITED, (body,), Author.SYSTEM, "messages per minute")


def decline_unreadable(turn: MessageTurn) -> Decision | None:
    """Tell the customer that the bot cannot read this type of message or listen to voice messages."""
    if turn.content_class not in (ContentClass.UNREADABLE, ContentClass.VOICE):
        return None
    body = TextBody(body=turn.workspace_text("unsupported"))
    return turn.reply(DecisionKind.UNREADABLE, (body,), Author.SYSTEM, turn.content_class)


def skip_unanswered_welcome(turn: MessageTurn) -> Decision | None:
    """Do not answer an opened chat that neither a flow nor the shop has greeted."""
    return turn.silent(DecisionKind.NOTHING_SAID) if isinstance(turn.message.content, Welcome) else None
